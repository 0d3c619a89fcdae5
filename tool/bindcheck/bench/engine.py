"""Runs fresh processes until every case has been measured, the time is over, or nobody waits."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bindcheck.bench.effort import Effort, Shares
from bindcheck.bench.fits import SeriesKey, series_key
from bindcheck.bench.jobs import Job, Pairing
from bindcheck.bench.samples import (
    Block,
    Busy,
    Case,
    Failure,
    Measurement,
    Phases,
    Process,
    State,
)
from bindcheck.bench.starting import answer, command
from bindcheck.bench.statistics import FEWEST
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact

_WORKER = "bindcheck.bench.worker.main"
_LEAST_PYTHON = (3, 10)
_GRACE_S = 300.0
"""A case takes some sixty calls at least, of whatever length."""
_WARMUP = 0.1
"""Share of a pair's time that goes into its warm-up at most."""

Report = dict[str, Any]


@fact
class Task:
    """One case to be measured: the job without its time, and what its environment has besides."""

    case: Case
    pairs: tuple[Pairing, ...]
    job: Job
    environment: Mapping[str, str]


@fact
class Run:
    """What came of it. `versions` are Python and NumPy of the workers, `end` is who ended it."""

    measurements: tuple[Measurement, ...]
    phases: tuple[Phases, ...]
    failures: tuple[Failure, ...]
    interrupted: bool
    versions: tuple[str, str]
    started: str
    end: KeyboardInterrupt | None = None


Observe = Callable[[Sequence[Measurement], int, int], None]
"""Told after each process: what one case has so far, processes done, and in all."""


class Engine:
    """Measures tasks in rounds, so that an early end leaves something of each.

    `seen` is what the source compared with its threshold, by the length of the input.
    """

    def __init__(self, python: str, effort: Effort, observe: Observe):
        self.python = python
        self.effort = effort
        self.observe = observe
        self.random = random.Random(effort.seed)
        self.began = time.monotonic()
        self.started = datetime.now().astimezone().isoformat(timespec="milliseconds")
        self.found: dict[tuple[int, int], list[Process]] = {}
        self.phases: dict[int, list[list[float]]] = {}
        self.failures: dict[tuple[str, tuple[str, str]], Failure] = {}
        self.versions = ("", "")
        self.seen: dict[int, int] = {}
        self.endless: set[str] = set()
        self.deadly: set[tuple[SeriesKey, int]] = set()

    def run(self, tasks: Sequence[Task], phased: Sequence[Task] = ()) -> Run:
        """Measure; an interrupt or the end of the budget keeps what there is."""
        ended = None
        shares = Shares(self.effort, [*(len(task.pairs) for task in tasks), *(1 for _ in phased)])
        try:
            for index in range(self.effort.processes):
                self._round(tasks, phased, index, shares)
        except KeyboardInterrupt as end:
            ended = end
        self._tell_left_out(tasks, phased, shares)
        measured = [one for at, task in enumerate(tasks) for one in self._measurements(at, task)]
        return Run(
            measurements=tuple(measured),
            phases=tuple(
                _phases(task.case, self.phases[at])
                for at, task in enumerate(phased)
                if at in self.phases
            ),
            failures=tuple(self.failures.values()),
            interrupted=ended is not None or bool(shares.left_out),
            versions=self.versions,
            started=self.started,
            end=ended,
        )

    def _round(
        self, tasks: Sequence[Task], phased: Sequence[Task], index: int, shares: Shares
    ) -> None:
        """One process of each task, and then of each that splits a call into phases."""
        total = self.effort.processes * len(tasks)
        for at, task in enumerate((*tasks, *phased)):
            began = time.monotonic()
            share = shares.next(at, index, began - self.began)
            if share is None:
                continue
            if at < len(tasks):
                self._process(at, task, index, share)
                self.observe(self._measurements(at, task), index * len(tasks) + at + 1, total)
            else:
                self._phases(at - len(tasks), task, index, share)
            shares.took(at, share, time.monotonic() - began)

    def _tell_left_out(self, tasks: Sequence[Task], phased: Sequence[Task], shares: Shares) -> None:
        """What the budget did not do for; of one process alone there is no result."""
        told = (
            f"left out: --budget {self.effort.budget or 0.0:g} is too small for all that was asked "
            f"for, which takes about {shares.enough()} s at least"
        )
        lost = [at for at in sorted(shares.left_out) if at < len(tasks)]
        for at in lost:
            for number, pair in enumerate(tasks[at].pairs):
                if len(self.found.get((at, number), ())) < FEWEST:
                    self.found.pop((at, number), None)
                    self._fail(tasks[at], pair, told)
        for at, task in enumerate(phased):
            if at + len(tasks) in shares.left_out and at not in self.phases:
                self._fail(task, task.pairs[0], f"phases: {told}")

    def _process(self, at: int, task: Task, index: int, share: float) -> None:
        report = self._work(task, share * len(task.pairs), index)
        if any(failure["pair"] is None for failure in report["failures"]):
            self.deadly.add(_length(task.case, task.case.cols))
        for failure in report["failures"]:
            for pair in task.pairs if failure["pair"] is None else [task.pairs[failure["pair"]]]:
                self._fail(task, pair, failure["reason"], wrong=failure.get("wrong", False))
        for one in report["pairs"]:
            process = _process(report, one, index)
            self.found.setdefault((at, one["pair"]), []).append(process)
        if report["pairs"]:
            self.seen[task.case.cols] = report["seen"]
            self.versions = (report["python"], report["numpy"])

    def _fail(self, task: Task, pair: Pairing, reason: str, *, wrong: bool = False) -> None:
        failure = Failure(task.case.name, pair.sides, reason, wrong)
        self.failures.setdefault((task.case.name, pair.sides), failure)

    def _phases(self, at: int, task: Task, index: int, share: float) -> None:
        report = self._work(task, share, index)
        for failure in report["failures"]:
            self._fail(task, task.pairs[0], f"phases: {failure['reason']}")
        if "phases" in report:
            self.phases.setdefault(at, []).append(report["phases"])

    def _measurements(self, at: int, task: Task) -> list[Measurement]:
        return [
            Measurement(task.case, pair.sides, pair.state, tuple(self.found[at, number]))
            for number, pair in enumerate(task.pairs)
            if (at, number) in self.found
        ]

    # --- one process -----------------------------------------------------------------------

    def _work(self, task: Task, seconds: float, index: int) -> Report:
        if task.case.name in self.endless:
            return _failed("left out after a process without end")
        shorter = task.job.get("shorter", ())
        job = task.job | {
            # A length that ends its own process would end this one too.
            "shorter": [one for one in shorter if _length(task.case, one) not in self.deadly],
            "deadline": time.time() + seconds,
            "warmup_s": max(0.02, _WARMUP * seconds / max(1, len(task.pairs))),
            # Long calls, or a busy machine: as long again, if nobody has set a limit.
            "overtime_s": seconds if self.effort.budget is None else 0.0,
            "turn": index,
            "order_seed": self.random.getrandbits(32),
        }
        environment = os.environ | dict(task.environment)
        try:
            run = subprocess.run(
                command(self.python, _WORKER),
                input=json.dumps(job),
                capture_output=True,
                text=True,
                env=environment,
                timeout=2.0 * seconds + _GRACE_S,
                check=False,
            )
        except OSError as error:
            raise NothingToDoError(f"{self.python} cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            # The other processes would not end either.
            self.endless.add(task.case.name)
            return _failed(
                f"no end after {2.0 * seconds + _GRACE_S:.0f} s: a call takes too long, or waits "
                "for something"
            )
        return _report(run)


def _length(case: Case, cols: int) -> tuple[SeriesKey, int]:
    """A length of the series that a case belongs to."""
    return series_key(case, (), State.RECYCLED), cols


def _report(run: subprocess.CompletedProcess[str]) -> Report:
    if run.returncode < 0:
        if -run.returncode == signal.SIGINT:
            raise KeyboardInterrupt
        return _failed(f"the process died of {signal.Signals(-run.returncode).name}")
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        if "KeyboardInterrupt" in last:
            raise KeyboardInterrupt
        return _failed(f"the process that measures failed: {last}")
    report: Report | None = answer(run.stdout)
    return report or _failed("the process that measures ended before it was done")


def _failed(reason: str) -> Report:
    return {"failures": [{"pair": None, "reason": reason}], "pairs": []}


def _process(report: Report, one: Report, index: int) -> Process:
    blocks = tuple(
        Block("BAAB" if order else "ABBA", calls, a_ns, b_ns, interrupted, processor_time)
        for order, calls, a_ns, b_ns, interrupted, processor_time in one["blocks"]
    )
    return Process(
        index=index,
        pid=report["pid"],
        blocks=blocks,
        empty_a_ns=one["empty"][0],
        empty_b_ns=one["empty"][1],
        faults_a=one["faults"][0],
        faults_b=one["faults"][1],
        huge_pages=report["huge_pages"],
        warmup_calls=one["warmup_calls"],
        stable=one["stable"],
        core=report["core"],
        cells=(one["cells"][0], one["cells"][1]),
        copy_bytes=one["copy_bytes"],
        copy_ns=one["copy_ns"],
        cold_ns=one.get("cold_ns", 0.0),
        cold_copy_ns=one.get("cold_copy_ns", 0.0),
        cores=report.get("cores"),
        free_cores=report.get("free_cores"),
        remark=one.get("remark", ""),
        of_input=one.get("of_input", False),
        busy=tuple(Busy(name, cores) for name, cores in report.get("busy", ())),
    )


def _phases(case: Case, values: Sequence[Sequence[float]]) -> Phases:
    arguments, release, compute, acquire, result = zip(*values, strict=True)
    return Phases(case, arguments, release, compute, acquire, result)


def check_interpreter(python: str) -> None:
    """Refuse an interpreter that could not measure, before anything is compiled for it."""
    command = [python, "-c", "import sys; print(*sys.version_info[:2]); import ctypes, numpy"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NothingToDoError(f"{python} cannot be run: {error.strerror}") from error
    version = tuple(int(one) for one in run.stdout.split()[:2] if one.isdecimal())
    if version and version < _LEAST_PYTHON:
        found, least = (".".join(map(str, one)) for one in (version, _LEAST_PYTHON))
        raise NothingToDoError(
            f"{python} is Python {found}, and measuring needs {least} or later: choose another "
            "interpreter with --python"
        )
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise NothingToDoError(
            f"{python} cannot import NumPy ({last}): "
            "choose the interpreter of your environment with --python"
        )


def check(run: Run) -> None:
    """A run that measured nothing is an error that says why, first of sides with other work."""
    if not run.measurements and not run.phases and run.failures:
        first = max(run.failures, key=lambda one: one.wrong)
        kind = BindcheckError if first.wrong else NothingToDoError
        raise kind(f"{first.case}: {first.reason}")
