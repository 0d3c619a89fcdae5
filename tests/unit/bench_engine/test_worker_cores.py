"""On which core a worker stays, and how much of its cores others leave to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.bench.worker import machine


def look(
    monkeypatch: pytest.MonkeyPatch,
    used: dict[int, float],
    files: dict[str, str] | None = None,
    *,
    turn: int = 0,
    own: float = 0.0,
) -> int | None:
    """The core chosen where others use cores for so many of 0.1 s; `files` tell of the cores."""
    known = files or {}
    system = SimpleNamespace(
        sched_setaffinity=lambda _, cores: None,
        sched_getaffinity=lambda _: set(used) - {9},
    )
    clock = iter((5.0, 5.1, 5.1, 5.1))
    monkeypatch.setattr(machine, "os", system)
    monkeypatch.setattr(
        machine, "time", SimpleNamespace(sleep=lambda _: None, monotonic=lambda: next(clock))
    )
    monkeypatch.setattr(
        machine, "_text", lambda path: known.get(path.removeprefix(machine._CPU), "")
    )
    processor = iter((1.0, 1.0 + own))
    monkeypatch.setattr(machine, "_own", lambda: next(processor))
    told = iter([dict.fromkeys(used, 5.0), {one: 5.0 + s for one, s in used.items()}])
    monkeypatch.setattr(machine, "_used", lambda: next(told))
    return machine.Look(1, turn).keep()


def turns(monkeypatch: pytest.MonkeyPatch, used: dict[int, float], **more: Any) -> list[int | None]:
    return [look(monkeypatch, used, turn=turn, **more) for turn in range(5)]


def test_processes_take_turns_on_quiet_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns(monkeypatch, {0: 0.0, 1: 0.01, 2: 0.1, 3: 0.0}) == [3, 1, 0, 3, 1]


def test_the_least_busy_core_is_chosen_where_none_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert turns(monkeypatch, {4: 0.09, 5: 0.05, 6: 0.1}) == [5] * 5


def test_what_the_process_does_itself_makes_no_core_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch, {0: 0.09, 1: 0.1}, turn=1, own=0.1) == 1
    assert look(monkeypatch, {0: 0.1, 1: 0.1}, turn=0, own=0.1) == 0


def test_a_busy_twin_makes_a_core_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    twins = "/topology/thread_siblings_list"
    files = {f"0{twins}": "0,9", f"1{twins}": "1-1", f"2{twins}": "2"}
    assert set(turns(monkeypatch, {0: 0.0, 1: 0.0, 2: 0.1, 9: 0.1}, files=files)) == {1}


def test_slow_cores_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = {0: "5000000", 1: "4900000", 2: "3200000"}
    files = {f"{core}/cpufreq/cpuinfo_max_freq": text for core, text in speeds.items()}
    assert set(turns(monkeypatch, dict.fromkeys(speeds, 0.0), files=files)) == {0, 1}


def test_without_a_system_that_tells_cores_take_turns() -> None:
    use = {0: 0.0, 1: 0.0}
    assert [machine.quiet_core(use, turn) for turn in range(3)] == [1, 0, 1]


def test_only_allowed_cores_are_used() -> None:
    command = (
        "import os; from bindcheck.bench.worker.machine import Look; "
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "print(os.sched_getaffinity(0) == {Look(1, 3).keep()})"
    )
    run = subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.stdout == "True\n"


def test_what_others_compute_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([10.0, 11.0])
    clock = iter([100.0, 102.0])
    monkeypatch.setattr(machine, "_others", lambda: next(used))
    monkeypatch.setattr(machine.time, "monotonic", lambda: next(clock))
    cores = len(os.sched_getaffinity(0))
    assert machine.Neighbours().free_cores() == pytest.approx(cores - 0.5)


def test_where_the_system_does_not_tell_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_others", lambda: None)
    assert machine.Neighbours().free_cores() is None


def test_a_busy_neighbour_is_seen() -> None:
    begun = machine.Neighbours()
    if begun.free_cores() is None:
        pytest.skip("the system does not tell")
    command = "import time; end = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    subprocess.run([sys.executable, "-c", command], check=True)
    free = begun.free_cores()
    assert free is not None
    # The child takes nearly a core; with others beside it, less is left, not more.
    assert free < len(os.sched_getaffinity(0)) - 0.2


def test_programs_that_were_at_work_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one name together, those that did next to nothing left out, at most three."""
    before = {"7": ("yes", 10.0), "8": ("yes", 1.0), "9": ("idle", 5.0), "10": ("sh", 1.0)}
    after = {
        **{"7": ("yes", 12.0), "8": ("yes", 2.0), "9": ("idle", 5.01), "10": ("sh", 1.4)},
        **{"11": ("rustc (1)", 0.6), "12": ("cc", 0.2)},
    }
    programs = iter([before, after])
    clock = iter([100.0, 102.0])
    monkeypatch.setattr(machine, "_others", lambda: None)
    monkeypatch.setattr(machine, "_programs", lambda: next(programs))
    monkeypatch.setattr(machine.time, "monotonic", lambda: next(clock))
    assert machine.Neighbours().busy() == [("yes", 1.5), ("rustc (1)", 0.3), ("sh", 0.2)]


def test_a_host_that_takes_the_cores_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """`steal` in what the system counts of the cores of this process: 0.7 s and 0.5 s in 2 s."""
    system = SimpleNamespace(sched_getaffinity=lambda _: {0, 1})
    before = (1.0, 0.0, 1.0, 9.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0)
    seconds = iter(
        [
            dict.fromkeys((0, 1, 2), before),
            {
                core: (*before[:7], 4.0 + taken, 0.0, 0.0)
                for core, taken in enumerate((0.7, 0.5, 2))
            },
        ]
    )
    clock = iter([100.0, 102.0])
    monkeypatch.setattr(machine, "os", system)
    monkeypatch.setattr(machine, "_seconds", lambda: next(seconds))
    monkeypatch.setattr(machine, "_others", lambda: None)
    monkeypatch.setattr(machine, "_programs", dict)
    monkeypatch.setattr(machine.time, "monotonic", lambda: next(clock))
    assert machine.Neighbours().busy() == [("the host of this virtual machine", 0.6)]


def test_names_of_programs_may_hold_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = "S 1 1 1 0 -1 4194304 100 0 0 0 300 200 0 0 20 0 1 0"
    texts = {"/proc/7/stat": f"7 (a) b (c) {tail}", "/proc/8/stat": "", "/proc/9/stat": "9 (x) S"}
    monkeypatch.setattr(machine, "_text", texts.__getitem__)
    monkeypatch.setattr(machine.os, "listdir", lambda _: ["7", "8", "9", "self"])
    monkeypatch.setattr(machine.os, "sysconf", lambda _: 100)
    assert machine._programs() == {"7": ("a) b (c", 5.0)}


def test_this_process_is_none_of_the_others() -> None:
    assert str(os.getpid()) not in machine._programs()
