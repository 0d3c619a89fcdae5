"""The benchmark as one page of HTML that needs nothing else: no network, no script."""

from __future__ import annotations

from bindcheck.bench import texts
from bindcheck.fact import fact
from bindcheck.render import render
from bindcheck.report.bench import frame, past, plots, view, words
from bindcheck.report.bench.plots import Bar, Plot
from bindcheck.report.bench.unmeasured import TITLE, unmeasured_lines
from bindcheck.report.bench.view import BenchReport, Row, Series

TEMPLATE = "report/bench.html.j2"


@fact
class _Line:
    """A row with its bar and what each peer took, in the order of the peers."""

    row: Row
    bar: Bar
    peers: tuple[Row | None, ...]


@fact
class _Past:
    """The history of one size."""

    size: str
    told: str
    plot: Plot


@fact
class _Section:
    """A series as the page shows it. `notes` come with the peer they are about, or none."""

    series: Series
    lines: tuple[_Line, ...]
    notes: tuple[tuple[str, str], ...]
    sweep: Plot | None
    history: tuple[_Past, ...]
    floors: bool


def to_html(report: BenchReport) -> str:
    """The whole page."""
    outcome = report.outcome
    return render(
        TEMPLATE,
        {
            "headline": frame.headline(outcome),
            "summary": frame.summary(outcome),
            "setting": frame.setting(outcome),
            "empty": frame.empty_calls(outcome),
            "notes": (*outcome.notes, *report.problems),
            "margin": texts.share(outcome.margin),
            "sections": [_section(one, outcome.margin) for one in view.series(report)],
            "gate": report.gate,
            "gate_title": "" if report.gate is None else past.gate_title(report.gate),
            "gate_rows": () if report.gate is None else tuple(past.gate_rows(report.gate)),
            "gate_summary": "" if report.gate is None else past.gate_summary(report.gate),
            "gate_remarks": () if report.gate is None else past.gate_remarks(report.gate),
            "lost": frame.lost(outcome),
            "unmeasured_title": TITLE,
            "unmeasured": tuple(unmeasured_lines(outcome.unmeasured)),
            "phases": [(one.case.name, frame.phase_rows(one)) for one in outcome.phases],
            "foreign": [(one, past.foreign_words(one)) for one in report.foreign],
        },
    )


def _section(series: Series, margin: float) -> _Section:
    rows = zip(series.rows, plots.bars(series, margin), strict=True)
    notes = [("", line) for line in past.below(series)]
    notes += [(peer.b, line) for peer in series.peers for line in past.below(peer)]
    drawn = ((trend, plots.past(trend)) for trend in series.trends)
    return _Section(
        series=series,
        lines=tuple(_line(row, bar, series) for row, bar in rows),
        notes=tuple(notes),
        sweep=plots.sweep(series),
        history=tuple(
            _Past(words.size(trend.newest), past.trend_words(trend), plot)
            for trend, plot in drawn
            if plot is not None
        ),
        floors=any(row.noise for row in series.rows),
    )


def _line(row: Row, bar: Bar, series: Series) -> _Line:
    cells = row.comparison.case.cells
    return _Line(row, bar, tuple(peer.row(cells) for peer in series.peers))
