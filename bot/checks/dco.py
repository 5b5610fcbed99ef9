"""Whether every commit is signed off, exactly as the DCO app decides, and how to mend it."""

import shlex
from collections.abc import Iterator, Sequence

from bot.check import Rules, check
from bot.facts import Commit, PullRequestFacts
from bot.findings import Finding, Fix, Level
from bot.neutralise import code, fence
from bot.sign_off import Refusal, Remediation, refusals

MAX_LISTED = 250
"""Commits that GitHub lists of one pull request."""
RULES: Rules = {
    "missing": (Level.ERROR, "the commit has no sign-off"),
    "mismatch": (Level.ERROR, "the sign-off is by somebody else than the commit"),
    "invalid-email": (Level.ERROR, "the author's e-mail address is no valid one"),
    "member-not-verified": (Level.ERROR, "a member's commit without a sign-off is not verified"),
    "bad-rebase": (Level.ERROR, "a commit without a valid sign-off came in from the base branch by a bad rebase"),
    "too-many-commits": (Level.ERROR, "GitHub lists no more commits, so that some sign-offs cannot be seen"),
}

_LONGEST = 60_000
"""Characters of a text to paste; it has a line for each of at most 250 commits, and must not be cut."""


@check
def dco(facts: PullRequestFacts) -> Iterator[Finding]:
    """Match every commit's sign-off with its author or committer."""
    policy = facts.config.dco
    remediation = Remediation(individual=policy.remediation_individual, third_party=policy.remediation_third_party)
    failed = refusals(facts.commits, remediation=remediation, require_members=policy.require_members)
    fix = Fix(description=_advice(facts, [commit for commit, _ in failed], remediation)) if failed else None
    for commit, found in failed:
        foreign = commit.sha in facts.base_commits
        rule = "bad-rebase" if foreign else found.rule
        message = _about_foreign(commit, facts) if foreign else _message(commit, found)
        yield Finding(rule=rule, level=Level.ERROR, commit=commit.sha, message=message, fix=fix)
    if not facts.commits_complete:
        message = (
            f"Not all commits could be read: GitHub lists {MAX_LISTED} of them. Squash them into fewer, so that every "
            "sign-off can be seen."
        )
        yield Finding(rule="too-many-commits", level=Level.ERROR, commit=facts.head_sha, message=message)


def _about_foreign(commit: Commit, facts: PullRequestFacts) -> str:
    subject, base = code(commit.message.partition("\n")[0]), code(facts.base_ref)
    return (
        f"This commit, {subject}, is not yours: {base} holds it already, and a rebase brought it in once more. "
        f"Nobody needs to sign it off; rebase on {base} as it is now, and it goes away."
    )


def _message(commit: Commit, found: Refusal) -> str:
    wanted = code(_line(commit), limit=200)
    if found.rule == "missing":
        return f"The sign-off is missing. The commit message must end with the line {wanted}."
    if found.rule == "invalid-email":
        address = code(commit.author.email or commit.committer.email)
        return f"{address} is no valid e-mail address. Set yours with `git config user.email`, and sign off again."
    if found.rule == "member-not-verified":
        return "This commit is by a member of the organisation, and is not verified. Sign it with a key."
    got = ", ".join(code(f"{each.name} <{each.email}>", limit=120) for each in found.got[:3])
    return f"The sign-off is by {got}, but the commit is by somebody else. It must be {wanted}."


def _line(commit: Commit) -> str:
    return f"Signed-off-by: {commit.author.name} <{commit.author.email}>"


def _advice(facts: PullRequestFacts, failed: Sequence[Commit], remediation: Remediation) -> str:
    """Write what to paste, in a terminal or in the browser."""
    own = [commit for commit in failed if commit.sha not in facts.base_commits]
    commands = (*_rebase(facts, sign_off=bool(own)), "git push --force-with-lease")
    text, count = fence("\n".join(commands), info="sh"), "two" if len(commands) == 2 else "three"  # noqa: PLR2004 - a number and its word
    browser = (
        f"In the browser: open the branch in a codespace (**Code** → **Codespaces**) and run the same {count} commands "
        "in its terminal."
    )
    if own:
        browser += (
            f" For your next commits in the browser, tick *Sign off* below the message, or end it with\n\n"
            f"{fence(_line(own[0]))}"
        )
    parts = [f"In a terminal, on the branch of this pull request:\n\n{text}", browser]
    if own and remediation.individual:
        lines = [
            f"I, {commit.author.name} <{commit.author.email}>, hereby add my Signed-off-by to this commit: {commit.sha}"
            for commit in own
        ]
        text = "\n".join(["Sign off earlier commits", "", *lines, "", _line(own[0])])
        told = fence(text, limit=_LONGEST)
        parts.append(f"Or leave the history as it is, and push one more commit with this message:\n\n{told}")
    return "\n\n".join(parts)


def _rebase(facts: PullRequestFacts, *, sign_off: bool) -> tuple[str, ...]:
    """Give the commands that make the branch anew; git itself leaves out what the base branch holds already.

    `HEAD~n` counts first parents alone: with merges, or with commits of the base branch, only the base itself will do.
    """
    flag = " --signoff" if sign_off else ""
    simple = not facts.base_commits and not any(commit.parents[1:] for commit in facts.commits)
    if simple or not facts.base_ref:
        return (f"git rebase HEAD~{len(facts.commits)}{flag}",)
    if not facts.url:
        return (f"git rebase{flag} {shlex.quote(facts.base_ref)}",)
    home = facts.url.rsplit("/pull/", 1)[0]
    return (f"git fetch {shlex.quote(home)} {shlex.quote(facts.base_ref)}", f"git rebase{flag} FETCH_HEAD")
