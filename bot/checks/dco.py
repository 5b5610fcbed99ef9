"""Whether every commit is signed off, exactly as the DCO app decides, and how to mend it."""

from collections.abc import Iterator

from bot.check import check
from bot.facts import Commit, PullRequestFacts
from bot.findings import Finding, Fix, Level
from bot.neutralise import code, fence
from bot.sign_off import Refusal, Remediation, refusal

MAX_LISTED = 250
"""Commits that GitHub lists of one pull request."""


@check
def dco(facts: PullRequestFacts) -> Iterator[Finding]:
    """Match every commit's sign-off with its author or committer."""
    policy = facts.config.dco
    remediation = Remediation(individual=policy.remediation_individual, third_party=policy.remediation_third_party)
    failed = [
        (commit, found)
        for commit in facts.commits
        if (found := refusal(commit, facts.commits, remediation=remediation, require_members=policy.require_members))
    ]
    for commit, found in failed:
        fix = Fix(description=_advice(facts, [each for each, _ in failed], remediation))
        yield Finding(rule=found.rule, level=Level.ERROR, commit=commit.sha, message=_message(commit, found), fix=fix)
    if not facts.commits_complete:
        message = (
            f"Not all commits could be read: GitHub lists {MAX_LISTED} of them. Squash them into fewer, so that every "
            "sign-off can be seen."
        )
        yield Finding(rule="too-many-commits", level=Level.ERROR, commit=facts.head_sha, message=message)


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


def _advice(facts: PullRequestFacts, failed: list[Commit], remediation: Remediation) -> str:
    """Write what to paste, in a terminal or in the browser."""
    count = len(facts.commits)
    commands = f"git rebase HEAD~{count} --signoff\ngit push --force-with-lease"
    parts = [
        f"In a terminal, on the branch of this pull request:\n\n{fence(commands, info='sh')}",
        "In the browser: open the branch in a codespace (**Code** → **Codespaces**) and run the same two commands in "
        "its terminal. For your next commits in the browser, tick *Sign off* below the message, or end it with\n\n"
        + fence(_line(failed[0])),
    ]
    if remediation.individual:
        lines = [
            f"I, {commit.author.name} <{commit.author.email}>, hereby add my Signed-off-by to this commit: {commit.sha}"
            for commit in failed
        ]
        text = "\n".join(["Sign off earlier commits", "", *lines, "", _line(failed[0])])
        parts.append(f"Or leave the history as it is, and push one more commit with this message:\n\n{fence(text)}")
    return "\n\n".join(parts)
