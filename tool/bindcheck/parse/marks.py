"""A reading position in a masked source: where attributes, heads and bodies end."""

from __future__ import annotations

import re

from bindcheck.model import Attribute, Cfg, Span
from bindcheck.parse.late import Source, Stretch
from bindcheck.parse.mask import brackets, closing, unpaired
from bindcheck.parse.preludes import NOTHING, Prelude, read_prelude
from bindcheck.parse.signatures import Place

_BEFORE = re.compile(rb"(?:\s++|#\[[^\[\]]*+\])*+")
_SPACE = re.compile(rb"\s*")
_ATTRIBUTE = re.compile(rb"#\[[^\[\]]*\]")
_HEAD = re.compile(rb"[^{};]*")
_PAIRS = {
    b"(": re.compile(rb"[()]"),
    b"[": re.compile(rb"[\[\]]"),
    b"{": re.compile(rb"[{}]"),
}


class Odd(Exception):
    """Something that is not skimmed."""


def after_space(code: bytes, at: int) -> int:
    """The first byte at or behind `at` that is no white space."""
    space = _SPACE.match(code, at)
    return at if space is None else space.end()


class Marks:
    """Finds where the parts of items end. What is not where it should be is Odd."""

    def __init__(self, source: Source, code: bytes):
        self.source = source
        self.code = code

    def after_attributes(self, at: int) -> int:
        """The first byte behind white space and attributes."""
        code = self.code
        plain = _BEFORE.match(code, at)
        at = at if plain is None else plain.end()
        while code.startswith(b"#", at):
            at = self._attribute_end(at)
            at = after_space(code, at)
        return at

    def _attribute_end(self, at: int) -> int:
        code = self.code
        plain = _ATTRIBUTE.match(code, at)
        if plain is not None:
            return plain.end()
        if not code.startswith(b"#[", at):
            raise Odd
        return self.group_end(at + 1)

    def group_end(self, at: int) -> int:
        """Behind the bracket that closes the one at `at`."""
        code = self.code
        opening = code[at : at + 1]
        pair = _PAIRS.get(opening)
        if pair is None:
            raise Odd
        depth = 0
        for mark in pair.finditer(code, at):
            depth += 1 if mark.group() == opening else -1
            if depth == 0:
                return mark.end()
        raise Odd

    def inner(self, at: int) -> tuple[tuple[Attribute, ...], tuple[Cfg, ...], int]:
        """The attributes `#![..]` at the start of a file or module, and where they end."""
        code = self.code
        attrs: list[Attribute] = []
        cfg: list[Cfg] = []
        while True:
            start = after_space(code, at)
            if not code.startswith(b"#![", start):
                return tuple(attrs), tuple(cfg), at
            at = self.group_end(start + 2)
            written = read_prelude(b"#" + self.source.source[start + 2 : at])
            if written is None:
                raise Odd
            span = Span(start, at)
            attrs += [
                Attribute(path, tokens, span, on) for (path, tokens, on), _, _ in written.attrs
            ]
            cfg += written.cfg

    def prelude(self, begin: int, at: int) -> Prelude:
        """Attributes and comments between two bytes."""
        text = self.source.source[begin:at]
        if not text or text.isspace():
            return NOTHING
        prelude = read_prelude(text)
        if prelude is None:
            raise Odd
        return prelude

    def stop(self, at: int) -> int:
        """Where a head ends: at the brace or semicolon behind it."""
        code, start = self.code, at
        while True:
            at = _HEAD.match(code, at).end()  # type: ignore[union-attr]
            head = code[start:at]
            even = head.count(b"[") == head.count(b"]") and head.count(b"(") == head.count(b")")
            if even or not code.startswith(b";", at):
                break
            at += 1
        arrows = head.count(b"->") + head.count(b"=>")
        if not even or head.count(b"<") + arrows != head.count(b">") or code[at : at + 1] == b"}":
            raise Odd
        return at

    def closing(self, opening: int, at: int) -> int:
        """Where the brace at `opening` closes, of an item that starts at `at`."""
        code = self.code
        indent = code[code.rfind(b"\n", 0, at) + 1 : at]
        end = closing(code, opening, indent if not indent or indent.isspace() else b"")
        if end < 0:
            raise Odd
        return end

    def semicolon(self, at: int) -> int:
        """Behind the semicolon that ends the item at `at`."""
        code, start, left = self.code, at, b""
        while True:
            at = code.find(b";", start)
            if at < 0:
                raise Odd
            left = unpaired(left + brackets(code[start:at]))
            if not left:
                return at + 1
            start = at + 1

    def stretch(
        self, begin: int, at: int, name: tuple[int, int], end: int, place: Place, stop: int = -1
    ) -> Stretch:
        """The place of an item."""
        head = slice(at, end if stop < 0 else stop)
        plain = self.source.source[head] == self.code[head]
        known = self.source.text.offsets
        return Stretch(
            self.source,
            place,
            self.prelude(begin, at),
            known[begin],
            known[at],
            known[name[0]],
            known[name[1]],
            stop if stop < 0 else known[stop],
            known[end],
            plain,
        )
