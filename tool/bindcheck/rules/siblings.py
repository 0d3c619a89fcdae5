"""Classes that stand beside others of their sort in a file, nearly all of which are exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import EntryKind, EntryPoint, Enum

_ENOUGH = 5
_NEARLY_ALL = 0.8


@fact
class Siblings:
    """How many classes of a file are like one of them, and how many of these one module has."""

    exported: int
    all: int


def exported_siblings(program: Program, entry: EntryPoint) -> Siblings | None:
    """What became of the siblings of a class that no module has: None where it says nothing.

    Siblings are the other enums, or structs, of its file that Python cannot make either. That a
    class is left out on purpose shows where others are, or where each goes to a module of its own.
    """
    others = list(_siblings(program, entry))
    modules = Counter(module for one in others for module in _modules(program, one))
    exported = max(modules.values(), default=0)
    if exported < _ENOUGH or exported < _NEARLY_ALL * len(others):
        return None
    return Siblings(exported, len(others))


def has_constructor(program: Program, entry: EntryPoint) -> bool:
    """Whether Python can make objects of a class."""
    return any(
        one.constructor and one.class_ref == entry.ref
        for one in program.entries
        if one.kind is EntryKind.METHOD
    )


def _siblings(program: Program, entry: EntryPoint) -> Iterator[EntryPoint]:
    sort = _is_enum(program, entry)
    for one in program.entries:
        beside = one.kind is EntryKind.CLASS and one.ref.path == entry.ref.path and one.active
        like = beside and one.ref != entry.ref and _is_enum(program, one) is sort
        if like and not has_constructor(program, one):
            yield one


def _is_enum(program: Program, entry: EntryPoint) -> bool:
    return isinstance(program.struct(entry.ref), Enum)


def _modules(program: Program, entry: EntryPoint) -> set[str]:
    """The modules that have a class."""
    return {one.receiver or one.module for one in program.registrations_of(entry)}
