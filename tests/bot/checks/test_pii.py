"""What tells of people what belongs to them alone: every kind is found, little else is, and nothing is repeated."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.check import NotLooked
from bot.checks.pii import RULES, pii
from bot.checks.secrets import secrets
from bot.facts import ChangedFile, FileStatus
from bot.findings import Finding, Level
from bot.passages import MAX_PER_RULE
from schemas.config import Config, PrivacyPolicy
from tests.bot.checks.corpus_texts import needs_corpus, texts
from tests.bot.checks.planted import ACCOUNTS, EMAILS, PERSONAL, Planted
from tests.bot.checks.pulls import ATTRIBUTION, KNOWLEDGE_FOLDER, SKILL_FOLDER, pull, skill
from tests.patience import HANG_S

SENTENCE = "Song number 1."
LINE = skill().split(SENTENCE, maxsplit=1)[0].count("\n") + 1
COLUMN = 7


def seconds(unit: str, size: int) -> float:
    """Measure the processor's time for a text of that size, made of one thing again and again."""
    facts = pull(unit * (size // len(unit)))
    start = time.process_time()
    list(pii(facts))
    return time.process_time() - start


def with_sentence(text: str) -> str:
    return skill().replace(SENTENCE, text)


def found(text: str, config: Config | None = None) -> list[Finding]:
    return list(pii(pull(with_sentence(text), config=config)))


def rules(text: str) -> list[str]:
    return [finding.rule for finding in found(text)]


def in_file(path: str, content: bytes | None, status: FileStatus = FileStatus.ADDED) -> list[Finding]:
    file = ChangedFile(path=path, status=status, mode="100644", content=content, size=len(content or b""))
    return list(pii(replace(pull(), files=(file,), leaves=())))


@pytest.mark.parametrize("planted", PERSONAL, ids=lambda planted: f"{planted.rule}-{planted.name}")
def test_every_planted_kind_blocks_on_its_place(planted: Planted) -> None:
    (finding,) = found(planted.text)
    first = planted.text.index(planted.value)
    assert (finding.rule, finding.level, finding.line) == (planted.rule, Level.ERROR, LINE)
    assert finding.column is not None
    # Of a street's name the last part may be where the finding begins.
    assert COLUMN + first <= finding.column <= COLUMN + first + len("Ahorn")


@pytest.mark.parametrize("planted", PERSONAL, ids=lambda planted: planted.name)
def test_what_was_found_is_not_repeated(planted: Planted) -> None:
    (finding,) = found(planted.text)
    parts = {part for part in planted.value.replace("-", " ").split() if len(part) > 3} - {"0000"}
    assert not any(part in repr(finding) for part in parts)
    assert finding.fix is None


def test_ten_and_more_countries_accounts_are_planted() -> None:
    assert len(ACCOUNTS) >= 10


@pytest.mark.parametrize(
    "text",
    [
        "Write to ada@example.com, bob@mail.example.org or eve@example.co.uk.",
        "The address is x@kettle.test or x@kettle.invalid, and x@localhost.",
        "It is 12345+ada@users.noreply.github.com, and no-reply@orchardworks.io.",
        "Clone git@github.com:orchard/songs.git, or look at icon@2x.png.",
        "Ask @ada, @kettle@songs.social, or write @app.route('/x') above it.",
        "Multiply x@W.transpose() by it.",
        "Use https://kettle:secret@songs.io/ there.",
        "Call 555-0123, (212) 555-0187 or +1 202 555 0143.",
        "Version 0.18.2 (2023-10-24) ends calling it.",
        "Call on 2024-05-12, or on 12.05.2024, between 2019-2024 (2023-10-24), or 1 000 000 times.",
        "104 101 108 108 111 44 32 104 111 119 32 97 114 101",
        "It is 55555555-4444-5555-5555-555555555555 by name.",
        "The ISBN is 978-3-16-148410-0, the order 4111 1111 1111 1112.",
        "The account GB29 NWBK 6016 1331 9268 18 has wrong check digits.",
        "The commit is 8bf3ecccba1623c6b4008bf254a40510cbc2fc23.",
        "The number 536-90-4399 stands for itself.",
        "The SSN 000-12-3456 and 666-12-3456 cannot be.",
        "The CPF is 111.111.111-11, and the Aadhaar 2341 2341 2347.",
        "Holmes lived at 221B Baker Street.",
        "She lives at 12 Elm Street, in a quiet part of town that is known for its kettles and songs, near 12345.",
        "Count +9991234567890, or +99 9 9 9 9 9 9 9 9; ask 999.1.1.1 or 300.300.300.300.",
        "The code RSSMRA85T10A562X has a wrong letter.",
        "She lives on 5 minutes a day, in 12345 ways.",
        "Ping 10.0.0.1, 192.168.1.7, 127.0.0.1, 192.0.2.7, 198.51.100.3 and 203.0.113.9.",
        "Use version 8.6.3.0 or 3.0.1.2 of it; 1.2.3.4 is made up.",
        "It starts at 12:30:45 and ends at 13:00:00; ::1 is here, and 2001:db8::1 nowhere.",
        "Contact Red Hat support, call Stack Overflow, or email Google Cloud.",
        "All of 1234567, 12345678, 123456789, 1234567890 and 1234567890123456 are numbers.",
        "x = matrix ('50 40 20 10 30 20 40 20 30', rows = 9)",
    ],
)
def test_what_belongs_to_nobody_passes(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Write to security-reports@orchardworks.ai.", "office-email"),
        ("Write to asmith@xyz.com, says the table.", "placeholder-email"),
        ("Write to your.name@gmail.com, says the form.", "placeholder-email"),
        ("Call 1-800-777-0133 to verify it.", "office-phone"),
        ("Call +44 800 123 4567 to verify it.", "office-phone"),
        ("Call 1-800-SONG-NOW (766-4669) to verify it.", "office-phone"),
        ("Tax Office, 1111 Constitution Ave. NW, Washington, DC 20224", "address"),
        ("The house stands at 1 World Way, Los Angeles, CA 90045, the International Airport", "private-address"),
        ("Los Angeles International Airport, 1 World Way, Los Angeles, CA 90045", "address"),
        ("Please call Mr. Brown about it.", "person"),
        ("Contact Jane Miller at the quay.", "person"),
        ("It answers from 93.184.216.34 today.", "public-ip"),
        ("The host 5.6.7.8 answers.", "public-ip"),
        ("Ask the server 8.8.8.8 for it.", "public-ip"),
        ("It answers from 2a00:1450:4001:81b::200e today.", "public-ip"),
    ],
)
def test_what_may_be_public_informs(text: str, rule: str) -> None:
    (finding,) = found(text)
    assert finding.rule == rule
    assert finding.level is RULES[rule][0]


def test_creator_may_give_an_address_in_the_attribution() -> None:
    attribution = ATTRIBUTION.replace("Ada", f"Ada <{EMAILS[1].value}>")
    (finding,) = pii(pull(attribution=attribution))
    assert (finding.rule, finding.level, finding.line) == ("creator-email", Level.NOTICE, 4)
    assert finding.path == f"{SKILL_FOLDER}/attribution.txt"


def test_author_is_asked_for_the_user_name_instead() -> None:
    (finding,) = pii(pull(skill().replace("created_by: ada", f"created_by: Ada <{EMAILS[1].value}>")))
    assert (finding.rule, finding.level, finding.line) == ("author-email", Level.ERROR, 2)
    assert "user name" in finding.message


def test_phone_in_the_attribution_blocks_as_everywhere() -> None:
    (finding,) = pii(pull(attribution=ATTRIBUTION + "Phone: +49 30 901820\n"))
    assert (finding.rule, finding.line) == ("phone", 5)


def test_file_that_is_no_yaml_is_looked_through_as_well() -> None:
    (finding,) = pii(pull(f"a: [\n  | {EMAILS[1].value}\n"))
    assert (finding.rule, finding.line) == ("email", 2)


def test_documents_and_misplaced_files_below_the_trees_are_looked_through() -> None:
    content = f"# Songs\n\n{EMAILS[1].value}\n".encode()
    for path in (f"{KNOWLEDGE_FOLDER}/songs.md", "knowledge/qna.txt", "compositional_skills/a b/x-attribution.txt"):
        assert [(finding.path, finding.line) for finding in in_file(path, content)] == [(path, 3)]


def test_file_of_utf_16_is_looked_through() -> None:
    content = f"x\n{EMAILS[1].value}\n".encode("utf-16")
    assert [finding.line for finding in in_file("knowledge/a/qna.yaml", content)] == [2]


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("README.md", EMAILS[1].value.encode(), FileStatus.MODIFIED),
        ("knowledge/a/qna.yaml", b"", FileStatus.ADDED),
        ("knowledge/a/qna.yaml", EMAILS[1].value.encode(), FileStatus.REMOVED),
    ],
)
def test_what_is_not_contributed_text_is_left_alone(path: str, content: bytes | None, status: FileStatus) -> None:
    assert in_file(path, content, status) == []


def test_a_zero_byte_hides_nothing() -> None:
    content = f"\0 x\n{EMAILS[1].value}\n".encode()
    assert [finding.line for finding in in_file("knowledge/a/x.pdf", content)] == [2]
    wide = f"x\n{EMAILS[1].value}\n".encode("utf-16-le")
    assert [finding.line for finding in in_file("knowledge/a/qna.yaml", wide)] == [2]


def test_a_file_that_was_not_read_does_not_pass() -> None:
    with pytest.raises(NotLooked, match="not every file"):
        in_file("knowledge/a/qna.yaml", None)


@pytest.mark.parametrize("at", ["( at )", "{at}", "{ at }", "[@]", "(at )"])
def test_addresses_meant_for_people_alone_are_found_however_they_are_bracketed(at: str) -> None:
    assert rules(f"Write to h.quillfeather {at} orchardworks.io.") == ["email"]


def test_policy_may_allow_what_is_meant_to_be_public() -> None:
    address = EMAILS[1].value
    config = Config(pii=PrivacyPolicy(allow=(address.upper(), "+49 30901820")))
    assert [each.rule for each in found(f"{address} +49 30 901820 {EMAILS[0].value}", config)] == ["email"]


def test_many_of_a_kind_are_counted() -> None:
    lines = "\n".join(f"      h.quill{n}@orchardworks.io" for n in range(50))
    findings = found(lines.strip())
    assert len(findings) == MAX_PER_RULE + 1
    assert "30 places from here on" in findings[-1].message
    assert findings[-1].line == LINE + MAX_PER_RULE


@pytest.mark.parametrize(
    "unit",
    ["1", "12345 ", "1 ", "1-", "(2", "+1", "+49 ", "4111 ", "a@", "@a.", "a@b.cd ", "A", "DE89", "de89 ", "Aa ",
     "1.", "1.1.1.1 ", "a:b:c::", "call ", "tel ", "SSN 1", "passport 123456789 ", "12 rue a a a a 12345 ", "(at)",
     "12 Aaaa Aaaa Aaaa Street 12345 ", "Contact Mr. A B at ", "ABCDE1234F ", "\n", "x (at "],
)  # fmt: skip
def test_time_grows_no_faster_than_hostile_text(unit: str) -> None:
    assert seconds(unit, 131_072) < HANG_S


@pytest.mark.parametrize("unit", ["12345 ", "1.1.1.1 ", "passport 123456789 ", "12 rue a a a a 12345 ", "de89 ", "a@"])
def test_hostile_megabyte_takes_no_time(unit: str) -> None:
    assert seconds(unit, 1_048_576) < HANG_S


@settings(max_examples=100, deadline=2_000)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([each.text for each in PERSONAL]),
            st.text(max_size=30),
            st.text("0123456789+-. ()/@:", max_size=40),
        ),
        max_size=20,
    )
)
def test_any_text_is_looked_through_and_findings_stand_on_it(parts: list[str]) -> None:
    text = "".join(parts)
    for finding in in_file("knowledge/a/qna.yaml", text.encode(errors="replace")):
        assert finding.rule in RULES
        assert finding.line is not None
        assert 1 <= finding.line <= text.count("\n") + 1


# Looked at one by one. The others hold addresses of persons: ten invented ones at real providers in a single leaf, and
# in seven leaves the e-mail address of an author or of a package's maintainer.
FALSE_ALARMS = {
    # The placeholder for a person at a free mail provider: a skill on telling addresses apart.
    (531, "compositional_skills/extraction/information/named_entities/emails/qna.yaml"),
    # Invented letters to invented people, with streets and postcodes.
    (609, "compositional_skills/writing/freeform/technical/business_letter/qna.yaml"),
}
BLOCKED = 10


@needs_corpus
def test_at_most_one_in_a_hundred_real_files_is_blocked_falsely() -> None:
    total, blocked = 0, set()
    for number, path, content in texts():
        total += 1
        file = ChangedFile(path=path, status=FileStatus.ADDED, mode="100644", content=content, size=len(content))
        facts = replace(pull(), files=(file,), leaves=())
        if any(finding.level is Level.ERROR for finding in (*pii(facts), *secrets(facts))):
            blocked.add((number, path))
    assert total == 784
    assert blocked >= FALSE_ALARMS
    assert len(blocked) == BLOCKED
    assert len(FALSE_ALARMS) / total <= 0.01


@needs_corpus
def test_real_pull_request_with_addresses_of_persons_is_blocked() -> None:
    content = next(content for number, path, content in texts() if number == 109 and path.endswith("qna.yaml"))
    errors = [one for one in in_file("compositional_skills/a/qna.yaml", content) if one.level is Level.ERROR]
    assert {one.rule for one in errors} == {"email"}
    assert len(errors) == 10
