"""The phases of an instrumented call."""

from __future__ import annotations

import ctypes
import statistics
import time
from typing import Any

from bindcheck.bench.worker.machine import pin
from bindcheck.bench.worker.shim import Library, Unmeasurable
from bindcheck.bench.worker.sides import Sides


def phases(job: dict[str, Any]) -> dict[str, Any]:
    """The median of each phase of the instrumented Python call (ns)."""
    pin(job["core"])
    library = Library(job)
    sides = Sides(job, library)
    side = sides.side("python")
    run = library.timers.bindcheck_phases
    run.restype, run.argtypes = ctypes.c_int, (ctypes.c_void_p, ctypes.POINTER(ctypes.c_double))
    found: list[list[float]] = []
    while time.time() < job["deadline"] or len(found) < 20:
        values = (ctypes.c_double * 5)()
        failed = run(side.address, values)
        if failed:
            raise Unmeasurable(
                "the instrumented call failed"
                if failed == 1
                else "the call took a way around the release that was instrumented"
            )
        found.append(list(values))
    kept = found[len(found) // 5 :]
    return {
        "phases": [statistics.median(column) for column in zip(*kept, strict=True)],
        "failures": [],
    }
