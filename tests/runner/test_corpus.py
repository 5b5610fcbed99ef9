"""The procedural corpus: what retention asks is never in it, whatever the seed that it is read with."""

from collections import Counter
from itertools import islice

from runner import corpus
from runner.example import ask
from runner.profiles import PROFILES
from tests.runner.tiny_student import rng

SEED = PROFILES["laptop"].base.seed
READ = 20_000


def test_no_question_that_measures_retention_stands_in_the_corpus() -> None:
    world = corpus.world(SEED)
    held = world.held_out(rng(SEED))
    asked = {ask(item.context, item.question) for item in held.bench} | {item.question for item in held.mmlu}
    said = {example.prompt for example in islice(world.examples(rng(SEED)), READ)}
    assert len(said) > READ / 2
    assert not asked & said


def test_the_facts_that_retention_asks_for_are_stated_in_other_words() -> None:
    world = corpus.world(SEED)
    held = world.held_out(rng(SEED))
    asked = Counter(
        (fact.entity, fact.value)
        for example in islice(world.examples(rng(SEED + 1)), READ)
        for fact in world.facts
        if example.prompt is not None and fact.entity in example.prompt and example.answer == fact.value
    )
    assert len(held.mmlu) >= 100
    assert all(asked[item.cluster.partition(": ")[0], item.choices[item.gold]] for item in held.mmlu)


def test_right_choices_stand_evenly_on_four_places() -> None:
    places = Counter(item.gold for item in corpus.world(SEED).held_out(rng(0)).mmlu)
    assert max(places.values()) - min(places[place] for place in range(4)) <= 1
