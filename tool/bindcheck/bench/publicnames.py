"""Paths by which another crate can name an item: its own, or that of a re-export."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bindcheck.analysis.program import Program
from bindcheck.model import ItemRef, Use
from bindcheck.model.items import Item

Means = Callable[[str, str, tuple[str, ...]], bool]
"""Whether a name means the item in a file and the modules inside it."""


def public_function(program: Program, ref: ItemRef) -> str | None:
    """`lib::module::name` of a function; None if no other crate can call it."""

    def means(name: str, path: str, scope: tuple[str, ...]) -> bool:
        return program.resolve((name,), path, scope) == (ref,)

    return _public(program, ref, program.function(ref), means)


def public_type(program: Program, ref: ItemRef) -> str | None:
    """`lib::module::Name` of a struct or enum; None if no other crate can name it."""

    def means(name: str, path: str, scope: tuple[str, ...]) -> bool:
        return program.resolve_type((name,), path, scope) == ref

    return _public(program, ref, program.struct(ref), means)


def own_name(program: Program, ref: ItemRef, item: Item) -> str:
    """`lib::module::name` by the modules that an item stands in, whether they are `pub` or not."""
    return _joined(program, (*program.module_path(ref.path, item.scope), item.name))


def _public(program: Program, ref: ItemRef, item: Item, means: Means) -> str | None:
    if item.visibility != "pub":
        return None
    module = program.module_path(ref.path, item.scope)
    if _open(program, module):
        return own_name(program, ref, item)
    for path, use in _exports(program, item.name):
        outer = program.module_path(path, use.scope)
        known = item.name if use.name == "*" else use.name
        # A module and what it exports may have one name: then the name alone means neither.
        named = _named(outer, use) == (*module, item.name)
        if _open(program, outer) and (named or means(known, path, use.scope)):
            return _joined(program, (*outer, known))
    return None


def _exports(program: Program, name: str) -> Iterator[tuple[str, Use]]:
    """Re-exports of something of that name, or of everything."""
    for path, module in program.modules.items():
        if path in program.unreached:
            continue
        for use in module.uses:
            leads = use.name == "*" or (bool(use.path) and use.path[-1] == name)
            if leads and use.visibility == "pub" and program.active(use.cfg, path):
                yield path, use


def _named(outer: tuple[str, ...], use: Use) -> tuple[str, ...]:
    """The full path that a `use` names, taken as one relative to its module."""
    first, *rest = use.path or ("",)
    if first == "crate":
        return (outer[0], *rest)
    return (*outer, *rest) if first == "self" else (*outer, *use.path)


def _open(program: Program, module: tuple[str, ...]) -> bool:
    """Whether all modules on the way are `pub`."""
    for depth in range(2, len(module) + 1):
        declared = program.names.declaration(module[:depth])
        if declared is None or declared.visibility != "pub":
            return False
    return True


def _joined(program: Program, path: tuple[str, ...]) -> str:
    root = path[0]
    if root == "crate" and program.crate is not None:
        root = program.crate.lib_name
    return "::".join((root, *path[1:]))
