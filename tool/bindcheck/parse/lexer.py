"""Rust tokens by a regular expression: enough for attributes, comparisons and macro hints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_TOKEN = re.compile(
    rb"""
      (?P<space>\s+|//[^\n]*)
    | (?P<comment>/\*)
    | (?P<raw>(?:br|cr|r)(?P<hashes>\#*)".*?"(?P=hashes))
    | (?P<string>[bc]?"(?:[^"\\]|\\.)*")
    | (?P<char>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\\x80-\xff]|[\xc0-\xff][\x80-\xbf]+)')
    | (?P<lifetime>'(?:[^\W\d]|[\x80-\xff])(?:\w|[\x80-\xff])*)
    | (?P<number>[0-9][0-9a-zA-Z_]*(?:\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]+)?[a-z0-9]*)?)
    | (?P<name>(?:r\#)?(?:[^\W\d]|[\x80-\xff])(?:\w|[\x80-\xff])*)
    | (?P<mark>::|->|=>|\.\.[.=]?|[=!<>]=|&&|\|\||<<=|>>=|<<|>>|[-+*/%^&|]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(rb"/\*|\*/")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_PAIRS.values())


def comment_end(source: bytes, start: int) -> int:
    """Where the (possibly nested) block comment that opens at `start` ends, if only at the end."""
    end = comment_close(source, start)
    return len(source) if end < 0 else end


def comment_close(source: bytes, start: int) -> int:
    """Behind the mark that closes the block comment at `start`, -1 if none does."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(source, start):
        depth += 1 if edge.group() == b"/*" else -1
        if depth == 0:
            return edge.end()
    return -1


def skip_blank(source: bytes, start: int) -> int:
    """The first byte at or behind `start` that is neither white space nor comment."""
    at = start
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup not in ("space", "comment"):
            return at
        at = comment_end(source, at) if match.lastgroup == "comment" else match.end()
    return at


def spans(source: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Byte ranges of the tokens of `source[start:end]`, without comments and white space."""
    at, stop = start, len(source) if end is None else end
    while at < stop:
        match = _TOKEN.match(source, at, stop)
        if match is None:
            return
        if match.lastgroup == "comment":
            at = comment_end(source, at)
            continue
        if match.lastgroup != "space":
            yield match.span()
        at = match.end()


def tokens(source: bytes) -> tuple[str, ...]:
    """The tokens of Rust code, without comments (doc comments included) and white space.

    Two texts with equal tokens are the same program, whatever their layout. Code that does not
    lex is cut into single characters rather than refused.
    """
    return tuple(source[a:b].decode("utf-8", "replace") for a, b in spans(source))


def split(parts: Sequence[str], mark: str = ",") -> list[list[str]]:
    """Cut tokens at each `mark` outside brackets; an empty last piece is left out."""
    pieces: list[list[str]] = [[]]
    depth = 0
    for part in parts:
        if part in _PAIRS:
            depth += 1
        elif part in _CLOSING:
            depth -= 1
        if part == mark and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(part)
    return pieces if pieces[-1] else pieces[:-1]


def inside(parts: Sequence[str]) -> list[str] | None:
    """The tokens between the brackets, if `parts` is one bracketed group."""
    if len(parts) < 2 or _PAIRS.get(parts[0]) != parts[-1]:
        return None
    depth = 0
    for at, part in enumerate(parts):
        depth += (part in _PAIRS) - (part in _CLOSING)
        if depth == 0:
            return list(parts[1:-1]) if at == len(parts) - 1 else None
    return None


def unquote(literal: str) -> str | None:
    """The value of a string literal, None for anything else. Escapes are resolved."""
    raw = re.fullmatch(r'(?:br|cr|r)(#*)"(.*)"\1', literal, re.DOTALL)
    if raw:
        return raw.group(2)
    plain = re.fullmatch(r'[bc]?"(.*)"', literal, re.DOTALL)
    return _ESCAPE.sub(_unescape, plain.group(1)) if plain else None


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F_]+)\}|x([0-9a-fA-F]{2})|\r?\n\s*|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code:
        value = int(code.replace("_", "") or "0", 16)
        return chr(value) if value < 0x110000 else "\ufffd"
    letter = match.group(3) or ""
    return _SIMPLE.get(letter, letter)
