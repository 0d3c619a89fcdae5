"""Where parallel begins to pay, out of measured sizes, and what that says of a constant.

Every process gives a crossover of its own by interpolation of the logarithms; the interval is that
of their spread. A machine whose cores others use gives a crossover that is too large in all of its
processes alike, so the cores that were free are counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Case
from bindcheck.bench.statistics import exponential, interval
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.fact import fact

_PAYS = 0.98
"""Parallel pays where it takes less than this share of the sequential time."""
_TOLERATED = 1.5
_CROWDED = 0.9
"""Where others leave less than this share of the cores that are needed, threads wait for them."""
_FEW = 0.2
"""Share of sizes at which that may happen."""


class Judged(StrEnum):
    """What the measurement says of the constant in the source."""

    RIGHT = "right"
    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    NONE = "no constant"
    OPEN = "cannot tell"


@fact
class Point:
    """Parallel over sequential at one size; `compared` is what the source compares there.

    `free_cores`: how many cores other programs left to the processes, None where it is not known.
    """

    cols: int
    compared: int
    ratio: Interval
    sequential_ns: float
    parallel_ns: float
    free_cores: float | None = None


@fact
class Tuning:
    """The result for one indicator and number of threads (None: as many as the crate takes).

    `crossover` counts in the unit of the source's comparison; without one in cells of the result.
    `cost` is what the constant costs at worst, as a share. `unstable` says why the measurement is
    not fit for an answer; then there is neither a crossover nor a verdict.
    """

    case: Case
    threads: int | None
    points: tuple[Point, ...]
    crossover: Interval | None
    threshold: Threshold | None
    judged: Judged
    cost: float
    unstable: str | None = None


def bracket(points: Sequence[Point]) -> tuple[int, int] | None:
    """The step in which parallel begins to pay and goes on doing so."""
    for low, high in reversed(list(pairwise(points))):
        if low.ratio.value > _PAYS >= high.ratio.value:
            return low.cols, high.cols
    return None


def _crossover(points: Sequence[tuple[Point, tuple[float, ...]]]) -> Interval | None:
    """Where the ratio falls through the line, one value per process."""
    rounds = min(len(logs) for _, logs in points)
    found = [_crossing(points, number) for number in range(rounds)]
    values = [one for one in found if one is not None]
    if len(values) < 2 or len(values) < rounds:
        return None
    return exponential(interval(values))


def _crossing(points: Sequence[tuple[Point, tuple[float, ...]]], number: int) -> float | None:
    """The logarithm of the size at which one process crosses the line for the last time."""
    line = math.log(_PAYS)
    sizes = [(math.log(point.compared), logs[number] - line) for point, logs in points]
    for (low, above), (high, below) in reversed(list(pairwise(sizes))):
        if above > 0.0 >= below:
            return low + (high - low) * above / (above - below)
    return None


def judge(
    case: Case,
    threads: int | None,
    cores: int,
    found: Adjustable | None,
    points: Sequence[tuple[Point, tuple[float, ...]]],
) -> Tuning:
    """The crossover out of points with the log ratios of their processes, by ascending size.

    `cores`: how many the parallel way can use at once.
    """
    crossover = _crossover(points)
    threshold = found.threshold if found is not None else None
    only = tuple(point for point, _ in points)
    unstable = _crowded(only, cores) or _torn(only, crossover)
    if unstable is not None:
        judged = Judged.NONE if threshold is None else Judged.OPEN
        return Tuning(case, threads, only, None, threshold, judged, 0.0, unstable)
    judged, cost = Judged.NONE, 0.0
    if threshold is not None:
        judged = _judged(threshold.value, crossover, only)
        cost = _cost(threshold.value, only)
    return Tuning(case, threads, only, crossover, threshold, judged, cost)


def _crowded(points: Sequence[Point], cores: int) -> str | None:
    """Whether threads had to wait for cores that others used."""
    free = [one.free_cores for one in points if one.free_cores is not None]
    lacking = [one for one in free if one < _CROWDED * cores]
    if cores < 2 or len(lacking) <= _FEW * len(points):
        return None
    least = max(0.0, min(lacking))
    return f"other programs left {least:.1f} of {cores} cores free at {len(lacking)} sizes"


def _torn(points: Sequence[Point], crossover: Interval | None) -> str | None:
    """Whether the processes do not agree where the crossover is, though there is one."""
    if crossover is not None:
        wide = crossover.high > crossover.low * _TOLERATED**2
        return "the processes do not agree on the crossover" if wide else None
    clear = {one.ratio.high < _PAYS for one in points} | {one.ratio.low <= _PAYS for one in points}
    return None if len(clear) == 1 else "the processes do not agree on a crossover"


def _judged(value: int | None, crossover: Interval | None, points: Sequence[Point]) -> Judged:
    if value is None:
        return Judged.OPEN
    if crossover is None:
        return _judged_without(value, points)
    if value < crossover.low / _TOLERATED:
        return Judged.TOO_SMALL
    return Judged.TOO_LARGE if value > crossover.high * _TOLERATED else Judged.RIGHT


def _judged_without(value: int, points: Sequence[Point]) -> Judged:
    """Parallel pays at all sizes, or at none: the constant may lie outside of them."""
    if all(point.ratio.high < _PAYS for point in points) and value > points[-1].compared:
        return Judged.TOO_LARGE
    if all(point.ratio.low > _PAYS for point in points) and value < points[-1].compared:
        return Judged.TOO_SMALL
    return Judged.OPEN


def _cost(value: int | None, points: Sequence[Point]) -> float:
    """What is lost at worst at a size where the constant chooses the slower way."""
    if value is None:
        return 0.0
    losses = [0.0]
    for point in points:
        ratio = point.ratio.value
        losses.append(ratio - 1.0 if point.compared >= value else 1.0 / ratio - 1.0)
    return max(losses)
