"""Places that do not parse."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from bindcheck.model import Problem, Span
from bindcheck.parse.tree import Text, parse

_ITEMS = frozenset(
    {
        "function_item",
        "function_signature_item",
        "struct_item",
        "enum_item",
        "union_item",
        "const_item",
        "static_item",
        "type_item",
        "use_declaration",
        "macro_definition",
        "macro_invocation",
        "attribute_item",
    }
)
_CONTAINERS = frozenset({"impl_item", "trait_item", "mod_item", "foreign_mod_item"})
_SHOWN = 30


def problems_of(text: Text, root: Node) -> tuple[Problem, ...]:
    """The first place that does not parse in each item, with the item that is unreadable for it."""
    found: dict[Span, Problem] = {}
    for node, extent in _broken(root):
        span = text.span(extent or node)
        found.setdefault(span, Problem(_message(text, node), text.span(node), span))
    return tuple(found.values())


def _broken(root: Node) -> Iterator[tuple[Node, Node | None]]:
    """ERROR and MISSING nodes, outermost only, each with the item that it spoils.

    That is the outermost function or other leaf item around it, else the impl or module.
    """
    stack: list[tuple[Node, Node | None]] = [(root, None)] if root.has_error else []
    while stack:
        node, extent = stack.pop()
        inner = [child for child in node.children if child.has_error or child.is_missing]
        if node.is_missing or (node.is_error and (node.parent is not None or not inner)):
            yield node, extent
            continue
        if node.type in _CONTAINERS or (node.type in _ITEMS and not _is_leaf(extent)):
            extent = node
        stack.extend((child, extent) for child in reversed(inner))


def _is_leaf(extent: Node | None) -> bool:
    return extent is not None and extent.type in _ITEMS


def _message(text: Text, node: Node) -> str:
    if node.is_missing:
        return f"missing `{node.type}`"
    words = text.of(node).split(maxsplit=8)
    shown = " ".join(words[:8])
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN].rstrip() + ".."
    return f"syntax error near `{shown}`" if shown else "syntax error"


def parse_snippet(source: bytes) -> tuple[Problem, ...]:
    """What does not parse in a text of Rust items; empty when all of it does."""
    return problems_of(Text(source), parse(source).root_node)
