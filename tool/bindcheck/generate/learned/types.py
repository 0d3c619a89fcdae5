"""Which types the heads of the reference's bindings mean, under whatever names."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.fact import replace
from bindcheck.model import ItemRef, TypeRef

_DEEPEST = 4


def gives(program: Program, ref: ItemRef) -> TypeRef:
    """What a function returns."""
    return meant(program, ref, program.function(ref).returns)


def meant(program: Program, ref: ItemRef, kind: TypeRef) -> TypeRef:
    """A type in the head of a function, with the names that its parts have where they are made.

    `use numpy::PyArray1 as Line` and `type Line<'py> = ..` are followed.
    """
    return _meant(program, ref.path, program.function(ref).scope, kind, _DEEPEST)


def meant_in(program: Program, path: str, kind: TypeRef, scope: tuple[str, ...] = ()) -> TypeRef:
    """The same of a type at the top of a file, or in an inline module of it."""
    return _meant(program, path, scope, kind, _DEEPEST)


def _meant(
    program: Program, path: str, scope: tuple[str, ...], kind: TypeRef, depth: int
) -> TypeRef:
    args = tuple(_meant(program, path, scope, one, depth) for one in kind.args)
    if kind.kind != "path" or not kind.path:
        return replace(kind, args=args)
    alias = program.names.alias(tuple(kind.path.split("::")), path, scope)
    if alias is not None and depth and not args:
        return _meant(program, alias.path, alias.item.scope, alias.item.target, depth - 1)
    uses = (one for one in program.modules[path].uses if one.scope == scope[: len(one.scope)])
    named = {one.name: one.path[-1] for one in uses if one.path}
    name = named.get(kind.name, kind.name) if kind.path == kind.name else kind.name
    return replace(kind, name=name, args=args)
