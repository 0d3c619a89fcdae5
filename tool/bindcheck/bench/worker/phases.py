"""The phases of an instrumented call."""

from __future__ import annotations

import ctypes
import statistics
import time
from typing import Any

from bindcheck.bench.worker.machine import keep_on
from bindcheck.bench.worker.shim import Library, Unmeasurable
from bindcheck.bench.worker.sides import Side, Sides

_FEWEST = 20
_MIDDLE = 4
"""The mean is that of the middle half: a clock of coarse steps needs a mean, noise a cut."""


def phases(job: dict[str, Any]) -> dict[str, Any]:
    """The mean of each phase of the instrumented Python call (ns), without the clock's cost."""
    keep_on(job["cores"], job["turn"])
    library = Library(job)
    # Holds the arguments, which the side only points to.
    sides = Sides(job, library)
    side = sides.side("python")
    run = library.timers.bindcheck_phases
    run.restype = ctypes.c_int
    run.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_double)] * 2)
    clock = library.timers.bindcheck_clock
    clock.restype = ctypes.c_double
    cost = min(clock() for _ in range(5))
    found: list[list[float]] = []
    while time.time() < job["deadline"] or len(found) < _FEWEST:
        found.append(_one(run, side, cost))
    kept = found[len(found) // 5 :]
    return {"phases": [_middle(column) for column in zip(*kept, strict=True)], "failures": []}


def _one(run: Any, side: Side, cost: float) -> list[float]:
    took, visits = (ctypes.c_double * 5)(), (ctypes.c_double * 5)()
    failed = run(side.address, took, visits)
    if failed == 1:
        raise Unmeasurable("the instrumented call failed")
    if failed:
        raise Unmeasurable("the call went past all measuring points")
    return [ns - count * cost for ns, count in zip(took, visits, strict=True)]


def _middle(values: tuple[float, ...]) -> float:
    ordered = sorted(values)
    cut = len(ordered) // _MIDDLE
    return max(0.0, statistics.fmean(ordered[cut : len(ordered) - cut]))
