"""What measured points say of the constant in the source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bindcheck.bench.crossover import (
    Judged,
    judge,
)
from bindcheck.cli.tune_output import status
from bindcheck.report.tuning import tables

from .points import CASE, SIZES, apart, model, steady, threshold, tuned


@pytest.mark.parametrize(
    ("value", "judged"),
    [
        (100_000, Judged.RIGHT),
        (120_000, Judged.RIGHT),
        (8_000, Judged.TOO_SMALL),
        (800_000, Judged.TOO_LARGE),
        (None, Judged.OPEN),
    ],
)
def test_a_constant_is_right_within_a_factor(value: int | None, judged: Judged) -> None:
    assert tuned(value).judged is judged


def test_the_cost_is_that_of_the_worst_wrong_choice() -> None:
    # At 10,000 cells the constant already chooses threads.
    assert tuned(8_000).cost == pytest.approx(model(10_000) - 1.0)
    assert tuned(2_000_000).cost == pytest.approx(1.0 / model(1_000_000) - 1.0)


@pytest.mark.parametrize(
    ("share", "judged"),
    [(0.5, Judged.TOO_SMALL), (0.75, Judged.OPEN), (1.0, Judged.OPEN)],
)
def test_processes_that_do_not_agree_may_agree_that_a_constant_is_too_small(
    share: float, judged: Judged
) -> None:
    between = tuned(100_000, spread=0.2).between
    assert between is not None
    found = tuned(round(between.low * share), spread=0.2)
    assert (found.judged, found.crossover) == (judged, None)
    assert (found.cost > 0.0) == (judged is not Judged.OPEN)


@pytest.mark.parametrize(
    ("share", "judged"),
    [(1.6, Judged.TOO_LARGE), (1.4, Judged.OPEN), (1.0, Judged.OPEN)],
)
def test_processes_that_do_not_agree_may_agree_that_a_constant_is_too_large(
    share: float, judged: Judged
) -> None:
    between = tuned(100_000, spread=0.2).between
    assert between is not None
    assert tuned(round(between.high * share), spread=0.2).judged is judged


def test_a_constant_that_is_surely_wrong_is_an_answer() -> None:
    certain, open_, right = (
        tuned(value, spread=spread)
        for value, spread in ((50, 0.2), (100_000, 0.2), (100_000, 0.01))
    )
    assert [status([one]) for one in (certain, open_, right)] == [1, 3, 0]
    assert status([certain, open_]) == 1, "what is certain is not hidden"
    assert status([right, open_]) == 3
    assert status([certain, right]) == 1


@pytest.mark.parametrize(
    ("ratio", "value", "said", "judged"),
    [
        (0.6, 1_400, "at all of these sizes: from 1,000 ", "cannot tell; it lies below these"),
        (0.6, 1_600, "at all of these sizes: from 1,000 ", "too large; it costs up to 67%"),
        (0.6, 5_000_000, "at all of these sizes: from 1,000 ", "too large; it costs up to 67%"),
        (1.4, 700_000, "at none of these sizes: later than at 1,0", "cannot tell; it lies above"),
        (
            1.4,
            600_000,
            "at none of these sizes: later than at 1,0",
            "too small; it costs up to 40%",
        ),
    ],
)
def test_a_crossover_beyond_the_sizes_bounds_the_constant_on_one_side(
    ratio: float, value: int, said: str, judged: str
) -> None:
    text = tables([judge(CASE, None, 2, threshold(value), steady(*(ratio,) * len(SIZES)))])
    assert f"threads pay {said}" in text
    assert f"FROM = {value:,}: {judged}" in text


@pytest.mark.parametrize(
    ("above", "told"), [(False, "a cap"), (None, "cannot tell; that it chooses")]
)
def test_what_is_no_size_from_which_on_has_no_verdict(*, above: bool | None, told: str) -> None:
    made = threshold(1)
    made = replace(made, threshold=replace(made.threshold, threads_above=above))
    found = judge(CASE, None, 2, made, steady(1.5, 1.5, 0.6, 0.5))
    assert (found.judged, found.cost) == (Judged.OPEN, 0.0)
    assert status([found]) == 3
    assert f"src/wave.rs:7: FROM = 1: {told}" in tables([found])
    right = judge(CASE, None, 2, threshold(1), steady(1.5, 1.5, 0.6, 0.5))
    assert right.judged is Judged.TOO_SMALL


def test_a_constant_that_the_user_chose_has_a_verdict_all_the_same() -> None:
    made = threshold(1)
    made = replace(made, threshold=replace(made.threshold, threads_above=None, chosen=True))
    found = judge(CASE, None, 2, made, steady(1.5, 1.5, 0.6, 0.5))
    assert found.judged is Judged.TOO_SMALL
    told = tables([found])
    assert "too small; that it chooses between threads and none" in told
    assert "--line" not in told


def test_what_costs_nothing_is_not_wrong() -> None:
    found = judge(CASE, None, 2, threshold(100), steady(1.003, 1.004, 1.003, 1.005))
    assert found.judged is Judged.OPEN
    assert "cannot tell; at the sizes measured it costs less than 1 %" in tables([found])


@pytest.mark.parametrize(
    ("ratios", "value", "told"),
    [
        # A crossover inside the sizes: the constant chooses no slower way at any of them.
        ((0.99, 0.99, 0.99, 0.6, 0.5), 1, "it costs less than 1 %"),
        # Threads pay at none of them; to use them at all costs next to nothing.
        ((1.005, 1.005, 1.005), 1, "it costs less than 1 %"),
        ((1.4, 1.4, 1.4), 9_000, "it lies above these sizes: measure longer inputs with --to"),
        ((0.6, 0.6, 0.6), 1_400, "it lies below these sizes: measure shorter inputs with --from"),
    ],
)
def test_the_remedy_is_one_for_where_the_constant_lies(
    ratios: tuple[float, ...], value: int, told: str
) -> None:
    found = judge(CASE, None, 2, threshold(value), steady(*ratios))
    assert found.judged is Judged.OPEN
    assert f"FROM = {value:,}: cannot tell; " in tables([found])
    assert told in tables([found])


@pytest.mark.parametrize(
    ("value", "judged"), [(200_000, Judged.TOO_LARGE), (40_000, Judged.OPEN), (1, Judged.OPEN)]
)
def test_a_process_in_which_threads_always_pay_bounds_the_constant_too(
    value: int, judged: Judged
) -> None:
    points = apart((0.9, 1.5, 1.5), (0.8, 1.2, 1.3), (0.7, 0.9, 1.1), (0.6, 0.7, 0.8))
    found = judge(CASE, None, 2, threshold(value), points)
    assert (found.judged, found.crossover) == (judged, None)
    assert found.between is not None
    assert (found.between.low, found.between.high) == (0.0, pytest.approx(10_000 * 3))
    told = "do not agree on a crossover, only that it lies below 30,000 rows * cols\n"
    assert told in tables([found])
    never = apart((0.9, 1.5, 1.5), (0.8, 1.2, 1.3), (0.7, 0.9, 1.1))
    assert judge(CASE, None, 2, threshold(value), never).between is None
