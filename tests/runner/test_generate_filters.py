"""What a teacher writes is sifted for reasons that can be told, and the same is never kept twice."""

import pytest

from runner.deduplicate import deduplicate
from runner.filters import Lengths, reason_against_knowledge, reason_against_question, reason_against_skill
from runner.samples import Origin, Sample

PASSAGE = "Oda Brill cast the Brannoch bell in 1612. The Brannoch bell hangs in Oxmoor."


def against(question: str, answer: str) -> str | None:
    return reason_against_knowledge(question, answer, passage=PASSAGE, topic="Bells of Orrin Vale")


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("Who cast the Brannoch bell?", "Oda Brill", None),
        ("When was the Brannoch bell cast?", "It was cast in 1612.", None),
        ("Who cast the Brannoch bell?", "", "empty question or answer"),
        ("?!", "Oda Brill", "empty question or answer"),
        ("Who cast the Brannoch bell?", "Joseph Haydn", "answer not in the passage"),
        ("When was the Brannoch bell cast?", "1613", "answer not in the passage"),
        ("Who is Oda Brill?", "Oda Brill", "answer given away"),
        ("Who wrote the tenth symphony?", "Oda Brill", "question not about the passage"),
        ("Who are the bells of Orrin Vale?", "Oda Brill", "question not about the passage"),
        ("According to the passage, who cast the Brannoch bell?", "Oda Brill", "question does not stand by itself"),
        ("Who cast the bell in the text above in 1612?", "Oda Brill", "question does not stand by itself"),
        ("Where does it hang, the bell of Oda Brill?", "Oxmoor", "question does not stand by itself"),
        ("Take the Brannoch bell. Where does it hang?", "Oxmoor", None),
        ("who cast the Brannoch bell?", "Oda Brill", "no whole sentence"),
        ("Who cast the Brannoch bell", "Oda Brill", "no whole sentence"),
        ("Who cast the the Brannoch bell?", "Oda Brill", "ungrammatical"),
        ("Who cast (the Brannoch bell?", "Oda Brill", "ungrammatical"),
        ("Who cast the Brannoch bell?", "I cannot say, as an AI.", "no answer"),
        ("Who cast the Brannoch bell?", "who cast the brannoch bell", "answer repeats the question"),
        ("Who cast the Brannoch bell " + "so well " * 40 + "?", "Oda Brill", "too long"),
    ],
)
def test_a_pair_is_kept_or_refused_for_one_reason(question: str, answer: str, reason: str | None) -> None:
    assert against(question, answer) == reason


def test_a_skills_answer_is_about_as_long_as_the_seeds() -> None:
    lengths = Lengths(fewest=2, most=6)
    assert reason_against_skill("Which signal?", "mirl over dann", lengths=lengths) is None
    assert reason_against_skill("Which signal?", "mirl", lengths=lengths) == "answer too short"
    assert reason_against_skill("Which signal?", "mirl " * 7, lengths=lengths) == "too long"


def test_a_skills_question_has_something_of_the_seeds() -> None:
    seeds = frozenset({"signal", "fog"})
    assert reason_against_question("Which signal tells of hail?", context=None, seeds=seeds) is None
    assert reason_against_question("What now?", context="There is fog.", seeds=seeds) is None
    assert reason_against_question("What is love?", context=None, seeds=seeds) == "question not of this skill"
    assert reason_against_question("", context=None, seeds=seeds) == "empty question or answer"
    assert reason_against_question("Signal " * 70 + "?", context=None, seeds=seeds) == "too long"


def sample(question: str, answer: str, origin: Origin = Origin.TEACHER, context: str | None = None) -> Sample:
    return Sample(leaf="knowledge/x", cluster="c", origin=origin, context=context, question=question, answer=answer)


def kept(*samples: Sample) -> list[tuple[str, str]]:
    return [(one.question, one.answer) for one in deduplicate(samples).samples]


def test_exact_duplicates_differ_in_case_and_points_only() -> None:
    result = deduplicate([
        sample("Who cast it?", "Oda"),
        sample("who cast it", "oda."),
        sample("Who cast that?", "Oda"),
    ])
    assert [one.question for one in result.samples] == ["Who cast it?", "Who cast that?"]
    assert result.dropped == {"exact duplicate": 1}


def test_near_duplicates_are_dropped_but_another_name_is_another_question() -> None:
    long = "Please tell me now who first cast the very large Brannoch bell of Oxmoor in the valley"
    result = deduplicate([sample(f"{long}?", "Oda"), sample(f"{long} there?", "Oda")])
    assert result.dropped == {"near duplicate": 1}
    assert len(kept(sample(f"{long}?", "Oda"), sample(f"{long.replace('Brannoch', 'Tessel')}?", "Oda"))) == 2


def test_a_seed_wins_over_rival_answers_and_always_stays() -> None:
    seed = sample("Who cast it?", "Oda", Origin.SEED)
    assert kept(sample("Who cast it?", "Joren"), sample("Who cast it?", "Joren"), seed) == [("Who cast it?", "Oda")]


def test_the_more_frequent_of_rival_answers_stays_and_equals_go_both() -> None:
    two = [sample("Who cast it?", "Joren"), sample("Who cast it!", "Oda"), sample("who cast it", "Oda")]
    assert kept(*two) == [("Who cast it!", "Oda")]
    assert deduplicate(two[:2]).dropped == {"question with rival answers": 2}


def test_the_same_question_in_another_context_is_another_one() -> None:
    assert len(kept(sample("Which?", "a", context="one"), sample("Which?", "b", context="two"))) == 2
