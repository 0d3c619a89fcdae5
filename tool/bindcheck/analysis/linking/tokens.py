"""Rust token text inside attributes and macros: split where it may be split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

_PART = re.compile(
    r"""
      r\#*"                                  # raw string, closed below
    | b?"(?:[^"\\]|\\.)*"                    # string
    | b?'(?:[^'\\]|\\.[^']*)'                # character
    | //[^\n]* | /\*.*?\*/
    | =>|->|<=|>=
    | [()\[\]{}<>]
    | [A-Za-z_]\w*
    | \d[\w.]*
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN = {"(": ")", "[": "]", "{": "}"}


def lexemes(text: str) -> Iterator[tuple[str, int]]:
    """Pieces of token text with their offsets; strings and comments are one piece each."""
    if 'r"' not in text and "r#" not in text:
        yield from [(match[0], match.start()) for match in _PART.finditer(text)]
        return
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        assert match is not None  # the last alternative takes any character
        end = match.end()
        if match[0].startswith("r") and match[0].endswith('"') and match[0].strip("r#") == '"':
            closing = '"' + "#" * match[0].count("#")
            found = text.find(closing, end)
            end = len(text) if found < 0 else found + len(closing)
        yield text[at:end], at
        at = end


def split_top(text: str, separator: str = ",") -> list[str]:
    """Parts between separators that stand outside brackets and strings, stripped; none is empty."""
    parts = [""]
    depth = 0
    for piece, _ in lexemes(text):
        if piece.startswith(("//", "/*")):
            continue
        depth += _depth(piece)
        if piece == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]


def _depth(piece: str) -> int:
    if piece in _OPEN:
        return 1
    return -1 if piece in _OPEN.values() else 0


@lru_cache(maxsize=8192)
def options(text: str) -> Mapping[str, str]:
    """`name = "x", signature = (a, b), frozen` as a mapping; a bare word has the value `""`.

    A word with a list (`args(..)`) has the text inside the parentheses.
    """
    found: dict[str, str] = {}
    for part in split_top(text):
        key, equals, value = part.partition("=")
        called = re.match(r"^(\w+)\s*\((.*)\)$", part, re.DOTALL)
        if called and (not equals or "(" in key):
            found.setdefault(called[1], called[2])
        else:
            found.setdefault(key.strip(), value.strip())
    return found


def unquoted(text: str) -> str:
    """The text of a string literal; other text unchanged."""
    match = re.match(r'^(?:b|c)?"((?:[^"\\]|\\.)*)"$|^r(#*)"(.*)"\2$', text, re.DOTALL)
    if match is None:
        return text
    return match[1] if match[1] is not None else match[3]
