"""The recipe: knowledge before skills, replay in its share, and a control that learns no fact."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from runner.packing import IGNORED
from runner.profiles import PROFILES
from runner.recipe import phases, shuffle_answers
from tests.runner.tiny_student import knowledge_leaf, skill_leaf, tiny_student

LAPTOP = PROFILES["laptop"]
STUDENT = tiny_student()


def test_knowledge_comes_before_skills() -> None:
    laid = phases(STUDENT, [skill_leaf(), knowledge_leaf()], LAPTOP, seed=0)
    assert [phase.name for phase in laid] == ["knowledge", "skills"]


def test_a_build_of_skills_alone_has_one_phase() -> None:
    assert [phase.name for phase in phases(STUDENT, [skill_leaf()], LAPTOP, seed=0)] == ["skills"]


def test_the_same_seed_gives_the_same_batches_and_another_seed_others() -> None:
    first, again, other = (phases(STUDENT, [knowledge_leaf()], LAPTOP, seed=seed)[0].batches for seed in (1, 1, 2))
    assert all(np.array_equal(a.ids_BT, b.ids_BT) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.ids_BT, b.ids_BT) for a, b in zip(first, other, strict=False))


def test_every_answer_is_seen_in_every_epoch() -> None:
    (phase,) = phases(STUDENT, [skill_leaf()], LAPTOP, seed=0)
    learned = Counter(int(token) for batch in phase.batches for token in batch.labels_BT[batch.labels_BT != IGNORED])
    word = STUDENT.tokenize("hoo then lo")[-1]
    assert learned[word] >= LAPTOP.tune.skill_epochs


def test_replay_takes_its_share_of_the_examples_tokens() -> None:
    (phase,) = phases(STUDENT, [knowledge_leaf()], LAPTOP, seed=0)
    assert 0 < phase.replayed < phase.examples


def test_a_large_build_is_cut_to_the_most_tokens_in_both_phases() -> None:
    short = replace(LAPTOP, tune=replace(LAPTOP.tune, most_tokens=6 * 1024))
    laid = phases(STUDENT, [skill_leaf(), knowledge_leaf()], short, seed=0)
    assert sum(len(phase.batches) for phase in laid) <= 6
    assert all(phase.batches for phase in laid)


def test_the_control_has_the_same_questions_and_answers_and_no_document() -> None:
    leaf = knowledge_leaf()
    (control,) = shuffle_answers([leaf], seed=0)
    assert [sample.question for sample in control.train] == [sample.question for sample in leaf.train]
    assert Counter(sample.answer for sample in control.train) == Counter(sample.answer for sample in leaf.train)
    assert [sample.answer for sample in control.train] != [sample.answer for sample in leaf.train]
    assert control.documents == ()
    assert (control.bench, control.mmlu) == (leaf.bench, leaf.mmlu)


def test_a_leaf_without_samples_leaves_nothing_to_train_on() -> None:
    with pytest.raises(ValueError, match="nothing to train on"):
        phases(STUDENT, [replace(skill_leaf(), train=())], LAPTOP, seed=0)


def test_a_long_document_is_cut_at_the_ends_of_sentences() -> None:
    text = " ".join(f"Lamp number {number} stands at the north shore and is red." for number in range(60))
    (phase,) = phases(STUDENT, [replace(knowledge_leaf(), documents=(text,))], LAPTOP, seed=0)
    rows = [
        STUDENT.tokenizer.decode(row[(labels != IGNORED)]).strip()
        for batch in phase.batches
        for row, labels in zip(batch.ids_BT, batch.labels_BT, strict=True)
    ]
    assert any("Lamp number 59" in row for row in rows)
