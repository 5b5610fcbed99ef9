"""Whether the description of a pull request is filled in, and does not contradict itself; told once, and politely."""

from collections.abc import Iterator

from bot.check import NotLooked, Rules, check
from bot.facts import FileStatus, PullRequestFacts
from bot.findings import Finding, Level
from bot.leaf_names import looks_like_leaf
from bot.template import Item, Section, Template, parse_template
from schemas.leaf import is_below_trees

RULES: Rules = {
    "contradiction": (Level.WARNING, "the description promises what its other parts do not hold"),
    "unfilled": (Level.NOTICE, "parts of the description's template are not filled in"),
    "empty": (Level.NOTICE, "the pull request has no description"),
}

ASKED = (Section.DESCRIPTION, Section.PROMPT, Section.BEFORE)
"""Sections that a contributor can fill in; the fine-tuned model's response comes from a build."""
TESTS = frozenset({Item.TESTED, Item.NO_ERRORS})
"""Boxes that are not asked for: a build runs what they promise."""
FEWEST_WORDS = 2


@check
def template(facts: PullRequestFacts) -> Iterator[Finding]:
    """Read the description's template where a leaf is added, and ask once for what is open in it.

    Raises:
        NotLooked: on a local checkout and for pull requests of the past, whose description is not known.
    """
    if not facts.body and not (facts.number and facts.url):
        raise NotLooked("there is no description; give one with --pr-body")
    if not any(
        file.status is FileStatus.ADDED and is_below_trees(file.path) and looks_like_leaf(file.path)
        for file in facts.files
    ):
        return
    read = parse_template(facts.body)
    if not read.sections and not read.boxes:
        if read.words < FEWEST_WORDS:
            message = (
                "The pull request has no description. Please say in a sentence or two what the leaf teaches, with a "
                "question and what the model answers to it today."
            )
            yield Finding(rule="empty", level=Level.NOTICE, message=message)
        return
    untouched = [section for section in ASKED if read.sections.get(section) is False]
    found = _contradiction(read, untouched)
    if found is not None:
        yield Finding(rule="contradiction", level=Level.WARNING, message=found)
    elif untouched or _open(read):
        yield Finding(rule="unfilled", level=Level.NOTICE, message=_unfilled(read, untouched))


def _contradiction(read: Template, untouched: list[Section]) -> str | None:
    ticked = {box.item for box in read.boxes if box.ticked}
    if untouched and read.boxes and all(box.ticked for box in read.boxes):
        return (
            f"All boxes of the checklist are ticked, but {_listed([each.value for each in untouched])} "
            f"{'is' if len(untouched) == 1 else 'are'} still as in the template. Please fill that in."
        )
    tested = next((box for box in read.boxes if box.item is Item.TESTED), None)
    if Item.NO_ERRORS in ticked and tested is not None and tested.ticked is False:
        return (
            f"The checklist says {Item.NO_ERRORS.value}, but the box *{Item.TESTED.value}* is not ticked. Please tick "
            "it if you ran it, or clear the other one: a build here runs it in any case."
        )
    return None


def _unfilled(read: Template, untouched: list[Section]) -> str:
    parts = []
    if untouched:
        parts.append(f"Please fill in {_listed([each.value for each in untouched])} in the description.")
    boxes = _open(read)
    if len(boxes) == 1:
        parts.append(f"One box of the checklist is not ticked: {boxes[0].value}. If it is so, please tick it.")
    elif boxes:
        names = _listed([each.value for each in boxes])
        parts.append(f"{len(boxes)} boxes of the checklist are not ticked: {names}. Please tick those that hold.")
    return " ".join(parts)


def _open(read: Template) -> list[Item]:
    return [box.item for box in read.boxes if box.ticked is False and box.item not in TESTS]


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
