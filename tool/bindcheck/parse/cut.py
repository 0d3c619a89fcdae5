"""Test modules, found before parsing: a third of a file that nothing looks at."""

from __future__ import annotations

import re

from bindcheck.model import Span

_MARK = b"#[cfg(test)]"
_TEST_MODULE = re.compile(
    rb"(?P<indent>\ *)\#\[cfg\(test\)\]\r?\n"
    rb"(?:(?P=indent)(?:\#\[|//)[^\n]*\n)*"
    rb"(?P=indent)(?:pub(?:\([^)\n]*\))?\ )?mod\ \w+\ (?P<open>\{)\r?\n",
    re.VERBOSE,
)
_STEP = re.compile(
    rb"""[{}]|"(?:[^"\\]|\\.)*"|//[^\n]*|'(?:\\.[^'\n]*|[^\\'\n]{1,4})'""", re.DOTALL
)
_HARD = re.compile(rb'\br#*"|/\*')


def test_modules(source: bytes) -> tuple[Span, ...]:
    """The bodies of `#[cfg(test)] mod name { .. }`, braces included.

    Sees only modules laid out as rustfmt does, and none whose braces do not pair up: what is not
    found is parsed like the rest.
    """
    found: list[Span] = []
    at = source.find(_MARK)
    while at >= 0:
        match = _TEST_MODULE.match(source, source.rfind(b"\n", 0, at) + 1)
        end = at + len(_MARK)
        if match is not None:
            body = _body(source, match.start("open"), len(match.group("indent")))
            found += [] if body is None else [body]
            end = match.end() if body is None else body.end
        at = source.find(_MARK, end)
    return tuple(found)


def _body(source: bytes, start: int, indent: int) -> Span | None:
    """From a brace to the next one that is the first of a line with the same indentation."""
    closing = source.find(b"\n" + b" " * indent + b"}", start) + 1 + indent
    if closing <= start or not _paired(source, start, closing):
        return None
    return Span(start, closing + 1)


def _paired(source: bytes, start: int, end: int) -> bool:
    """Whether the brace at `start` is closed at `end` and not before."""
    if _HARD.search(source, start, end):
        return False
    depth = 0
    for step in _STEP.finditer(source, start, end):
        token = step.group()
        depth += (token == b"{") - (token == b"}")
        if depth == 0:
            return False
    return depth == 1
