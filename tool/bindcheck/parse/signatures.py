"""What a pattern binds, parameters and function heads."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from bindcheck.fact import fact
from bindcheck.model import UNIT, Cfg, Function, Param, Span
from bindcheck.parse.attributes import Pending
from bindcheck.parse.tree import COMMENTS, FIELDS, SEGMENTS, Text, child_of, field_of, has_token
from bindcheck.parse.typerefs import optional_type, type_of

# The parser cannot tell a binding from a unit constructor: Rust tells them by resolution, style by
# the first letter.
_NOT_BOUND = frozenset({"type", "name", "path", "left", "right", "condition"})
_PUNCTUATION = frozenset("(),|")
_LEAVES = frozenset({"identifier", "shorthand_field_identifier"})
_CLOSED = frozenset(
    {
        "scoped_identifier",
        "scoped_type_identifier",
        "generic_type",
        "type_arguments",
        "macro_invocation",
        "const_block",
        "range_pattern",
    }
)


def bound_names(text: Text, pattern: Node) -> tuple[str, ...]:
    """The variables that a pattern binds, in source order and each once."""
    if pattern.type == "identifier":
        # Nearly all are: one tuple does for all of the same name.
        only = SEGMENTS[text.bytes_of(pattern)]
        return only if _is_bound(only[0]) else ()
    names: dict[str, None] = {}
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in _LEAVES:
            name = text.word(node)
            if _is_bound(name):
                names[name] = None
        elif node.type not in _CLOSED:
            stack.extend(reversed(_binding_children(node)))
    return tuple(names)


def _is_bound(name: str) -> bool:
    return name != "_" and not name.removeprefix("r#")[:1].isupper()


def _binding_children(node: Node) -> list[Node]:
    found = []
    for at, child in enumerate(node.children):
        if not child.is_named:
            continue
        if child.type in _LEAVES and node.type != "captured_pattern":
            where = node.field_name_for_child(at)
            if where in _NOT_BOUND and child.type != "shorthand_field_identifier":
                continue
        found.append(child)
    return found


def single_name(text: Text, pattern: Node) -> tuple[str, bool]:
    """The name of a plain binding and whether it says `mut` or; `""` for any other pattern."""
    if pattern.type == "mut_pattern":
        inner = child_of(pattern, "identifier")
        return (text.word(inner), True) if inner is not None else ("", False)
    plain = pattern.type == "identifier" or pattern.type == "self"
    return (text.word(pattern), False) if plain else ("", False)


def param_of(text: Text, node: Node, pending: Pending | None) -> Param:
    """A parameter of a function or closure: `pattern: type` or a pattern alone."""
    whole = node.type == "parameter"
    pattern = (field_of(node, "pattern") or node) if whole else node
    written = optional_type(text, field_of(node, "type")) if whole else None
    name, mutable = ("_", False) if pattern.type == "_" else single_name(text, pattern)
    names = () if name == "_" else (name,) if name else bound_names(text, pattern)
    mutable = mutable or (whole and has_token(node, "mutable_specifier"))
    attrs = tuple(pending.attrs) if pending is not None else ()
    return Param(name, names, written, text.span(node), attrs, mutable)


def _params(text: Text, node: Node) -> tuple[tuple[Param, ...], str]:
    """The parameters without `self`, and the form of `self`."""
    params: list[Param] = []
    receiver = ""
    for child, pending in _listed(text, node):
        if child.type == "self_parameter":
            receiver = _receiver(child)
        elif child.type == "parameter" and _is_self(child):
            receiver = text.folded(field_of(child, "type"))
        elif child.type != "variadic_parameter" and not child.is_error:
            params.append(param_of(text, child, pending))
    return tuple(params), receiver


def _listed(text: Text, node: Node) -> Iterator[tuple[Node, Pending | None]]:
    """The members of a parameter list, with the attributes before each."""
    pending: Pending | None = None
    for child in node.children:
        kind = child.type
        if kind in _PUNCTUATION:
            continue
        if kind == "attribute_item" or kind in COMMENTS:
            pending = pending or Pending()
            pending.take(text, child)
        else:
            yield child, pending
            pending = None


def _is_self(node: Node) -> bool:
    pattern = field_of(node, "pattern")
    return pattern is not None and pattern.type == "self"


def _receiver(node: Node) -> str:
    if not has_token(node, "&"):
        return "self"
    return "&mut self" if has_token(node, "mutable_specifier") else "&self"


def closure_params(text: Text, node: Node | None) -> tuple[Param, ...]:
    """The parameters between the bars of a closure."""
    listed = () if node is None else _listed(text, node)
    return tuple(param_of(text, child, pending) for child, pending in listed)


def patterns_of(text: Text, node: Node | None) -> tuple[str, ...]:
    """The parameters of a closure as they are written, if one leaves parts out: `(at, _)`."""
    listed = [] if node is None else [child for child, _ in _listed(text, node)]
    if not any(child.type == "tuple_pattern" and has_token(child, "_") for child in listed):
        return ()
    return tuple(text.folded(field_of(child, "pattern") or child) for child in listed)


@fact
class Place:
    """Where an item stands: inline modules, predicates, the impl or trait around it."""

    scope: tuple[str, ...] = ()
    cfg: tuple[Cfg, ...] = ()
    owner: str = ""
    trait: str = ""
    pyo3: bool = False


def function_of(text: Text, node: Node, pending: Pending, place: Place) -> Function:
    """The head of a function; its body is left where it is."""
    parts = {child.type: child for child in reversed(node.children)}
    name = node.child_by_field_id(FIELDS["name"]) or node
    body = parts.get("block")
    parameters = parts.get("parameters")
    params, receiver = _params(text, parameters) if parameters is not None else ((), "")
    modifiers = parts.get("function_modifiers")
    returns = node.child_by_field_id(FIELDS["return_type"]) if "->" in parts else None
    return Function(
        name=text.word(name),
        scope=place.scope,
        attrs=tuple(pending.attrs),
        cfg=(*place.cfg, *pending.cfg),
        visibility=text.folded(parts.get("visibility_modifier")),
        span=item_span(text, node, pending),
        name_span=text.span(name),
        doc=pending.doc,
        params=params,
        returns=UNIT if returns is None else type_of(text, returns),
        receiver=receiver,
        owner=place.owner,
        trait=place.trait,
        generics=_generics(text, parts),
        is_unsafe=modifiers is not None and has_token(modifiers, "unsafe"),
        is_async=modifiers is not None and has_token(modifiers, "async"),
        signature_span=_signature_span(text, node, body),
        body_span=None if body is None else text.span(body),
    )


def _generics(text: Text, parts: dict[str, Node]) -> str:
    """`<T: A> where T: B`, as written."""
    written = [text.folded(parts.get(kind)) for kind in ("type_parameters", "where_clause")]
    return " ".join(part for part in written if part)


def _signature_span(text: Text, node: Node, body: Node | None) -> Span:
    end = node.end_byte
    if body is not None:
        head = [child for child in node.children if child.start_byte < body.start_byte]
        solid = [child for child in head if child.type not in COMMENTS]
        end = solid[-1].end_byte if solid else body.start_byte
    return text.between(node.start_byte, end)


def visibility(text: Text, node: Node) -> str:
    """`pub`, `pub(crate)`, .. or `""`."""
    return text.folded(child_of(node, "visibility_modifier"))


def item_span(text: Text, node: Node, pending: Pending) -> Span:
    """From the first attribute or doc comment to the end of the item."""
    start = node.start_byte if pending.start is None else pending.start
    return text.between(start, node.end_byte)
