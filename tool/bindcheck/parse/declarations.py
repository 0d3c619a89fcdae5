"""Structs, enums, constants, aliases, modules and macros at item level."""

from __future__ import annotations

import re
from typing import TypedDict

from tree_sitter import Node

from bindcheck.model import (
    UNIT,
    Attribute,
    Cfg,
    Const,
    Enum,
    MacroItem,
    Mod,
    Span,
    Struct,
    StructField,
    TypeAlias,
    TypeRef,
    Variant,
)
from bindcheck.parse import lexer
from bindcheck.parse.attributes import Pending
from bindcheck.parse.signatures import Place, item_span, visibility
from bindcheck.parse.tree import Text, child_of, field_of
from bindcheck.parse.typerefs import type_of

_HINTS = frozenset(
    {
        "pyfunction",
        "pyfn",
        "pyclass",
        "pymethods",
        "pymodule",
        "pymodule_init",
        "pymodule_export",
        "pyo3",
        "add_function",
        "add_class",
        "add_wrapped",
        "add_submodule",
        "wrap_pyfunction",
        "wrap_pymodule",
        "create_exception",
        "import_exception",
    }
)
_HINT = re.compile(rb"py|add_|wrap_|_exception")


class Common(TypedDict):
    """The fields that every item has."""

    name: str
    scope: tuple[str, ...]
    attrs: tuple[Attribute, ...]
    cfg: tuple[Cfg, ...]
    visibility: str
    span: Span
    name_span: Span
    doc: str


def common(text: Text, node: Node, named_by: Node, pending: Pending, place: Place) -> Common:
    """What is said of every item; `named_by` is the node of its name."""
    return Common(
        name=text.folded(named_by),
        scope=place.scope,
        attrs=tuple(pending.attrs),
        cfg=(*place.cfg, *pending.cfg),
        visibility=visibility(text, node),
        span=item_span(text, node, pending),
        name_span=text.span(named_by),
        doc=pending.doc,
    )


def _common(text: Text, node: Node, pending: Pending, place: Place) -> Common:
    return common(text, node, field_of(node, "name") or node, pending, place)


def struct_of(text: Text, node: Node, pending: Pending, place: Place) -> Struct:
    """A struct or union."""
    fields, is_tuple = fields_of(text, field_of(node, "body"))
    return Struct(
        **_common(text, node, pending, place),
        fields=fields,
        generics=text.folded(field_of(node, "type_parameters")),
        is_tuple=is_tuple,
    )


def fields_of(text: Text, body: Node | None) -> tuple[tuple[StructField, ...], bool]:
    """The fields of a struct or variant, and whether they are numbered."""
    if body is None:
        return (), False
    if body.type == "field_declaration_list":
        return _named_fields(text, body), False
    if body.type == "ordered_field_declaration_list":
        return _numbered_fields(text, body), True
    return (), False


def _named_fields(text: Text, body: Node) -> tuple[StructField, ...]:
    fields: list[StructField] = []
    pending = Pending()
    for child in body.children:
        if pending.take(text, child):
            continue
        if child.type == "field_declaration":
            name = text.word(field_of(child, "name"))
            written = visibility(text, child)
            span = item_span(text, child, pending)
            fields.append(_field(text, name, field_of(child, "type"), written, span, pending))
            pending = Pending()
        elif child.type == ",":
            pending = Pending()
    return tuple(fields)


def _numbered_fields(text: Text, body: Node) -> tuple[StructField, ...]:
    fields: list[StructField] = []
    pending, shown, start = Pending(), "", 0
    for child in body.children:
        if pending.take(text, child):
            continue
        if child.type == "visibility_modifier":
            shown, start = text.folded(child), child.start_byte
        elif child.is_named and not child.is_error:
            begin = pending.start if pending.start is not None else start or child.start_byte
            span = text.between(begin, child.end_byte)
            fields.append(_field(text, str(len(fields)), child, shown, span, pending))
            pending, shown, start = Pending(), "", 0
    return tuple(fields)


def _field(
    text: Text, name: str, written: Node | None, shown: str, span: Span, pending: Pending
) -> StructField:
    kind = TypeRef("", "other") if written is None else type_of(text, written)
    return StructField(name, kind, tuple(pending.attrs), shown, pending.cfg, span, pending.doc)


def enum_of(text: Text, node: Node, pending: Pending, place: Place) -> Enum:
    """An enum."""
    variants: list[Variant] = []
    inner = Pending()
    body = field_of(node, "body")
    for child in body.children if body is not None else ():
        if inner.take(text, child):
            continue
        if child.type == "enum_variant":
            variants.append(_variant(text, child, inner))
        inner = Pending()
    return Enum(
        **_common(text, node, pending, place),
        variants=tuple(variants),
        generics=text.folded(field_of(node, "type_parameters")),
    )


def _variant(text: Text, node: Node, pending: Pending) -> Variant:
    fields, is_tuple = fields_of(text, field_of(node, "body"))
    name = text.word(field_of(node, "name"))
    return Variant(name, fields, tuple(pending.attrs), is_tuple, item_span(text, node, pending))


def const_of(text: Text, node: Node, pending: Pending, place: Place) -> Const:
    """A `const` or `static`."""
    written = field_of(node, "type")
    return Const(
        **_common(text, node, pending, place),
        type=UNIT if written is None else type_of(text, written),
        value=text.of(field_of(node, "value")),
        is_static=node.type == "static_item",
    )


def alias_of(text: Text, node: Node, pending: Pending, place: Place) -> TypeAlias:
    """A `type`."""
    written = field_of(node, "type")
    target = UNIT if written is None else type_of(text, written)
    return TypeAlias(
        **_common(text, node, pending, place),
        target=target,
        generics=text.folded(field_of(node, "type_parameters")),
    )


def mod_of(text: Text, node: Node, pending: Pending, place: Place) -> Mod:
    """`mod name;` or `mod name { .. }`."""
    body = field_of(node, "body")
    path = next((one.tokens for one in pending.attrs if one.path == "path"), None)
    return Mod(
        **_common(text, node, pending, place),
        inline=body is not None,
        path_attr=None if path is None else lexer.unquote(path),
        body_span=None if body is None else text.span(body),
    )


def macro_of(text: Text, node: Node, pending: Pending, place: Place) -> MacroItem:
    """`macro_rules! name { .. }` or an invocation that makes items."""
    defines = node.type == "macro_definition"
    name = field_of(node, "name" if defines else "macro") or node
    start, end = _tokens_range(node, name)
    return MacroItem(
        **common(text, node, name, pending, place),
        defines=defines,
        tokens=text.source[start:end].decode("utf-8", "replace"),
        hints=_hints(text.source[start:end]),
    )


def _tokens_range(node: Node, name: Node) -> tuple[int, int]:
    tree = child_of(node, "token_tree")
    if tree is not None:
        return tree.start_byte + 1, max(tree.start_byte + 1, tree.end_byte - 1)
    opening = child_of(node, "{", "(", "[")
    closing = child_of(node, "}", ")", "]")
    start = name.end_byte if opening is None else opening.end_byte
    return start, max(start, node.end_byte if closing is None else closing.start_byte)


def _hints(tokens: bytes) -> tuple[str, ...]:
    """The PyO3 words among the tokens in order of appearance, strings and comments left out."""
    if _HINT.search(tokens) is None:
        return ()
    return tuple(dict.fromkeys(word for word in lexer.tokens(tokens) if word in _HINTS))
