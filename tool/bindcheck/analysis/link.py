"""Modules to a Program: the one way to link a crate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bindcheck.analysis.cores.api import recognise_cores
from bindcheck.analysis.entries import find_entries
from bindcheck.analysis.linked import Linked, Lower, Parts
from bindcheck.analysis.program import Exposed, Program
from bindcheck.analysis.registration import find_registrations
from bindcheck.analysis.roles import with_roles
from bindcheck.analysis.tree import CRATE, Load, Root, Tree, build_tree
from bindcheck.analysis.unanalysed import find_unanalysed
from bindcheck.crate import Configuration, Crate, Version, dependency_crate
from bindcheck.model import Module


def crate_roots(
    crate: Crate, display: Callable[[Path], str]
) -> tuple[tuple[Root, Configuration], ...]:
    """The source roots of a crate and of those it depends on by path, with their configurations.

    `display` gives the path by which a file is shown.
    """
    found = {CRATE: crate}
    todo = [crate]
    while todo:
        one = todo.pop()
        for name in one.path_dependencies:
            other = dependency_crate(one, name)
            # Two crates may call one dependency differently; the first name is kept.
            if all(other.root != known.root for known in found.values()):
                found[name] = other
                todo.append(other)
    return tuple(
        (Root(name, display(one.lib_path)), Configuration.of(one))
        for name, one in found.items()
        if one.lib_path is not None
    )


def link(
    crate: Crate | None,
    configuration: Configuration,
    modules: Mapping[str, Module],
    load_extra: Load,
    reported: Callable[[str], bool],
    lower: Lower,
    roots: Sequence[tuple[Root, Configuration]] = (),
    target_pyo3: Version | None = None,
) -> Program:
    """Link `modules` (by display path) into a Program.

    `load_extra` reads a file that `modules` lacks, None when there is none. `roots` comes from
    `crate_roots`, the audited crate first; without roots every file stands for itself.
    `target_pyo3` is the PyO3 release of a planned upgrade.
    """
    tree = build_tree([root for root, _ in roots], modules, load_extra)
    configurations = {root.name: one for root, one in roots} | {CRATE: configuration}
    pyo3 = crate.pyo3.version if crate is not None and crate.pyo3 is not None else None
    linked = Linked(Parts.of(crate, configurations, pyo3, tree, lower))
    return Program(linked, _exposed(linked, tree), reported, target_pyo3 or pyo3)


def _exposed(linked: Linked, tree: Tree) -> Exposed:
    cores = tuple(core for core in recognise_cores(linked) if core.path not in linked.unreached)
    entries = with_roles(linked, find_entries(linked), cores)
    return Exposed(
        entries=entries,
        registrations=find_registrations(linked, entries),
        cores=cores,
        unanalysed=find_unanalysed(linked, tree),
    )
