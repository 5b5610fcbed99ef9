"""What a check run says of a policy, `.github/espalier.yml`, at one commit: on which line it is broken; pure."""

from bot.facts import ChangedFile, FileStatus, PullRequestFacts
from bot.github_values import Annotation, CheckRunBody
from bot.neutralise import clean, prose
from schemas.config import FILE, PolicyError, parse_config
from schemas.config_problems import PolicyProblem

NAME = "espalier / policy"
SHOWN = 50
NO_FILE = PolicyProblem(line=1, message="This cannot be read as a policy. Put a text file of less than 1 MB here.")


def problems_of(content: bytes) -> tuple[PolicyProblem, ...]:
    """Give what keeps a policy from being taken; nothing for one that can be."""
    try:
        parse_config(content)
    except PolicyError as error:
        return error.problems
    return ()


def judge_change(facts: PullRequestFacts) -> tuple[PolicyProblem, ...] | None:
    """Judge the policy that a pull request would bring; None if it leaves the policy as it is."""
    files = {file.path: file for file in facts.files}
    file = files.get(FILE)
    if file is None:
        moved = any(other.status is FileStatus.RENAMED and other.previous_path == FILE for other in facts.files)
        return () if moved else None
    return _judge(file)


def policy_run(
    problems: tuple[PolicyProblem, ...], *, head_sha: str, external_id: str, details_url: str, proposed: bool
) -> CheckRunBody:
    """Compose the check run.

    Args:
        problems: What is wrong with the policy.
        head_sha: The commit that it stands on.
        external_id: Number of the pull request, or that of the default branch's run.
        details_url: The bot's page.
        proposed: Whether it stands in a pull request, and not yet on the default branch.
    """
    if not problems:
        when = "It comes into force when this is merged." if proposed else "It is in force."
        title, summary = "The policy can be taken", f"{FILE} is valid. {when}"
    else:
        count = len(problems)
        title = "The policy has a mistake" if count == 1 else f"The policy has {count} mistakes"
        rows = [f"- Line {problem.line}: {prose(problem.message, limit=500)}" for problem in problems[:SHOWN]]
        if count > SHOWN:
            rows.append(f"- … and {count - SHOWN} more.")
        kept = (
            "Mend it before this is merged: a broken policy is not taken."
            if proposed
            else "It was not taken; the last good policy stays in force."
        )
        summary = "\n".join([*rows, "", kept])
    return CheckRunBody(
        name=NAME,
        head_sha=head_sha,
        external_id=external_id,
        details_url=details_url,
        status="completed",
        conclusion="failure" if problems else "success",
        title=title,
        summary=summary,
        annotations=tuple(_annotation(problem) for problem in problems[:SHOWN]),
    )


def _judge(file: ChangedFile) -> tuple[PolicyProblem, ...]:
    if file.status is FileStatus.REMOVED:
        return ()
    return (NO_FILE,) if file.content is None else problems_of(file.content)


def _annotation(problem: PolicyProblem) -> Annotation:
    return Annotation(
        path=FILE,
        start_line=problem.line,
        end_line=problem.line,
        annotation_level="failure",
        message=clean(problem.message)[:4_000],
        title="policy",
    )
