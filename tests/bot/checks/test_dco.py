"""Sign-offs, as the DCO app decides them."""

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.checks.dco import dco
from bot.facts import Commit, Identity
from bot.findings import Finding
from bot.sign_off import is_address, sign_offs
from schemas.config import Config, DcoPolicy
from tests.bot.checks.pulls import ADA, HEAD, commit, pull
from tests.patience import HANG_S

EVE = Identity(name="Eve", email="eve@example.org")
INDIVIDUAL = Config(dco=DcoPolicy(remediation_individual=True))
THIRD_PARTY = Config(dco=DcoPolicy(remediation_third_party=True))


def found(*commits: Commit, config: Config | None = None, complete: bool = True) -> list[Finding]:
    return list(dco(pull(commits=commits, config=config, complete=complete)))


def signed(line: str) -> Commit:
    return commit(message=f"Add a leaf\n\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "Signed-off-by: Ada <ada@example.org>",
        "signed-off-BY: ADA <Ada@Example.org>",
        "Signed-off-by: Ada <ada@example.org>  \r",
        "Signed-off-by: Bob <bob@example.org>\nSigned-off-by: Ada <ada@example.org>",
        "Signed-off-by: Ada <ada@example.org>\n\nAnd more text.",
    ],
)
def test_sign_off_of_the_author_passes(line: str) -> None:
    assert found(signed(line)) == []


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("", "missing"),
        (" Signed-off-by: Ada <ada@example.org>", "missing"),
        ("Signed-off-by: Ada ada@example.org", "missing"),
        ("Signed-off-by: Ada <ada@example.org> (me)", "missing"),
        ("Signed-off-by:Ada <ada@example.org>", "missing"),
        ("Signed-off-by: <ada@example.org>", "missing"),
        ("Signed-off-by: Bob <ada@example.org>", "mismatch"),
        ("Signed-off-by: Ada <12+ada@users.noreply.github.com>", "mismatch"),
    ],
)
def test_what_is_no_sign_off_of_the_author_fails(line: str, rule: str) -> None:
    (finding,) = found(signed(line))
    assert (finding.rule, finding.commit, finding.path) == (rule, HEAD, None)


def test_committer_may_have_signed_off_and_their_names_and_addresses_may_be_mixed() -> None:
    amended = replace(signed("Signed-off-by: Eve <eve@example.org>"), committer=EVE)
    mixed = replace(signed("Signed-off-by: Ada <eve@example.org>"), committer=EVE)
    assert found(amended, mixed) == []


def test_merges_and_bots_need_no_sign_off() -> None:
    merge = replace(signed(""), parents=("a" * 40, "b" * 40))
    bot = replace(signed(""), author_is_bot=True)
    assert found(merge, bot) == []


def test_address_of_the_author_must_be_a_valid_one() -> None:
    author = Identity(name="Ada", email="ada@laptop")
    (finding,) = found(commit(author=author))
    assert finding.rule == "invalid-email"
    assert "`git config user.email`" in finding.message


def test_members_are_exempt_only_by_policy_and_only_where_verified() -> None:
    exempt = Config(dco=DcoPolicy(require_members=False))
    member = replace(signed(""), author_is_member=True, verified=True)
    assert found(member, config=exempt) == []
    assert [each.rule for each in found(replace(member, verified=False), config=exempt)] == ["member-not-verified"]
    assert [each.rule for each in found(member)] == ["missing"]


def test_pull_request_without_commits_has_nothing_to_fail() -> None:
    assert found() == []


def test_commits_that_cannot_be_read_fail_closed() -> None:
    (finding,) = found(commit(), complete=False)
    assert finding.rule == "too-many-commits"


def test_help_is_for_the_terminal_and_for_the_browser() -> None:
    (finding, _) = found(signed(""), replace(signed(""), sha="a" * 40))
    assert finding.fix is not None
    assert "git rebase HEAD~2 --signoff\ngit push --force-with-lease" in finding.fix.description
    assert "codespace" in finding.fix.description
    assert "Signed-off-by: Ada <ada@example.org>" in finding.fix.description
    assert "hereby" not in finding.fix.description


def remedy(text: str, author: Identity = ADA, *, sign_off: bool = True) -> Commit:
    end = f"\n\nSigned-off-by: {author.name} <{author.email}>\n" if sign_off else "\n"
    return commit(message=f"Sign off\n\n{text}{end}", author=author, sha="b" * 40)


OWN = f"I, Ada <ada@example.org>, hereby add my Signed-off-by to this commit: {HEAD}"
OTHER = (
    f"On behalf of Ada <ada@example.org>, I, Eve <eve@example.org>, hereby add my Signed-off-by to this commit: {HEAD}"
)


def test_remediation_counts_only_where_the_policy_says_so() -> None:
    assert found(signed(""), remedy(OWN), config=INDIVIDUAL) == []
    assert found(signed(""), remedy(OTHER, EVE), config=THIRD_PARTY) == []
    for config in (Config(), THIRD_PARTY):
        assert [each.rule for each in found(signed(""), remedy(OWN), config=config)] == ["missing"]
    assert [each.rule for each in found(signed(""), remedy(OTHER, EVE), config=INDIVIDUAL)] == ["missing"]


@pytest.mark.parametrize(
    "later",
    [
        remedy(OWN, EVE),
        remedy(OWN.replace(HEAD, HEAD[:12])),
        remedy(OWN.replace("Ada", "Bob")),
        remedy(OWN, sign_off=False),
        replace(remedy(OWN), parents=("a" * 40, "b" * 40)),
    ],
)
def test_remediation_by_another_hand_or_for_another_commit_does_not_count(later: Commit) -> None:
    assert HEAD in {each.commit for each in found(signed(""), later, config=INDIVIDUAL)}


def test_text_of_the_remediation_is_offered_where_it_counts() -> None:
    (finding,) = found(signed(""), config=INDIVIDUAL)
    assert finding.fix is not None
    assert OWN in finding.fix.description


@pytest.mark.parametrize("text", ["a@b.co", "a.b+c@d-e.f.org", "12+ada@users.noreply.github.com", "a'b@c.de"])
def test_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b.co", "a@b", "a..b@c.de", ".a@b.co", "a@-b.co", "a@b.c", "a@b.1co", "49+x[bot]@y.com", "a@b_c.de",
     "a" * 65 + "@b.co", "a@" + "b" * 64 + ".co", "é@b.co", "a@" + "b." * 130 + "co"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert not is_address(text)


def test_commit_that_the_base_holds_already_is_named_as_such_and_rebased_away() -> None:
    foreign, own = commit(message="Prune the tree", author=EVE, sha="a" * 40), replace(commit(), parents=("a" * 40,))
    facts = replace(pull(commits=(foreign, own)), base_commits=frozenset({"a" * 40}))
    (finding,) = dco(facts)
    assert (finding.rule, finding.commit) == ("bad-rebase", "a" * 40)
    assert "`Prune the tree`, is not yours" in finding.message
    assert finding.fix is not None
    assert (
        "git fetch http://forge.test/orchard/taxonomy main\ngit rebase FETCH_HEAD\ngit push" in finding.fix.description
    )
    assert "Signed-off-by" not in finding.fix.description


def test_own_commits_beside_those_of_a_bad_rebase_are_signed_off_on_the_base() -> None:
    foreign, own = commit(message="Prune", author=EVE, sha="a" * 40), signed("")
    facts = replace(pull(commits=(foreign, own), config=INDIVIDUAL), base_commits=frozenset({"a" * 40}), url="")
    first, second = dco(facts)
    assert (first.rule, second.rule) == ("bad-rebase", "missing")
    assert second.fix is not None
    assert "git rebase --signoff main\n" in second.fix.description
    assert f"to this commit: {HEAD}" in second.fix.description
    assert "a" * 40 not in second.fix.description


def test_branch_with_merges_is_not_counted_back_but_rebased_on_its_base() -> None:
    (finding,) = found(signed(""), replace(signed(""), parents=("a" * 40, "b" * 40)))
    assert finding.fix is not None
    assert "HEAD~" not in finding.fix.description
    assert "git rebase --signoff FETCH_HEAD" in finding.fix.description


def test_text_of_the_remediation_is_never_cut() -> None:
    commits = [replace(signed(""), sha=f"{number:040x}") for number in range(250)]
    fix = found(*commits, config=INDIVIDUAL)[0].fix
    assert fix is not None
    assert all(each.sha in fix.description for each in commits)


PIECES = [
    "Signed-off-by: ", "signed-OFF-by: ", "I, ", "On behalf of ", ">, I, ", ">, i, ", "Ada <ada@example.org>", " <",
    ">", "Eve <eve@example.org>", ", hereby add my Signed-off-by to this commit: ", HEAD, "\n", "\r\n", "\u2028", " ",
    "x",
]  # fmt: skip
MESSAGES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

# The app's own expressions, which go back and forth over hostile lines for ever, and are right on short ones.
SIGN_OFF = re.compile(r"Signed-off-by: (.*) <(.*)>\s*", re.IGNORECASE | re.ASCII)
PROMISE = r"I, (.*) <(.*)>, hereby add my Signed-off-by to this commit: ([0-9a-f]+)\s*"
OWN_PROMISE = re.compile(PROMISE, re.IGNORECASE | re.ASCII)
OTHERS_PROMISE = re.compile(rf"On behalf of (.*) <(.*)>, {PROMISE}", re.IGNORECASE | re.ASCII)
LINE_END = re.compile("[\n\r\u2028\u2029]")


def groups(pattern: re.Pattern[str], message: str) -> list[tuple[str, ...]]:
    return [found.groups() for line in LINE_END.split(message) if (found := pattern.fullmatch(line))]


@settings(deadline=None)
@given(MESSAGES)
def test_sign_offs_are_those_that_the_app_reads(message: str) -> None:
    assert [(each.name, each.email) for each in sign_offs(message)] == groups(SIGN_OFF, message)


@settings(deadline=None, max_examples=300)
@given(MESSAGES, st.booleans(), st.booleans(), st.sampled_from([ADA, EVE]))
def test_remediation_is_what_the_app_reads(message: str, individual: bool, third: bool, author: Identity) -> None:  # noqa: FBT001 - hypothesis passes them by position
    config = Config(dco=DcoPolicy(remediation_individual=individual, remediation_third_party=third))
    text = f"{message}\nSigned-off-by: {author.name} <{author.email}>"
    later = commit(message=text, author=author, sha="b" * 40)
    me, ada = (author.name.lower(), author.email.lower()), (ADA.name.lower(), ADA.email.lower())
    own = individual and any(
        (name.lower(), email.lower(), sha.lower()) == (*ada, HEAD) and me == ada
        for name, email, sha in groups(OWN_PROMISE, text)
    )
    others = third and any(
        (name.lower(), email.lower(), sha.lower()) == (*ada, HEAD) and (signer.lower(), address.lower()) == me
        for name, email, signer, address, sha in groups(OTHERS_PROMISE, text)
    )
    failing = {each.commit for each in found(signed(""), later, config=config)}
    assert (HEAD in failing) is not (own or others)


@settings(deadline=None)
@given(st.text("\n\r\u2028 <>Signed-off-by: Adaex@.", max_size=200))
def test_any_message_is_judged(message: str) -> None:
    assert len(found(commit(message=message))) <= 1


HOSTILE = [
    "I, " + " <" * 200_000 + ">,",
    "On behalf of " + " <>, I, " * 8_000,
    ", hereby add my " * 8_000,
    "\n" * 60_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_time_stays_in_proportion_to_the_message(text: str) -> None:
    promise = f"{text}, hereby add my Signed-off-by to this commit: {HEAD}\nSigned-off-by: Ada <ada@example.org>"
    both = Config(dco=DcoPolicy(remediation_individual=True, remediation_third_party=True))
    began = time.process_time()
    assert sign_offs("Signed-off-by: " + text) == ()
    found(signed(""), commit(message=promise, sha="b" * 40), config=both)
    assert time.process_time() - began < HANG_S


def test_time_stays_in_proportion_to_the_commits() -> None:
    both = Config(dco=DcoPolicy(remediation_individual=True, remediation_third_party=True))
    commits = [replace(commit(message=f"{'x' * 60}\n" * 800), sha=f"{number:040x}") for number in range(250)]
    began = time.process_time()
    assert len(found(*commits, config=both)) == 250
    assert time.process_time() - began < HANG_S
