"""Where a series of results changed its level.

The exact best partition of the series under the sum of absolute deviations from the median of each
part, with a penalty for each change (Jackson et al., "An algorithm for optimal partitioning of data
on an interval", 2005). Absolute deviations keep a single odd run from being taken for a change;
a part has at least four runs. The noise is read off the differences of neighbours, which a change
hardly touches. At this penalty, at most one series in 50 without a change shows one if its runs
are independent, one in 16 if neighbours correlate by 0.3 (tests/unit/bench_results).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise
from statistics import median

from bindcheck.fact import fact

FEWEST = 4
_PENALTY = 3.0
_LEAST_LENGTH = 8
_DEVIATION = math.sqrt(2.0 / math.pi)
"""Mean absolute deviation of a normal variable with standard deviation 1."""
_NEIGHBOURS = 0.9539
"""Median absolute difference of two such variables."""


@fact
class Change:
    """A new level from run `index` (from 0) on: medians before and after it."""

    index: int
    before: float
    after: float


def changes(values: Sequence[float], noise: float = 0.0) -> tuple[Change, ...]:
    """The changes of level in `values`, oldest first.

    `noise` is a standard deviation that a value has at least, for series that are steadier than
    their measurement.
    """
    cuts = [0, *_cuts(values, noise), len(values)]
    levels = [median(values[start:end]) for start, end in pairwise(cuts) if end]
    return tuple(
        Change(cuts[number], levels[number - 1], levels[number]) for number in range(1, len(levels))
    )


def _cuts(values: Sequence[float], noise: float) -> list[int]:
    """Where the parts of the best partition begin, but for the first."""
    count = len(values)
    if count < 2 * FEWEST:
        return []
    penalty = _PENALTY * math.log(max(count, _LEAST_LENGTH)) * _DEVIATION * spread(values, noise)
    costs = [_costs(values[start:]) for start in range(count - FEWEST + 1)]
    best = [0.0] + [math.inf] * count
    begin = [0] * (count + 1)
    for end in range(FEWEST, count + 1):
        best[end], begin[end] = min(
            (best[start] + costs[start][end - start - 1] + penalty, start)
            for start in range(end - FEWEST + 1)
        )
    cuts = []
    end = begin[count]
    while end:
        cuts.append(end)
        end = begin[end]
    return cuts[::-1]


def spread(values: Sequence[float], noise: float = 0.0) -> float:
    """Standard deviation of at least two values around their level, whatever level that is.

    At least `noise`, and above zero, or equal values would differ.
    """
    steps = [abs(new - old) for old, new in pairwise(values)]
    tiny = 1e-9 * max(1e-9, *map(abs, values))
    return max(median(steps) / _NEIGHBOURS, noise, tiny)


def _costs(values: Sequence[float]) -> list[float]:
    """For each beginning of `values`: the sum of absolute deviations from its median."""
    lower: list[float] = []  # a heap of the negated lower half
    upper: list[float] = []
    below = above = 0.0
    costs = []
    for value in values:
        if lower and value < -lower[0]:
            heappush(lower, -value)
            below += value
        else:
            heappush(upper, value)
            above += value
        if len(lower) > len(upper):
            moved = -heappop(lower)
            heappush(upper, moved)
            below, above = below - moved, above + moved
        elif len(upper) > len(lower) + 1:
            moved = heappop(upper)
            heappush(lower, -moved)
            below, above = below + moved, above - moved
        costs.append(above - below - upper[0] * (len(upper) - len(lower)))
    return costs
