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
binding itself needs is still in the caches: 100 ns at 1,000 values were 165 ns at 10,000 and a
microsecond at 100,000, a tenth of what a copy takes there. Taken for a constant, that growth reads
as a byte more per element. So processes also time both sides, and a copy, for the shortest input
right after each of the longer calls. With that taken off there is no fixed cost left: the line of
the second fit goes through the origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, median, stdev

from bindcheck.bench.outcome import Comparison, Fit, Interval, Trial
from bindcheck.bench.samples import NATIVE, Case, State
from bindcheck.bench.statistics import interval
from bindcheck.fact import fact, replace

FEWEST_SIZES = 3
_SPAN = 10
_FINEST = 1e-6
"""Share of a call below which no difference is told apart."""
_NARROW = 0.25
_NEAR = 0.125
"""Shares of each element copied: how far an interval may reach to either side, and how far the
estimate may be off. What a copy costs spreads by 3 % between processes, and one in twenty intervals
misses the truth, so whether an interval holds a number of elements is not what decides."""
_DEARER = 0.25
"""Share of one element by which a copy of one may seem to be more: `values.clone()` while `values`
lives on was measured as 8.4 to 10 bytes for 8, for the two take each other's room in the caches."""
SMALL = 4
"""Bytes per element below which a cost is no copy of a result."""
_MOST = 3
"""Copied elements that a cost is called by: of more, every cost would be near to some number."""

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
    copied = _copied(ordered, rounds) if first.sides[1] == NATIVE else None
    element = _element(ordered)
    whole = None if copied is None else whole_copy(copied, element)
    held = None if copied is None else held_copy(copied, element)
    per_cell = interval([one.slope for one in lines])
    return Fit(
        case=first.case,
        sides=first.sides,
        state=first.state,
        cells=tuple(one.case.cells for one in ordered),
        fixed_ns=interval([one.height for one in lines]),
        per_cell_ns=per_cell,
        copied_bytes=copied,
        misfit=_misfit(ordered, cells, lines),
        copied_whole=whole,
        copied_held=held,
        other_code=whole is None and held is None and _is_copied(copied, per_cell),
        of_input=first.of_input,
    )


def _is_copied(copied: Interval | None, per_cell: Interval) -> bool:
    """Whether a call costs more with each cell, by both ways of telling, as if it copied some."""
    told = copied is not None and copied.low > 0.0 and copied.high >= SMALL
    return told and not per_cell.holds(0.0)


def whole_copy(copied: Interval, element: float) -> int | None:
    """The bytes of the whole elements that a copy is called by; None where it is no such copy.

    It is one if the estimate is near to that number, and the interval narrow enough to tell it from
    others. `element`: in bytes.
    """
    elements = _elements(copied, element)
    more = copied.value - elements * element
    near = -_NEAR * elements * element <= more <= max(_DEARER, _NEAR * elements) * element
    narrow = copied.reach < _NARROW * elements * element
    return round(elements * element) if elements <= _MOST and near and narrow else None


def held_copy(copied: Interval, element: float) -> int | None:
    """The bytes of the whole elements that an interval holds which is no such copy."""
    elements = _elements(copied, element)
    held = whole_copy(copied, element) is None and copied.holds(elements * element)
    costs = copied.low > 0.0 and elements <= _MOST
    return round(elements * element) if costs and held else None


def _elements(copied: Interval, element: float) -> int:
    return max(1, round(copied.value / element))


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


def shorter_inputs(cases: Iterable[Case]) -> dict[Case, tuple[int, ...]]:
    """The shorter inputs of its series, the shortest first, for each case of one that has a fit."""
    groups: dict[SeriesKey, list[Case]] = {}
    for case in cases:
        groups.setdefault(series_key(case, (), State.RECYCLED), []).append(case)
    return {
        one: tuple(sorted({each.cols for each in group if each.cols < one.cols}))
        for group in groups.values()
        if _wide(group)
        for one in group
    }


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


def _copied(group: Sequence[Comparison], rounds: range) -> Interval | None:
    """Bytes that each cell would have to copy; None where that was not measured, or drowned.

    The slope over the mean times of all processes, since a mean of ratios is too large by the noise
    of the divisor; its interval is that of a jackknife over the processes.
    """
    longer = group[1:]
    if not all(_measured(one.trials) for one in longer) or not _is_copy_seen(longer[-1].trials):
        return None
    weights = _weights(group)[1:]
    parts = [[at for at in rounds if at != left_out] for left_out in rounds]
    whole, *others = (_through_origin(longer, weights, part) for part in (rounds, *parts))
    number = len(rounds)
    per_cell = _element(group)
    return interval([per_cell * (number * whole - (number - 1) * one) for one in others])


def _element(group: Sequence[Comparison]) -> float:
    """The bytes of a cell of what is copied, the same at all sizes."""
    return group[-1].copy_bytes / group[-1].case.cells


def _measured(trials: Sequence[Trial]) -> bool:
    return any(one.copy_ns for one in trials) and any(one.cold_ns for one in trials)


def _is_copy_seen(trials: Sequence[Trial]) -> bool:
    """Whether a copy takes time at all, beside what the processes differ by.

    Calls with threads on a busy machine vary by more: the cost of a copy would be their noise.
    """
    return interval([one.copy_ns - one.cold_copy_ns for one in trials]).low > 0.0


def _through_origin(
    group: Sequence[Comparison], weights: Sequence[float], numbers: Sequence[int]
) -> float:
    """The slope of the differences over the time of a copy, without what does not grow."""
    trials = [[one.trials[at] for at in numbers] for one in group]
    xs = [fmean(one.copy_ns - one.cold_copy_ns for one in each) for each in trials]
    ys = [fmean(one.difference_ns - one.cold_ns for one in each) for each in trials]
    above = sum(w * x * y for w, x, y in zip(weights, xs, ys, strict=True))
    return above / sum(w * x * x for w, x in zip(weights, xs, strict=True))


def _misfit(group: Sequence[Comparison], cells: Sequence[float], lines: Sequence[Line]) -> float:
    height = fmean(one.height for one in lines)
    slope = fmean(one.slope for one in lines)
    return max(
        abs(one.difference_ns.value - height - slope * x) / one.b_ns
        for one, x in zip(group, cells, strict=True)
    )
