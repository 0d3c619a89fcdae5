"""What `bindcheck tune` found, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.bench.crossover import TOLERATED, Judged, Lost, Pays, Point, Tuning
from bindcheck.bench.thresholds import Threshold
from bindcheck.bench.tunings import Tunings
from bindcheck.report.bench.frame import surroundings, titled
from bindcheck.report.bench.words import counted

_UNREAD = (
    "that it chooses between threads and none, and which side has them, cannot be read: "
    "the side of the large sizes is shown as parallel"
)


def as_text(run: Tunings) -> str:
    """Of what it is, where and how it was measured, and a table for each indicator."""
    head = (
        titled("tune", run.provenance),
        *surroundings(run.provenance),
        " · ".join([run.started, *_method(run.tunings)]),
    )
    refused = (f"no result: {one.indicator}: {one.reason}" for one in run.refused)
    lines = "".join(f"{line}\n" for line in refused)
    return "".join(f"{line}\n" for line in (*head, "")) + tables(run.tunings) + lines


def _method(found: Sequence[Tuning]) -> Iterator[str]:
    counts = sorted({point.processes for one in found for point in one.points})
    if counts:
        number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        noun = "process" if counts == [1] else "processes"
        yield f"{number} fresh {noun} for each size"
    yield "95 % intervals"
    cores = {one.cores for one in found if one.cores is not None}
    yield from (f"{counted(number, 'core')} could be used" for number in sorted(cores))


def tables(found: Sequence[Tuning]) -> str:
    """A table of sizes for each indicator, then the crossover and what is said of the constant."""
    return "".join(f"{line}\n" for one in found for line in _lines(one))


def _lines(one: Tuning) -> Iterator[str]:
    rows = f", {one.case.rows} rows" if one.case.rows > 1 else ""
    yield f"{one.case.indicator} {one.case.kind.value}{rows}{_threads(one)}"
    yield from (f"  {note}" for note in one.notes)
    unit = one.threshold.compared if one.threshold is not None else "cells"
    yield f"  {'length':>9}  {unit:>12}  {'sequential':>12}  {'parallel':>12}  parallel/sequential"
    yield from (_row(point) for point in one.points)
    yield from (_lost(lost, one.points) for lost in one.lost)
    if one.interrupted:
        yield "  interrupted: this is what was measured, too little for an answer"
        return
    yield f"  {_crossover(one, unit)}"
    if one.doubts is not None:
        forced = "the answer was forced, and is likely too large"
        yield f"  {one.doubts}: {forced if one.unstable is None else 'that may be why'}"
    if one.threshold is not None:
        yield f"  {_constant(one, one.threshold)}"
    for place in one.passed:
        yield f"  passed over: {place}; --line chooses a comparison"


def _threads(one: Tuning) -> str:
    """Their number; not that of a core that starts its own."""
    number = one.threads or one.threads_used
    return f", {counted(number, 'thread')}" if number is not None else ""


def _row(point: Point) -> str:
    return (
        f"  {point.cols:>9}  {point.compared:>12}  {_time(point.sequential_ns):>12}  "
        f"{_time(point.parallel_ns):>12}  {point.ratio:.3f} ({_interval(point)})"
    )


def _lost(lost: Lost, points: Sequence[Point]) -> str:
    measured = any(point.cols == lost.cols for point in points)
    what = "a process had no result" if measured else "not measured"
    return f"  length {lost.cols:,}: {what}: {lost.reason}"


def _interval(point: Point) -> str:
    if point.interval is None:
        return "one process: no interval"
    return f"{point.interval.low:.3f} to {point.interval.high:.3f}"


def _time(ns: float) -> str:
    for unit, scale in (("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.4g} {unit}"
    return f"{ns:.0f} ns"


def _crossover(one: Tuning, unit: str) -> str:
    """Where threads pay; the constant is judged by nothing else."""
    if one.unstable is not None:
        return f"too unstable: {one.unstable}{_between(one, unit)}"
    smallest, largest = one.points[0].compared, one.points[-1].compared
    sizes = "the sizes that were measured" if one.lost else "these sizes"
    if one.pays is Pays.ALL:
        return f"threads pay at all of {sizes}: from {smallest:,} {unit} on or earlier"
    if one.crossover is None:
        return f"threads pay at none of {sizes}: later than at {largest:,} {unit}, if at all"
    found = one.crossover
    return f"threads pay from {found.value:,.0f} {unit} on ({found.low:,.0f} to {found.high:,.0f})"


def _between(one: Tuning, unit: str) -> str:
    if one.between is None:
        return ""
    if one.between.low == 0.0:
        return f", only that it lies below {one.between.high:,.0f} {unit}"
    return f", only that it lies between {one.between.low:,.0f} and {one.between.high:,.0f} {unit}"


def _constant(one: Tuning, threshold: Threshold) -> str:
    place = f"{threshold.location.path}:{threshold.location.line}"
    value = f" = {threshold.value:,}" if threshold.value is not None else ""
    known = _known(threshold)
    if threshold.threads_above is False:
        return (
            f"{place}: {known}{value}: a cap, up to which threads are used; it is not judged by "
            "where they begin to pay"
        )
    text = f"{place}: {known}{value}: {one.judged.value}"
    if threshold.threads_above is None:
        text = f"{text}; {_UNREAD}"
        if not threshold.chosen:
            return f"{text}, and --line {threshold.location.line} would judge it as that"
    if one.judged in (Judged.TOO_LARGE, Judged.TOO_SMALL):
        return f"{text}; it costs up to {one.cost:.0%} at the sizes measured"
    if one.judged is Judged.OPEN and one.unstable is None:
        return f"{text}; {_remedy(one, threshold)}"
    return text


def _known(threshold: Threshold) -> str:
    """A constant by its name, or by the number that a quotient is compared with."""
    digits = threshold.text.replace("_", "")
    if digits.isdigit() and threshold.value not in (None, int(digits)):
        return f"{threshold.text}, for {threshold.compared}"
    return "the constant" if digits[:1].isdigit() else threshold.text


def _remedy(one: Tuning, threshold: Threshold) -> str:
    """What would allow to judge a constant, if it lies where the crossover may be."""
    value = threshold.value
    if value is None:
        return "its value cannot be read from the source"
    known = [point.compared for point in one.points if point.interval is not None]
    smallest, largest = known[0], known[-1]
    if one.pays is Pays.ALL and value <= smallest * TOLERATED:
        return "it lies below these sizes: measure shorter inputs with --from"
    if one.pays is Pays.NONE and value * TOLERATED >= largest:
        return "it lies above these sizes: measure longer inputs with --to"
    if one.doubts is not None:
        return "others make threads pay later than they would: measure on an idle machine"
    return "at the sizes measured it costs less than 1 %, whichever way it chooses"
