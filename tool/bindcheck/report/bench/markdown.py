"""The benchmark as Markdown: a comment on a pull request, or a part of a document."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.bench.outcome import Verdict
from bindcheck.report.bench import frame, past, view, words
from bindcheck.report.bench.unmeasured import TITLE, unmeasured_lines
from bindcheck.report.bench.view import BenchReport, Row, Series
from bindcheck.report.marks import code, escaped, grid

# A comment on GitHub holds 65,536 characters.
_ROOM = 60_000


def to_markdown(report: BenchReport) -> str:
    """Summary, gate, a table for each series, and how it was measured; cut to a comment's size."""
    head = [f"## {escaped(frame.headline(report.outcome))}", ""]
    head += [f"**{escaped(frame.summary(report.outcome))}**", ""]
    head += [*_troubles(report), *_gate(report)]
    foot = [*_phases(report), *_foreign(report), *_unmeasured(report), *_method(report)]
    room = _ROOM - sum(len(line) + 1 for line in (*head, *foot)) - 200
    body: list[str] = []
    found = view.series(report)
    for number, one in enumerate(found):
        lines = list(_series(one))
        room -= sum(len(line) + 1 for line in lines)
        if room < 0:
            left = words.counted(len(found) - number, "more table")
            body += [f"{left} left out: too long for this report.", ""]
            break
        body += lines
    return "\n".join((*head, *body, *foot)).rstrip("\n") + "\n"


def _series(one: Series) -> Iterator[str]:
    yield f"### {escaped(one.title)}"
    yield ""
    yield escaped(one.details)
    yield ""
    over = f"{one.a} over {one.b}"
    titles = ["size", one.a, one.b, over, "95 % interval", "A/A", "finds", "verdict"]
    for peer in one.peers:
        titles += [peer.b, f"{peer.a} over {peer.b}"]
    yield from grid([escaped(title) for title in titles], (_row(row, one) for row in one.rows))
    for line in past.below(one):
        yield f"- {escaped(line)}"
    for peer in one.peers:
        for line in past.below(peer):
            yield f"- against {escaped(peer.b)}: {escaped(line)}"
    yield ""


def _row(row: Row, series: Series) -> tuple[str, ...]:
    cells = [row.size, row.a, row.b, row.cost, row.bounds, row.noise, row.detectable]
    cells.append(_verdict(row))
    for peer in series.peers:
        match = peer.row(row.comparison.case.cells)
        if match is None:
            cells += ["", ""]
        else:
            cells += [match.b, f"{match.cost} ({match.bounds}), {_verdict(match)}"]
    return tuple(cells)


def _verdict(row: Row) -> str:
    different = row.verdict in (Verdict.SLOWER, Verdict.FASTER)
    return f"**{row.verdict}**" if different else str(row.verdict)


def _gate(report: BenchReport) -> Iterator[str]:
    gate = report.gate
    if gate is None:
        return
    yield f"### {escaped(past.gate_title(gate))}"
    yield ""
    rows = (
        (escaped(name), change, f"**{mark}**" if mark == "fails" else mark)
        for name, change, mark in past.gate_rows(gate)
    )
    yield from grid(("case", "change", ""), rows)
    for line in (*past.gate_remarks(gate), past.gate_summary(gate)):
        yield f"- {escaped(line)}"
    yield ""


def _troubles(report: BenchReport) -> Iterator[str]:
    for one in frame.lost(report.outcome):
        yield f"- **no result**: {escaped(one.cases)}: {escaped(one.reason)}"
    if report.outcome.troubles:
        yield ""


def _unmeasured(report: BenchReport) -> Iterator[str]:
    found = report.outcome.unmeasured
    if found:
        yield f"<details><summary>{TITLE}</summary>"
        yield ""
        yield from (f"- {escaped(line)}" for line in unmeasured_lines(found))
        yield ""
        yield "</details>"
        yield ""


def _phases(report: BenchReport) -> Iterator[str]:
    found = report.outcome.phases
    if not found:
        return
    yield "### phases of a Python call"
    yield ""
    names = [name for name, _ in frame.phase_rows(found[0])]
    rows = ((code(one.case.name), *(ns for _, ns in frame.phase_rows(one))) for one in found)
    yield from grid(("case", *names), rows)


def _foreign(report: BenchReport) -> Iterator[str]:
    if not report.foreign:
        return
    yield "### times of other tools"
    yield ""
    yield "Each from a run of its own: for their history, not to compare."
    yield ""
    rows = (
        (code(one.name), escaped(one.tool), escaped(past.foreign_words(one)))
        for one in report.foreign
    )
    yield from grid(("benchmark", "tool", "time"), rows)


def _method(report: BenchReport) -> Iterator[str]:
    outcome = report.outcome
    yield "<details><summary>How it was measured</summary>"
    yield ""
    empty = frame.empty_calls(outcome)
    lines = [*frame.setting(outcome), *([] if empty is None else [empty])]
    for line in (*lines, *outcome.notes, *report.problems):
        yield f"- {escaped(line)}"
    yield ""
    yield "</details>"
