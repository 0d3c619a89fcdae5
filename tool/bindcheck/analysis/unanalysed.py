"""What may be an entry point and could not be read, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.linked import Linked
from bindcheck.analysis.tree import Tree
from bindcheck.model import MacroItem, Module, Unanalysed

EXPOSING = frozenset({"pyfunction", "pyfn", "pyclass", "pymethods", "pymodule"})
"""Hints of a macro that makes entry points."""


def find_unanalysed(linked: Linked, tree: Tree) -> tuple[Unanalysed, ...]:
    """Macro-made items, places that do not parse and modules without a file, in source order."""
    found = [
        *(one for path in tree.modules for one in _macros(linked, path)),
        *(one for path in tree.modules for one in _problems(linked, path)),
        *_missing(linked, tree),
    ]
    return tuple(sorted(found, key=lambda one: (one.path, one.line, one.item)))


def _macros(linked: Linked, path: str) -> Iterator[Unanalysed]:
    if path in linked.orphans:
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
            yield Unanalysed(one.path, line, f"mod {one.mod.name}", "its file cannot be read")
