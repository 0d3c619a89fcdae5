"""The crossover that `benchmarks/tune_dense.py` finds on its own."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bindcheck.bench import crossover

FOLDER = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def dense(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("tune_dense")


def test_ratios_are_made_to_fall_by_pooling_those_that_rise(dense: ModuleType) -> None:
    assert dense.monotone([3.0, 1.0, 2.0, 0.0]) == [3.0, 1.5, 1.5, 0.0]
    assert dense.monotone([1.0, 2.0, 3.0]) == [2.0, 2.0, 2.0]


def test_one_odd_size_hardly_moves_the_crossover(dense: ModuleType) -> None:
    sizes = dense.spread(1_000, 1_000_000, 24)
    points = [(size, 0.5 + 50_000.0 / size) for size in sizes]
    exact = 50_000.0 / 0.48
    assert dense.crossover(points) == pytest.approx(exact, rel=0.02)
    points[4] = (points[4][0], 0.9)
    assert dense.agree(dense.crossover(points), exact)


def test_where_neither_finds_a_crossover_nothing_is_shown(dense: ModuleType) -> None:
    points = [{"compared": size, "ratio": 1.2} for size in (100, 1_000)]
    with pytest.raises(dense.Unmeasured, match="no crossover at these sizes"):
        dense.compared(tuning(None), tuning(None, points=points))


def test_neither_may_find_a_crossover_alone(dense: ModuleType) -> None:
    assert dense.crossover([(100, 1.5), (1_000, 1.2)]) is None
    assert not dense.agree(1_000.0, None)
    assert not dense.agree(1_000.0, 1_600.0)


def tuning(at: float | None, **more: Any) -> dict[str, Any]:
    """A tuning as the command line tells it."""
    points = [
        {"compared": size, "ratio": 0.5 + 50_000.0 / size}
        for size in (1_000, 10_000, 100_000, 110_000, 1_000_000)
    ]
    found = {"points": points, "crossover": at and {"value": at}, "unstable": None, "doubts": None}
    return found | {"pays": "all", "threshold": {"value": 20_000_000}, **more}


@pytest.mark.parametrize(("at", "met"), [(105_000.0, True), (150_000.0, True), (170_000.0, False),
                                         (60_000.0, False), (None, False)])  # fmt: skip
def test_search_and_sweep_agree_within_a_factor(
    dense: ModuleType, at: float | None, met: bool
) -> None:
    found, told = dense.compared(tuning(at), tuning(None, unstable="never mind"))
    assert found is met
    assert "sweep of 5 sizes 104," in told
    assert "NOT IDLE: never mind" in told


def test_a_search_without_an_answer_is_neither_right_nor_wrong(dense: ModuleType) -> None:
    with pytest.raises(dense.Unmeasured, match="search: no cores"):
        dense.compared(tuning(None, unstable="no cores"), tuning(None))


def test_a_sweep_whose_cores_others_used_is_no_reference(dense: ModuleType) -> None:
    crowded = crossover._crowded([SimpleNamespace(free_cores=0.9)], 2)
    with pytest.raises(dense.Unmeasured, match=r"sweep: other programs left 0\.9 of 2 cores"):
        dense.compared(tuning(105_000.0), tuning(None, unstable=crowded))


@pytest.mark.parametrize(("judged", "met"), [("too large", True), ("right", False)])
def test_the_planted_constant_is_too_large(dense: ModuleType, judged: str, met: bool) -> None:
    found, told = dense.constant(tuning(104_000.0, judged=judged, doubts="others"))
    assert found is met
    assert told == (f"20,000,000 is called {judged}; threads pay: from 104,000 (NOT IDLE: others)")


def played(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch, tunings: list[Any], **more: Any
) -> tuple[int, list[tuple[str, ...]]]:
    """The status of a whole run, and the command lines of its parts."""
    options = argparse.Namespace(
        **{"names": ["wave"], "manifest_path": Path("x"), "features": "python", "smallest": 100,
           "largest": 1_000, "sizes": 5, "seconds": 1.0, "wait": 0.0, "force": False,
           "output": None, **more}
    )  # fmt: skip
    asked: list[tuple[str, ...]] = []

    def tune(_: argparse.Namespace, *arguments: str) -> Any:
        asked.append(arguments)
        return tunings.pop(0)

    monkeypatch.setattr(dense, "_options", lambda: options)
    monkeypatch.setattr(dense, "_tune", tune)
    return dense.main(), asked


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        (tuning(104_000.0), tuning(None, judged="too large"), 0),
        (tuning(104_000.0), tuning(None, judged="cannot tell"), 1),
        (tuning(None, unstable="torn"), tuning(None, judged="too large"), 3),
        (tuning(None, unstable="torn"), tuning(None, judged="right"), 1),
    ],
)
def test_the_status_says_missed_or_unstable(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch, first: Any, last: Any, status: int
) -> None:
    got, asked = played(dense, monkeypatch, [first, tuning(None), last])
    assert got == status
    assert [one[0] for one in asked] == ["wave", "wave", "walk"]


def test_all_of_it_takes_less_than_a_quarter_of_an_hour(dense: ModuleType) -> None:
    options = argparse.Namespace(names=["a", "b", "c"], sizes=20, seconds=4.0)
    assert 5.0 < dense.minutes(options) < 13.0


def test_a_busy_machine_is_refused_after_the_wait(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = importlib.import_module("idle")
    busy = idle.Others(1.3, 0.0, (2.0, 2.0))
    monkeypatch.setattr(dense, "wait_until_idle", lambda _: busy)
    options = argparse.Namespace(force=False, wait=0.0, seconds=1.0)
    with pytest.raises(dense.Unmeasured, match=r"not idle: others use 1\.3 cores"):
        dense._tune(options, "wave")


def test_a_run_without_output_is_no_missed_mark(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = argparse.Namespace(returncode=2, stderr="it does not compile")
    monkeypatch.setattr(dense.subprocess, "run", lambda *_, **__: ended)
    options = argparse.Namespace(force=True, seconds=1.0)
    with pytest.raises(dense.Unmeasured, match="tune ended with 2:\nit does not compile"):
        dense._tune(options, "wave")
