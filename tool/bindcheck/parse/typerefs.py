"""Types as `TypeRef`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from tree_sitter import Node

from bindcheck.model import TypeRef
from bindcheck.parse.tree import Text, child_of, field_of, has_token, named

_DEEPEST = 40
_PATHS = frozenset(
    {
        "type_identifier",
        "primitive_type",
        "identifier",
        "scoped_type_identifier",
        "scoped_identifier",
        "self",
        "super",
        "crate",
        "metavariable",
    }
)
_SKIPPED = frozenset({"lifetime", "use_bounds"})
_BOUNDS = ("abstract_type", "dynamic_type", "bounded_type")


def type_of(text: Text, node: Node, depth: int = 0) -> TypeRef:
    """The type that `node` writes down; equal texts in one file give the same object."""
    written = text.bytes_of(node)
    known = text.types.get(written)
    if known is None:
        known = text.types[written] = _lower(text, node, depth)
    return known


def optional_type(text: Text, node: Node | None) -> TypeRef | None:
    """Like `type_of` for a type that may be absent."""
    return None if node is None else type_of(text, node)


def _lower(text: Text, node: Node, depth: int) -> TypeRef:
    folded = text.folded(node)
    if depth > _DEEPEST:
        return TypeRef(folded, "other")
    if node.type in _PATHS:
        return path_type(folded)
    handler = _KINDS.get(node.type)
    return handler(text, node, folded, depth) if handler else TypeRef(folded, "other")


@cache
def path_type(folded: str) -> TypeRef:
    """The type that a path names."""
    if folded == "_":
        return TypeRef("_", "infer")
    tight = _tight(folded)
    return TypeRef(folded, "path", tight.rsplit("::", 1)[-1], tight)


def _tight(path: str) -> str:
    return path if " " not in path else path.replace(" ::", "::").replace(":: ", "::")


def _all(text: Text, nodes: Iterable[Node], depth: int) -> tuple[TypeRef, ...]:
    return tuple(type_of(text, node, depth + 1) for node in nodes if node.type not in _SKIPPED)


def type_arguments(text: Text, node: Node | None, depth: int = 0) -> tuple[TypeRef, ...]:
    """The types between `<` and `>`, without lifetimes."""
    return () if node is None else _all(text, named(node), depth)


def _generic(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    base = field_of(node, "type")
    arguments = type_arguments(text, field_of(node, "type_arguments"), depth)
    path = _tight(text.folded(base)).removesuffix("::")
    return TypeRef(folded, "path", path.rsplit("::", 1)[-1], path, arguments)


def _target(kind: str) -> Callable[[Text, Node, str, int], TypeRef]:
    def lower(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
        inner = field_of(node, "type")
        arguments = () if inner is None else _all(text, [inner], depth)
        return TypeRef(folded, kind, args=arguments, mutable=has_token(node, "mutable_specifier"))

    return lower


def _array(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    kind = "array" if field_of(node, "length") is not None else "slice"
    element = field_of(node, "element")
    return TypeRef(folded, kind, args=() if element is None else _all(text, [element], depth))


def _tuple(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    return TypeRef(folded, "tuple", args=_all(text, named(node), depth))


def _function(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    """`fn(A) -> B` and `Fn(A) -> B`: the parameters, then the result."""
    parameters = field_of(node, "parameters")
    types = [] if parameters is None else [_parameter_type(p) for p in named(parameters)]
    result = field_of(node, "return_type")
    arguments = _all(text, types if result is None else [*types, result], depth)
    name = _tight(text.folded(field_of(node, "trait")))
    return TypeRef(folded, "fn", name.rsplit("::", 1)[-1], name, arguments)


def _parameter_type(node: Node) -> Node:
    return (field_of(node, "type") or node) if node.type == "parameter" else node


def _bounds(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    """`impl A + B`, `dyn A + 'a` and plain `A + B`: one argument per bound."""
    kind, found, stack = "other", [], [node]
    while stack:
        part = stack.pop()
        if part.type in _BOUNDS:
            kind = {"abstract_type": "impl", "dynamic_type": "dyn"}.get(part.type, kind)
            stack.extend(reversed(named(part)))
        else:
            found.append(part)
    return TypeRef(folded, kind, args=_all(text, found, depth))


def _higher_ranked(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    inner = field_of(node, "type")
    return TypeRef(folded, "other") if inner is None else type_of(text, inner, depth + 1)


def _binding(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    return _target("other")(text, node, folded, depth)


def _qualified(text: Text, node: Node, folded: str, depth: int) -> TypeRef:
    inner = child_of(node, "qualified_type")
    return TypeRef(folded, "other", args=() if inner is None else _all(text, named(inner), depth))


def _plain(kind: str) -> Callable[[Text, Node, str, int], TypeRef]:
    return lambda text, node, folded, depth: TypeRef(folded, kind)


_KINDS: dict[str, Callable[[Text, Node, str, int], TypeRef]] = {
    "generic_type": _generic,
    "generic_type_with_turbofish": _generic,
    "reference_type": _target("ref"),
    "pointer_type": _target("ptr"),
    "array_type": _array,
    "tuple_type": _tuple,
    "unit_type": _plain("tuple"),
    "never_type": _plain("never"),
    "function_type": _function,
    "abstract_type": _bounds,
    "dynamic_type": _bounds,
    "bounded_type": _bounds,
    "higher_ranked_trait_bound": _higher_ranked,
    "type_binding": _binding,
    "bracketed_type": _qualified,
}
