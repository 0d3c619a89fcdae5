"""Gates with nothing to find, of `benchmarks/bench_calibration.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .test_calibration import Played, comparison, trials


@pytest.fixture
def gates(benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return benchmarks("calibration_gates")


class Built(Played):
    """One whose libraries are told apart."""

    def __init__(self, series: ModuleType, changes: Sequence[float], status: int = 0):
        super().__init__(series, [comparison(1.02, "slower") for _ in range(2 * len(changes))])
        self.changes = list(changes)
        self.status = status
        self.layout = 0
        self.before: dict[tuple[str, bool], Any] = {}
        self.built: list[int] = []
        self.held: list[tuple[int, bool]] = []

    def build(self, indicator: str, layout: int = 0) -> None:
        assert indicator == "walk"
        self.layout = layout
        self.built.append(layout)

    def against_native(self, call: str, units: int = 0, earlier: Any = None) -> Any:
        assert units == 0
        self.held.append((self.layout, earlier is not None))
        made = self.run("walk", call)
        if earlier is not None:
            value = self.changes.pop(0)
            change = {"value": value, "low": value - 0.001, "high": value + 0.001}
            made.result["gate"] = {"changes": [{"change": change}]}
        return made


def test_each_run_is_held_against_the_one_before(gates: ModuleType, series: ModuleType) -> None:
    same = gates.gates(50)[0]
    bench = Built(series, [1.001, 0.999], status=3)
    first, second = (same.measure(bench, "a", number) for number in (0, 1))
    assert (first.value, first.low, first.found) == (1.001, pytest.approx(1.0), False)
    assert second.value == 0.999
    assert bench.held == [(0, False), (0, True), (0, True)]
    assert bench.built == []


def test_each_library_is_held_against_the_one_before(gates: ModuleType, series: ModuleType) -> None:
    anew = gates.gates(50)[-1]
    bench = Built(series, [1.003, 1.004], status=1)
    made = [anew.measure(bench, "a", number) for number in (0, 1)]
    assert [one.found for one in made] == [True, True]
    assert bench.held == [(0, False), (1, True), (2, True)]
    assert bench.built == [1, 2]
    # After a stop: the library before is built again.
    again = Built(series, [1.0])
    anew.measure(again, "a", 5)
    assert again.held == [(5, False), (6, True)]


@pytest.mark.parametrize(
    ("values", "least", "told", "met"),
    [
        ([1.0, 1.0035], 0.003, "1 at 0.3%, 0 at 0.5%, 0 at 1.0%, 0 at 2.0% of 2", False),
        ([1.0, 1.0035], 0.01, "1 at 0.3%, 0 at 0.5%, 0 at 1.0%, 0 at 2.0% of 2", True),
        ([0.9, 1.022], 0.01, "1 at 0.3%, 1 at 0.5%, 1 at 1.0%, 1 at 2.0% of 2", False),
    ],
)
def test_false_alarms_are_counted_by_the_limit_of_the_gate(
    gates: ModuleType,
    marks: ModuleType,
    values: list[float],
    least: float,
    told: str,
    met: bool,
) -> None:
    made = [replace(one, low=one.value - 0.0001) for one in trials(marks, values)]
    [found] = gates.unplanted(least, "gate", made)
    assert found.found.startswith(told)
    assert (found.met, found.wanted) == (met, f"none at {least:.1%} or more")
    assert "2 wider than 0.3% to either side" in found.found


def test_gates_with_nothing_to_find_take_less_than_eight_minutes(
    gates: ModuleType, script: ModuleType
) -> None:
    said = script.left(gates.gates(50), script.Kept(Path(), {"seconds": 2.4}))
    assert said == "64 trials to go, about 6 minutes"
    everything = script.every_series(50, 10)
    assert [one.name for one in everything if one.anew] == [one.name for one in gates.gates(1)[2:]]
