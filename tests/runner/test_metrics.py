"""Metrics: hand-computed differences, intervals that keep their promise, and no score out of nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.metrics import compare, mean
from schemas.result import Change


def test_the_difference_is_that_of_the_means() -> None:
    paired = compare([1, 0, 0, 1], [1, 1, 0, 1], ["a", "a", "b", "b"], seed=0)
    assert (paired.questions, paired.clusters) == (4, 2)
    assert (paired.baseline, paired.candidate, paired.difference) == (0.5, 0.75, 0.25)


def test_two_clusters_give_the_interval_of_their_four_equally_likely_draws() -> None:
    # Cluster means of the difference are 0.5 and 0: drawn twice with replacement, 0.5, 0.25, 0.25 or 0.
    paired = compare([0, 0, 0, 0], [1, 0, 0, 0], ["a", "a", "b", "b"], seed=0)
    assert (paired.low, paired.high) == (0.0, 0.5)
    assert paired.change is Change.UNCLEAR


def test_an_interval_above_zero_is_an_improvement_and_below_it_a_regression() -> None:
    clusters = [str(number) for number in range(30)]
    assert compare([0.0] * 30, [1.0] * 30, clusters, seed=0).change is Change.IMPROVED
    assert compare([1.0] * 30, [0.0] * 30, clusters, seed=0).change is Change.REGRESSED
    assert compare([1.0] * 30, [1.0] * 30, clusters, seed=0).change is Change.UNCLEAR


def test_nothing_is_clear_of_fewer_facts_than_a_sign_test_could_tell_anything_of() -> None:
    def clear(facts: int) -> Change:
        return compare([0.0] * 60, [1.0] * 60, [str(number % facts) for number in range(60)], seed=0).change

    assert [clear(facts) for facts in (1, 5)] == [Change.UNCLEAR, Change.UNCLEAR]
    assert clear(6) is Change.IMPROVED


def test_the_same_seed_gives_the_same_interval() -> None:
    rng = np.random.default_rng(0)
    scores = [rng.random(50).tolist() for _ in range(2)]
    clusters = [str(number // 5) for number in range(50)]
    assert compare(*scores, clusters, seed=3) == compare(*scores, clusters, seed=3)


def test_questions_on_one_fact_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(1)
    facts = rng.normal(0.2, 1.0, 20)
    once = compare([0.0] * 20, facts.tolist(), [str(n) for n in range(20)], seed=0)
    tenfold = compare([0.0] * 200, np.repeat(facts, 10).tolist(), [str(n // 10) for n in range(200)], seed=0)
    assert tenfold.high - tenfold.low == pytest.approx(once.high - once.low, rel=0.05)


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(300):
        effects = rng.normal(0.1, 0.3, 40)
        differences = np.repeat(effects, 3) + rng.normal(0, 0.2, 120)
        paired = compare(
            [0.0] * 120, differences.tolist(), [str(n // 3) for n in range(120)], seed=trial, resamples=1000
        )
        covered += paired.low <= 0.1 <= paired.high
    assert 0.90 <= covered / 300 <= 0.98


def test_no_scores_are_an_error_and_not_zero() -> None:
    with pytest.raises(ValueError, match="no scores"):
        mean([])
    with pytest.raises(ValueError, match="no scores"):
        compare([], [], [], seed=0)


def test_scores_that_are_not_paired_are_an_error() -> None:
    with pytest.raises(ValueError, match="not paired"):
        compare([1.0], [1.0, 0.0], ["a"], seed=0)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10), st.sampled_from("abcdef")), min_size=1, max_size=60))
def test_the_difference_never_leaves_the_range_of_the_clusters(rows: list[tuple[float, float, str]]) -> None:
    baseline, candidate, clusters = (list(column) for column in zip(*rows, strict=True))
    paired = compare(baseline, candidate, clusters, seed=0, resamples=200)
    differences = [after - before for before, after, _ in rows]
    slack = 1e-9
    assert min(differences) - slack <= paired.low <= paired.high <= max(differences) + slack
    assert paired.difference == pytest.approx(paired.candidate - paired.baseline)
