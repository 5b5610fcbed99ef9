"""Sets questions aside before training sees anything: other wordings of known facts, and unseen combinations.

Knowledge cannot be guessed, so that every held-out question's fact is also trained on, but in other words: a frame (the
content words in their order) that is asked for a fact's answer stands on one side only. A skill can be worked out, so
that all questions of a combination stand on one side.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from runner.samples import Origin, Sample
from runner.wording import content, frame, normalise

_FRAMES_SHARE = 1 / 3
_COMBINATIONS_SHARE = 0.25
_ENOUGH_ITEMS = 110
_MOST_ITEMS = 200
_FEWEST_PER_TARGET = 2
_MOST_PER_TARGET = 4
_MOST_PER_COMBINATION = 2
_MOST_COMBINATIONS = 40
_FEWEST_LEFT = 3
"""How many training combinations must still show each word of a held-out answer that several combinations share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Both sides, and what stands on neither."""

    train: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    dropped: Mapping[str, int]


def split_knowledge(samples: Sequence[Sample], *, rng: Random) -> Split:
    """Hold out wordings: each fact's answer keeps at least one frame to be learned from."""
    targets: dict[tuple[str, str], dict[tuple[str, ...], list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        targets[sample.cluster, normalise(sample.answer)][frame(sample.question)].append(sample)
    available = [_set_aside(frames, rng) for frames in targets.values()]
    held: list[Sample] = []
    for turn in range(_MOST_PER_TARGET):
        if len(held) < _ENOUGH_ITEMS:
            held += [group[turn] for group in available if turn < len(group)]
    if len(held) > _MOST_ITEMS:
        held = rng.sample(held, _MOST_ITEMS)
    chosen_frames = {_target(sample) for sample in held}
    # A held frame's other wordings are trained on by nobody.
    train = [sample for sample in samples if _target(sample) not in chosen_frames]
    return _without_leaks(train, held, len(samples))


def _set_aside(frames: Mapping[tuple[str, ...], Sequence[Sample]], rng: Random) -> list[Sample]:
    """Choose frames to hold out, those of a target that no seed asks in, and give their questions in random order."""
    free = [key for key, group in frames.items() if all(sample.origin is not Origin.SEED for sample in group)]
    rng.shuffle(free)
    most = min(max(1, round(len(frames) * _FRAMES_SHARE)), len(frames) - 1)
    found: list[Sample] = []
    for key in free[:most]:
        if len(found) < _FEWEST_PER_TARGET:
            found += rng.sample(frames[key], len(frames[key]))
    return found


def split_skill(samples: Sequence[Sample], *, rng: Random) -> Split:
    """Hold out combinations; what their answers are made of stays visible in others."""
    clusters: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        clusters[sample.cluster].append(sample)
    made_of = {name: content_of_answers(group) for name, group in clusters.items()}
    left = Counter(word for parts in made_of.values() for word in parts)
    shared = {word for word, count in left.items() if count > 1}
    free = [name for name, group in clusters.items() if all(sample.origin is not Origin.SEED for sample in group)]
    rng.shuffle(free)
    wanted = min(round(len(clusters) * _COMBINATIONS_SHARE), _MOST_COMBINATIONS)
    chosen: set[str] = set()
    for name in free:
        parts = made_of[name] & shared
        if len(chosen) < wanted and all(left[word] > _FEWEST_LEFT for word in parts):
            chosen.add(name)
            left.subtract(made_of[name])
    held: list[Sample] = []
    for name in sorted(chosen):
        group = list(clusters[name])
        rng.shuffle(group)
        held += _varied(group)
    train = [sample for sample in samples if sample.cluster not in chosen]
    return _without_leaks(train, held, len(samples))


def content_of_answers(samples: Sequence[Sample]) -> frozenset[str]:
    """Give all content words of the samples' answers."""
    return frozenset(word for sample in samples for word in content(sample.answer))


def _varied(group: Sequence[Sample]) -> list[Sample]:
    """Take a combination's first questions, of different frames where there are any."""
    by_frame = {frame(f"{sample.context or ''} {sample.question}"): sample for sample in reversed(group)}
    return list(by_frame.values())[:_MOST_PER_COMBINATION]


def _without_leaks(train: Sequence[Sample], held: Sequence[Sample], total: int) -> Split:
    seen = {_leak(sample) for sample in train}
    safe = tuple(sample for sample in held if _leak(sample) not in seen)
    rest = total - len(train) - len(safe)
    return Split(train=tuple(train), held_out=safe, dropped={"set aside, not asked": rest} if rest else {})


def _target(sample: Sample) -> tuple[str, str, tuple[str, ...]]:
    return (sample.cluster, normalise(sample.answer), frame(sample.question))


def asked_key(context: str | None, question: str, answer: str) -> tuple[str, tuple[str, ...]]:
    """Name what a pair teaches or asks; a held-out question of that name must not be trained on."""
    return (normalise(answer), frame(f"{context or ''} {question}"))


def _leak(sample: Sample) -> tuple[str, tuple[str, ...]]:
    return asked_key(sample.context, sample.question, sample.answer)
