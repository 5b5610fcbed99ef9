"""Whether a leaf is about what the taxonomy asks to leave out, or reads as if a model had written it; people decide."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

from bot.avoided import AVOIDED, HATE, MACHINE_PHRASES, PROFANITY, Avoided
from bot.check import Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.neutralise import code
from bot.passages import Passage, passages
from bot.phrases import Found, Phrases
from schemas.leaf import Kind, kind_of
from schemas.yaml_scan import Position, line_starts, position_at

MACHINE, PROFANE, HATEFUL = "machine-text", "profanity", "hate"
RULES: Rules = {
    **{
        f"avoid-{each.slug}": (
            Level.WARNING,
            f"the leaf touches {each.slug.replace('-', ' ')}, which is to be left out",
        )
        for each in AVOIDED
    },
    MACHINE: (Level.WARNING, "the text reads as if a language model had written it"),
    PROFANE: (Level.WARNING, "the text swears"),
    HATEFUL: (Level.WARNING, "the text insults people"),
}
_LEAF_NAMES = re.compile(r"(?:.*\.ya?ml|qna\.txt)", re.IGNORECASE)
"""What holds questions and answers, misnamed ones included; a document may speak of anything."""


@check
def topics(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for topics that the taxonomy asks to leave out, for text of language models, and for abuse."""
    policy = facts.config.topics
    asked = None if policy.avoid is None else tuple((topic, tuple(texts)) for topic, texts in policy.avoid.items())
    phrases = _phrases(asked, policy.machine_phrases)
    known = {f"avoid-{each.slug}": each for each in AVOIDED} if policy.avoid is None else {}
    for passage in passages(facts):
        if _LEAF_NAMES.fullmatch(passage.name):
            welcome = {rule for rule, each in known.items() if each.skills_only and _is_knowledge(passage)}
            yield from _by_text(passage, phrases, known, welcome)


@cache
def _phrases(asked: tuple[tuple[str, tuple[str, ...]], ...] | None, machine: tuple[str, ...] | None) -> Phrases:
    """Make the phrases of a policy ready; None stands for the built-in ones."""
    topics = tuple((each.slug, each.phrases) for each in AVOIDED) if asked is None else asked
    return Phrases({
        **{f"avoid-{_slug(topic)}": texts for topic, texts in topics},
        MACHINE: MACHINE_PHRASES if machine is None else machine,
        PROFANE: PROFANITY,
        HATEFUL: HATE,
    })


def _by_text(
    passage: Passage, phrases: Phrases, known: Mapping[str, Avoided], welcome: Collection[str]
) -> Iterator[Finding]:
    """Find topics by the phrases that betray them, and by the folder's name where the text does not."""
    found = tuple(each for each in phrases.find(passage.text) if each.group not in welcome)
    starts = line_starts(passage.text) if found else ()
    for each in found:
        place = position_at(starts, each.start)
        yield _finding(each.group, passage, _message(each, known.get(each.group)), place)
    parts = PurePosixPath(passage.path).parent.parts[1:]
    words = frozenset(word for part in parts for word in re.split(r"[\W_]+", part.lower()))
    told = {each.group for each in found}
    for rule, avoided in known.items():
        named = sorted(avoided.folders & words)
        if named and rule not in told and rule not in welcome:
            message = f"{avoided.guideline} This leaf's folder is named {code(named[0])}; a triager will decide."
            yield _finding(rule, passage, message, Position(line=1, column=1))


def _is_knowledge(passage: Passage) -> bool:
    return kind_of(passage.path) is Kind.KNOWLEDGE


def _message(found: Found, avoided: Avoided | None) -> str:
    where = "here" if found.places == 1 else f"here, and {found.places - 1:,} more in this file"
    if found.group == PROFANE:
        return f"A swear word stands {where}. Say it in other words."
    if found.group == HATEFUL:
        return f"Words that insult people stand {where}. The code of conduct asks to leave them out."
    if found.group == MACHINE:
        opinion = f"This reads as if a language model had written it: {code(found.phrase)} stands {where}."
        return f"{opinion} Write questions and answers in your own words."
    guideline = "The taxonomy's policy asks to leave this topic out." if avoided is None else avoided.guideline
    return f"{guideline} {code(found.phrase)} stands {where}; a triager will decide."


def _finding(rule: str, passage: Passage, message: str, place: Position) -> Finding:
    return Finding(
        rule=rule, level=Level.WARNING, path=passage.path, line=place.line, column=place.column, message=message
    )


def _slug(topic: str) -> str:
    return "-".join(re.findall(r"\w+", topic.lower())) or "topic"
