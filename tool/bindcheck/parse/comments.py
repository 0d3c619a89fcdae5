"""Suppressions: `// bindcheck: ignore[CODES] reason`; the marks of generated regions."""

from __future__ import annotations

import re

from tree_sitter import Node

from bindcheck.model import Ignore, LineIndex, Span
from bindcheck.parse import lexer
from bindcheck.parse.tree import COMMENTS

_MARK = b"bindcheck:"
_GENERATED = b"bindcheck: begin"
_BEGIN = re.compile(rb"^[ \t]*// bindcheck: begin (\S+) ", re.MULTILINE)
_FORM = re.compile(
    rb"(?:^|//|/\*)[/*!\s]*bindcheck:\s*ignore\b(?:\s*\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)"
)


def ignores_of(source: bytes, root: Node, lines: LineIndex) -> tuple[Ignore, ...]:
    """The suppressions in comments; the same words inside a string are text."""
    found: list[Ignore] = []
    at = source.find(_MARK)
    while at >= 0:
        comment = _comment_at(root, at)
        end = at + len(_MARK)
        if comment is not None:
            found += _read(source, comment, lines)
            end = max(end, comment.end_byte)
        at = source.find(_MARK, end)
    return tuple(found)


def generated_in(source: bytes) -> frozenset[str]:
    """The keys of the regions that the generator has written into a file."""
    if _GENERATED not in source:
        return frozenset()
    return frozenset(key.decode("utf-8", "replace") for key in _BEGIN.findall(source))


def _comment_at(root: Node, at: int) -> Node | None:
    """The comment around a byte; the text of a doc comment is a node of its own inside it."""
    node = root.descendant_for_byte_range(at, at + 1)
    if node is not None and node.type not in COMMENTS:
        node = node.parent
    return node if node is not None and node.type in COMMENTS else None


def _read(source: bytes, comment: Node, lines: LineIndex) -> list[Ignore]:
    text = source[comment.start_byte : comment.end_byte]
    match = _FORM.search(text)
    if match is None:
        return []
    span = Span(comment.start_byte, comment.start_byte + len(text.rstrip()))
    codes = (match.group("codes") or b"").decode("utf-8", "replace").replace(",", " ").split()
    reason = match.group("reason").decode("utf-8", "replace")
    if text.startswith(b"/*"):
        reason = reason.removesuffix("*/")
    return [Ignore(tuple(codes), reason.strip(" \t\r:-–—"), _line(source, span, lines), span)]


def _line(source: bytes, comment: Span, lines: LineIndex) -> int:
    """The line of the code in front of the comment, else of the next code."""
    line, _ = lines.position(comment.start)
    if source[lines.starts[line - 1] : comment.start].strip():
        return line
    following = lexer.skip_blank(source, comment.start)
    return lines.position(following)[0] if following < len(source) else line
