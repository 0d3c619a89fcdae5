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
    assert dense.crossover(points) == pytest.approx(exact, rel=0.1)


def test_where_neither_finds_a_crossover_nothing_is_shown(dense: ModuleType) -> None:
    points = [{"compared": size, "ratio": 1.2} for size in (100, 1_000)]
    with pytest.raises(dense.Unmeasured, match="no crossover at these sizes"):
        dense.compared(tuning(None), tuning(None, points=points))


def test_neither_may_find_a_crossover_alone(dense: ModuleType) -> None:
    assert dense.crossover([(100, 1.5), (1_000, 1.2)]) is None
    met, told = dense.compared(tuning(None), tuning(None))
    assert (met, told) == (False, "search none, sweep of 5 sizes 104,226")
    points = [{"compared": size, "ratio": 1.2} for size in (100, 1_000)]
    met, told = dense.compared(tuning(1_000.0), tuning(None, points=points))
    assert (met, told) == (False, "search 1,000, sweep of 2 sizes none")


def tuning(at: float | None, reach: float = 1.1, **more: Any) -> dict[str, Any]:
    """A tuning as the command line tells it; the interval is a factor to either side."""
    points = [
        {"compared": size, "ratio": 0.5 + 50_000.0 / size}
        for size in (1_000, 10_000, 100_000, 110_000, 1_000_000)
    ]
    crossover = at and {"value": at, "low": at / reach, "high": at * reach}
    found = {
        "points": points,
        "crossover": crossover,
        "unstable": None,
        "between": None,
        "doubts": None,
    }
    return found | {"pays": "all", "threshold": {"value": 20_000_000}, **more}


@pytest.mark.parametrize(
    ("at", "reach", "met", "interval"),
    [
        (105_000.0, 1.1, True, "holds it"),
        (150_000.0, 1.5, True, "holds it"),
        (112_000.0, 1.02, True, "misses it by a factor of 1.05 (<= 1.10)"),
        # Narrow, and farther off than a step of the sweep.
        (130_000.0, 1.02, False, "misses it by a factor of 1.22 (<= 1.10)"),
        (170_000.0, 2.0, False, "holds it"),
        (60_000.0, 2.0, False, "holds it"),
    ],
)
def test_search_and_sweep_agree_within_a_factor_and_the_interval_within_a_step(
    dense: ModuleType, at: float, reach: float, met: bool, interval: str
) -> None:
    found, told = dense.compared(tuning(at, reach), tuning(None, unstable="never mind"))
    assert found is met
    assert f", sweep of 5 sizes 104,226, factor {max(at / 104_226, 104_226 / at):.2f} (" in told
    assert f"; the interval {interval} (NOT IDLE: never mind)" in told


def test_a_search_without_an_answer_is_neither_right_nor_wrong(dense: ModuleType) -> None:
    with pytest.raises(dense.Unmeasured, match="search: no cores"):
        dense.compared(tuning(None, unstable="no cores"), tuning(None))


def test_a_sweep_whose_cores_others_used_is_no_reference(dense: ModuleType) -> None:
    crowded = crossover._crowded([SimpleNamespace(free_cores=0.9, busy=())], 2)
    with pytest.raises(dense.Unmeasured, match=r"sweep: other programs left 0\.9 of 2 cores"):
        dense.compared(tuning(105_000.0), tuning(None, unstable=crowded))


@pytest.mark.parametrize(("judged", "met"), [("too large", True), ("right", False)])
def test_a_constant_must_be_called_what_it_is(dense: ModuleType, judged: str, met: bool) -> None:
    found, told = dense.constant(tuning(104_000.0, judged=judged, doubts="others"), "too large")
    assert found is met
    assert told == (f"20,000,000 is called {judged}; threads pay: from 104,000 (NOT IDLE: others)")


def test_a_constant_may_be_wrong_whatever_the_processes_agree_on(dense: ModuleType) -> None:
    between = {"low": 3_000.0, "high": 20_000.0}
    torn = tuning(None, judged="too large", unstable="no agreement", between=between)
    assert dense.constant(torn, "too large") == (
        True,
        "20,000,000 is called too large; threads pay from somewhere in 3,000 to 20,000",
    )
    assert dense.constant(torn, "too small")[0] is False
    with pytest.raises(dense.Unmeasured, match="no agreement"):
        dense.constant(torn | {"judged": "cannot tell"}, "too large")


def test_a_constant_is_planted_in_a_copy(dense: ModuleType, tmp_path: Path) -> None:
    source = dense.CALIBRATION / "src/walk.rs"
    before = source.read_text()
    copy = tmp_path / "calibration"
    for value in (3_130, 112_686):
        dense.plant(copy, value)
        line = f"pub const PARALLEL_FROM: usize = {value};"
        found = (copy / "src/walk.rs").read_text()
        assert found == before.replace("pub const PARALLEL_FROM: usize = 20_000_000;", line)
    assert (copy / "Cargo.lock").exists()
    assert not (copy / "target").exists()
    assert source.read_text() == before
    (copy / "src/walk.rs").write_text("")
    with pytest.raises(SystemExit, match="PARALLEL_FROM is set 0 times"):
        dense.plant(copy, 1)


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
    monkeypatch.setattr(dense, "head", lambda _: "a machine")
    return dense.main(), asked


def test_what_is_printed_begins_with_the_machine_and_the_code(
    dense: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "surroundings", lambda _: "a machine")
    (tmp_path / "lib.rs").write_text("fn f() {}")
    first = dense.head(tmp_path)
    assert first.startswith("a machine; commit ")
    (tmp_path / "lib.rs").write_text("fn g() {}")
    parts = first.split(", ")
    assert [one.split()[0] for one in parts[-3:]] == ["tool", "crate", "script"]
    assert [one for one in dense.head(tmp_path).split(", ") if one not in parts] != []


def called(judged: str, value: int, **more: Any) -> dict[str, Any]:
    return tuning(104_000.0, judged=judged, threshold={"value": value}, **more)


ALL_RIGHT = (
    tuning(104_000.0),
    tuning(None),
    called("too large", 20_000_000),
    tuning(None),
    # A sixth of the sweep's 104,226, just that, and six times as much.
    called("too small", 17_371),
    called("right", 104_226),
    called("too large", 625_356),
)


@pytest.mark.parametrize(
    ("at", "odd", "status"),
    [
        (0, ALL_RIGHT[0], 0),
        (0, tuning(None, unstable="torn"), 3),
        (2, called("right", 20_000_000), 1),
        (4, called("right", 17_371), 1),
        (5, called("too small", 104_226), 1),
        (6, called("cannot tell", 625_356), 1),
        # The tool has read another constant than what was planted.
        (6, called("too large", 20_000_000), 1),
        (6, called("too large", 625_356, unstable="torn"), 3),
    ],
)
def test_the_status_says_missed_or_unstable(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch, at: int, odd: Any, status: int
) -> None:
    tunings = [*ALL_RIGHT]
    tunings[at] = odd
    got, asked = played(dense, monkeypatch, tunings)
    assert got == status
    assert [one[0] for one in asked] == ["wave", "wave", *["walk"] * 5]


def test_without_a_sweep_no_constant_is_planted(
    dense: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = [{"compared": size, "ratio": 1.2} for size in (100, 1_000)]
    flat = tuning(None, points=points, judged="cannot tell")
    got, asked = played(dense, monkeypatch, [*ALL_RIGHT[:2], flat, flat])
    assert (got, len(asked)) == (1, 4)
    assert capsys.readouterr().out.count("the sweep of walk has no crossover") == 3


def test_all_of_it_takes_less_than_a_quarter_of_an_hour(dense: ModuleType) -> None:
    options = argparse.Namespace(names=["a", "b", "c"], sizes=20, seconds=4.0)
    assert 10.0 < dense.minutes(options) < 15.0


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
