"""What the progress line says of a measurement: the ratio so far, and how sure it is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from bindcheck.bench.engine import Observe
from bindcheck.bench.samples import Measurement, Process
from bindcheck.prepare import Step

_FEWEST = 3


def watcher(step: Step) -> Observe:
    """Tells `step` after each process; the width shrinks as processes come in."""

    def observe(measurements: Sequence[Measurement], done: int, total: int) -> None:
        if measurements:
            step(_line(measurements[0]), done, total)

    return observe


def _line(measurement: Measurement) -> str:
    logs = [_log_ratio(one) for one in measurement.processes if one.blocks]
    name = f"{measurement.case.name} {'/'.join(measurement.sides)}"
    if not logs:
        return name
    percent = 100.0 * math.expm1(statistics.fmean(logs))
    if len(logs) < _FEWEST:
        return f"{name}: {percent:+.2f} %"
    width = 200.0 * statistics.stdev(logs) / math.sqrt(len(logs))
    return f"{name}: {percent:+.2f} % ± {width:.2f}"


def _log_ratio(process: Process) -> float:
    logs = [
        math.log(block.a_ns / block.b_ns)
        for block in process.blocks
        if block.a_ns > 0 and block.b_ns > 0
    ]
    return statistics.median(logs) if logs else 0.0
