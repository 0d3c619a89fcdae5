"""Blocks: statements, the value at the end, and the items inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.model.fact import record, replace
from bindcheck.parse.attributes import BEFORE, Pending
from bindcheck.parse.lowering import Handler, Lowering, gate
from bindcheck.parse.signatures import Place, function_of
from bindcheck.parse.tree import COMMENTS, child_of, field_of
from bindcheck.parse.typerefs import type_of
from bindcheck.parse.uses import uses_of

_SILENT = frozenset(
    {
        "inner_attribute_item",
        "label",
        "struct_item",
        "enum_item",
        "union_item",
        "type_item",
        "trait_item",
        "mod_item",
        "foreign_mod_item",
        "macro_definition",
        "extern_crate_declaration",
        "function_signature_item",
    }
)
_NO_VALUE = frozenset({"let_declaration", "const_item", "static_item"})
_NEVER_TAIL = frozenset({"for_expression", "while_expression"})


@record
class _Contents:
    statements: list[m.Node] = field(default_factory=list)
    functions: list[m.Function] = field(default_factory=list)
    uses: list[m.Use] = field(default_factory=list)
    tail: bool = False


def block(low: Lowering, node: Node) -> m.Node:
    """`{ .. }`."""
    return _block(low, node, node, "plain")


def _block(low: Lowering, node: Node, whole: Node, kind: str) -> m.Block:
    contents = _Contents()
    pending: Pending | None = None
    for child in node.named_children:
        if child.type in BEFORE:
            pending = pending or Pending()
            pending.take(low.text, child)
        else:
            _add(low, contents, child, pending)
            pending = None
    return m.Block(
        low.text.span(whole),
        tuple(contents.statements),
        contents.tail,
        kind,
        tuple(contents.functions),
        tuple(contents.uses),
    )


def _add(low: Lowering, contents: _Contents, node: Node, pending: Pending | None) -> None:
    kind = node.type
    if kind == "expression_statement":
        _statement(low, contents, node, pending)
    elif kind in _ITEMS:
        _ITEMS[kind](low, contents, node, pending or Pending())
    elif kind == "empty_statement":
        contents.tail = False
    elif kind not in _SILENT:
        contents.statements.append(gate(pending, low.node(node)))
        contents.tail = kind not in _NO_VALUE and kind not in _NEVER_TAIL


def _statement(low: Lowering, contents: _Contents, node: Node, pending: Pending | None) -> None:
    parts = node.children
    inner = next((part for part in parts if part.is_named and part.type not in COMMENTS), None)
    if inner is None:
        return
    contents.statements.append(gate(pending, low.node(inner)))
    contents.tail = parts[-1].type != ";" and inner.type not in _NEVER_TAIL


def _function(low: Lowering, contents: _Contents, node: Node, pending: Pending) -> None:
    function = function_of(low.text, node, pending, Place(low.scope))
    body = field_of(node, "body")
    if body is not None:
        inside = low.inside((*low.scope, function.name)).node(body)
        function = replace(function, body=inside if isinstance(inside, m.Block) else None)
    contents.functions.append(function)
    low.functions.append(function)
    contents.tail = False


def _uses(low: Lowering, contents: _Contents, node: Node, pending: Pending) -> None:
    contents.uses.extend(uses_of(low.text, node, pending, Place(low.scope)))


def _impl(low: Lowering, contents: _Contents, node: Node, pending: Pending) -> None:
    """The functions of an impl inside a body are functions of the body, with their owner."""
    written, body = field_of(node, "type"), field_of(node, "body")
    if written is None or body is None:
        return
    target = type_of(low.text, written).peel()
    trait = low.text.folded(field_of(node, "trait"))
    place = Place(low.scope, pending.cfg, target.name or target.text, trait)
    inner = Pending()
    for child in body.children:
        if inner.take(low.text, child):
            continue
        if child.type == "function_item":
            contents.functions.append(function_of(low.text, child, inner, place))
            low.functions.append(contents.functions[-1])
        inner = Pending()


_ITEMS: dict[str, Callable[[Lowering, _Contents, Node, Pending], None]] = {
    "function_item": _function,
    "use_declaration": _uses,
    "impl_item": _impl,
}


def wrapped(kind: str) -> Handler:
    """The handler of `unsafe { .. }` and its like."""

    def lower(low: Lowering, node: Node) -> m.Node:
        inner = child_of(node, "block") or node
        return _block(low, inner, node, kind)

    return lower


HANDLERS: dict[str, Handler] = {
    "block": block,
    "unsafe_block": wrapped("unsafe"),
    "async_block": wrapped("async"),
    "const_block": wrapped("const"),
}
