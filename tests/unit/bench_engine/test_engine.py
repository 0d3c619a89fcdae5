"""Fresh processes: rounds, failures, budgets. The interpreter is a script that plays one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from bindcheck.bench import engine as engine_module
from bindcheck.bench.effort import Effort
from bindcheck.bench.engine import Engine, Task, check, check_interpreter
from bindcheck.bench.jobs import Pairing
from bindcheck.bench.samples import Argument, Case, Kind, Layout
from bindcheck.cli.signals import terminable
from bindcheck.errors import BindcheckError, NothingToDoError, Terminated

REPORT = """
pair = {"pair": 0, "blocks": [[0, 4, 11.0, 10.0, False, False], [1, 4, 12.0, 10.0, True, True]],
        "empty": [5.0, 1.0], "faults": [0.0, 0.5], "warmup_calls": 40, "stable": True,
        "cells": [100, 100], "copy_bytes": 800, "copy_ns": 70.0}
print(json.dumps({"pid": 7, "core": 1, "huge_pages": "", "numpy": "2", "python": "3", "seen": 9,
                  "failures": [], "pairs": [pair]}))
"""


def interpreter(folder: Path, body: str) -> str:
    """A program that reads a job and does what `body` says."""
    path = folder / "python"
    head = f"#!{sys.executable}\nimport json, os, signal, sys\njob = json.load(sys.stdin)\n"
    path.write_text(head + body)
    path.chmod(0o755)
    return str(path)


def task(name: str, cols: int = 100, shorter: tuple[int, ...] = ()) -> Task:
    case = Case(
        name=name,
        indicator="wave",
        kind=Kind.SINGLE,
        rows=1,
        cols=cols,
        arguments=(Argument("length", 12),),
        kernel=None,
        threads=None,
        layout=Layout.CONTIGUOUS,
        out=False,
        seed=1,
    )
    return Task(case, (Pairing(("python", "native")),), {"name": name, "shorter": shorter}, {})


def engine(python: str, effort: Effort) -> Engine:
    return Engine(python, effort, lambda *_: None)


def test_each_process_becomes_one_of_the_measurement(tmp_path: Path) -> None:
    found = engine(interpreter(tmp_path, REPORT), Effort(3, 0.1)).run([task("a"), task("b")])
    assert [one.case.name for one in found.measurements] == ["a", "b"]
    first = found.measurements[0]
    assert [one.index for one in first.processes] == [0, 1, 2]
    block = first.processes[0].blocks[1]
    assert (block.order, block.a_ns, block.interrupted) == ("BAAB", 12.0, True)
    assert found.versions == ("3", "2")
    assert not found.interrupted


def test_each_process_of_a_case_has_its_turn(tmp_path: Path) -> None:
    body = REPORT.replace('"core": 1', '"core": job["turn"]')
    found = engine(interpreter(tmp_path, body), Effort(3, 0.1)).run([task("a"), task("b")])
    for one in found.measurements:
        assert [process.core for process in one.processes] == [0, 1, 2]


def test_progress_is_told_in_rounds(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    python = interpreter(tmp_path, REPORT)
    run = Engine(
        python,
        Effort(2, 0.1),
        lambda found, done, total: told.append((found[0].case.name, done, total)),
    )
    run.run([task("a"), task("b")])
    assert told == [("a", 1, 4), ("b", 2, 4), ("a", 3, 4), ("b", 4, 4)]


def test_a_process_that_dies_is_a_failure_and_the_others_stay(tmp_path: Path) -> None:
    body = 'if job["name"] == "a": os.kill(os.getpid(), signal.SIGSEGV)\n' + REPORT
    found = engine(interpreter(tmp_path, body), Effort(2, 0.1)).run([task("a"), task("b")])
    assert [one.case.name for one in found.measurements] == ["b"]
    [failure] = found.failures
    assert (failure.case, failure.reason) == ("a", "the process died of SIGSEGV")


def test_a_length_that_ends_its_process_is_not_asked_for_beside_longer_ones(tmp_path: Path) -> None:
    body = 'if job["name"] == "a": os.abort()\n' + REPORT.replace(
        '"numpy": "2"', '"numpy": str(job["shorter"])'
    )
    tasks = [task("a", 100), task("b", 1000, (100,)), task("c", 10_000, (100, 1000))]
    found = engine(interpreter(tmp_path, body), Effort(2, 0.1)).run(tasks)
    assert [(one.case.name, len(one.processes)) for one in found.measurements] == [
        ("b", 2),
        ("c", 2),
    ]
    assert [one.case for one in found.failures] == ["a"]
    assert found.versions[1] == "[1000]"


def test_a_process_that_raises_tells_its_last_line(tmp_path: Path) -> None:
    found = engine(interpreter(tmp_path, "raise ValueError('no good')"), Effort(1, 0.1)).run(
        [task("a")]
    )
    assert "ValueError: no good" in found.failures[0].reason
    with pytest.raises(BindcheckError, match="no good"):
        check(found)


def test_what_others_print_at_the_end_is_no_report(tmp_path: Path) -> None:
    python = interpreter(tmp_path, REPORT + "print('3 buffers freed')\n")
    found = engine(python, Effort(1, 0.1)).run([task("a")])
    assert len(found.measurements) == 1


def test_a_process_that_ends_without_a_report_is_a_failure(tmp_path: Path) -> None:
    found = engine(interpreter(tmp_path, "sys.exit(0)"), Effort(1, 0.1)).run([task("a")])
    assert found.failures[0].reason == "the process that measures ended before it was done"


def test_after_a_process_without_end_no_other_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_GRACE_S", 0.3)
    log = tmp_path / "log"
    body = f"print('begun', file=open({str(log)!r}, 'a'), flush=True)\nimport time; time.sleep(9)\n"
    found = engine(interpreter(tmp_path, body), Effort(3, 0.3)).run([task("a")])
    assert found.failures[0].reason.startswith("no end after 1 s: a call takes too long")
    assert log.read_text() == "begun\n"


def test_sides_that_are_not_to_be_compared_are_an_error_of_their_case(tmp_path: Path) -> None:
    body = (
        'told = [{"pair": 0, "reason": "different grids", "wrong": True}]\n'
        'print(json.dumps({"failures": told, "pairs": []}))'
    )
    found = engine(interpreter(tmp_path, body), Effort(1, 0.1)).run([task("a")])
    assert found.failures[0].wrong
    with pytest.raises(BindcheckError, match="a: different grids"):
        check(found)


def test_an_interrupt_keeps_what_was_measured(tmp_path: Path) -> None:
    body = 'if job["name"] == "b": os.kill(os.getpid(), signal.SIGINT)\n' + REPORT
    found = engine(interpreter(tmp_path, body), Effort(5, 0.1)).run([task("a"), task("b")])
    assert found.interrupted
    assert [(one.case.name, len(one.processes)) for one in found.measurements] == [("a", 1)]


def test_a_request_to_end_keeps_what_was_measured(tmp_path: Path) -> None:
    body = 'if job["name"] == "b": os.kill(os.getppid(), signal.SIGTERM)\n' + REPORT
    with terminable():
        found = engine(interpreter(tmp_path, body), Effort(5, 0.1)).run([task("a"), task("b")])
    assert found.interrupted
    assert isinstance(found.end, Terminated)
    assert [(one.case.name, len(one.processes)) for one in found.measurements] == [("a", 1)]


def test_a_budget_that_binds_shortens_the_processes(tmp_path: Path) -> None:
    body = "import time; time.sleep(max(0.0, job['deadline'] - time.time()) + 0.1)\n" + REPORT
    found = engine(interpreter(tmp_path, body), Effort(5, 50.0, budget=3.5)).run([task("a")])
    assert not found.interrupted
    assert found.failures == ()
    assert len(found.measurements[0].processes) == 5


class Clocked(Engine):
    """Its processes take what they are given and a second, on a clock of their own."""

    def __init__(self, effort: Effort, monkeypatch: pytest.MonkeyPatch):
        self.now = 0.0
        self.given: list[tuple[str, float]] = []
        monkeypatch.setattr(engine_module.time, "monotonic", lambda: self.now)
        super().__init__("python", effort, lambda *_: None)

    def _work(self, task: Task, seconds: float, index: int) -> dict[str, Any]:
        self.now += seconds + 1.0
        self.given.append((task.case.name, seconds))
        if task.case.name == "phases":
            return {"failures": [], "phases": [1.0] * 5}
        pair = {
            **{"pair": 0, "blocks": [[0, 4, 11.0, 10.0, False, False]], "empty": [5.0, 1.0]},
            **{"faults": [0.0, 0.0], "warmup_calls": 4, "stable": True, "cells": [100, 100]},
            **{"copy_bytes": 800, "copy_ns": 70.0},
        }
        about = {"pid": 7, "core": 1, "huge_pages": "", "numpy": "2", "python": "3", "seen": 9}
        return {**about, "failures": [], "pairs": [pair]}


def test_what_a_budget_does_not_do_for_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [task(name) for name in "abcd"]
    played = Clocked(Effort(5, 50.0, budget=12.0), monkeypatch)
    found = played.run(tasks)
    assert found.interrupted
    assert found.end is None
    assert [(one.case.name, len(one.processes)) for one in found.measurements] == [("a", 5)]
    assert [one.case for one in found.failures] == ["b", "c", "d"]
    told = "left out: --budget 12 is too small for all that was asked for, which takes about 26 s"
    assert all(one.reason.startswith(told) for one in found.failures)
    assert played.now <= 12.0
    again = Clocked(Effort(5, 50.0, budget=26.0), monkeypatch).run(tasks)
    assert [len(one.processes) for one in again.measurements] == [5, 5, 5, 5]
    assert not again.interrupted


SPENT = """
import time
left = job["deadline"] - time.time()
print(left, file=open(job["log"], "a"))
time.sleep(max(0.0, left))
if job["name"] == "phases":
    print(json.dumps({"failures": [], "phases": [1.0] * 5}))
    raise SystemExit
"""


def test_phases_take_the_share_of_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Clocked(Effort(2, 50.0, budget=10.0), monkeypatch)
    found = played.run([task("a")], [task("phases")])
    assert not found.interrupted
    assert len(found.phases[0].compute_ns) == 2
    names, given = zip(*played.given, strict=True)
    assert names == ("a", "phases") * 2
    # Of 10 s what is left, without what processes take besides: 0.4 s until one was seen, then 1 s.
    assert given == pytest.approx((8.4 / 4, 5.1 / 3, 2.2 / 2, 1.1))
    assert played.now <= 10.0


def test_phases_that_the_budget_leaves_out_are_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    python = interpreter(tmp_path, "import time; time.sleep(0.8)\n" + SPENT + REPORT)
    one, split = task("a"), task("phases")
    for each in (one, split):
        each.job["log"] = str(log)
    found = engine(python, Effort(1, 50.0, budget=1.2)).run([one], [split])
    assert len(found.measurements) == 1
    assert found.phases == ()
    assert found.interrupted
    assert "phases: left out: --budget 1.2 is too small" in found.failures[-1].reason


@pytest.mark.parametrize(("budget", "overtime"), [(None, 0.4), (9.0, 0.0)])
def test_there_is_no_overtime_within_a_budget(
    tmp_path: Path, budget: float | None, overtime: float
) -> None:
    body = f'assert job["overtime_s"] == {overtime}\n' + REPORT
    python = interpreter(tmp_path, body)
    found = engine(python, Effort(1, 0.4, budget=budget)).run([task("a")])
    assert found.failures == ()


def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(NothingToDoError, match="/no/such/python cannot be run"):
        check_interpreter("/no/such/python")


def test_an_interpreter_without_numpy_is_named(tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\necho \"No module named 'numpy'\" >&2\nexit 1\n")
    path.chmod(0o755)
    with pytest.raises(NothingToDoError, match=r"cannot import NumPy.*--python"):
        check_interpreter(str(path))


def test_an_interpreter_that_is_too_old_is_named(tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\necho 3 9\n")
    path.chmod(0o755)
    with pytest.raises(NothingToDoError, match=r"is Python 3\.9, and measuring needs 3\.10 or lat"):
        check_interpreter(str(path))
    path.write_text("#!/bin/sh\necho 3 10\n")
    check_interpreter(str(path))
