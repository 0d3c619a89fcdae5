"""Fixed and per-element cost over the sizes of a series, from paired differences.

Each process of a size is independent of all others, so the first processes of all sizes make one
fit, the second ones another, and so on: the spread between these fits is the interval. Within a
fit, sizes are weighted by the inverse square of their noise.

What a call pays per element is compared with a copy of the result into new memory, measured in the
same processes. A copy does not cost the same per byte at every size: it falls out of one cache
after the other, and new memory has to be mapped. So the number of bytes comes from a second fit,
of the differences over the time of the copy. Against a peer, which computes in a way of its own, it
would mean nothing.

Nor is the fixed cost the same at every size. The larger the data of a call, the less of what the
binding itself needs is still in the caches: 100 ns at 1,000 values were 165 ns at 10,000, where a
copy takes 600 ns. Taken for a constant, that growth reads as a byte more per element. So the second
fit allows the fixed cost of each size to be off by as much as itself, which leaves small sizes
little to say, and its interval is as wide as that makes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median, stdev

from bindcheck.bench.outcome import Comparison, Fit, Interval
from bindcheck.bench.samples import NATIVE, Case, State
from bindcheck.bench.statistics import interval
from bindcheck.fact import fact, replace

FEWEST_SIZES = 3
_SPAN = 10
_FINEST = 1e-6
"""Share of a call below which no difference is told apart."""

SeriesKey = tuple[Case, tuple[str, ...], State]


@fact
class Line:
    """`height` at zero and `slope` of a straight line."""

    height: float
    slope: float


def series_key(case: Case, sides: tuple[str, ...], state: State) -> SeriesKey:
    """What the sizes of a series have in common: all but name, size and seed."""
    return replace(case, name="", cols=0, seed=0), sides, state


def fits(comparisons: Iterable[Comparison]) -> tuple[Fit, ...]:
    """A fit for each series with three sizes or more over at least a factor of ten."""
    groups: dict[SeriesKey, list[Comparison]] = {}
    for one in comparisons:
        if not one.is_control:
            groups.setdefault(series_key(one.case, one.sides, one.state), []).append(one)
    return tuple(fit(group) for group in groups.values() if _can_be_fitted(group))


def fit(group: Sequence[Comparison]) -> Fit:
    """The fit of one series; every comparison has at least two processes."""
    ordered = sorted(group, key=lambda one: one.case.cells)
    first = ordered[0]
    rounds = range(min(len(one.trials) for one in ordered))
    cells = [float(one.case.cells) for one in ordered]
    lines = [_line(ordered, cells, number) for number in rounds]
    fixed_ns = interval([one.height for one in lines])
    return Fit(
        case=first.case,
        sides=first.sides,
        state=first.state,
        cells=tuple(one.case.cells for one in ordered),
        fixed_ns=fixed_ns,
        per_cell_ns=interval([one.slope for one in lines]),
        copied_bytes=(
            _copied(ordered, rounds, abs(fixed_ns.value)) if first.sides[1] == NATIVE else None
        ),
        misfit=_misfit(ordered, cells, lines),
    )


def straight_line(xs: Sequence[float], ys: Sequence[float], weights: Sequence[float]) -> Line:
    """Weighted least squares; `xs` has at least two different values."""
    total = sum(weights)
    middle_x = sum(w * x for w, x in zip(weights, xs, strict=True)) / total
    middle_y = sum(w * y for w, y in zip(weights, ys, strict=True)) / total
    spread = sum(w * (x - middle_x) ** 2 for w, x in zip(weights, xs, strict=True))
    common = sum(
        w * (x - middle_x) * (y - middle_y) for w, x, y in zip(weights, xs, ys, strict=True)
    )
    slope = common / spread
    return Line(middle_y - slope * middle_x, slope)


def to_be_fitted(cases: Iterable[Case]) -> set[Case]:
    """Those of series that have a fit."""
    groups: dict[SeriesKey, list[Case]] = {}
    for case in cases:
        groups.setdefault(series_key(case, (), State.RECYCLED), []).append(case)
    return {one for group in groups.values() if _wide(group) for one in group}


def _can_be_fitted(group: Sequence[Comparison]) -> bool:
    return _wide([one.case for one in group])


def _wide(group: Sequence[Case]) -> bool:
    """Whether there are enough sizes, each once, far enough from each other."""
    sizes = {one.cells for one in group}
    return (
        len(sizes) >= FEWEST_SIZES and len(sizes) == len(group) and max(sizes) >= _SPAN * min(sizes)
    )


def _line(group: Sequence[Comparison], xs: Sequence[float], number: int) -> Line:
    ys = [one.trials[number].difference_ns for one in group]
    return straight_line(xs, ys, _weights(group))


def _weights(group: Sequence[Comparison]) -> list[float]:
    """The inverse square of the noise of each size, which is a share of the call's time.

    The share is the usual one of the series, so that a size whose few processes happen to agree
    gains nothing by it, or that of the size itself where it is larger.
    """
    times = [one.a_ns + one.b_ns for one in group]
    spreads = [stdev(trial.difference_ns for trial in one.trials) for one in group]
    shares = [spread / time for spread, time in zip(spreads, times, strict=True)]
    usual = max(median(shares), _FINEST)
    return [(time * max(share, usual)) ** -2 for time, share in zip(times, shares, strict=True)]


def _copied(group: Sequence[Comparison], rounds: range, fixed_ns: float) -> Interval | None:
    """Bytes that each cell would have to copy; None where no copy was measured.

    The slope over the mean times of all processes, since a mean of ratios is too large by the noise
    of the divisor; its interval is that of a jackknife over the processes.
    """
    if any(trial.copy_ns <= 0.0 for one in group for trial in one.trials):
        return None
    # How many bytes a cell of the result has is the same at all sizes.
    per_cell = group[-1].copy_bytes / group[-1].case.cells
    weights = [1.0 / (1.0 / weight + fixed_ns**2) for weight in _weights(group)]
    parts = [[at for at in rounds if at != left_out] for left_out in rounds]
    means = [_means(group, part) for part in (rounds, *parts)]
    if any(len(set(copies)) < 2 for copies, _ in means):
        return None
    whole, *others = [straight_line(*one, weights).slope for one in means]
    number = len(rounds)
    found = interval([number * whole - (number - 1) * one for one in others])
    reach = math.hypot(found.reach, fixed_ns * _lever(means[0][0], weights))
    return Interval(
        *(per_cell * one for one in (found.value, found.value - reach, found.value + reach))
    )


def _means(group: Sequence[Comparison], numbers: Sequence[int]) -> tuple[list[float], list[float]]:
    """Mean time of the copy, and mean difference, of some processes for each size."""
    trials = [[one.trials[at] for at in numbers] for one in group]
    return (
        [fmean(trial.copy_ns for trial in each) for each in trials],
        [fmean(trial.difference_ns for trial in each) for each in trials],
    )


def _lever(xs: Sequence[float], weights: Sequence[float]) -> float:
    """How much the slope is off where each height is off by one, independently."""
    middle = sum(w * x for w, x in zip(weights, xs, strict=True)) / sum(weights)
    pulls = [w * (x - middle) for w, x in zip(weights, xs, strict=True)]
    return math.hypot(*pulls) / sum(p * (x - middle) for p, x in zip(pulls, xs, strict=True))


def _misfit(group: Sequence[Comparison], cells: Sequence[float], lines: Sequence[Line]) -> float:
    height = fmean(one.height for one in lines)
    slope = fmean(one.slope for one in lines)
    return max(
        abs(one.difference_ns.value - height - slope * x) / one.b_ns
        for one, x in zip(group, cells, strict=True)
    )
