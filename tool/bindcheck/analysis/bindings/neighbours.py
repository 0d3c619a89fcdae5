"""Bindings beside another one that give arguments of the same names a default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint

_MAJORITY = 0.8


def defaults_beside(program: Program, entry: EntryPoint, names: Sequence[str]) -> str | None:
    """Who gives arguments of these names a default, in words; None when nobody does.

    The other bindings of the same indicator decide about the arguments they have; about the rest
    four fifths of those of the same sort for other indicators, or of those that are called alike.
    """
    decided: set[str] = set()
    for other in _of_the_indicator(program, entry):
        given = _defaults(other)
        usual = [name for name in names if given.get(name)]
        if usual:
            return f"`{other.rust_name}` gives {_listed(usual)} a default"
        decided |= given.keys()
    rest = [name for name in names if name not in decided]
    usual = [name for name in rest if _mostly(program, entry, name)]
    if not usual:
        return None
    sort = "of the same arguments" if entry.indicator is None else "of this sort"
    return f"the other bindings {sort} give {_listed(usual)} a default"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _defaults(entry: EntryPoint) -> dict[str, bool]:
    return {one.name: one.default is not None for one in entry.signature or ()}


def _of_the_indicator(program: Program, entry: EntryPoint) -> Iterator[EntryPoint]:
    core = program.core(entry.indicator) if entry.indicator is not None else None
    for other in program.entries_of(core) if core is not None else ():
        if other.active and other.ref != entry.ref and other.signature is not None:
            yield other


def _mostly(program: Program, entry: EntryPoint, name: str) -> bool:
    given = [
        _defaults(other)[name]
        for other in program.entries
        if other.signature is not None and _is_like(program, entry, other)
        if name in _defaults(other)
    ]
    return bool(given) and sum(given) >= _MAJORITY * len(given)


def _is_like(program: Program, entry: EntryPoint, other: EntryPoint) -> bool:
    """The same for another indicator, or of the same arguments."""
    if not other.active or other.kind is not entry.kind:
        return False
    if entry.indicator is not None and other.indicator is not None:
        return other.role is entry.role
    return [one.name for one in other.signature or ()] == [
        one.name for one in python_signature(entry, program.function(entry.ref))
    ]
