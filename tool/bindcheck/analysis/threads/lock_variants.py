"""Locks of enums: who asks for one variant does not wait for what happens to another one.

A lock that holds `Shape::Plain` is not the one that holds `Shape::Scripted`, as long as nobody puts
another variant into it: what a method of the enum does to the other one is not done under it.
"""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.model import Enum, If, ItemRef, Let, Match, Node, Path, TypeRef, Unary

_OBJECTS = frozenset({"Bound", "Borrowed"})
_VARIANT = re.compile(r"[\w:\s]*::\s*(\w+)")


def only(extent: tuple[Node, ...]) -> str:
    """The variant that all is about under a lock: `if let Shape::Plain(one) = *guard {}`."""
    branch = extent[0] if len(extent) == 1 else None
    if not isinstance(branch, If) or branch.otherwise is not None:
        return ""
    asked = branch.condition
    if not isinstance(asked, Let) or not isinstance(asked.value, Unary):
        return ""
    return _variant(asked.pattern)


def spares(
    program: Program, ref: ItemRef, content: TypeRef | None, variant: str, method: str
) -> bool:
    """Whether a method of the enum in a lock leaves one variant of it to another crate.

    The method is called in `ref`; somewhere it does what others wait for.
    """
    enum = content.peel() if variant and content is not None else None
    scope = program.function(ref).scope
    owner = program.resolve_type(enum.path, ref.path, scope) if enum is not None else None
    methods = program.methods(owner).get(method, ()) if owner is not None else ()
    if owner is None or not methods or not _is_foreign(program, owner, variant):
        return False
    return all(_tells_apart(program, one, variant) for one in methods)


def _tells_apart(program: Program, method: ItemRef, variant: str) -> bool:
    """Whether a method does one thing for a variant, and another one for the others."""
    body = program.body(method)
    only = body.statements[0] if body is not None and len(body.statements) == 1 else None
    if not isinstance(only, Match) or not _is_self(only.subject):
        return False
    own = [_variant(arm.pattern) == variant for arm in only.arms]
    return any(own) and not all(own)


def _is_foreign(program: Program, enum: ItemRef, name: str) -> bool:
    """Whether what a variant holds is of other crates, which know nothing of Python."""
    item = program.struct(enum)
    variants = item.variants if isinstance(item, Enum) else ()
    types = [part.type for one in variants if one.name == name for part in one.fields]
    names = {part for one in types for part in one.walk() if part.kind == "path"}
    return bool(types) and not any(_is_own(program, enum, item.scope, one) for one in names)


def _is_own(program: Program, enum: ItemRef, scope: tuple[str, ...], type_: TypeRef) -> bool:
    if type_.name.startswith("Py") or type_.name in _OBJECTS:
        return True
    ref = program.resolve_type(type_.path or type_.name, enum.path, scope)
    return ref is not None and program.in_crate(ref.path)


def _is_self(node: Node) -> bool:
    inner = node.value if isinstance(node, Unary) else node
    return isinstance(inner, Path) and inner.segments == ("self",)


def _variant(pattern: str) -> str:
    found = _VARIANT.match(pattern)
    return found[1] if found is not None else ""
