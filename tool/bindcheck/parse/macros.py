"""Macro calls in bodies: token trees that read as Rust are read again."""

from __future__ import annotations

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.parse import lexer
from bindcheck.parse.control import pattern_of
from bindcheck.parse.lowering import Handler, Lowering
from bindcheck.parse.tree import child_of, field_of, named, parse

_Args = tuple[m.Node, ...]
_CALL = (b"fn _(){f(", b"\n)}")
_ARRAY = (b"fn _(){[", b"\n]}")
_BLOCK = (b"fn _(){", b"\n}")
_PATTERN = (b"fn _(){match x{", b"\n=>()}}")


def macro_call(low: Lowering, node: Node) -> m.Node:
    """`path!(tokens)`: read as arguments, as `[value; length]`, or as statements."""
    path = "".join(low.text.of(field_of(node, "macro")).split())
    tree = child_of(node, "token_tree")
    if tree is None:
        return m.MacroCall(low.text.span(node), path, (), "", False)
    start, end = tree.start_byte + 1, max(tree.start_byte + 1, tree.end_byte - 1)
    tokens = low.text.source[start:end].decode("utf-8", "replace")
    args = _read(low, path, start, end)
    return m.MacroCall(low.text.span(node), path, args or (), tokens, args is not None)


def _read(low: Lowering, path: str, start: int, end: int) -> _Args | None:
    if next(lexer.spans(low.text.source, start, end), None) is None:
        return ()
    args: _Args | None = None
    if path.rsplit("::", 1)[-1] == "matches":
        args = _matches(low, start, end)
    for reading in (_arguments, _repeat, _statements):
        if args is not None:
            break
        args = reading(low, start, end)
    return args


def _reparse(
    low: Lowering, start: int, end: int, frame: tuple[bytes, bytes]
) -> tuple[Lowering, Node] | None:
    """Parse `source[start:end]` inside `frame`: the block around it, if nothing is broken."""
    before, after = frame
    source = before + low.text.source[start:end] + after
    root = parse(source).root_node
    if root.has_error or root.named_child_count != 1:
        return None
    body = field_of(root.named_children[0], "body")
    if body is None or body.end_byte != len(source):
        return None
    text = low.text.beside(source, low.text.shift + start - len(before))
    return low.within(text), body


def _arguments(low: Lowering, start: int, end: int) -> _Args | None:
    return _framed(low, start, end, _CALL, "arguments")


def _framed(
    low: Lowering, start: int, end: int, frame: tuple[bytes, bytes], name: str
) -> _Args | None:
    found = _reparse(low, start, end, frame)
    if found is None:
        return None
    inner, body = found
    only = named(body)
    arguments = field_of(only[0], name) if len(only) == 1 else None
    if arguments is None or arguments.end_byte != body.end_byte - 1:
        return None
    return inner.gated(arguments.named_children)


def _repeat(low: Lowering, start: int, end: int) -> _Args | None:
    """`value; length`, given as one Sequence."""
    found = _reparse(low, start, end, _ARRAY)
    if found is None:
        return None
    inner, body = found
    only = named(body)
    if len(only) != 1 or field_of(only[0], "length") is None:
        return None
    whole = inner.text.between(len(_ARRAY[0]), len(inner.text.source) - len(_ARRAY[1]))
    return (m.Sequence(whole, "repeat", inner.gated(only[0].named_children)),)


def _statements(low: Lowering, start: int, end: int) -> _Args | None:
    found = _reparse(low, start, end, _BLOCK)
    if found is None:
        return None
    inner, body = found
    block = inner.node(body)
    return block.statements if isinstance(block, m.Block) else None


def _matches(low: Lowering, start: int, end: int) -> _Args | None:
    """`matches!(subject, pattern if guard)`: the subject, then an Arm with an empty body."""
    comma = _comma(low.text.source, start, end)
    if comma is None:
        return None
    subject = _arguments(low, start, comma)
    stop = _without_comma(low.text.source, comma + 1, end)
    found = _reparse(low, comma + 1, stop, _PATTERN)
    if subject is None or found is None:
        return None
    inner, body = found
    pattern = _descend(body, "match_expression", "match_block", "match_arm", "match_pattern")
    if pattern is None:
        return None
    written, names, guard = pattern_of(inner, pattern)
    span = inner.text.span(pattern)
    nothing = m.Block(m.Span(span.end, span.end), (), False)
    return (*subject, m.Arm(span, written, names, guard, nothing))


def _descend(node: Node, *kinds: str) -> Node | None:
    found: Node | None = node
    for kind in kinds:
        inner = None if found is None else child_of(found, kind, "expression_statement")
        if inner is not None and inner.type == "expression_statement":
            inner = child_of(inner, kind)
        found = inner
    return found


def _comma(source: bytes, start: int, end: int) -> int | None:
    """The first comma outside brackets."""
    depth = 0
    for begin, stop in lexer.spans(source, start, end):
        token = source[begin:stop]
        depth += (token in (b"(", b"[", b"{")) - (token in (b")", b"]", b"}"))
        if token == b"," and depth == 0:
            return begin
    return None


def _without_comma(source: bytes, start: int, end: int) -> int:
    last = end
    for begin, stop in lexer.spans(source, start, end):
        last = begin if source[begin:stop] == b"," else end
    return last


HANDLERS: dict[str, Handler] = {"macro_invocation": macro_call}
