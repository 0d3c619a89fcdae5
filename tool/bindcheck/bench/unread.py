"""Functions of other crates that a core calls: their sources are not read."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.bench.ways import nodes, reached
from bindcheck.crate import path_crates
from bindcheck.model import Call, ItemRef, MacroCall, Node, Path

_KNOWN = frozenset({"rayon", "crossbeam", "pyo3", "numpy"})
"""Crates whose functions that start threads are known by their names, or that have none."""
_SHOWN = 3


def unread(program: Program, core: ItemRef) -> str:
    """The crates of which a core calls functions that nobody has read, each with its first call.

    What is called as a method is not told: of which crate it is has to be known for that.
    """
    names = program.keep("crates that are not read", lambda: _foreign(program))
    found: dict[str, str] = {}
    for ref in reached(program, core) if names else ():
        for name, node in _called(program, ref):
            if name in names and name not in found:
                place = program.location(ref.path, node.span)
                found[name] = f"`{name}` ({place.path}:{place.line})"
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join([*found.values()][:_SHOWN]) + more


def _foreign(program: Program) -> frozenset[str]:
    """The names that the code has for dependencies of all crates that were read."""
    crates = {} if program.crate is None else path_crates(program.crate)
    every = {one.code_name for crate in crates.values() for one in crate.dependencies}
    return frozenset(every - crates.keys() - _KNOWN)


def _called(program: Program, ref: ItemRef) -> Iterator[tuple[str, Node]]:
    """What a function calls by a path, with the first segment of that as `use` resolves it."""
    scope = program.function(ref).scope
    for node in nodes(program, ref):
        segments: tuple[str, ...] = ()
        if isinstance(node, Call) and isinstance(node.function, Path):
            segments = node.function.segments
        elif isinstance(node, MacroCall):
            segments = tuple(node.path.split("::"))
        if segments:
            yield _first(program, ref, scope, segments), node


def _first(program: Program, ref: ItemRef, scope: tuple[str, ...], path: tuple[str, ...]) -> str:
    """The first segment of a path, as `use` resolves what is called, or the type it belongs to."""
    heads = (path[:1], path) if len(path) > 1 else (path,)
    found = (program.names.original(head, ref.path, scope) for head in heads)
    return next((one[0] for one in found if len(one) > 1), "")
