"""The benchmark on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.bench.outcome import Verdict
from bindcheck.report.bench import frame, past, view, words
from bindcheck.report.bench.unmeasured import TITLE, unmeasured_lines
from bindcheck.report.bench.view import BenchReport, Row, Series
from bindcheck.report.bench.words import wrapped
from bindcheck.report.style import Style, display_width, pad

_LOOKS = {
    Verdict.SLOWER: ("red", "bold"),
    Verdict.FASTER: ("cyan", "bold"),
    Verdict.SAME: ("green",),
    Verdict.UNDECIDED: ("yellow", "bold"),
}
_MARKS = {"fails": ("red", "bold"), past.UNCERTAIN: ("yellow", "bold")}
_NARROWEST = 60
_SIDE = 18
_COST = 3
_FLOORS = ("A/A", "finds")
_FIRST_FLOOR, _VERDICT = 4, 6


def to_text(report: BenchReport, style: Style, width: int = 100) -> str:
    """Head, a table for each series, what earlier results say, and a summary."""
    room = max(_NARROWEST, width)
    outcome = report.outcome
    parts = [_head(report, style, room)]
    parts += [_series(one, style, room) for one in view.series(report)]
    parts += [_phases(report, style, room), _gate(report, style, room), _foreign(report, room)]
    parts += [_troubles(report, style, room), _unmeasured(report, room)]
    parts.append([style.paint(line, "bold") for line in wrapped([frame.summary(outcome)], room)])
    text = "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"
    return text if style.unicode else words.plain(text)


def _head(report: BenchReport, style: Style, room: int) -> list[str]:
    outcome = report.outcome
    title = [style.paint(line, "bold") for line in wrapped([frame.headline(outcome)], room)]
    lines = [*frame.setting(outcome)]
    empty = frame.empty_calls(outcome)
    if empty is not None:
        lines.append(empty)
    lines += [f"note: {one}" for one in (*outcome.notes, *report.problems)]
    return [*title, *wrapped(lines, room)]


def _series(one: Series, style: Style, room: int) -> list[str]:
    """The table with its peers as columns where they fit, else with a table for each below."""
    title = f"{one.title}: {one.details}"
    lines = [style.paint(line, "bold") for line in wrapped([title], room)]
    beside = one.peers if _width(_columns(one, one.peers)) <= room else ()
    lines += [*_table(one, beside, style, room), *wrapped(past.below(one), room, "  ")]
    for peer in one.peers:
        told = past.below(peer)
        if peer in beside:
            told = tuple(f"against {peer.b}: {line}" for line in told)
        else:
            lines += _table(peer, (), style, room)
        lines += wrapped(told, room, "  ")
    return lines


def _columns(one: Series, peers: Sequence[Series]) -> list[list[str]]:
    """Titles and rows; what the controls found and what peers took beside."""
    heads = ["size", _end(one.a), _end(one.b), f"{_end(one.a)} over {_end(one.b)}"]
    heads += [*_FLOORS, "verdict"]
    for peer in peers:
        heads += [_end(peer.b), f"{_end(peer.a)} over {_end(peer.b)}"]
    return [heads, *([*_cells(row), *_beside(row, peers)] for row in one.rows)]


def _beside(row: Row, peers: Sequence[Series]) -> Iterator[str]:
    """What each peer took for a size, and what that says; blank where it has no result."""
    for peer in peers:
        match = peer.row(row.comparison.case.cells)
        yield "" if match is None else match.b
        yield "" if match is None else f"{match.cost} ({match.bounds}), {match.verdict}"


def _widths(columns: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*columns, strict=True)]


def _width(columns: Sequence[Sequence[str]]) -> int:
    """Of a table, with two blanks before each column."""
    widths = _widths(columns)
    return sum(widths) + 2 * len(widths)


def _table(one: Series, peers: Sequence[Series], style: Style, room: int) -> Iterator[str]:
    """The rows; what the controls found stands beside them where there is room."""
    columns = _columns(one, peers)
    without = not any(row.noise for row in one.rows)
    if without or _width(columns) > room:
        columns = [[*line[:_FIRST_FLOOR], *line[_VERDICT:]] for line in columns]
    widths = _widths(columns)
    verdict = len(columns[0]) - 1 - 2 * len(peers)
    yield style.paint(_line(columns[0], widths, verdict), "dim")
    for row, cells in zip(one.rows, columns[1:], strict=True):
        painted = style.paint(row.verdict, *_LOOKS[row.verdict])
        yield _line(cells, widths, verdict, painted)


def _cells(row: Row) -> list[str]:
    cost = f"{row.cost} ({row.bounds})"
    return [row.size, row.a, row.b, cost, row.noise, row.detectable, str(row.verdict)]


def _line(
    cells: Sequence[str], widths: Sequence[int], verdict: int, painted: str | None = None
) -> str:
    """Numbers to the right, costs with their intervals and verdicts to the left.

    `painted` takes the place of the verdict.
    """
    left = {_COST, verdict, *range(verdict + 2, len(cells), 2)}
    padded = [
        pad(cell, width, right=number not in left)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    if painted is not None:
        padded[verdict] = padded[verdict].replace(cells[verdict], painted, 1)
    return "  " + "  ".join(padded).rstrip()


def _short(name: str, room: int) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _end(name: str) -> str:
    """The end of a long name: the function rather than its package."""
    return name if len(name) <= _SIDE else f"…{name[1 - _SIDE :]}"


def _phases(report: BenchReport, style: Style, room: int) -> list[str]:
    if not report.outcome.phases:
        return []
    lines = [style.paint("phases of a Python call, from a build with measuring points", "bold")]
    for one in report.outcome.phases:
        told = ", ".join(f"{name} {ns}" for name, ns in frame.phase_rows(one))
        lines += wrapped([f"{one.case.name}: {told}"], room, "  ")
    return lines


def _gate(report: BenchReport, style: Style, room: int) -> list[str]:
    gate = report.gate
    if gate is None:
        return []
    lines = [style.paint(line, "bold") for line in wrapped([past.gate_title(gate)], room)]
    rows = list(past.gate_rows(gate))
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    names = min(widths[0], room - widths[1] - widths[2] - 6)
    for name, change, mark in rows:
        painted = style.paint(mark, *_MARKS.get(mark, ("green",)))
        shown = pad(_short(name, names), names)
        lines.append(f"  {shown}  {pad(change, widths[1])}  {painted}".rstrip())
    return [*lines, *wrapped((*past.gate_remarks(gate), past.gate_summary(gate)), room, "  ")]


def _foreign(report: BenchReport, room: int) -> list[str]:
    if not report.foreign:
        return []
    title = "times of other tools, each from a run of its own: for their history, not to compare"
    lines = [
        f"{one.name} ({', '.join(part for part in (one.tool, one.machine) if part)}): "
        f"{past.foreign_words(one)}"
        for one in report.foreign
    ]
    return [*wrapped([title], room), *wrapped(lines, room, "  ")]


def _troubles(report: BenchReport, style: Style, room: int) -> list[str]:
    lines = [f"no result: {one.cases}: {one.reason}" for one in frame.lost(report.outcome)]
    return [style.paint(line, "red") for line in wrapped(lines, room)]


def _unmeasured(report: BenchReport, room: int) -> list[str]:
    found = report.outcome.unmeasured
    lines = wrapped(unmeasured_lines(found), room, "  ")
    return [*wrapped([f"{TITLE}:"], room), *lines] if found else []
