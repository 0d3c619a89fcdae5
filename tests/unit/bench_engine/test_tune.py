"""The crossover out of measured points."""

from __future__ import annotations

import math

import pytest

from bindcheck.bench.crossover import (
    Judged,
    Pays,
    _crowded,
    bracket,
    judge,
)
from bindcheck.bench.samples import Busy
from bindcheck.cli.tune_output import status
from bindcheck.fact import replace
from bindcheck.report.tuning import tables

from .points import CASE, EXACT, SIZES, point, steady, threshold, tuned


def test_the_crossover_is_interpolated_between_sizes() -> None:
    found = tuned(100_000).crossover
    assert found is not None
    assert found.low < EXACT * 1.1
    assert found.high > EXACT / 1.1
    assert found.value == pytest.approx(EXACT, rel=0.1)


def test_the_crossover_is_not_known_better_than_the_sizes_around_it() -> None:
    found = tuned(100_000, spread=1e-4)
    assert found.crossover is not None
    assert (found.crossover.low, found.crossover.high) == pytest.approx((100_000, 300_000))
    # The sizes are four times the agreement that is asked of processes, and these agree.
    apart = judge(CASE, None, 2, threshold(20_000), steady(1.5, 1.2, 1.1, 0.5, 0.5)[::2])
    assert apart.unstable is None
    assert apart.crossover is not None
    assert (apart.crossover.low, apart.crossover.high) == pytest.approx((10_000, 100_000))
    assert apart.judged is Judged.RIGHT


def test_processes_of_which_some_have_no_crossover_give_none() -> None:
    found = tuned(8_000, spread=0.6)
    assert (found.crossover, found.between) == (None, None)
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert "too unstable: the processes do not agree on a crossover\n" in tables([found])


def test_a_crossover_that_is_known_to_a_factor_of_three_only_is_none() -> None:
    found = tuned(100_000, spread=0.2)
    assert (found.crossover, found.pays) == (None, Pays.UNKNOWN)
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert found.between is not None
    assert found.between.high > found.between.low * 2.25
    assert "do not agree on the crossover, only that it lies between " in tables([found])


def test_one_process_that_crosses_far_off_does_not_widen_the_interval_to_its_sizes() -> None:
    usual = (1.6, 1.2, 0.95, 0.9, 0.85, 0.8, 0.75)
    odd = (1.6, 1.2, 1.0, 0.9, 0.85, 0.8, 0.75)
    points = []
    for cols, common, other in zip(SIZES, usual, odd, strict=True):
        logs = (*(math.log(common),) * 9, math.log(other))
        points.append((point(cols, 10 * cols, logs), logs))
    found = judge(CASE, None, 2, threshold(60_000), points).crossover
    assert found is not None
    # The odd one crosses between 10,000 and 30,000 cells, the others below.
    assert found.low == pytest.approx(3_000.0)
    assert found.high < 12_000.0
    assert judge(CASE, None, 2, threshold(60_000), points).judged is Judged.TOO_LARGE


def test_cores_that_others_use_give_no_crossover() -> None:
    found = tuned(8_000, free=(1.1,) * len(SIZES))
    assert (found.crossover, found.judged, found.cost) == (None, Judged.OPEN, 0.0)
    told = "too unstable: other programs left 1.1 of 2 cores free at 7 of 7 sizes"
    assert told in tables([found])


def test_programs_that_used_the_cores_are_named() -> None:
    lacking = [
        replace(point, free_cores=1.1, busy=(Busy("yes", 0.8), Busy("cc", 0.01)))
        for point, _ in steady(1.3, 1.2, 0.9, 0.6)
    ]
    told = _crowded([*lacking[:3], replace(lacking[3], free_cores=2.0, busy=())], 2)
    assert told == (
        "other programs left 1.1 of 2 cores free at 3 of 4 sizes (most at work: `yes` on 0.8, "
        "`cc` on 0.1)"
    )


def test_others_may_use_a_core_now_and_then() -> None:
    found = tuned(8_000, free=(1.1, *(1.95,) * (len(SIZES) - 1)))
    assert (found.unstable, found.judged) == (None, Judged.TOO_SMALL)


def test_an_answer_can_be_forced_and_says_what_is_doubtful() -> None:
    found = tuned(800_000, free=(1.1,) * len(SIZES), force=True)
    assert (found.unstable, found.judged) == (None, Judged.TOO_LARGE)
    assert found.crossover is not None
    text = tables([found])
    assert "other programs left 1.1 of 2 cores free at 7 of 7 sizes: the answer was forced" in text
    assert tuned(8_000, force=True).doubts is None


def test_where_there_is_no_answer_to_force_others_at_work_are_told_all_the_same() -> None:
    crowded = [
        (replace(point, free_cores=0.3, busy=(Busy("yes", 1.6),)), logs)
        for point, logs in steady(1.3, 0.6, 0.9, 1.4)
    ]
    found = judge(CASE, None, 2, threshold(8_000), crowded, force=True)
    assert found.unstable == "threads pay at some of these sizes, but not at the largest"
    told = "other programs left 0.3 of 2 cores free at 4 of 4 sizes (most at work: `yes` on 1.6)"
    assert f"  {told}: that may be why\n" in tables([found])
    quiet = [(replace(point, free_cores=2.0), logs) for point, logs in crowded]
    assert judge(CASE, None, 2, threshold(8_000), quiet, force=True).doubts is None
    # Without the option they are the answer themselves.
    assert tables([judge(CASE, None, 2, threshold(8_000), crowded)]).count(told) == 1


def test_a_forced_answer_calls_nothing_too_small() -> None:
    """Others push the crossover up: it may be where the constant is."""
    found = tuned(8_000, free=(1.1,) * len(SIZES), force=True)
    assert (found.judged, found.cost, status([found])) == (Judged.OPEN, 0.0, 3)
    assert "FROM = 8,000: cannot tell; others make threads pay later than" in tables([found])
    assert tuned(8_000, force=True).judged is Judged.TOO_SMALL


def test_threads_that_stop_paying_at_the_largest_size_have_no_crossover() -> None:
    points = steady(1.3, 1.1, 0.9, 0.8, 1.2)
    assert bracket([one for one, _ in points]) is None
    found = judge(CASE, None, 2, threshold(8_000), points)
    assert (found.pays, found.crossover, found.judged) == (Pays.UNKNOWN, None, Judged.OPEN)
    assert "threads pay at some of these sizes, but not at the largest" in tables([found])


def test_sizes_of_which_nothing_is_certain_are_not_called_such_at_which_threads_pay() -> None:
    found = judge(CASE, None, 2, threshold(8_000), steady(0.99, 1.0, 0.99, 1.2))
    assert (found.pays, found.judged) == (Pays.UNKNOWN, Judged.OPEN)
    told = "threads do not pay at the largest of these sizes, and at others it is not certain"
    assert found.unstable == told


def test_the_last_step_down_is_looked_at_closely() -> None:
    assert bracket([one for one, _ in steady(1.3, 0.9, 1.1, 0.9, 0.8)]) == (1_000, 3_000)


def test_one_process_has_no_interval_and_no_say() -> None:
    alone = (point(100, 1_000, (0.1,)), (0.1,))
    found = judge(CASE, None, 2, threshold(8_000), [alone, *steady(1.3, 0.8)[1:]])
    assert "1.105 (one process: no interval)" in tables([found])
    assert (found.crossover, found.judged) == (None, Judged.OPEN)
    assert "fewer than two sizes were measured by two processes" in tables([found])
