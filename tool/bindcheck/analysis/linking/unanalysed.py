"""What may be an entry point and could not be read, with the reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from bindcheck.analysis.keeping.asked import Words
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.macro_made import EXPOSING, MacroMade
from bindcheck.analysis.linking.tree import Include, MissingFile, Tree
from bindcheck.analysis.linking.unread import OFF, unread_attributes, unread_calls
from bindcheck.model import MacroItem, Module, Unanalysed
from bindcheck.parse.attributes import needs_test


def find_unanalysed(
    linked: Linked, tree: Tree, searched: Callable[[str, Words], bytes]
) -> tuple[Unanalysed, ...]:
    """Macro-made and included items, those inside bodies, modules without a file."""
    macros = MacroMade(tree.modules.values())
    words = tuple(sorted(name.encode() for name in EXPOSING | macros.names))
    read = [path for path in tree.modules if path not in linked.unreached]
    return (
        *(one for path in read for one in _macros(linked, path, macros)),
        *(
            one
            for path in read
            for one in unread_calls(linked, path, searched(path, words), macros)
        ),
        *(one for path in read for one in unread_attributes(linked, path, searched(path, words))),
        *(one for path in read for one in _renamed(linked, path)),
        *_missing(linked, tree),
        *_included(linked, tree),
    )


def find_unparsed(linked: Linked) -> tuple[Unanalysed, ...]:
    """Functions that do not parse, as far as somebody has looked at them."""
    return tuple(one for path in linked.modules for one in _problems(linked, path))


def _macros(linked: Linked, path: str, macros: MacroMade) -> Iterator[Unanalysed]:
    module = linked.modules[path]
    for item in module.macros:
        read = item.defines or item.span.start in module.calls
        if not read and not needs_test(item.cfg) and macros.makes(item):
            line = linked.location(path, item.name_span).line
            active = linked.active((*linked.inherited_cfg(path), *item.cfg), path)
            reason = "made by a macro" + ("" if active else OFF)
            yield Unanalysed(path, line, f"{item.name}!", reason)


def _renamed(linked: Linked, path: str) -> Iterator[Unanalysed]:
    """Attributes of PyO3 that the file gives another name."""
    for use in linked.modules[path].uses:
        if use.path[-1] in EXPOSING and use.name != use.path[-1] and use.path[0] == "pyo3":
            line = linked.location(path, use.span).line
            item = f"use {'::'.join(use.path)} as {use.name}"
            yield Unanalysed(path, line, item, f"`#[{use.name}]` is not followed")


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
    """Files that a macro brings in and that make entry points, or of which nothing is known."""
    for one in tree.includes:
        cfg = (*linked.inherited_cfg(one.path), *one.item.cfg)
        modules = [linked.modules[path] for path in one.below]
        if linked.active(cfg, one.path) and (not modules or any(map(_makes_entries, modules))):
            line = linked.location(one.path, one.item.span).line
            yield Unanalysed(one.path, line, _call(one.item), _why_apart(one))


def _call(item: MacroItem) -> str:
    """`include!("file")`, or the name of another macro."""
    if not _is_include(item):
        return f"{item.name}!"
    return " ".join(f"include!({item.tokens.strip()})".split())


def _is_include(item: MacroItem) -> bool:
    return item.name.rsplit("::", 1)[-1] == "include"


def _why_apart(one: Include) -> str:
    if one.file is None:
        return "made by the build"
    how = "included as text" if _is_include(one.item) else "a module made by a macro"
    return f"{how}, not followed: {one.file}"


def _makes_entries(module: Module) -> bool:
    items = (*module.functions, *module.structs, *module.enums, *module.impls, *module.mods)
    made = any(item.attr(*EXPOSING) is not None for item in items)
    return made or any(EXPOSING.intersection(macro.hints) for macro in module.macros)
