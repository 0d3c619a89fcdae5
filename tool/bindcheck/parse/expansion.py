"""Macro calls of the crate's own macros, read as the code they stand for."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import field

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.fact import record
from bindcheck.model.source import expansion_base, make_span
from bindcheck.parse.bodies import HANDLERS
from bindcheck.parse.lowering import Lowering
from bindcheck.parse.rules import Piece, expand
from bindcheck.parse.tree import Text, field_of, named, parse

_HEAD = "fn _(){"


@record
class _Expanded(Text):
    """The text of an expansion: what was captured keeps the place where it was written."""

    starts: list[int] = field(default_factory=list)
    kept: list[tuple[int, int]] = field(default_factory=list)

    def span(self, node: Node) -> m.Span:
        """Where a node stands in the file or, for text of the rule, in the expansion."""
        return self.between_bytes(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> m.Span:
        """The same for a byte range of this text."""
        return self.between_bytes(start, end)

    def between_bytes(self, start: int, end: int) -> m.Span:
        """The span of a byte range."""
        at = bisect_right(self.starts, start) - 1
        if at >= 0:
            stop, moved = self.kept[at]
            if end <= stop:
                return make_span((start + moved, end + moved))
        return make_span((start + self.shift, end + self.shift))


def expansion(rules: str, call: m.MacroCall, scope: tuple[str, ...] = ()) -> m.Block | None:
    """The block that a call of a macro with these `macro_rules!` stands for.

    Spans of text that the rules give lie behind the file; `model.source.in_source` takes them back
    to the call. None where no rule takes the call or what it makes is not a block of statements.
    """
    base = expansion_base(call.span)
    pieces = expand(rules, call.tokens) if base is not None else None
    if pieces is None or base is None:
        return None
    text = _text(pieces, base, call.span.end - 1 - len(call.tokens))
    root = parse(text.source).root_node
    only = named(root)
    body = field_of(only[0], "body") if len(only) == 1 and not root.has_error else None
    if body is None:
        return None
    low = Lowering(text, HANDLERS, scope)
    block = low.node(body)
    usable = isinstance(block, m.Block) and not (low.functions or low.too_deep)
    return block if usable and isinstance(block, m.Block) else None


def _text(pieces: tuple[Piece, ...], base: int, tokens: int) -> _Expanded:
    """The pieces as one function; `tokens` is where those of the call begin in the file."""
    text = _Expanded(b"", base)
    parts, at, last = [_HEAD], len(_HEAD), ""
    for piece in pieces:
        if not _is_one_path(last, piece.text):
            parts.append("\n")
            at += 1
        if piece.start >= 0:
            text.starts.append(at)
            text.kept.append((at + len(piece.text), tokens + piece.start - at))
        parts.append(piece.text)
        at += len(piece.text)
        last = piece.text
    text.source = "".join((*parts, "}")).encode()
    return text


def _is_one_path(first: str, second: str) -> bool:
    """Whether nothing is written between two tokens of a path, as in any other text."""
    if second == "::":
        return first.isidentifier()
    return first == "::" and second.isidentifier()
