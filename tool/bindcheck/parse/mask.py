"""A source with its literals and comments blanked: what is left of brackets and words is code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindcheck.parse import lexer

BLANK = b"\x01"
"""What stands for each byte of a string or character literal; comments become spaces."""

_CHAR = (
    rb"'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|[^xu])|[^'\\\n\r\t\x80-\xff]|[\xc0-\xff][\x80-\xbf]+)'"
)
_LITERAL = re.compile(rb'//[^\n]*|/\*|"[^"\\]*(?:\\.[^"\\]*)*"|' + _CHAR, re.DOTALL)
_RAW = re.compile(rb'(?<![0-9A-Za-z_\x80-\xff])(?:br|cr|r)(#*)"')
_MARKS = (b'"', b"'", b"//")
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") | {*range(128, 256)}
_BRACE = re.compile(rb"[{}]")
_NO_BRACKET = bytes(set(range(256)) - set(b"()[]{}"))
_NO_BRACE = bytes(set(range(256)) - set(b"{}"))


def mask(source: bytes) -> bytes | None:
    """`source` with blanked literals and comments, byte for byte as long; None if it does not lex.

    A lifetime stays as it is. Brackets of the result pair up, or it is None as well.
    """
    if BLANK in source or b"\0" in source:
        return None
    simple = b"/*" not in source and not _has_raw(source)
    code = _simply(source) if simple else _carefully(source)
    whole = code is not None and _is_whole(code) and not unpaired(brackets(code))
    return code if whole else None


def _simply(source: bytes) -> bytes | None:
    """Blank what is neither raw nor nested. Marks are sparse: plain searches find them fastest."""
    parts: list[bytes] = []
    at, end = 0, len(source)
    quote, tick, comment = (_next(source, mark, 0) for mark in _MARKS)
    while (start := min(quote, tick, comment)) < end:
        if start == comment:
            stop = _next(source, b"\n", start)
            parts += [source[at:start], b" " * (stop - start)]
        else:
            literal = _LITERAL.match(source, start)
            if literal is None and start == quote:
                return None
            if literal is None:
                tick = _next(source, b"'", start + 1)
                continue
            stop = literal.end()
            parts += [source[at:start], BLANK * (stop - start)]
        at = stop
        quote = quote if quote >= stop else _next(source, b'"', stop)
        tick = tick if tick >= stop else _next(source, b"'", stop)
        comment = comment if comment >= stop else _next(source, b"//", stop)
    parts.append(source[at:])
    return b"".join(parts)


def _next(source: bytes, mark: bytes, at: int) -> int:
    """Where a mark stands next, or the end."""
    found = source.find(mark, at)
    return len(source) if found < 0 else found


def _has_raw(source: bytes) -> bool:
    """Whether something may be a raw string; a string that ends like one is not told apart."""
    for mark in (b'r"', b"r#"):
        at = source.find(mark)
        while at >= 0:
            if _RAW.match(source, at) or (at and _RAW.match(source, at - 1)):
                return True
            at = source.find(mark, at + 1)
    return False


def _carefully(source: bytes) -> bytes | None:
    """Like a plain substitution, with raw strings and nested comments."""
    parts: list[bytes] = []
    at = 0
    raw = _RAW.search(source)
    while True:
        literal = _LITERAL.search(source, at)
        if raw is not None and raw.start() < at:
            raw = _RAW.search(source, at)
        if literal is None and raw is None:
            return b"".join((*parts, source[at:]))
        start, end = _first(source, literal, raw)
        if end < 0:
            return None
        blank = b" " if source.startswith(b"/", start) else BLANK
        parts += [source[at:start], blank * (end - start)]
        at = end


def _first(
    source: bytes, literal: re.Match[bytes] | None, raw: re.Match[bytes] | None
) -> tuple[int, int]:
    """Where the first of two literals stands; its end is -1 when it has none."""
    if literal is None or (raw is not None and raw.start() < literal.start()):
        assert raw is not None
        return raw.start(), _raw_end(source, raw)
    if literal.group() != b"/*":
        return literal.span()
    return literal.start(), lexer.comment_close(source, literal.start())


def _raw_end(source: bytes, raw: re.Match[bytes]) -> int:
    closing = b'"' + raw.group(1)
    at = source.find(closing, raw.end())
    return at if at < 0 else at + len(closing)


def _is_whole(code: bytes) -> bool:
    """Whether no quote is left but those of lifetimes."""
    if b'"' in code or code.endswith(b"'"):
        return False
    at = code.find(b"'")
    while at >= 0:
        if code[at + 1] not in _LETTERS:
            return False
        at = code.find(b"'", at + 1)
    return True


def brackets(code: bytes) -> bytes:
    """The brackets of a piece of a mask."""
    return code.translate(None, _NO_BRACKET)


def unpaired(marks: bytes, pairs: Sequence[bytes] = (b"()", b"[]", b"{}")) -> bytes:
    """What is left of brackets when the pairs are taken away, the innermost first."""
    while marks:
        left = marks
        for pair in pairs:
            left = left.replace(pair, b"")
        if len(left) == len(marks):
            break
        marks = left
    return marks


def closing(code: bytes, opening: int, indent: bytes) -> int:
    """Where the brace at `opening` closes, in a mask.

    `indent` is that of the item: the brace is expected at the start of a line so indented.
    """
    at = code.find(b"\n" + indent + b"}", opening)
    if at >= 0:
        at += 1 + len(indent)
        if not unpaired(code[opening + 1 : at].translate(None, _NO_BRACE), (b"{}",)):
            return at
    depth = 0
    for brace in _BRACE.finditer(code, opening):
        depth += 1 if brace.group() == b"{" else -1
        if depth == 0:
            return brace.start()
    return -1
