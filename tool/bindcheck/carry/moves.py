"""Where the bytes of a file have gone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import TypeVar, cast

from bindcheck.carry.alignment import Alignment
from bindcheck.carry.anew import Unmoved
from bindcheck.fact import field_names, is_fact
from bindcheck.findings import Edit, Location
from bindcheck.model import LineIndex, Span

T = TypeVar("T")


class Moves:
    """Pairs of stretches of the old and the new text with the same code.

    `kept` are old stretches with their new starts, in source order; bytes between them are lost.
    `altered` are old stretches in which the code is another one now, `restated` the functions that
    somebody has read and whose code is another one now, `retold` questions about the text (see
    `Text`) that may have other answers now. `functions` tells which have come or gone,
    `bodies` are all bodies with another code, where they were and where they are.
    """

    def __init__(
        self,
        old: bytes,
        new: bytes,
        kept: Iterable[tuple[Span, int]],
        altered: Iterable[Span],
        restated: Iterable[int] = (),
        retold: Iterable[Hashable] = (),
        functions: Alignment | None = None,
        bodies: Iterable[tuple[Span, Span]] = (),
    ):
        self.old = old
        self.new = new
        self._kept = list(kept)
        self._starts = [span.start for span, _ in self._kept]
        self._ends = [span.end for span, _ in self._kept]
        self._altered = list(altered)
        self.restated = frozenset(restated)
        self.retold = frozenset(retold)
        self.functions = functions if functions is not None and functions.differs else None
        self.bodies = tuple(bodies)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has asked for anything that is another now."""
        return not (self.restated or self.retold or self.functions)

    def location(self, place: Location) -> Location:
        """The same place in the new text. Raises Unmoved."""
        start = _byte(self.old, self._old_lines, place.line, place.column)
        end = _byte(self.old, self._old_lines, place.end_line, place.end_column)
        span = self.span(Span(start, end))
        lines = self._new_lines
        return Location(place.path, *lines.position(span.start), *lines.position(span.end))

    def edit(self, edit: Edit) -> Edit:
        """The same edit of the new text. Raises Unmoved."""
        span = self.span(Span(edit.start_byte, edit.end_byte))
        return Edit(edit.path, span.start, span.end, edit.text)

    def span(self, span: Span) -> Span:
        """The same stretch of the new text. Raises Unmoved if something in it is not the same."""
        if any(span.overlaps(one) for one in self._altered):
            raise Unmoved
        start = self._start(span.start)
        return Span(start, start if span.start == span.end else self._end(span.end))

    def _start(self, at: int) -> int:
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            raise Unmoved
        span, new = self._kept[index]
        if at > span.end:
            raise Unmoved
        return new + at - span.start

    def _end(self, at: int) -> int:
        index = bisect_left(self._ends, at)
        if index == len(self._kept) or at < self._kept[index][0].start:
            raise Unmoved
        span, new = self._kept[index]
        return new + at - span.start

    @cached_property
    def _old_lines(self) -> LineIndex:
        return LineIndex.of(self.old)

    @cached_property
    def _new_lines(self) -> LineIndex:
        return LineIndex.of(self.new)


def moved(value: T, moves: Moves) -> T:
    """Plain data with its spans and edits where they are now. Raises Unmoved."""
    return cast("T", _moved(value, moves))


def _moved(value: object, moves: Moves) -> object:
    kind = type(value)
    if isinstance(value, Span):
        return moves.span(value)
    if isinstance(value, Edit):
        return moves.edit(value)
    if isinstance(value, tuple) and kind is tuple:
        return tuple(_moved(one, moves) for one in value)
    if is_fact(kind):
        return kind(*(_moved(getattr(value, name), moves) for name in field_names(kind)))
    return value


def _byte(text: bytes, lines: LineIndex, line: int, column: int) -> int:
    """The offset of a 1-based line and character column."""
    if not 1 <= line <= len(lines.starts):
        raise Unmoved
    start = lines.starts[line - 1]
    if line - 1 not in lines.wide:
        return start + column - 1
    stop = lines.starts[line] if line < len(lines.starts) else len(text)
    return start + len(text[start:stop].decode()[: column - 1].encode())
