from __future__ import annotations

import itertools
import math
import random
from statistics import median

import pytest

from bindcheck.bench.changes import _costs, _cuts, changes, spread


def _noise(rng: random.Random, count: int, correlation: float = 0.0) -> list[float]:
    values, last = [], 0.0
    for _ in range(count):
        last = correlation * last + rng.gauss(0.0, 0.001)
        values.append(last)
    return values


def test_a_step_is_found_at_its_place_with_its_size() -> None:
    rng = random.Random(1)
    found = 0
    for _ in range(50):
        values = _noise(rng, 40)
        for index in range(25, 40):
            values[index] += 0.005
        (change, *others) = changes(values)
        found += abs(change.index - 25) <= 1 and not others
        assert change.after - change.before == pytest.approx(0.005, abs=0.0015)
    assert found >= 48


def test_a_regression_that_was_repaired_is_two_changes() -> None:
    values = _noise(random.Random(2), 60)
    for index in range(30, 38):
        values[index] += 0.01
    assert [one.index for one in changes(values)] == [30, 38]


@pytest.mark.parametrize(("length", "correlation", "most"), [(10, 0, 3), (60, 0, 3), (60, 0.3, 12)])
def test_series_without_a_change_show_none(length: int, correlation: float, most: int) -> None:
    rng = random.Random(3)
    alarms = sum(bool(changes(_noise(rng, length, correlation))) for _ in range(200))
    assert alarms <= most


def test_single_odd_runs_are_no_change() -> None:
    values = _noise(random.Random(4), 40)
    for index in (7, 19, 33):
        values[index] += 0.2
    assert changes(values) == ()


def test_series_that_are_short_or_constant_show_none() -> None:
    assert changes([]) == ()
    assert changes([0.1, 0.2, 0.3, 5.0, 6.0, 7.0, 8.0]) == ()
    assert changes([0.25] * 30) == ()


def test_a_step_of_a_constant_series_counts_unless_it_is_below_the_noise() -> None:
    values = [1.0] * 10 + [1.001] * 10
    assert [one.index for one in changes(values)] == [10]
    assert changes(values, noise=0.01) == ()


def test_costs_are_sums_of_absolute_deviations_from_the_median() -> None:
    rng = random.Random(5)
    values = [rng.choice([rng.gauss(0, 1), 0.5]) for _ in range(60)]
    for end, cost in enumerate(_costs(values), 1):
        middle = median(values[:end])
        assert cost == pytest.approx(sum(abs(one - middle) for one in values[:end]), abs=1e-9)


def test_no_other_partition_is_better() -> None:
    rng = random.Random(6)
    for _ in range(10):
        values = [rng.gauss(0.0, 1.0) + 4.0 * (index > 6) for index in range(13)]
        penalty = 3.0 * math.log(13) * math.sqrt(2 / math.pi) * spread(values)

        def total(cuts: tuple[int, ...], values=values, penalty=penalty) -> float:
            parts = itertools.pairwise((0, *cuts, len(values)))
            return penalty * len(cuts) + sum(_costs(values[a:b])[-1] for a, b in parts)

        allowed = [
            cuts
            for number in range(3)
            for cuts in itertools.combinations(range(4, 10), number)
            if all(b - a >= 4 for a, b in itertools.pairwise((0, *cuts, len(values))))
        ]
        best = min(map(total, allowed))
        assert total(tuple(_cuts(values, 0.0))) == pytest.approx(best)
