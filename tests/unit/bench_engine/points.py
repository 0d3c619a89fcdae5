"""Points as they may be measured, for tests of what is made of them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from bindcheck.bench.copies import Copy
from bindcheck.bench.crossover import Point, Tuning, judge
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Case, Kind, Layout, Provenance
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.bench.tunings import Tunings
from bindcheck.findings import Location

CASE = Case(
    name="",
    indicator="wave",
    kind=Kind.BATCH,
    rows=10,
    cols=0,
    arguments=(),
    kernel=None,
    threads=None,
    layout=Layout.CONTIGUOUS,
    out=False,
    seed=1,
)
PLACE = Provenance(
    cpu="a processor",
    cores=4,
    governor="",
    kernel="Linux 6",
    python="3.12",
    numpy="2.1",
    rustc="rustc 1.95.0",
    bindcheck="0.1.0",
    crate="example",
    crate_version="1.2.3",
    commit="ab" * 20,
    dirty=True,
    source_hash="0",
    profile="release",
    rustflags="",
    features=("python",),
)
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
STARTING_NS = 20_000.0
CELL_NS = 0.4


def run(*found: Tuning) -> Tunings:
    return Tunings(PLACE, "2026-01-02T03:04:05+00:00", 60.0, False, found)


def model(cells: int) -> float:
    """Two threads share the work and cost something to start: the ratio to one thread."""
    return (CELL_NS * cells / 2 + STARTING_NS) / (CELL_NS * cells)


EXACT = 20_000.0 / (CELL_NS * (0.98 - 0.5))
"""Where the ratio of the model is 0.98."""


def tuned(
    value: int | None,
    processes: int = 5,
    spread: float = 0.01,
    free: tuple[float | None, ...] = (None,) * len(SIZES),
    *,
    force: bool = False,
) -> Tuning:
    points = []
    for cols, cores in zip(SIZES, free, strict=True):
        cells = 10 * cols
        logs = tuple(
            math.log(model(cells)) + spread * (number - (processes - 1) / 2)
            for number in range(processes)
        )
        points.append((point(cols, cells, logs, cores), logs))
    return judge(CASE, None, 2, threshold(value), points, force=force)


def point(cols: int, compared: int, logs: tuple[float, ...], cores: float | None = None) -> Point:
    ratio = math.exp(sum(logs) / len(logs))
    near = Interval(ratio, ratio * 0.98, ratio * 1.02) if len(logs) > 1 else None
    return Point(cols, compared, ratio, near, len(logs), CELL_NS * compared, 1.0, cores)


def threshold(value: int | None) -> Adjustable:
    place = Location("src/wave.rs", 7, 1, 7, 6)
    return Adjustable(Threshold(place, "FROM", "rows * cols", value), Copy(Path("x.rs"), b"", ()))


def steady(*ratios: float) -> list[tuple[Point, tuple[float, ...]]]:
    """Points of three processes that agree, at the first sizes."""
    return [
        (point(cols, 10 * cols, (math.log(ratio),) * 3), (math.log(ratio),) * 3)
        for cols, ratio in zip(SIZES, ratios, strict=False)
    ]


def around(*bounds: tuple[float, float] | None) -> list[Point]:
    """Points with those intervals, at the first sizes."""
    made = [point(cols, 10 * cols, (0.0,) * 3) for cols, _ in zip(SIZES, bounds, strict=False)]
    return [
        replace(one, interval=None if ends is None else Interval(1.0, *ends))
        for one, ends in zip(made, bounds, strict=True)
    ]


def apart(*ratios: tuple[float, ...]) -> list[tuple[Point, tuple[float, ...]]]:
    """Points at the first sizes, with the ratios of their processes."""
    made = [tuple(map(math.log, one)) for one in ratios]
    return [(point(cols, 10 * cols, logs), logs) for cols, logs in zip(SIZES, made, strict=False)]
