"""What an audit knew of a crate, and who had asked for what."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeGuard

from bindcheck.analysis.keeping.asked import Text
from bindcheck.analysis.keeping.facets import facet
from bindcheck.analysis.keeping.reads import UNFINISHED
from bindcheck.analysis.keeping.snapshot import Snapshot
from bindcheck.checks import Check, Looked
from bindcheck.model import ItemRef
from bindcheck.packed import Packed
from bindcheck.run import Audited

Reads = Mapping[Hashable, tuple[Hashable, ...]]
Readers = Mapping[Hashable, tuple[tuple[Hashable, bool], ...]]
"""Who has asked, unfinished or not: for functions of a file, questions about its text, facets."""
Work = tuple[str, str]

_READERS = "readers"
_FACETS = "facets"
_KINDS = "facets of functions"
_FOUND = "found"
_WORKS = "works"
_IDLE = "idle"
_PLAIN = "plain"


class Seen:
    """What an audit knew of a crate, in parts that are read when they are asked for."""

    def __init__(self, parts: Packed):
        self._parts = parts
        self.snapshot = Snapshot(parts)

    @classmethod
    def of(cls, audited: Audited) -> Seen:
        """What is known after an audit."""
        program, looked = audited.inputs.program, audited.looked
        modules = program.modules.values()
        told = any(one.ignores for one in modules) or audited.baseline is not None
        plain = not (told or program.noted() or audited.report.ignored)
        reads = program.asked.reads.by_work
        own = Packed.of(
            (
                (_PLAIN, plain),
                (_IDLE, looked.idle),
                (_WORKS, tuple(looked.by_work)),
                *(((_FOUND, work), checks) for work, checks in looked.by_work.items()),
                *(((_READERS, path), known) for path, known in _by_file(reads).items()),
                (_KINDS, _of_functions(reads)),
                *(((_FACETS, path), known) for path, known in _of_files(reads).items()),
            )
        )
        return cls(Packed({**Snapshot.of(program).parts.parts, **own.parts}))

    @property
    def parts(self) -> Mapping[Hashable, bytes]:
        """All of it, packed."""
        return self._parts.parts

    @property
    def plain(self) -> bool:
        """Whether all that was looked at parses, and no comment or baseline tells what is shown."""
        return bool(self._parts[_PLAIN])

    @property
    def idle(self) -> Looked:
        """The rules that had nothing to look at."""
        return Looked((), self._parts[_IDLE], 0.0, {})

    @property
    def works(self) -> tuple[Work, ...]:
        """All pieces of work that were done."""
        known: tuple[Work, ...] = self._parts[_WORKS]
        return known

    def found(self, work: Work) -> tuple[Check, ...]:
        """What was found by a piece of work."""
        known: tuple[Check, ...] = self._parts.get((_FOUND, work), ())
        return known

    def readers(self, path: str) -> Readers:
        """For whom the bodies of a file were read."""
        known: Readers = self._parts.get((_READERS, path), {})
        return known

    def facets(self, path: str) -> tuple[str, ...]:
        """What was asked of a file."""
        known: tuple[str, ...] = self._parts.get((_FACETS, path), ())
        return known

    @property
    def of_functions(self) -> tuple[str, ...]:
        """What was asked of any functions."""
        known: tuple[str, ...] = self._parts[_KINDS]
        return known


def unfinished(reads: Reads) -> set[Hashable]:
    """The pieces of work of which what comes depends on where a circle was entered."""
    known: set[Hashable] = {UNFINISHED.name}
    new: set[Hashable] = {*known}
    while new:
        new = {work for work, read in reads.items() if not new.isdisjoint(read)} - known
        known |= new
    return known


def _by_file(reads: Reads) -> dict[str, dict[Hashable, tuple[tuple[Hashable, bool], ...]]]:
    """Who has read bodies and texts, by file."""
    asked: dict[Hashable, list[tuple[Hashable, bool]]] = {}
    known = unfinished(reads)
    for work, read in reads.items():
        told = (work, work in known)
        for one in read:
            if one in asked:
                asked[one].append(told)
            else:
                asked[one] = [told]
    found: dict[str, dict[Hashable, tuple[tuple[Hashable, bool], ...]]] = {}
    for one, works in asked.items():
        if isinstance(one, ItemRef):
            found.setdefault(one.path, {})[one.index] = tuple(works)
        elif _is_text(one):
            found.setdefault(one[1], {})[one] = tuple(works)
        elif is_facet(one):
            found.setdefault(path_of(one[1]), {})[one] = tuple(works)
    return found


def _of_files(reads: Reads) -> dict[str, tuple[str, ...]]:
    """The names of the facets that were asked of each file."""
    found: dict[str, list[str]] = {}
    for work in reads:
        if is_facet(work) and isinstance(work[1], str):
            found.setdefault(work[1], []).append(work[0])
    return {path: tuple(sorted(names)) for path, names in found.items()}


def _of_functions(reads: Reads) -> tuple[str, ...]:
    """The names of the facets that were asked of any functions."""
    return tuple(sorted({one[0] for one in reads if is_facet(one) and isinstance(one[1], ItemRef)}))


def is_facet(one: Hashable) -> TypeGuard[tuple[str, ItemRef | str]]:
    """Whether a value that is known by its name is a facet of a function or file."""
    return isinstance(one, tuple) and len(one) == 2 and facet(one[0]) is not None


def path_of(of: ItemRef | str) -> str:
    """The file that a facet is about."""
    return of if isinstance(of, str) else of.path


def _is_text(one: Hashable) -> TypeGuard[tuple[Text, str]]:
    return isinstance(one, tuple) and isinstance(one[0], Text)
