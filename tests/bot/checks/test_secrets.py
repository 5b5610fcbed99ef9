"""Keys, tokens and passwords that were given away: every kind is found, and nothing is repeated."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.checks.secrets import RULES, secrets
from bot.findings import Finding, Level
from bot.passages import MAX_PER_RULE
from schemas.config import Config, PrivacyPolicy
from tests.bot.checks.planted import MAYBE_SECRETS, SECRETS, VENDOR_TOKENS, Planted, drawn
from tests.bot.checks.pulls import ATTRIBUTION, SKILL_FOLDER, pull, skill
from tests.patience import HANG_S

SENTENCE = "Song number 1."
LINE = skill().split(SENTENCE, maxsplit=1)[0].count("\n") + 1


def found(text: str, config: Config | None = None) -> list[Finding]:
    return list(secrets(pull(skill().replace(SENTENCE, text), config=config)))


def seconds(unit: str, size: int) -> float:
    """Measure the processor's time for a text of that size, made of one thing again and again."""
    facts = pull(unit * (size // len(unit)))
    start = time.process_time()
    list(secrets(facts))
    return time.process_time() - start


@pytest.mark.parametrize("planted", SECRETS, ids=lambda planted: f"{planted.rule}-{planted.name}")
def test_every_planted_kind_blocks_on_its_line(planted: Planted) -> None:
    (finding,) = found(planted.text)
    assert (finding.rule, finding.level, finding.line) == (planted.rule, Level.ERROR, LINE)


@pytest.mark.parametrize("planted", MAYBE_SECRETS, ids=lambda planted: planted.name)
def test_random_text_near_a_telling_word_warns(planted: Planted) -> None:
    (finding,) = found(planted.text)
    assert (finding.rule, finding.level, finding.line) == (planted.rule, Level.WARNING, LINE)


@pytest.mark.parametrize("planted", [*SECRETS, *MAYBE_SECRETS], ids=lambda planted: planted.name)
def test_what_was_found_is_not_repeated(planted: Planted) -> None:
    (finding,) = found(planted.text)
    # What comes before is what its vendor, or its format, puts there.
    value = planted.value[-36:]
    assert not any(value[start : start + 6] in repr(finding) for start in range(len(value) - 5))
    assert finding.fix is None


def test_capitals_that_grow_in_small_letters_move_no_place() -> None:
    (finding,) = found(f"\u0130\u0130\u0130 {MAYBE_SECRETS[-1].text}")
    assert finding.column == len("      \u0130\u0130\u0130 password: ") + 1


def test_a_file_that_was_not_read_is_named_unless_it_is_a_link() -> None:
    (file,) = pull().files
    files = tuple(
        replace(file, content=None, path=f"knowledge/a/{mode}.md", mode=mode) for mode in ("100644", "120000")
    )
    (finding,) = secrets(replace(pull(), files=files, leaves=()))
    assert (finding.rule, finding.level, finding.path) == ("unread", Level.WARNING, "knowledge/a/100644.md")


def test_vendor_is_named() -> None:
    (finding,) = found(VENDOR_TOKENS[0].text)
    assert "A GitHub key or token" in finding.message
    assert "revoke it" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "The commit is 8bf3ecccba1623c6b4008bf254a40510cbc2fc23, and its token count is 4096.",
        "Set `PASSWORD=${PASSWORD}`, `password: <yours>` or `token = os.environ['TOKEN']`.",
        "Connect to postgres://kettle:${PASSWORD}@db.orchardworks.io/ or ftp://ada:****@songs.io/.",
        "The password is too long, and the secret of the tokens is their key.",
        "See https://songs.io/reset-password/how-to-choose-a-good-password-in-2024.html for keys.",
        "sk-learn, hf_hub, pypi-server, npm_config_registry and AKIA are only names.",
        "A monkey presses 12345678 on the keyboard; the keys to the house are 3 and 4.",
        "password: correcthorsebatterystaple",
        "-" * 80,
    ],
)
def test_what_is_no_secret_passes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Connect to postgres://kettle:password@db.orchardworks.io/.", "made-up-url-password"),
        ("Open s3://access_key:secret_access_key@bucket/songs then.", "made-up-url-password"),
        ("It begins with -----BEGIN RSA PRIVATE " + "KEY----- and so on.", "private-key-header"),
    ],
)
def test_what_looks_made_up_warns(text: str, rule: str) -> None:
    (finding,) = found(text)
    assert (finding.rule, finding.level) == (rule, Level.WARNING)


def test_attribution_is_looked_through() -> None:
    (finding,) = secrets(pull(attribution=f"{ATTRIBUTION}{VENDOR_TOKENS[0].value}\n"))
    assert (finding.path, finding.line) == (f"{SKILL_FOLDER}/attribution.txt", 5)


def test_policy_may_allow_a_text() -> None:
    token = VENDOR_TOKENS[0].value
    assert found(f"It is {token}.", Config(secrets=PrivacyPolicy(allow=(token,)))) == []


def test_many_of_a_kind_are_counted() -> None:
    findings = found("\n      ".join([VENDOR_TOKENS[0].value] * 50))
    assert len(findings) == MAX_PER_RULE + 1
    assert "30 places from here on" in findings[-1].message


@pytest.mark.parametrize(
    "unit",
    ["a", "a1B", "eyJ", ".eyJaaaaaaaa", "ghp_", ".ghp_", "sk-", "=sk-proj-", "://a:b", "://", "-----BEGIN ",
     "token ", "-----BEGIN PRIVATE " + "KEY-----", "key=", "api key ", "password: Aa1!aaaa ", "hvs.", "AC",
     "/AKIA", "secret aws/", drawn(64) + " ", "token " + drawn(40) + " ", "pscale_tkn_.", "MT.", "sl.", "\u0130token "],
)  # fmt: skip
def test_time_grows_no_faster_than_hostile_text(unit: str) -> None:
    assert seconds(unit, 131_072) < HANG_S


@pytest.mark.parametrize("unit", ["eyJ", ".eyJaaaaaaaa", "key=", "token " + drawn(40) + " "])
def test_hostile_megabyte_takes_no_time(unit: str) -> None:
    assert seconds(unit, 1_048_576) < HANG_S


@settings(max_examples=100, deadline=2_000)
@given(st.lists(st.one_of(st.sampled_from([each.text for each in SECRETS]), st.text(max_size=30)), max_size=20))
def test_any_text_is_looked_through_and_findings_stand_on_it(parts: list[str]) -> None:
    text = "".join(parts)
    for finding in secrets(pull(text.encode(errors="replace"))):
        assert finding.rule in RULES
        assert finding.line is not None
        assert 1 <= finding.line <= text.count("\n") + 1
