"""What a report of a benchmark shows, in its order: the same for text, Markdown and HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from bindcheck.bench import texts
from bindcheck.bench.compare import Gate
from bindcheck.bench.fits import SMALL, SeriesKey, series_key
from bindcheck.bench.foreign import ForeignSeries
from bindcheck.bench.history import Trend
from bindcheck.bench.machinecode import is_laid_out_once, made_alike
from bindcheck.bench.outcome import Comparison, Fit, Interval, Outcome, Verdict
from bindcheck.bench.samples import NATIVE, PEER, PYTHON, Case, Layout, State
from bindcheck.fact import fact, replace
from bindcheck.report.bench import words

_MISFIT = 0.05
_DEARER = (Verdict.SLOWER, Verdict.UNDECIDED)
_CONVERTED = 128
"""Bytes per element from which on a cost is none of copies: a dozen and more arrays would be."""
_HANDLED_NS = 10.0
"""What no copy of a few bytes costs, even into memory that has to be mapped."""
_OTHER_CODE = 2.0
"""Times as long as the native call: no other layout of its machine code costs as much."""


@fact
class BenchReport:
    """A judged run with all that belongs to it. `problems` are remarks on the history file."""

    outcome: Outcome
    trends: tuple[Trend, ...] = ()
    gate: Gate | None = None
    foreign: tuple[ForeignSeries, ...] = ()
    problems: tuple[str, ...] = ()


@fact
class Row:
    """One size of a series. `notes` say why a verdict is open or doubtful.

    `noise` and `detectable` are those of the floor, empty where no control was measured.
    """

    size: str
    a: str
    b: str
    cost: str
    bounds: str
    verdict: Verdict
    noise: str
    detectable: str
    notes: tuple[str, ...]
    comparison: Comparison


@fact
class Series:
    """All sizes of one call and pair of sides. `remarks`: fit, controls, page faults.

    `peers` are the series of the same calls against other modules.
    """

    title: str
    details: str
    a: str
    b: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    fit: Fit | None
    trends: tuple[Trend, ...]
    peers: tuple[Series, ...] = ()

    def row(self, cells: int) -> Row | None:
        """The row of a size."""
        found = (one for one in self.rows if one.comparison.case.cells == cells)
        return next(found, None)


def series(report: BenchReport) -> tuple[Series, ...]:
    """The series of a run, peers with the native one; controls only where there is nothing else."""
    outcome = report.outcome
    groups: dict[SeriesKey, list[Comparison]] = {}
    for one in outcome.judged:
        groups.setdefault(series_key(one.case, one.sides, one.state), []).append(one)
    fits = {series_key(one.case, one.sides, one.state): one for one in outcome.fits}
    trends = {id(one.newest): one for one in report.trends}
    made = {
        key: _series(sorted(group, key=lambda one: one.case.cells), fits.get(key), trends, outcome)
        for key, group in groups.items()
    }
    return tuple(_with_peers(made))


def _with_peers(made: dict[SeriesKey, Series]) -> Iterator[Series]:
    """Each series against a peer goes to the one of the same calls against the native side.

    One with a size that was lost there stands by itself: no size of it may be left out.
    """
    mains = {
        (case, state): {row.comparison.case.cells for row in one.rows}
        for (case, sides, state), one in made.items()
        if sides == (PYTHON, NATIVE)
    }
    peers: dict[tuple[Case, State], list[Series]] = {}
    for (case, sides, state), one in made.items():
        sizes = {row.comparison.case.cells for row in one.rows}
        if sides[1].startswith(PEER) and sizes <= mains.get((case, state), set()):
            peers.setdefault((case, state), []).append(one)
    attached = {id(one) for each in peers.values() for one in each}
    for (case, sides, state), one in made.items():
        if sides == (PYTHON, NATIVE):
            yield replace(one, peers=tuple(peers.get((case, state), ())))
        elif id(one) not in attached:
            yield one


def _series(
    group: Sequence[Comparison], fit: Fit | None, trends: dict[int, Trend], outcome: Outcome
) -> Series:
    first = group[0]
    margin, profile = outcome.margin, outcome.provenance.profile
    a, b = (words.side(one) for one in first.sides)
    return Series(
        title=f"{first.case.indicator} {first.case.kind}",
        details=_details(first),
        a=a,
        b=b,
        rows=tuple(_row(one, margin) for one in group),
        remarks=tuple(_remarks(group, fit, profile)),
        fit=fit,
        trends=tuple(trends[id(one)] for one in group if id(one) in trends),
    )


def _details(one: Comparison) -> str:
    case = one.case
    parts = [texts.arguments_text(case)]
    if case.threads is not None:
        parts.append(words.counted(case.threads, "thread"))
    if one.cores is not None:
        parts.append(words.counted(one.cores, "core"))
    if case.layout is not Layout.CONTIGUOUS:
        parts.append(str(case.layout))
    if case.out:
        parts.append("out=")
    parts.append(f"results {one.state}")
    return " · ".join(parts)


def _row(one: Comparison, margin: float) -> Row:
    return Row(
        size=words.size(one),
        a=words.time(one.a_ns),
        b=words.time(one.b_ns),
        cost=words.cost(one.ratio, one.verdict, margin),
        bounds=words.bounds(one.ratio),
        verdict=one.verdict,
        noise="" if one.floor is None else texts.share(one.floor.noise),
        detectable="" if one.floor is None else texts.share(one.floor.detectable),
        notes=one.reasons,
        comparison=one,
    )


def _remarks(group: Sequence[Comparison], fit: Fit | None, profile: str) -> Iterator[str]:
    if fit is not None:
        yield from fit_words(fit)
        yield from _other_code(fit, group[-1], profile)
    floors = [one.floor for one in group if one.floor is not None]
    if floors:
        yield (
            f"A/A: the same call against itself came out within "
            f"{texts.shares([one.noise for one in floors])}; "
            f"differences from {texts.shares([one.detectable for one in floors])} on can be found"
        )
    elif not group[0].is_control:
        yield "A/A: not measured"
    yield from _faults(group)


def fit_words(fit: Fit) -> Iterator[str]:
    """What a call costs besides its work: once, and for each element."""
    what = "cost" if fit.sides[1] == NATIVE else "difference"
    if fit.fixed_ns.holds(0.0):
        fixed = f"no fixed {what} found (within ±{words.time(_farthest(fit.fixed_ns))})"
    elif fit.fixed_ns.high < 0.0 and fit.misfit > _MISFIT:
        fixed = f"no fixed {what} can be told"
    else:
        fixed = f"fixed {what} {words.times(fit.fixed_ns)}"
    yield f"{fixed}; {_per_element(fit, what)}"
    if fit.misfit > _MISFIT:
        off = texts.share(fit.misfit)
        whose = "the native call" if fit.sides[1] == NATIVE else "a call"
        yield f"the {what} is no straight line over the sizes: off by up to {off} of {whose}"


def _other_code(fit: Fit, longest: Comparison, profile: str) -> Iterator[str]:
    """What a cost per element may be that is no copy, if the longest call shows one."""
    if longest.verdict not in _DEARER or longest.sides[1] != NATIVE:
        return
    copied = fit.copied_bytes
    grows = copied is not None and _grows(fit, copied)
    many = grows and copied is not None and copied.low > _CONVERTED
    if (many or fit.per_cell_ns.low > _HANDLED_NS) and longest.ratio.low > _OTHER_CODE:
        yield (
            "that is more than copies of arrays: each element is handled by itself, as where an "
            "argument such as `Vec<f64>`, or a list that is returned, is made of one object for "
            "each number"
        )
    elif not grows or fit.copied_whole is not None:
        return
    elif not is_laid_out_once(profile):
        yield (
            "that cost need not be a copy: both sides may run different machine code of the "
            f"function, slower in the binding (inlined, say); {made_alike(profile)}"
        )


def _per_element(fit: Fit, what: str) -> str:
    slope, copied = fit.per_cell_ns, fit.copied_bytes
    element = "element of the input" if fit.of_input else "element"
    if copied is not None and _grows(fit, copied):
        told = copy_words(copied, fit.copied_whole, fit.copied_held)
        return f"per {element} {words.times(slope)}: {told}"
    if slope.holds(0.0):
        return f"no {what} per {element} found (within ±{words.time(_farthest(slope))})"
    return f"per {element} {words.times(slope)}"


def _grows(fit: Fit, copied: Interval) -> bool:
    """Whether a call costs more with each element, by both ways of telling, or by whole copies."""
    told = fit.copied_whole is not None or not fit.per_cell_ns.holds(0.0)
    return copied.low > 0.0 and told


def copy_words(copied: Interval, whole: int | None, held: int | None = None) -> str:
    """A cost per element as bytes, by the copy that was measured in the same processes.

    `whole`: the bytes of whole elements that it is called by, if it is such a copy; `held`: those
    that the interval holds, without telling them from others.
    """
    if whole is not None:
        return f"a copy of {whole} bytes per element ({words.number(copied)} measured)"
    if held is not None:
        told = f"cannot be told from a copy of {held} bytes per element"
        return f"{told} ({words.number(copied)} measured)"
    if copied.high < SMALL:
        return f"less than a copy of {words.counted(math.ceil(copied.high), 'byte')} per element"
    return f"no copy of whole elements (one of {words.span(copied)} bytes would take as long)"


def _farthest(one: Interval) -> float:
    return max(abs(one.low), abs(one.high))


def _faults(group: Sequence[Comparison]) -> Iterator[str]:
    """Page faults, where a side has some: they explain retained results and large ones."""
    for one in group:
        a = fmean(trial.faults_a for trial in one.trials)
        b = fmean(trial.faults_b for trial in one.trials)
        if max(a, b) >= 1.0:
            yield (
                f"page faults per call at {words.size(one)}: {words.side(one.sides[0])} {a:,.0f}, "
                f"{words.side(one.sides[1])} {b:,.0f} (huge pages: {one.huge_pages or 'unknown'})"
            )
