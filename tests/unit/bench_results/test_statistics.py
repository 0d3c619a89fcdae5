from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Interval, Verdict
from bindcheck.bench.samples import Block
from bindcheck.bench.statistics import difference, exponential, interval, trial, trimmed_mean
from bindcheck.bench.student import quantile
from bindcheck.bench.verdicts import decide, ratio_of
from bindcheck.fact import replace


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [
        (0.975, 1, 12.7062047362),
        (0.975, 4, 2.7764451052),
        (0.95, 10, 1.8124611228),
        (0.8, 4, 0.9409645772),
        (0.025, 4, -2.7764451052),
        (0.5, 7, 0.0),
        (0.975, 1e6, 1.9599664),
    ],
)
def test_quantiles_of_student_are_those_of_the_tables(
    probability: float, freedom: float, value: float
) -> None:
    assert quantile(probability, freedom) == pytest.approx(value, rel=1e-7, abs=1e-9)


def test_no_quantile_for_what_is_no_probability() -> None:
    with pytest.raises(ValueError, match="no quantile"):
        quantile(1.0, 4)


def test_a_trimmed_mean_ignores_what_lies_far_out() -> None:
    values = [1.0, 1.1, 0.9, 1.0, 1.0, 1.1, 0.9, 50.0]
    assert trimmed_mean(values) == pytest.approx(1.025)
    assert trimmed_mean([3.0]) == 3.0


def test_interrupted_blocks_are_left_out_unless_all_are_interrupted(maker, make_case) -> None:
    process = maker.process(make_case(), 1010.0, 1000.0)
    bad = tuple(Block("ABBA", 10, 9e9, 1e3, True) for _ in range(30))
    process.blocks = (*process.blocks, *bad)
    found = trial(process)
    assert (found.blocks, found.interrupted) == (20, 30)
    assert math.exp(found.log_ratio) == pytest.approx(1.01, abs=0.005)
    process.blocks = bad
    assert trial(process).blocks == 30


def test_of_interrupted_blocks_those_with_processor_time_count(maker, make_case) -> None:
    process = maker.process(make_case(), 1010.0, 1000.0)
    waiting = tuple(Block("ABBA", 10, 9e9, 1e3, True) for _ in range(70))
    working = tuple(Block("ABBA", 10, 1010.0, 1000.0, True, True) for _ in range(60))
    process.blocks = (*process.blocks, *waiting, *working)
    found = trial(process)
    assert (found.blocks, found.interrupted) == (80, 70)
    assert (found.disturbed, found.processor_time) == (60, 60)
    assert math.exp(found.log_ratio) == pytest.approx(1.01, abs=0.005)


def test_the_interval_of_a_difference_is_that_of_welch() -> None:
    # Variances 2.5 / 5 and 1 / 3 make 5.882 degrees of freedom, so 2.459 times 0.9129.
    found = difference([3.0, 4.0, 5.0, 6.0, 7.0], [1.0, 2.0, 3.0])
    assert found.value == pytest.approx(3.0)
    assert (found.low, found.high) == pytest.approx((0.755, 5.245), abs=0.001)
    assert difference([1.0, 1.0], [2.0, 2.0]) == Interval(-1.0, -1.0, -1.0)


NOISES = {
    "calm": {"bias": 0.0002, "noise": 0.003},
    "biased processes": {"bias": 0.0015, "noise": 0.003},
    "drift": {"bias": 0.0005, "noise": 0.003, "drift": 0.2},
    "preempted": {"bias": 0.0005, "noise": 0.005, "preempted": 0.05},
}


def _ratios(
    maker, make_case, noise: dict[str, float], plant: float, runs: int
) -> Sequence[Interval]:
    for name, value in noise.items():
        setattr(maker, name, value)
    one = make_case()
    return [
        ratio_of([trial(maker.process(one, 6000.0 * (1 + plant), 6000.0)) for _ in range(5)])
        for _ in range(runs)
    ]


@pytest.mark.parametrize("noise", NOISES.values(), ids=list(NOISES))
def test_intervals_hold_the_truth_as_often_as_they_say(maker, make_case, noise) -> None:
    runs = 400
    found = _ratios(maker, make_case, noise, 0.005, runs)
    covered = sum(one.holds(1.005) for one in found) / runs
    # 95 % within four standard deviations of 400 draws.
    assert 0.905 < covered < 0.995


@pytest.mark.parametrize("noise", NOISES.values(), ids=list(NOISES))
def test_false_alarms_are_rare_and_slow_downs_are_found(maker, make_case, noise) -> None:
    alarms = [decide(one, 0.003) for one in _ratios(maker, make_case, noise, 0.0, 200)]
    assert sum(one in (Verdict.SLOWER, Verdict.FASTER) for one in alarms) <= 2
    found = [decide(one, 0.003) for one in _ratios(maker, make_case, noise, 0.01, 100)]
    assert sum(one is Verdict.SLOWER for one in found) >= 95


def test_half_a_percent_is_found_at_a_margin_of_a_third_if_processes_agree(
    maker, make_case
) -> None:
    maker.blocks = 60
    found = [decide(one, 0.003) for one in _ratios(maker, make_case, NOISES["calm"], 0.005, 100)]
    assert sum(one is Verdict.SLOWER for one in found) >= 95


def test_an_interval_of_equal_values_is_a_point() -> None:
    assert interval([0.5] * 5) == Interval(0.5, 0.5, 0.5)
    assert exponential(Interval(0.0, 0.0, 0.0)) == Interval(1.0, 1.0, 1.0)


def test_the_bootstrap_over_five_processes_would_be_too_sure() -> None:
    """Why the interval is no bootstrap: with five values it misses the truth far too often."""
    rng = random.Random(1)
    covered = 0
    for _ in range(300):
        values = [rng.gauss(0.0, 1.0) for _ in range(5)]
        means = sorted(sum(rng.choices(values, k=5)) / 5 for _ in range(200))
        covered += means[5] <= 0.0 <= means[194]
    assert covered / 300 < 0.9


@pytest.mark.parametrize("preempted", [0.0, 0.4])
def test_times_are_apart_by_the_ratio_however_unstable(maker, make_case, preempted) -> None:
    """A table shows both: a reader divides them."""
    maker.bias, maker.noise, maker.preempted = 0.2, 0.2, preempted
    found = evaluate(maker.session([maker.measurement(make_case(), 400.0, 240.0)]))
    [one] = found.comparisons
    assert one.a_ns / one.b_ns == pytest.approx(one.ratio.value)
    for each in one.trials:
        assert math.log(each.a_ns / each.b_ns) == pytest.approx(each.log_ratio)
    assert 200.0 < one.b_ns < 320.0


def test_times_are_apart_by_the_ratio_where_a_block_came_out_below_nothing(
    maker, make_case
) -> None:
    process = maker.process(make_case(), 4.0, 2.0)
    process.blocks = (replace(process.blocks[0], a_ns=-0.1), *process.blocks[1:])
    found = trial(process)
    assert math.log(found.a_ns / found.b_ns) == pytest.approx(found.log_ratio)
