"""What may be an entry point and could not be read, with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bindcheck.analysis.linked import Linked
from bindcheck.analysis.tree import MissingFile, Tree
from bindcheck.model import MacroItem, Module, Unanalysed

EXPOSING = frozenset({"pyfunction", "pyfn", "pyclass", "pymethods", "pymodule"})
"""Hints of a macro that makes entry points."""


def find_unanalysed(linked: Linked, tree: Tree) -> tuple[Unanalysed, ...]:
    """Macro-made and included items, what does not parse, modules without a file: by place."""
    found = [
        *(one for path in tree.modules for one in _macros(linked, path)),
        *(one for path in tree.modules for one in _problems(linked, path)),
        *_missing(linked, tree),
        *_included(linked, tree),
    ]
    return tuple(sorted(found, key=lambda one: (one.path, one.line, one.item)))


def _macros(linked: Linked, path: str) -> Iterator[Unanalysed]:
    if path in linked.unreached:
        return
    for item in linked.modules[path].macros:
        cfg = (*linked.inherited_cfg(path), *item.cfg)
        if not item.defines and linked.active(cfg, path) and _exposes(linked, item):
            line = linked.location(path, item.span).line
            yield Unanalysed(path, line, f"{item.name}!", "made by a macro")


def _exposes(linked: Linked, item: MacroItem) -> bool:
    """Whether an invocation makes entry points, by its own tokens or by the rules of its macro."""
    if EXPOSING.intersection(item.hints):
        return True
    known = linked.parts.calls.macro(item.name.rsplit("::", 1)[-1])
    return known is not None and bool(EXPOSING.intersection(known[1].hints))


def _problems(linked: Linked, path: str) -> Iterator[Unanalysed]:
    """Functions that a parse error runs through."""
    module: Module = linked.modules[path]
    for function in module.functions:
        for problem in module.problems:
            if function.span.overlaps(problem.extent):
                line = linked.location(path, function.span).line
                yield Unanalysed(path, line, function.path, f"does not parse: {problem.message}")
                break


def _missing(linked: Linked, tree: Tree) -> Iterator[Unanalysed]:
    for one in tree.missing:
        cfg = (*linked.inherited_cfg(one.path), *one.mod.cfg)
        if linked.active(cfg, one.path):
            line = linked.location(one.path, one.mod.span).line
            yield Unanalysed(one.path, line, f"mod {one.mod.name}", _why_missing(one))


def _why_missing(one: MissingFile) -> str:
    unreadable = [path for path in one.tried if os.path.lexists(path)]
    if unreadable:
        return f"cannot be read: {unreadable[0]}"
    return f"no such file: {' or '.join(one.tried)}"


def _included(linked: Linked, tree: Tree) -> Iterator[Unanalysed]:
    """Included files that make entry points, or of which that cannot be told."""
    for one in tree.includes:
        cfg = (*linked.inherited_cfg(one.path), *one.item.cfg)
        module = linked.modules.get(one.file) if one.file is not None else None
        if linked.active(cfg, one.path) and (module is None or _makes_entries(module)):
            line = linked.location(one.path, one.item.span).line
            reason = (
                f"included as text, not followed: {one.file}" if one.file else "made by the build"
            )
            item = " ".join(f"include!({one.item.tokens.strip()})".split())
            yield Unanalysed(one.path, line, item, reason)


def _makes_entries(module: Module) -> bool:
    items = (*module.functions, *module.structs, *module.enums, *module.impls, *module.mods)
    made = any(item.attr(*EXPOSING) is not None for item in items)
    return made or any(EXPOSING.intersection(macro.hints) for macro in module.macros)
