"""What must outlive a run that keeps no database: a hidden, versioned block of JSON in the report comment; pure."""

import re
from dataclasses import dataclass, field, replace

from bot.records import Build, Cancel, Ground, HandLabel, HoldWord, Obeyed, Vote
from bot.report_status import REPORT_MARKER, TriageState
from schemas.codec import decode, encode
from schemas.errors import UserError

VERSION = 1
MAX_BLOCK = 16_000
"""Characters; the report leaves that much of a comment's 65,536, and a block of usual size has less than a tenth."""
MAX_OBEYED = 50
MAX_BUILDS = 3

BLOCK = re.compile(
    r"\A<!-- espalier:report -->\s*<!-- espalier:state v(?P<version>[0-9]{1,4}) (?P<json>\{[^<>]*\}) -->"
)
# Written as escapes, these can neither end the HTML comment nor be taken for a mention or a link.
ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&@#"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the bot knows of a pull request and GitHub does not."""

    repository: str
    number: int
    head_sha: str
    head_seen_at: str
    triage: TriageState | None
    labels: tuple[str, ...]
    """Labels as the last run left them: what differs now was set or taken off by a person."""
    own_labels: tuple[str, ...]
    votes: tuple[Vote, ...] = ()
    """Votes on exactly this head, each with the comment that proves it."""
    hands: tuple[HandLabel, ...] = ()
    """Labels that people set or took off while this head stood."""
    sign_off_waived_by: str | None = None
    """Who set DCO to pass for this head."""
    ground: Ground | None = None
    """What approvals stand on beside the head."""
    hold: HoldWord | None = None
    """The newest word on what keeps it from going on; it outlasts pushes."""
    cancels: tuple[Cancel, ...] = ()
    """The newest words that called builds off."""
    obeyed: tuple[Obeyed, ...] = ()
    builds: tuple[Build, ...] = ()
    """The last builds, newest first, without results: those stand in comments of their own."""
    build_pages: dict[str, str] = field(default_factory=dict)
    """The page of the run that each build goes on in."""


def write_block(carried: Carried) -> str:
    """Write the block; the oldest builds and commands go where it would get too long, and votes never do."""
    carried = replace(
        carried,
        obeyed=carried.obeyed[-MAX_OBEYED:],
        builds=tuple(replace(build, result=None, progress=None) for build in carried.builds[:MAX_BUILDS]),
    )
    while len(text := _block(carried)) > MAX_BLOCK and (carried.builds or carried.obeyed):
        if carried.builds:
            carried = replace(carried, builds=carried.builds[:-1])
        else:
            carried = replace(carried, obeyed=carried.obeyed[1:])
    return text if len(text) <= MAX_BLOCK else _block(replace(carried, labels=(), own_labels=(), hands=()))


def read_block(body: str, *, repository: str, number: int) -> Carried | None:
    """Read the block of a report comment; None if it has none that is whole, known, and about this pull request.

    Who reads has to know that the comment is the bot's own. Without a block nothing is approved: a vote that is lost
    has to be cast again.
    """
    found = BLOCK.match(body.lstrip()[: MAX_BLOCK + 200])
    if found is None or int(found["version"]) != VERSION:
        return None
    try:
        carried = decode(Carried, found["json"])
    except (UserError, RecursionError):
        return None
    if (carried.repository, carried.number) != (repository, number):
        return None
    return replace(carried, builds=tuple(build for build in carried.builds if _is_own(build, carried)))


def _is_own(build: Build, carried: Carried) -> bool:
    """Tell whether a build is of this pull request alone: nothing else is ordered from here."""
    numbers = [part.number for part in build.job.pull_requests]
    return build.job.repository == carried.repository and numbers == [carried.number]


def with_block(body: str, carried: Carried) -> str:
    """Put the block below the report's first line: at the end it would be what a long report is cut by."""
    return f"{REPORT_MARKER}\n{write_block(carried)}\n{body.lstrip().removeprefix(REPORT_MARKER).lstrip()}"


def _block(carried: Carried) -> str:
    return f"<!-- espalier:state v{VERSION} {encode(carried).translate(ESCAPES)} -->"
