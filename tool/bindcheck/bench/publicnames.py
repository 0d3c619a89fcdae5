"""Paths by which another crate can name an item: its own, or that of a re-export."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bindcheck.analysis.program import Program
from bindcheck.errors import BindcheckError
from bindcheck.model import ItemRef, Use
from bindcheck.model.items import Item

Means = Callable[[str, str, tuple[str, ...]], bool]
"""Whether a name means the item in a file and the modules inside it."""


def public_function(program: Program, ref: ItemRef) -> str:
    """`lib::module::name` of a function."""

    def means(name: str, path: str, scope: tuple[str, ...]) -> bool:
        return program.resolve((name,), path, scope) == (ref,)

    return _public(program, ref, program.function(ref), means)


def public_type(program: Program, ref: ItemRef) -> str:
    """`lib::module::Name` of a struct or enum."""

    def means(name: str, path: str, scope: tuple[str, ...]) -> bool:
        return program.resolve_type((name,), path, scope) == ref

    return _public(program, ref, program.struct(ref), means)


def is_public(program: Program, ref: ItemRef) -> bool:
    """Whether another crate can call a function."""
    try:
        public_function(program, ref)
    except BindcheckError:
        return False
    return True


def _public(program: Program, ref: ItemRef, item: Item, means: Means) -> str:
    module = program.module_path(ref.path, item.scope)
    if item.visibility == "pub" and _open(program, module):
        return _joined(program, (*module, item.name))
    if item.visibility == "pub":
        for path, use in _exports(program, item.name):
            outer = program.module_path(path, use.scope)
            known = item.name if use.name == "*" else use.name
            # A module and what it exports may have one name: then the name alone means neither.
            named = _named(outer, use) == (*module, item.name)
            if _open(program, outer) and (named or means(known, path, use.scope)):
                return _joined(program, (*outer, known))
    raise BindcheckError(
        f"`{item.name}` cannot be called from outside the crate, where the timer is: make it and "
        "its modules `pub`, or re-export it by `pub use`",
        ref.path,
        program.location(ref.path, item.name_span).line,
    )


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
