"""Operands, operators, calls and literals."""

from __future__ import annotations

import re

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.model.source import make_span
from bindcheck.parse.lowering import Handler, Lowering, opaque
from bindcheck.parse.signatures import closure_params, patterns_of
from bindcheck.parse.tree import FIELDS, SEGMENTS, Text, child_of, field_of, has_token, named
from bindcheck.parse.typerefs import type_arguments, type_of

# A chain of operators leans to the left, one level per operand; a longer one is given flat.
_LONGEST_CHAIN = 40
_STRING = re.compile(r"^(?:b|c)?r?(#*)\"(.*)\"\1$", re.DOTALL)
_CHAR = re.compile(r"^b?'(.*)'$", re.DOTALL)


# --- paths -------------------------------------------------------------------------------------


def segment(low: Lowering, node: Node) -> m.Path:
    """A path of one segment."""
    text = low.text
    offsets, shift = text.offsets, text.shift
    start, end = node.start_byte, node.end_byte
    segments = SEGMENTS[text.source[start:end]]
    return m.Path(make_span((offsets[start + shift], offsets[end + shift])), segments)


def path(low: Lowering, node: Node) -> m.Path:
    """An identifier or a path, with or without turbofish."""
    types: tuple[m.TypeRef, ...] = ()
    if node.type == "generic_function":
        types = type_arguments(low.text, field_of(node, "type_arguments"))
        segments, inner = _segments(low.text, field_of(node, "function"))
    else:
        segments, inner = _segments(low.text, node)
    return m.Path(low.text.span(node), segments, types or inner)


def _segments(text: Text, node: Node | None) -> tuple[tuple[str, ...], tuple[m.TypeRef, ...]]:
    """Segments, and the types of the last segment that has some (`Vec::<f64>::new`)."""
    segments: list[str] = []
    types: tuple[m.TypeRef, ...] = ()
    while node is not None:
        if node.type in ("scoped_identifier", "scoped_type_identifier"):
            segments.append(text.word(field_of(node, "name")))
            node = field_of(node, "path")
        elif node.type in ("generic_type", "generic_type_with_turbofish"):
            types = types or type_arguments(text, field_of(node, "type_arguments"))
            node = field_of(node, "type")
        else:
            segments.append(text.folded(node))
            node = None
    return tuple(reversed(segments)) or ("",), types


# --- literals ----------------------------------------------------------------------------------


def string(low: Lowering, node: Node) -> m.Node:
    """A string literal, its text as written between the quotes."""
    match = _STRING.match(low.text.of(node))
    return m.Literal(low.text.span(node), "str", match.group(2) if match else low.text.of(node))


def character(low: Lowering, node: Node) -> m.Node:
    """A character or byte literal."""
    match = _CHAR.match(low.text.of(node))
    return m.Literal(low.text.span(node), "char", match.group(1) if match else low.text.of(node))


def _literal(kind: str) -> Handler:
    return lambda low, node: m.Literal(low.text.span(node), kind, low.text.word(node))


# --- calls -------------------------------------------------------------------------------------


def call(low: Lowering, node: Node) -> m.Node:
    """A call of a path, a method or any other callable expression."""
    function = node.child_by_field_id(FIELDS["function"])
    method = _method(function)
    if method is not None and function is not None:
        return _method_call(low, node, function, method)
    callee = low.hole(node) if function is None else low.node(function)
    return m.Call(low.text.span(node), callee, _arguments(low, node))


def _arguments(low: Lowering, call: Node) -> tuple[m.Node, ...]:
    listed = call.child_by_field_id(FIELDS["arguments"])
    return () if listed is None else low.gated(listed.named_children)


def _method(function: Node | None) -> Node | None:
    """The field expression of a method call. `x.0(..)` calls what a field holds."""
    kind = "" if function is None else function.type
    if function is not None and kind == "generic_function":
        function = function.child_by_field_id(FIELDS["function"])
        kind = "" if function is None else function.type
    if function is None or kind != "field_expression":
        return None
    name = function.child_by_field_id(FIELDS["field"])
    return function if name is not None and name.type == "field_identifier" else None


def _method_call(low: Lowering, node: Node, function: Node, method: Node) -> m.Node:
    name = method.child_by_field_id(FIELDS["field"]) or method
    types = None if function is method else field_of(function, "type_arguments")
    text = low.text
    return m.MethodCall(
        text.span(node),
        low.field(method, "value"),
        text.word(name),
        _arguments(low, node),
        () if types is None else type_arguments(text, types),
        text.span(name),
    )


def generic_function(low: Lowering, node: Node) -> m.Node:
    """`f::<T>` that is not called."""
    inner = field_of(node, "function")
    return opaque(low, node) if inner is None or "field" in inner.type else path(low, node)


def closure(low: Lowering, node: Node) -> m.Node:
    """`move |a, b| body`."""
    listed = field_of(node, "parameters")
    params = closure_params(low.text, listed)
    body = low.field(node, "body")
    patterns = () if all(one.name for one in params) else patterns_of(low.text, listed)
    return m.Closure(low.text.span(node), params, body, has_token(node, "move"), patterns)


# --- operators ---------------------------------------------------------------------------------


def binary(low: Lowering, node: Node) -> m.Node:
    """`left op right`."""
    chain = _chain(node)
    if len(chain) > _LONGEST_CHAIN:
        operands = tuple(low.node(part) for part in chain)
        return m.Opaque(low.text.span(node), "chain of operators", operands)
    left = low.field(node, "left")
    operator = low.text.word(field_of(node, "operator"))
    return m.Binary(low.text.span(node), left, operator, low.field(node, "right"))


def _chain(node: Node) -> list[Node]:
    operands: list[Node] = []
    part: Node | None = node
    while part is not None and part.type == "binary_expression":
        right = field_of(part, "right")
        operands += [] if right is None else [right]
        part = field_of(part, "left")
    return [*([] if part is None else [part]), *reversed(operands)]


def unary(low: Lowering, node: Node) -> m.Node:
    """`-x`, `!x`, `*x`."""
    operator = low.text.word(node.child(0))
    return m.Unary(low.text.span(node), operator, _first(low, node))


def reference(low: Lowering, node: Node) -> m.Node:
    """`&x`, `&mut x`, `&raw const x`."""
    value = field_of(node, "value")
    end = node.end_byte if value is None else value.start_byte
    words = [low.text.of(part) for part in node.children if part.end_byte <= end]
    operator = "&" + " ".join(word for word in words[1:] if not word.startswith("/"))
    return m.Unary(low.text.span(node), operator, low.field(node, "value"))


def _first(low: Lowering, node: Node) -> m.Node:
    inner = named(node)
    return low.node(inner[0]) if inner else low.hole(node)


def try_(low: Lowering, node: Node) -> m.Node:
    """`x?`."""
    return m.Try(low.text.span(node), _first(low, node))


def await_(low: Lowering, node: Node) -> m.Node:
    """`x.await`."""
    return m.Await(low.text.span(node), _first(low, node))


def cast(low: Lowering, node: Node) -> m.Node:
    """`x as T`."""
    written = field_of(node, "type")
    target = m.TypeRef("", "other") if written is None else type_of(low.text, written)
    return m.Cast(low.text.span(node), low.field(node, "value"), target)


def assign(low: Lowering, node: Node) -> m.Node:
    """`a = b`."""
    left = field_of(node, "left")
    if left is not None and low.text.of(left) == "..":  # the grammar reads `..=3` so
        return m.Range(low.text.span(node), None, low.field(node, "right"), True)
    return m.Assign(low.text.span(node), low.field(node, "left"), "=", low.field(node, "right"))


def assign_op(low: Lowering, node: Node) -> m.Node:
    """`a += b`."""
    operator = low.text.word(field_of(node, "operator"))
    left = low.field(node, "left")
    return m.Assign(low.text.span(node), left, operator, low.field(node, "right"))


def range_(low: Lowering, node: Node) -> m.Node:
    """`a..b` with either end open."""
    mark = child_of(node, "..", "..=", "...")
    at = node.start_byte if mark is None else mark.start_byte
    start: m.Node | None = None
    end: m.Node | None = None
    for part in named(node):
        if part.start_byte < at:
            start = low.node(part)
        else:
            end = low.node(part)
    return m.Range(low.text.span(node), start, end, mark is not None and mark.type != "..")


# --- places and aggregates ---------------------------------------------------------------------


def index(low: Lowering, node: Node) -> m.Node:
    """`a[i]`."""
    parts = named(node)
    if len(parts) != 2:
        return opaque(low, node)
    return m.Index(low.text.span(node), low.node(parts[0]), low.node(parts[1]))


def field_access(low: Lowering, node: Node) -> m.Node:
    """`a.b`."""
    name = low.text.word(field_of(node, "field"))
    return m.FieldAccess(low.text.span(node), low.field(node, "value"), name)


def array(low: Lowering, node: Node) -> m.Node:
    """`[a, b]` or `[a; n]`."""
    kind = "repeat" if field_of(node, "length") is not None else "array"
    return m.Sequence(low.text.span(node), kind, low.gated(node.named_children))


def tuple_(low: Lowering, node: Node) -> m.Node:
    """`(a, b)` and `()`."""
    return m.Sequence(low.text.span(node), "tuple", low.gated(node.named_children))


def struct(low: Lowering, node: Node) -> m.Node:
    """`Path { field: value, ..base }`."""
    name = "".join(low.text.of(field_of(node, "name")).split())
    inits: list[m.FieldInit] = []
    base: m.Node | None = None
    body = field_of(node, "body")
    for part in named(body) if body is not None else ():
        if part.type == "base_field_initializer":
            base = _first(low, part)
        else:
            inits.append(_init(low, part))
    return m.StructLiteral(low.text.span(node), name, tuple(inits), base)


def _init(low: Lowering, node: Node) -> m.FieldInit:
    name, value = field_of(node, "field"), field_of(node, "value")
    attributes = [part for part in node.children if part.type == "attribute_item"]
    if value is None:
        value = child_of(node, "identifier") or node
        name = value
    lowered = low.gated([*attributes, value])
    return m.FieldInit(low.text.span(node), low.text.word(name), lowered[0])


HANDLERS: dict[str, Handler] = {
    "identifier": segment,
    "self": segment,
    "super": segment,
    "crate": segment,
    "metavariable": segment,
    "scoped_identifier": path,
    "generic_function": generic_function,
    "integer_literal": _literal("int"),
    "float_literal": _literal("float"),
    "boolean_literal": _literal("bool"),
    "string_literal": string,
    "raw_string_literal": string,
    "char_literal": character,
    "call_expression": call,
    "closure_expression": closure,
    "binary_expression": binary,
    "unary_expression": unary,
    "reference_expression": reference,
    "try_expression": try_,
    "await_expression": await_,
    "type_cast_expression": cast,
    "assignment_expression": assign,
    "compound_assignment_expr": assign_op,
    "range_expression": range_,
    "index_expression": index,
    "field_expression": field_access,
    "array_expression": array,
    "tuple_expression": tuple_,
    "unit_expression": tuple_,
    "struct_expression": struct,
}
