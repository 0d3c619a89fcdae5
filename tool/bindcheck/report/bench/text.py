"""The benchmark on a terminal or in a pipe."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.bench.outcome import Verdict
from bindcheck.report.bench import frame, past, view, words
from bindcheck.report.bench.view import BenchReport, Row, Series
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
_TIED = "\N{NO-BREAK SPACE}"
_UNIT = re.compile(r"(?<=\d) (?=(?:%|s|ms|µs|ns)(?:\W|$))")


def to_text(report: BenchReport, style: Style, width: int = 100) -> str:
    """Head, a table for each series, what earlier results say, and a summary."""
    room = max(_NARROWEST, width)
    outcome = report.outcome
    parts = [_head(report, style, room)]
    parts += [_series(one, style, room) for one in view.series(report)]
    parts += [_phases(report, style, room), _gate(report, style, room), _foreign(report, room)]
    parts.append(_troubles(report, style, room))
    parts.append([style.paint(line, "bold") for line in _wrapped([frame.summary(outcome)], room)])
    text = "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"
    return text if style.unicode else words.plain(text)


def _head(report: BenchReport, style: Style, room: int) -> list[str]:
    outcome = report.outcome
    title = [style.paint(line, "bold") for line in _wrapped([frame.headline(outcome)], room)]
    lines = [*frame.setting(outcome)]
    empty = frame.empty_calls(outcome)
    if empty is not None:
        lines.append(empty)
    lines += [f"note: {one}" for one in (*outcome.notes, *report.problems)]
    return [*title, *_wrapped(lines, room)]


def _series(one: Series, style: Style, room: int) -> list[str]:
    title = f"{one.title}: {one.details}"
    lines = [style.paint(line, "bold") for line in _wrapped([title], room)]
    for each in (one, *one.peers):
        lines += [*_table(each, style, room), *_wrapped(past.below(each), room, "  ")]
    return lines


def _table(one: Series, style: Style, room: int) -> Iterator[str]:
    """The rows; what the controls found stands beside them where there is room."""
    a, b = _end(one.a), _end(one.b)
    heads = ["size", a, b, f"{a} over {b}", "A/A", "finds", "verdict"]
    columns = [heads, *map(_cells, one.rows)]
    widths = [max(map(display_width, column)) for column in zip(*columns, strict=True)]
    without = not any(row.noise for row in one.rows)
    if without or sum(widths) + 2 * len(widths) > room:
        columns = [[*column[:4], column[-1]] for column in columns]
        widths = [*widths[:4], widths[-1]]
    yield style.paint(_line(columns[0], widths), "dim")
    for row, cells in zip(one.rows, columns[1:], strict=True):
        line = _line(cells, widths).removesuffix(row.verdict)
        yield line + style.paint(str(row.verdict), *_LOOKS[row.verdict])


def _cells(row: Row) -> list[str]:
    cost = f"{row.cost} ({row.bounds})"
    return [row.size, row.a, row.b, cost, row.noise, row.detectable, str(row.verdict)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Numbers to the right, the cost with its interval and the verdict to the left."""
    left = (_COST, len(cells) - 1)
    padded = (
        pad(cell, width, right=number not in left)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
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
        lines += _wrapped([f"{one.case.name}: {told}"], room, "  ")
    return lines


def _gate(report: BenchReport, style: Style, room: int) -> list[str]:
    gate = report.gate
    if gate is None:
        return []
    lines = [style.paint(line, "bold") for line in _wrapped([past.gate_title(gate)], room)]
    rows = list(past.gate_rows(gate))
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    names = min(widths[0], room - widths[1] - widths[2] - 6)
    for name, change, mark in rows:
        painted = style.paint(mark, *_MARKS.get(mark, ("green",)))
        shown = pad(_short(name, names), names)
        lines.append(f"  {shown}  {pad(change, widths[1])}  {painted}".rstrip())
    left = (*(f"not compared: {one}" for one in gate.left_out), *gate.notes)
    return [*lines, *_wrapped((*left, past.gate_summary(gate)), room, "  ")]


def _foreign(report: BenchReport, room: int) -> list[str]:
    if not report.foreign:
        return []
    title = "times of other tools, each from a run of its own: for their history, not to compare"
    lines = [
        f"{one.name} ({', '.join(part for part in (one.tool, one.machine) if part)}): "
        f"{past.foreign_words(one)}"
        for one in report.foreign
    ]
    return [*_wrapped([title], room), *_wrapped(lines, room, "  ")]


def _troubles(report: BenchReport, style: Style, room: int) -> list[str]:
    lines = [f"no result: {one.cases}: {one.reason}" for one in frame.lost(report.outcome)]
    return [style.paint(line, "red") for line in _wrapped(lines, room)]


def _wrapped(lines: Iterable[str], room: int, indent: str = "") -> list[str]:
    """Lines cut at blanks; what has no blank may stand out, for a path must stay whole."""
    return [
        part.replace(_TIED, " ")
        for line in lines
        for part in textwrap.wrap(
            _UNIT.sub(_TIED, line),
            room,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
