"""Where the marks of a plot lie. Numbers only; a template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bindcheck.bench.history import Run, Trend
from bindcheck.bench.outcome import Interval
from bindcheck.fact import fact
from bindcheck.report.bench import words
from bindcheck.report.bench.view import Row, Series

_BAR_WIDTH, _BAR_HEIGHT, _BAR_EDGE = 150.0, 20.0, 6.0
_WIDTH, _HEIGHT = 560.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 12.0, 12.0, 36.0
_STEPS = (1.0, 2.0, 5.0, 10.0)
_TICKS = 5


@fact
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@fact
class Bar:
    """The interval of a ratio beside zero and the margin. All but `width`, `height` are x."""

    width: float
    height: float
    zero: float
    margin_low: float
    margin_high: float
    low: float
    high: float
    value: float
    told: str


@fact
class Point:
    """A value with its interval; `odd` if it stands for something that cannot be drawn."""

    x: float
    y: float
    low: float
    high: float
    told: str
    odd: bool = False


@fact
class Plot:
    """A frame with axes, points, lines (as `x,y x,y`) and cuts, which are vertical."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    points: tuple[Point, ...]
    lines: tuple[str, ...]
    cuts: tuple[Tick, ...]
    told: str


@fact
class _Scale:
    """A linear map of `low`..`high` to `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def bars(series: Series, margin: float) -> tuple[Bar, ...]:
    """One bar for each row, all on the same axis: the logarithm of the ratio."""
    ratios = [row.comparison.ratio for row in series.rows]
    edges = (math.log1p(-margin), math.log1p(margin))
    low = min(edges[0], *(math.log(one.low) for one in ratios))
    high = max(edges[1], *(math.log(one.high) for one in ratios))
    scale = _Scale(low, high, _BAR_EDGE, _BAR_WIDTH - _BAR_EDGE)
    return tuple(_bar(row, scale, edges) for row in series.rows)


def _bar(row: Row, scale: _Scale, edges: tuple[float, float]) -> Bar:
    ratio = row.comparison.ratio
    return Bar(
        width=_BAR_WIDTH,
        height=_BAR_HEIGHT,
        zero=scale(0.0),
        margin_low=scale(edges[0]),
        margin_high=scale(edges[1]),
        low=scale(math.log(ratio.low)),
        high=scale(math.log(ratio.high)),
        value=scale(math.log(ratio.value)),
        told=f"{row.size}: {row.cost} ({row.bounds}), {row.verdict}",
    )


def sweep(series: Series) -> Plot | None:
    """The difference per call over the cells, on logarithmic axes, with the fitted line.

    A difference that is not above zero has no place there: it is marked at the lower edge. None
    without a fit, or where no difference is above zero.
    """
    fit = series.fit
    found = [(row, row.comparison.difference_ns) for row in series.rows]
    positive = [one.value for _, one in found if one.value > 0.0]
    if fit is None or not positive:
        return None
    floor = min(positive) / 2.0
    tops = [max(one.value, one.high) for _, one in found]
    x = _Scale(_log(fit.cells[0]), _log(fit.cells[-1]), _LEFT + 12, _WIDTH - _RIGHT - 12)
    y = _Scale(_log(floor), _log(max(tops)) + 0.05, _HEIGHT - _BOTTOM, _TOP)
    steps = [10 ** (x.low + n * (x.high - x.low) / 60) for n in range(61)]
    line = [(cells, fit.fixed_ns.value + fit.per_cell_ns.value * cells) for cells in steps]
    shown = [f"{x(_log(cells))},{y(_log(ns))}" for cells, ns in line if ns >= floor]
    return _frame(
        x_ticks=_decades(x, lambda value: f"{value:,.0f}"),
        y_ticks=_decades(y, words.time),
        points=tuple(_difference(row, one, x, y, floor) for row, one in found),
        lines=(" ".join(shown),) if len(shown) > 1 else (),
        told=f"{series.a} less {series.b}, per call, over the cells of the result",
    )


def _difference(row: Row, one: Interval, x: _Scale, y: _Scale, floor: float) -> Point:
    low, value, high = (y(_log(max(floor, part))) for part in (one.low, one.value, one.high))
    odd = one.value <= 0.0
    told = f"{row.size}: {words.times(one)}"
    return Point(x(_log(row.comparison.case.cells)), value, low, high, told, odd)


def past(trend: Trend) -> Plot | None:
    """The paired ratio of each run, in percent of difference; None for a single run."""
    runs = trend.runs
    if len(runs) < 2:
        return None
    shares = [[100.0 * (part - 1.0) for part in _parts(run.ratio)] for run in runs]
    x = _Scale(0.0, len(runs) - 1.0, _LEFT + 12, _WIDTH - _RIGHT - 12)
    low, high = min(map(min, shares)), max(map(max, shares))
    spare = max(0.1, 0.08 * (high - low))
    y = _Scale(low - spare, high + spare, _HEIGHT - _BOTTOM, _TOP)
    points = tuple(
        Point(
            x(n), y(share[0]), y(share[1]), y(share[2]), f"{_stamp(run)}: {words.change(run.ratio)}"
        )
        for n, (run, share) in enumerate(zip(runs, shares, strict=True))
    )
    cuts = tuple(Tick(x(one.index - 0.5), _stamp(runs[one.index])) for one in trend.changes)
    return _frame(
        x_ticks=tuple(Tick(x(n), runs[n].started[:10]) for n in sorted({0, len(runs) - 1})),
        y_ticks=_even(y),
        points=points,
        lines=tuple(_levels(trend, x, y)),
        cuts=cuts,
        told=f"difference of {words.size(trend.newest)} in percent, run by run",
    )


def _levels(trend: Trend, x: _Scale, y: _Scale) -> list[str]:
    """A level line for each part between two changes."""
    if not trend.changes:
        return []
    starts = [0, *(one.index for one in trend.changes), len(trend.runs)]
    levels = [trend.changes[0].before, *(one.after for one in trend.changes)]
    pairs = zip(starts, starts[1:], levels, strict=False)
    return [
        " ".join(f"{x(at)},{y(100.0 * math.expm1(level))}" for at in (start - 0.4, end - 0.6))
        for start, end, level in pairs
    ]


def _parts(ratio: Interval) -> tuple[float, float, float]:
    return ratio.value, ratio.low, ratio.high


def _stamp(run: Run) -> str:
    return f"{run.started[:10]} {run.commit[:12]}".rstrip()


def _frame(
    *,
    x_ticks: Sequence[Tick],
    y_ticks: Sequence[Tick],
    points: tuple[Point, ...],
    lines: tuple[str, ...],
    told: str,
    cuts: tuple[Tick, ...] = (),
) -> Plot:
    return Plot(
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        top=_TOP,
        bottom=_HEIGHT - _BOTTOM,
        x_ticks=tuple(x_ticks),
        y_ticks=tuple(y_ticks),
        points=points,
        lines=lines,
        cuts=cuts,
        told=told,
    )


def _log(value: float) -> float:
    return math.log10(value)


def _decades(scale: _Scale, label: Callable[[float], str]) -> tuple[Tick, ...]:
    """The powers of ten on a logarithmic axis, or its ends where there are fewer than two."""
    exponents = range(math.ceil(scale.low - 1e-9), math.floor(scale.high + 1e-9) + 1)
    found: Sequence[float] = exponents if len(exponents) > 1 else (scale.low, scale.high)
    return tuple(Tick(scale(one), label(10.0**one)) for one in found)


def _even(scale: _Scale) -> tuple[Tick, ...]:
    """Round percentages, about five of them."""
    rough = (scale.high - scale.low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough)
    places = max(0, -math.floor(math.log10(step)))
    first = math.ceil(scale.low / step)
    found = [n * step for n in range(first, math.floor(scale.high / step) + 1)]
    return tuple(Tick(scale(one), f"{one:+.{places}f} %".replace("-", "\u2212")) for one in found)
