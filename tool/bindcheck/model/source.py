"""Places, attributes and types as written in a source file."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import partial
from itertools import accumulate, chain, count
from operator import add
from typing import Any, NamedTuple

from bindcheck.model.fact import fact


class Span(NamedTuple):
    """Half-open byte range in one file."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Whether `other` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share a byte."""
        return self.start < other.end and other.start < self.end


NOWHERE = Span(0, 0)

make_span: Callable[[tuple[int, int]], Span] = partial(tuple.__new__, Span)
"""`Span(start, end)` of a tuple in half the time; bodies are made of hundreds of thousands."""

_SHARED = 1 << 18
"""Offsets below it may be kept once: longer files are few."""
_BEHIND = 64
"""What is added to texts where they are parsed."""
_OFTEN = 100
"""From so many places on it is cheaper to know the starts of all lines."""
_FILE_BITS = 32
_LEVEL_BITS = 16
_INSIDE_BITS = 3 * _LEVEL_BITS
_FILE = (1 << _FILE_BITS) - 1
_INSIDE = (1 << _INSIDE_BITS) - 1
_LEVEL = (1 << _LEVEL_BITS) - 1


class _AsTheyAre:
    """Offsets that nobody shares."""

    def __getitem__(self, offset: int) -> int:
        return offset


Offsets = list[int] | _AsTheyAre
AS_THEY_ARE = _AsTheyAre()
_OFFSETS: list[int] = []


def share_offsets(longest: int) -> None:
    """From now on have the numbers of places in files up to this length be kept once.

    A large crate is made of hundreds of thousands of places in the first hundred thousand bytes of
    files. For a few files it is not worth it.
    """
    _OFFSETS.extend(range(len(_OFFSETS), min(longest, _SHARED) + _BEHIND))


def offsets_of(start: int, end: int) -> Offsets:
    """What gives for each offset from `start` to `end` the number to keep."""
    return _OFFSETS if start >= 0 and end < len(_OFFSETS) else AS_THEY_ARE


def expansion_base(call: Span) -> int | None:
    """What is added to the offsets (below 65536) of the text that a macro call stands for.

    The sum lies behind every file and tells the place of the call. A call within an expansion has
    one, too, and so has a call within that; a call still deeper has none.
    """
    if call.start <= _FILE:
        return ((call.start << _FILE_BITS) | call.end) << _INSIDE_BITS
    inside = call.start & _INSIDE
    level = 2 if inside >> _LEVEL_BITS else 1
    if inside >> (2 * _LEVEL_BITS):
        return None
    return (call.start & ~_LEVEL) | (((inside & _LEVEL) + 1) << (level * _LEVEL_BITS))


def is_expanded(span: Span) -> bool:
    """Whether a span lies in text that a macro call stands for."""
    return span.start > _FILE


def in_source(span: Span) -> Span:
    """The span itself or, in text that a macro call stands for, that of the call."""
    if span.start <= _FILE:
        return span
    call = span.start >> _INSIDE_BITS
    return Span(call >> _FILE_BITS, call & _FILE)


@fact
class LineIndex:
    """Byte offset to line and character column, without the text.

    `starts` holds the byte offset of each line. `wide` holds, for lines with characters of more
    than one byte, the byte offsets (from the start of the line) of every continuation byte.
    """

    starts: Sequence[int]
    wide: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: bytes) -> LineIndex:
        """Index `source`, which must be UTF-8."""
        # The lines of a large crate are half a million: numbers of four bytes, made at one go.
        ends_of_lines = accumulate(map(len, source.split(b"\n")[:-1]))
        starts = array("I", chain((0,), map(add, ends_of_lines, count(1))))
        if source.isascii():
            return cls(starts)
        ends = [*starts[1:], len(source)]
        wide: dict[int, tuple[int, ...]] = {}
        for line, (start, end) in enumerate(zip(starts, ends, strict=True)):
            text = source[start:end]
            if not text.isascii():
                wide[line] = tuple(i for i, byte in enumerate(text) if byte & 0xC0 == 0x80)
        return cls(starts, wide)

    def position(self, byte: int) -> tuple[int, int]:
        """1-based line and 1-based character column of a byte offset."""
        line = bisect_right(self.starts, byte) - 1
        column = byte - self.starts[line]
        hidden = self.wide.get(line)
        if hidden:
            column -= sum(1 for offset in hidden if offset <= column)
        return line + 1, column + 1


class LateLines(LineIndex):
    """The same of a text that is there: few files are asked for more than a few places."""

    __slots__ = ("_asked", "_source")

    def __init__(self, source: bytes):
        self._source = source
        self._asked = 0

    def __getattr__(self, name: str) -> Any:
        if name not in ("starts", "wide"):
            raise AttributeError(name)
        whole = LineIndex.of(self._source)
        for part in ("starts", "wide"):
            setattr(self, part, getattr(whole, part))
        return getattr(self, name)

    def position(self, byte: int) -> tuple[int, int]:
        """1-based line and 1-based character column of a byte offset."""
        self._asked += 1
        if self._asked > _OFTEN:
            return LineIndex.position(self, byte)
        start = self._source.rfind(b"\n", 0, byte) + 1
        text = self._source[start : byte + 1]
        hidden = 0 if text.isascii() else sum(one & 0xC0 == 0x80 for one in text)
        return self._source.count(b"\n", 0, byte) + 1, byte - start - hidden + 1


@fact
class Origins:
    """Where a text that stands behind a file comes from: stretches of the file."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    places: tuple[int, ...] = ()

    def at(self, offset: int) -> int:
        """The place in the file of an offset: itself in what is not behind it."""
        if not self.starts or offset < self.starts[0]:
            return offset
        index = bisect_right(self.starts, offset) - 1
        return self.places[index] + min(offset, self.ends[index]) - self.starts[index]


class MadeLines(LateLines):
    """The lines of a file with a text behind it, which stands where it comes from."""

    __slots__ = ("origins",)

    def __init__(self, source: bytes, origins: Origins):
        super().__init__(source)
        self.origins = origins

    def position(self, byte: int) -> tuple[int, int]:
        """1-based line and 1-based character column of a byte offset."""
        return super().position(self.origins.at(byte))


@fact
class Cfg:
    """A `cfg` predicate.

    `op` is `all`, `any` or `not` (with `args`), or `flag` (`name`, `value` for `name = "value"`).
    A predicate that cannot be read is a flag named `?`, which is never decided.
    """

    op: str
    name: str = ""
    value: str | None = None
    args: tuple[Cfg, ...] = ()

    def __str__(self) -> str:
        if self.op == "flag":
            return self.name if self.value is None else f'{self.name} = "{self.value}"'
        return f"{self.op}({', '.join(map(str, self.args))})"


@fact
class Attribute:
    """`#[path(tokens)]` or `#[path = tokens]`; `tokens` is the text inside, outer parentheses cut.

    `cfg_attr(predicate, attribute)` is given as the inner attribute with `cfg` set.
    """

    path: str
    tokens: str
    span: Span
    cfg: tuple[Cfg, ...] = ()


@fact
class TypeRef:
    """A type as written.

    `kind` is `path`, `ref`, `slice`, `array`, `tuple`, `ptr`, `fn`, `impl`, `dyn`, `never`,
    `infer` or `other`. For `path`, `name` is the last segment, `path` the whole (`numpy::PyArray1`)
    and `args` the generic arguments without lifetimes. For `ref`, `ptr`, `slice` and `array`,
    `args[0]` is the target. `text` is the source with white space folded.
    """

    text: str
    kind: str = "path"
    name: str = ""
    path: str = ""
    args: tuple[TypeRef, ...] = ()
    mutable: bool = False

    def walk(self) -> Iterator[TypeRef]:
        """This type and all types inside it, outermost first."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def names(self) -> set[str]:
        """Last path segments of this type and all inside it."""
        return {part.name for part in self.walk() if part.name}

    def peel(self) -> TypeRef:
        """The type behind references."""
        return self.args[0].peel() if self.kind == "ref" and self.args else self


UNIT = TypeRef("()", "tuple")
