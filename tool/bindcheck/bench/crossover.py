"""Where parallel begins to pay, out of measured sizes, and what that says of a constant.

Every process gives a crossover of its own by interpolation of the logarithms; the interval is that
of their spread, and reaches at least to the measured sizes on both sides. A machine whose cores
others use gives a crossover that is too large in all of its processes alike, so the cores that were
free are counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise, takewhile

from bindcheck.bench.neighbours import CROWDED, FEW, left_words
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Busy, Case
from bindcheck.bench.statistics import exponential, interval
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.fact import fact, replace

_PAYS = 0.98
"""Parallel pays where it takes less than this share of the sequential time."""
TOLERATED = 1.5
_ALIKE = 0.01
"""Both ways take the same time where the whole interval of their ratio is that near to 1."""
_SEVERAL = 2
"""A single size may lie at the crossover by chance."""
FEWEST_PROCESSES = 2
"""Fewer give no interval, and no say in the answer."""


class Judged(StrEnum):
    """What the measurement says of the constant in the source."""

    RIGHT = "right"
    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    NONE = "no constant"
    OPEN = "cannot tell"


class Pays(StrEnum):
    """At which of the measured sizes threads pay."""

    ALL = "all"
    NONE = "none"
    FROM = "from the crossover on"
    UNKNOWN = "unknown"


@fact
class Point:
    """Parallel over sequential at one size; `compared` is what the source compares there.

    `interval` is that of `ratio` over the processes, None where only one has measured the size.
    `free_cores`: how many cores other programs left to the processes, None where it is not known;
    `busy` are those that were most at work.
    """

    cols: int
    compared: int
    ratio: float
    interval: Interval | None
    processes: int
    sequential_ns: float
    parallel_ns: float
    free_cores: float | None = None
    busy: tuple[Busy, ...] = ()


@fact
class Lost:
    """A length at which all processes, or some, had no result."""

    cols: int
    reason: str


@fact
class Tuning:
    """The result for one indicator and number of threads (None: as many as the crate takes).

    `crossover` counts in the unit of the source's comparison; without one in cells of the result.
    There is one if `pays` says so. `cost` is what the constant costs at worst, as a share.
    `unstable` says why the measurement is not fit for an answer; then, as after an interrupt,
    there is no crossover. Where it is the processes that do not agree, `between` is as far as they
    do (from 0, where threads pay in some at all sizes), and a constant far outside of that is
    called wrong all the same; else there is no verdict.
    `doubts` says what is doubtful of an answer that was forced, or may be why there is none.
    `passed`: what decides about threads and is no size compared with a constant, in words.
    `threads_used`: None where the core starts threads of its own. `cores`: those that could be
    used, None where that is not known.
    """

    case: Case
    threads: int | None
    points: tuple[Point, ...]
    pays: Pays
    crossover: Interval | None
    threshold: Threshold | None
    judged: Judged
    cost: float
    unstable: str | None = None
    between: Interval | None = None
    doubts: str | None = None
    interrupted: bool = False
    lost: tuple[Lost, ...] = ()
    notes: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    threads_used: int | None = None
    cores: int | None = None


Logs = tuple[float, ...]
"""Log ratios of the processes at one size."""


def bracket(points: Sequence[Point]) -> tuple[int, int] | None:
    """The step in which parallel begins to pay and goes on doing so."""
    found = _fall([(one.cols, one.ratio - _PAYS) for one in points])
    return None if found is None else (round(found[0][0]), round(found[1][0]))


def judge(
    case: Case,
    threads: int | None,
    cores: int,
    found: Adjustable | None,
    points: Sequence[tuple[Point, Logs]],
    *,
    force: bool = False,
) -> Tuning:
    """The crossover out of points with the log ratios of their processes, by ascending size.

    `cores`: how many the parallel way can use at once; `force`: answer although others use them.
    """
    threshold = found.threshold if found is not None else None
    usable = [one for one in points if one[0].processes >= FEWEST_PROCESSES]
    only = [point for point, _ in usable]
    spread, found_at = _crossover(usable) or (None, None)
    pays = _pays(only, found_at)
    crowded = _crowded(only, cores)
    unfit = None if force else crowded
    unstable = unfit or _torn(only, spread, pays)
    between = found_at or _bound(usable) if unstable is not None and unfit is None else None
    judged, cost = Judged.NONE if threshold is None else Judged.OPEN, 0.0
    # A cap, or what may be one, says something else than from where on threads pay.
    value = threshold.value if threshold is not None and threshold.decides else None
    if value is not None and (unstable is None or between is not None):
        judged = _judged(value, pays, between or found_at, only)
        if between is not None and judged is Judged.RIGHT:
            judged = Judged.OPEN
        if crowded is not None and judged is Judged.TOO_SMALL:
            # Others make threads pay later than they would: that is just what was found.
            judged = Judged.OPEN
        cost = 0.0 if judged is Judged.OPEN else _cost(value, only)
        if judged is not Judged.RIGHT and cost < _ALIKE:
            judged = Judged.OPEN
    return Tuning(
        case=case,
        threads=threads,
        points=tuple(point for point, _ in points),
        pays=pays if unstable is None else Pays.UNKNOWN,
        crossover=found_at if unstable is None else None,
        threshold=threshold,
        judged=judged,
        cost=cost,
        unstable=unstable,
        between=between,
        doubts=crowded if unfit is None else None,
    )


def broken_off(
    case: Case, threads: int | None, found: Adjustable | None, points: Sequence[Point]
) -> Tuning:
    """What an interrupted search has measured: sizes without an answer."""
    threshold = found.threshold if found is not None else None
    judged = Judged.NONE if threshold is None else Judged.OPEN
    return Tuning(
        case=case,
        threads=threads,
        points=tuple(points),
        pays=Pays.UNKNOWN,
        crossover=None,
        threshold=threshold,
        judged=judged,
        cost=0.0,
        interrupted=True,
    )


def own_choice(points: Sequence[Point], threshold: Threshold | None = None) -> str | None:
    """What to keep in mind of a core that uses no threads for small inputs, whatever it is told."""
    alike = list(takewhile(_is_alike, points))
    if len(alike) < _SEVERAL:
        return None
    unit = "cells" if threshold is None else threshold.compared
    other = "a constant of a size" if threshold is None else "this constant"
    return (
        f"up to {alike[-1].compared:,} {unit} both ways take the same time: it seems that the core "
        f"decides for itself there, by something else than {other}"
    )


def _is_alike(point: Point) -> bool:
    found = point.interval
    return found is not None and found.low >= 1.0 - _ALIKE and found.high <= 1.0 + _ALIKE


# --- the crossover -----------------------------------------------------------------------------


def _fall(
    heights: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The last step from above zero to below; None if the end is above."""
    for low, high in reversed(list(pairwise(heights))):
        if high[1] > 0.0:
            return None
        if low[1] > 0.0:
            return low, high
    return None


def _crossover(points: Sequence[tuple[Point, Logs]]) -> tuple[Interval, Interval] | None:
    """Where the ratio falls through the line for good, one value per process, and how far they go.

    The second interval reaches to the sizes on both sides of the value: where between them the line
    is crossed is interpolated alike in all processes, so that their spread does not tell how well.
    """
    rounds = min((len(logs) for _, logs in points), default=0)
    steps = [_step(points, number) for number in range(rounds)]
    found = [one for one in steps if one is not None]
    if len(found) < FEWEST_PROCESSES or len(found) < rounds:
        return None
    spread = exponential(interval([_crossing(*one) for one in found]))
    sizes = [float(point.compared) for point, _ in points]
    below = [one for one in sizes if one <= spread.value]
    above = [one for one in sizes if one >= spread.value]
    low, high = min([spread.low, *below[-1:]]), max([spread.high, *above[:1]])
    return spread, replace(spread, low=low, high=high)


def _bound(points: Sequence[tuple[Point, Logs]]) -> Interval | None:
    """Below which size all processes cross the line, where threads pay in some from the first on.

    From 0 to that size; None where one does not cross it at all.
    """
    rounds = min((len(logs) for _, logs in points), default=0)
    highest = 0.0
    for number in range(rounds):
        found = _step(points, number)
        if found is not None:
            highest = max(highest, math.exp(found[1][0]))
        elif points[-1][1][number] > math.log(_PAYS):
            return None
        else:
            highest = max(highest, float(points[0][0].compared))
    enough = rounds >= FEWEST_PROCESSES and len(points) >= _SEVERAL
    return Interval(highest, 0.0, highest) if enough else None


def _step(
    points: Sequence[tuple[Point, Logs]], number: int
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Between which sizes one process falls below the line, with its heights; in logarithms."""
    line = math.log(_PAYS)
    return _fall([(math.log(point.compared), logs[number] - line) for point, logs in points])


def _crossing(first: tuple[float, float], last: tuple[float, float]) -> float:
    """The logarithm of the size at which a straight line between two is at height zero."""
    (low, above), (high, below) = first, last
    return low + (high - low) * above / (above - below)


def _pays(points: Sequence[Point], crossover: Interval | None) -> Pays:
    """At which sizes threads pay, as far as that is certain."""
    if crossover is not None:
        return Pays.FROM
    intervals = [one.interval for one in points if one.interval is not None]
    if intervals and all(one.high < _PAYS for one in intervals):
        return Pays.ALL
    if intervals and all(one.low > _PAYS for one in intervals):
        return Pays.NONE
    return Pays.UNKNOWN


def _crowded(points: Sequence[Point], cores: int) -> str | None:
    """Whether threads had to wait for cores that others used."""
    lacking = [
        (one.free_cores, one.busy)
        for one in points
        if one.free_cores is not None and one.free_cores < CROWDED * cores
    ]
    if cores < 2 or len(lacking) <= FEW * len(points):
        return None
    least = min(free for free, _ in lacking)
    where = f"at {len(lacking)} of {len(points)} sizes"
    return left_words(least, cores, where, [busy for _, busy in lacking])


def _torn(points: Sequence[Point], spread: Interval | None, pays: Pays) -> str | None:
    """Whether the processes do not agree where the crossover is, or whether there is one."""
    if len(points) < 2:
        return "fewer than two sizes were measured by two processes"
    if spread is not None:
        wide = spread.high > spread.low * TOLERATED**2
        return "the processes do not agree on the crossover" if wide else None
    if pays is not Pays.UNKNOWN:
        return None
    last = points[-1].interval
    if last is not None and last.low > _PAYS:
        if any(one.interval is not None and one.interval.high < _PAYS for one in points):
            return "threads pay at some of these sizes, but not at the largest"
        return "threads do not pay at the largest of these sizes, and at others it is not certain"
    return "the processes do not agree on a crossover"


# --- the constant ------------------------------------------------------------------------------


def _judged(value: int, pays: Pays, crossover: Interval | None, points: Sequence[Point]) -> Judged:
    """Where the crossover lies outside of the sizes, they bound it on one side."""
    if crossover is not None:
        low, high = crossover.low, crossover.high
    elif pays is Pays.ALL:
        low, high = 0.0, float(points[0].compared)
    else:
        low, high = float(points[-1].compared), math.inf
    if value * TOLERATED < low:
        return Judged.TOO_SMALL
    if value > high * TOLERATED:
        return Judged.TOO_LARGE
    return Judged.RIGHT if crossover is not None else Judged.OPEN


def _cost(value: int, points: Sequence[Point]) -> float:
    """What is lost at worst at a size where the constant chooses the slower way."""
    losses = [one.ratio - 1.0 if one.compared >= value else 1.0 / one.ratio - 1.0 for one in points]
    return max(0.0, *losses)
