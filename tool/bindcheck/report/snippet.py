"""A source line with a caret under what a finding is about."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.findings import Finding
from bindcheck.report.sources import Sources
from bindcheck.report.style import Style, display_width

_TAB = "    "


def snippet(finding: Finding, sources: Sources, style: Style, width: int) -> Iterator[str]:
    """Three lines: margin, source line, carets. Nothing where the source is not at hand."""
    place = finding.location
    text = sources.line(place.path, place.line)
    if text is None:
        return
    end = place.end_column if place.end_line == place.line else len(text) + 1
    before, marked = text[: place.column - 1], text[place.column - 1 : end - 1].rstrip()
    after = text[place.column - 1 + len(marked) :]
    number = str(place.line)
    bar = style.paint("|", "blue", "bold")
    room = max(20, width - len(number) - 4)
    before, marked, after = _fit(_printable(before), _printable(marked), _printable(after), room)
    carets = "^" * max(1, display_width(marked))
    yield f"{' ' * len(number)} {bar}"
    yield f"{style.paint(number, 'blue', 'bold')} {bar} {before}{marked}{after}"
    indent = " " * display_width(before)
    yield f"{' ' * len(number)} {bar} {indent}{style.paint(carets, 'red', 'bold')}"


def _printable(text: str) -> str:
    """Tabs as blanks, control characters as `?`: a source must not drive the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text.replace("\t", _TAB))


def _fit(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """Cut a long line so that the marked part stays visible."""
    if display_width(before + marked + after) <= room:
        return before, marked, after
    indent = before[: len(before) - len(before.lstrip())]
    if display_width(before) > room // 2:
        before = indent[:8] + "..." + before[-(room // 4) :]
    left = max(8, room - display_width(before))
    if display_width(marked) > left:
        return before, marked[: left - 3] + "...", ""
    left -= display_width(marked)
    fits = display_width(after) <= left
    return before, marked, after if fits else after[: max(0, left - 3)] + "..."
