"""Two leaves on one document: what one holds out, the other does not train on, and retention asks nothing trained."""

from dataclasses import replace

from runner.apart import keep_apart
from runner.held_out import asked_key
from runner.samples import LeafData, Origin, Sample
from tests.runner.tiny_student import knowledge_leaf, skill_leaf


def lamps(path: str = "knowledge/lamps") -> LeafData:
    leaf = knowledge_leaf(path)
    return replace(leaf, mmlu=tuple(replace(item, question=f"How was {item.cluster} painted?") for item in leaf.mmlu))


def trained_on(leaf: LeafData, *pairs: tuple[str, str]) -> LeafData:
    more = tuple(
        Sample(leaf=leaf.leaf, cluster="x", origin=Origin.TEACHER, context=None, question=question, answer=answer)
        for question, answer in pairs
    )
    return replace(leaf, train=(*leaf.train, *more), kept=leaf.kept + len(more))


def test_leaves_that_share_nothing_stay_as_they_are() -> None:
    leaves = (lamps(), skill_leaf())
    assert keep_apart(leaves, ()).trained == leaves
    assert keep_apart(leaves[:1], leaves[1:]).others == leaves[1:]


def test_what_one_leaf_holds_out_is_not_trained_on_through_another() -> None:
    # The first holds out how lamp 0 was painted; the second asks it in the same content words.
    second = trained_on(replace(skill_leaf(), bench=()), ("And how is the lamp 0 painted?", "Red."), ("Who?", "Ada"))
    first, kept = keep_apart([lamps(), second], []).trained
    assert first == lamps()
    assert [sample.answer for sample in kept.train] == [
        sample.answer for sample in second.train if sample.answer != "Red."
    ]
    assert (kept.kept, kept.dropped) == (second.kept - 1, {"held out by another leaf": 1})


def test_retention_asks_nothing_that_is_trained_on() -> None:
    other = replace(lamps("knowledge/other"), train=(), documents=())
    trained = trained_on(skill_leaf(), ("Tell me how lamp 3 is painted.", "white"))
    (asked,) = keep_apart([trained], [other]).others
    assert len(asked.mmlu) == len(other.mmlu) - 1
    seen = {asked_key(None, sample.question, sample.answer) for sample in trained.train}
    assert not any(asked_key(None, item.question, item.choices[item.gold]) in seen for item in asked.mmlu)


def test_a_leaf_that_keeps_no_question_is_not_asked_about() -> None:
    other = replace(lamps("knowledge/other"), train=())
    trained = trained_on(skill_leaf(), *((item.question, item.choices[item.gold]) for item in other.mmlu))
    assert keep_apart([trained], [other]).others == ()
