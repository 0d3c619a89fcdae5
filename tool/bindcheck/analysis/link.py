"""Modules to a Program: the one way to link a crate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bindcheck.analysis.bindings.entries import find_entries
from bindcheck.analysis.bindings.registration import find_registrations
from bindcheck.analysis.bindings.roles import with_roles
from bindcheck.analysis.cores.api import recognise_cores
from bindcheck.analysis.keeping.reads import collected
from bindcheck.analysis.linking.linked import Linked, Lower, Parts
from bindcheck.analysis.linking.tree import CRATE, Load, Root, build_tree
from bindcheck.analysis.program import Exposed, Program, no_python, no_source
from bindcheck.analysis.threads.shared_calls import share_calls
from bindcheck.crate import Configuration, Crate, Version, path_crates
from bindcheck.crew import ALONE, Crew
from bindcheck.model import EntryKind, Module

if TYPE_CHECKING:
    from bindcheck.python_side.side import PythonSide

# Bytes of sources from which on a second process saves more than it costs.
_WORTH_PROCESSES = 300_000
_CALLED = (EntryKind.FUNCTION, EntryKind.METHOD)


def crate_roots(
    crate: Crate, display: Callable[[Path], str]
) -> tuple[tuple[Root, Configuration], ...]:
    """The source roots of a crate and of those it depends on by path, with their configurations.

    `display` gives the path by which a file is shown.
    """
    return tuple(
        (Root(name, display(one.lib_path)), Configuration.of(one))
        for name, one in path_crates(crate).items()
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
    source: Callable[[str], bytes] = no_source,
    python: Callable[[], PythonSide | None] = no_python,
    reference: str | None = None,
    crew: Crew = ALONE,
) -> Program:
    """Link `modules` (by display path) into a Program.

    `load_extra` reads a file that `modules` lacks, None when there is none. `roots` comes from
    `crate_roots`, the audited crate first; without roots every file stands for itself.
    `target_pyo3` is the PyO3 release of a planned upgrade, `source` gives the bytes of a file,
    `python` the Python sources around the crate; `reference` is the configured one. `crew` forks
    here, if the crate is worth it.
    """
    tree = build_tree([root for root, _ in roots], modules, load_extra)
    configurations = {root.name: one for root, one in roots} | {CRATE: configuration}
    pyo3 = crate.pyo3.version if crate is not None and crate.pyo3 is not None else None
    linked = Linked(Parts.of(crate, configurations, pyo3, tree, lower))
    weights = _weights(linked, source)
    if sum(weights.values()) > _WORTH_PROCESSES:
        crew.fork(weights)
    exposed = _exposed(linked, crew)
    return Program(linked, exposed, reported, target_pyo3 or pyo3, source, roots, python, reference)


def _weights(linked: Linked, source: Callable[[str], bytes]) -> dict[str, int]:
    """The bytes of each file that is part of the audited configuration."""
    return {
        path: len(source(path))
        for path in linked.modules
        if path not in linked.unreached and linked.active(linked.inherited_cfg(path), path)
    }


def _exposed(linked: Linked, crew: Crew) -> Exposed:
    reads = linked.asked.reads
    found, read = collected(recognise_cores, linked, crew)
    reads.add(("cores",), read)
    cores = tuple(core for core in found if core.path not in linked.unreached)
    entries, read = collected(lambda: with_roles(linked, find_entries(linked), cores, crew))
    reads.add(("roles",), read)
    active = [one.ref for one in entries if one.active and one.kind in _CALLED]
    share_calls(linked, crew, active)
    registrations, read = collected(find_registrations, linked, entries)
    reads.add(("registrations",), read)
    return Exposed(entries=entries, registrations=registrations, cores=cores)
