"""`use` and `extern crate` declarations, one `Use` per leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import intern

from tree_sitter import Node

from bindcheck.model import Span, Use
from bindcheck.parse.attributes import Pending
from bindcheck.parse.signatures import Place, item_span, visibility
from bindcheck.parse.tree import Text, field_of, named

_Leaf = tuple[tuple[str, ...], str, Node, Node]
_NAME = rb"[A-Za-z_][A-Za-z_0-9]*"
_PLAIN = re.compile(rb"use\s+((?:" + _NAME + rb"::)*)(?:(" + _NAME + rb")|\{([\s\w,]*)\})\s*;")
_NAMED = re.compile(_NAME)
_LISTED = re.compile(rb"(?:\s*" + _NAME + rb"\s*,)*\s*(?:" + _NAME + rb"\s*)?")
# With other words than names a declaration may not parse.
_WORDS = frozenset(
    {
        *(b"as", b"async", b"await", b"break", b"const", b"continue", b"crate", b"dyn", b"else"),
        *(b"enum", b"extern", b"false", b"fn", b"for", b"if", b"impl", b"in", b"let", b"loop"),
        *(b"match", b"mod", b"move", b"mut", b"pub", b"ref", b"return", b"self", b"Self", b"super"),
        *(b"static", b"struct", b"trait", b"true", b"type", b"unsafe", b"use", b"where", b"while"),
        *(b"default", b"union", b"_", b"gen", b"raw", b"auto", b"macro_rules", b"yield", b"try"),
    }
)
_FIRST = frozenset({"crate", "self", "super"})


def plain_uses(written: bytes) -> tuple[Use, ...] | None:
    """The leaves of `use a::b;` and `use a::{b, c};` without a syntax tree; None for any other."""
    match = _PLAIN.fullmatch(written)
    if match is None or (match[2] is None and not (match[1] and _LISTED.fullmatch(match[3]))):
        return None
    prefix = tuple([intern(one) for one in match[1].decode().split("::")[:-1]])
    if any(one.encode() in _WORDS for one in prefix if one not in _FIRST):
        return None
    leaves = [*_NAMED.finditer(written, *match.span(3 if match[2] is None else 2))]
    if not leaves or any(leaf[0] in _WORDS for leaf in leaves):
        return None
    return tuple([_plain(prefix, leaf, match) for leaf in leaves])


def _plain(prefix: tuple[str, ...], leaf: re.Match[bytes], whole: re.Match[bytes]) -> Use:
    name = intern(leaf[0].decode())
    # The place of a leaf that stands alone is that of its path.
    start = leaf.start() if whole[2] is None else whole.start(1)
    named_by, statement = Span(*leaf.span()), Span(*whole.span())
    span = Span(start, leaf.end())
    return Use(name, (), (), (), "", span, named_by, "", (*prefix, name), statement)


def uses_of(text: Text, node: Node, pending: Pending, place: Place) -> list[Use]:
    """The leaves of a declaration in source order."""
    statement = item_span(text, node, pending)
    return [
        Use(
            name=name,
            scope=place.scope,
            attrs=tuple(pending.attrs),
            cfg=(*place.cfg, *pending.cfg),
            visibility=visibility(text, node),
            span=text.span(leaf),
            name_span=text.span(named_by),
            doc=pending.doc,
            path=path,
            statement=statement,
        )
        for path, name, leaf, named_by in _declaration(text, node)
    ]


def _declaration(text: Text, node: Node) -> Iterator[_Leaf]:
    if node.type == "extern_crate_declaration":
        name = field_of(node, "name") or node
        alias = field_of(node, "alias") or name
        yield (text.word(name),), text.word(alias), node, alias
        return
    argument = field_of(node, "argument")
    if argument is not None:
        yield from _leaves(text, argument)


def _leaves(text: Text, root: Node) -> Iterator[_Leaf]:
    stack: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, prefix = stack.pop()
        if node.type in ("use_list", "scoped_use_list"):
            stack.extend(reversed(_inside(text, node, prefix)))
        elif node.type == "use_wildcard":
            yield (*prefix, *_wildcard(text, node)), "*", node, node.children[-1]
        elif node.type == "use_as_clause":
            path = _join(prefix, segments_of(text, field_of(node, "path")))
            alias = field_of(node, "alias") or node
            yield path, text.word(alias), node, alias
        else:
            path = _join(prefix, segments_of(text, node))
            if path:
                yield path, path[-1], node, field_of(node, "name") or node


def _inside(text: Text, node: Node, prefix: tuple[str, ...]) -> list[tuple[Node, tuple[str, ...]]]:
    if node.type == "scoped_use_list":
        prefix = (*prefix, *segments_of(text, field_of(node, "path")))
        inner = field_of(node, "list")
        return [] if inner is None else [(inner, prefix)]
    return [(child, prefix) for child in named(node) if not child.is_error]


def _wildcard(text: Text, node: Node) -> tuple[str, ...]:
    children = named(node)
    return segments_of(text, children[0]) if children else ()


def _join(prefix: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    """`a::{self}` is `a`."""
    return prefix if prefix and path == ("self",) else (*prefix, *path)


def segments_of(text: Text, node: Node | None) -> tuple[str, ...]:
    """The segments of a path, without a leading `::`."""
    if node is None:
        return ()
    return tuple(intern(part) for part in "".join(text.of(node).split()).split("::") if part)
