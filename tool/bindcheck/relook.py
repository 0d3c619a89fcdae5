"""The audit of a crate in which read bodies of one file have changed: what read them is done again.

What an audit has linked is kept, with what every piece of work has read. Bodies that are others now
are looked at in both texts by whoever asked for a facet of them; if all see the same, the files
whose checks have read them are checked again, everything else being read only where they lead.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bindcheck.analysis.bindings.interface import INTERFACES, Interface
from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.facets import FACETS
from bindcheck.analysis.keeping.reads import UNFINISHED
from bindcheck.analysis.keeping.snapshot import PLACED, Around, Snapshot, restored
from bindcheck.analysis.link import crate_roots
from bindcheck.analysis.program import Exposed, Program
from bindcheck.audit import amended
from bindcheck.carry import Moves, Unmoved, carried, moved, moved_finding
from bindcheck.checks import Check, Checks, Found, Looked, Unit
from bindcheck.crate import Configuration
from bindcheck.discover import display
from bindcheck.fact import fact, field_names, replace
from bindcheck.load import Inputs, python_around
from bindcheck.model import Block, EntryPoint, ItemRef, Module
from bindcheck.parse import lower_body, skim_module
from bindcheck.prepare import Prepared
from bindcheck.results import AuditReport
from bindcheck.rules import RULES
from bindcheck.run import Audited

_MOST_FILES = 6
"""Beyond so many files to check the whole audit, done by several processes, is nearly as fast."""

Reads = Mapping[Hashable, frozenset[Hashable]]
Sources = Mapping[str, bytes]


@fact
class Seen:
    """What an audit knew of a crate.

    `reads` tells for whom bodies were read, `found` what was found by each piece of work. `plain`:
    all that was looked at parses, and no comment or baseline tells what is shown.
    """

    snapshot: Snapshot
    reads: Reads
    found: Mapping[tuple[str, str], tuple[Check, ...]]
    idle: Looked
    plain: bool

    @classmethod
    def of(cls, audited: Audited) -> Seen:
        """What is known after an audit."""
        program, looked = audited.inputs.program, audited.looked
        modules = program.modules.values()
        told = any(one.ignores for one in modules) or audited.baseline is not None
        return cls(
            Snapshot.of(program),
            program.asked.reads.by_work,
            looked.by_work,
            Looked((), looked.idle, 0.0, {}),
            not (told or program.noted() or audited.report.ignored),
        )


def looked_again(
    seen: Seen,
    prepared: Prepared,
    texts: Sources,
    path: str,
    moves: Moves,
    report: AuditReport,
) -> AuditReport | None:
    """The report of a new audit, None where only a new audit can tell.

    `texts` are the sources as they are now, `path` the only one that is another now, `moves` where
    its code has gone, `report` that of the audit before.
    """
    changed = {ItemRef(path, index) for index in moves.restated}
    readers = _readers(seen.reads, changed)
    if not seen.plain or readers is None or not _is_placeless(seen.snapshot, path):
        return None
    try:
        with deep():
            again = _Relook(seen, prepared, texts, path, moves)
            return again.report(readers, report) if again.sees_alike(readers.facets) else None
    except Unmoved:
        return None


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who has read bodies: facets of functions by name, and the checks of files."""

    facets: tuple[tuple[str, Any], ...]
    files: tuple[str, ...]


def _readers(reads: Reads, changed: set[ItemRef]) -> _Readers | None:
    """Who has read `changed` bodies; None if there are others than can be asked again."""
    facets: list[tuple[str, Any]] = []
    files: list[Any] = []
    for work, read in reads.items():
        if changed.isdisjoint(read):
            continue
        kind, of = cast("tuple[str, Any]", work) if _has_place(work) else ("", None)
        if kind in FACETS:
            facets.append((kind, of))
        elif kind == "file" and not _is_unfinished(reads, work):
            files.append(of)
        else:
            return None
    return _Readers(tuple(facets), tuple(files)) if len(files) <= _MOST_FILES else None


def _has_place(work: Hashable) -> bool:
    return isinstance(work, tuple) and len(work) == 2


def _is_unfinished(reads: Reads, work: Hashable) -> bool:
    """Whether what comes of a piece of work depends on where a circle was entered."""
    known: set[Hashable] = {work}
    todo = [work]
    while todo:
        new = reads.get(todo.pop(), frozenset()) - known
        known |= new
        todo += new
    return UNFINISHED.name in known


class _Relook:
    """The program before and after a change."""

    def __init__(self, seen: Seen, prepared: Prepared, texts: Sources, path: str, moves: Moves):
        self._seen = seen
        self._prepared = prepared
        self._texts = _Texts(texts)
        self._path, self._moves = path, moves
        self._others: dict[str, Module] = {}
        around = _around(prepared)
        self._before = self._program(seen.snapshot, around, _Texts({**texts, path: moves.old}))
        self._after = self._program(_moved(seen.snapshot, path, moves), around, self._texts)

    def _program(self, snapshot: Snapshot, around: Around, texts: Sources) -> Program:
        own = skim_module(self._path, texts[self._path])

        def read(path: str) -> Module:
            if path == self._path:
                return own
            if path not in self._others:
                self._others[path] = skim_module(path, texts[path])
            return self._others[path]

        def lower(path: str, index: int) -> Block | None:
            return lower_body(texts[path], read(path), index)

        return restored(snapshot, around, read, lower, texts.__getitem__)

    def sees_alike(self, facets: Iterable[tuple[str, Any]]) -> bool:
        """Whether who has read facets of the changed bodies reads the same now."""
        return all(self._is_alike(kind, ref) for kind, ref in facets)

    def _is_alike(self, kind: str, of: ItemRef | str) -> bool:
        before = FACETS[kind](self._before, of)
        path = of if isinstance(of, str) else of.path
        return self._placed(before, path) == FACETS[kind](self._after, of)

    def _placed(self, value: object, path: str) -> object:
        return moved(value, self._moves) if path == self._path else value

    def report(self, readers: _Readers, report: AuditReport) -> AuditReport | None:
        """The report as it is now."""
        rules = [rule for rule in RULES if rule.code not in self._idle]
        checks = Checks(self._after, rules)
        found = {("file", path): tuple(checks.of(Unit(path))) for path in readers.files}
        reads = self._after.asked.reads.by_work
        # A body that is read for the first time may turn out not to parse.
        if not self._is_sound() or any(_is_unfinished(reads, work) for work in found):
            return None
        if all(self._is_as_before(work, one) for work, one in found.items()):
            return carried(report, {self._path: self._moves})
        return self._amended(found, report)

    @property
    def _idle(self) -> frozenset[str]:
        return frozenset(one.code for one in self._seen.idle.idle)

    def _is_sound(self) -> bool:
        own = (self._before.modules[self._path], self._after.modules[self._path])
        return not any(one.problems for one in (*self._others.values(), *own))

    def _is_as_before(self, work: tuple[str, str], found: Iterable[Check]) -> bool:
        before = self._seen.found.get(work, ())
        try:
            return [*map(self._moved_check, before)] == [*found]
        except Unmoved:
            return False

    def _moved_check(self, check: Check) -> Check:
        moves = {self._path: self._moves}
        found = (replace(one, finding=moved_finding(one.finding, moves)) for one in check.found)
        return replace(check, found=tuple(found))

    def _amended(
        self, found: Mapping[tuple[str, str], tuple[Check, ...]], report: AuditReport
    ) -> AuditReport | None:
        """The report with what is found now in place of what these pieces of work had found."""
        kept = {work: one for work, one in self._seen.found.items() if work not in found}
        before = [one for work in found for one in self._seen.found.get(work, ())]
        now = [one for some in found.values() for one in some]
        others = [self._moved_check(check) for some in kept.values() for check in some]
        every = sorted((*others, *now), key=lambda one: one.order)
        looked = replace(self._seen.idle, found=tuple(_every(every)))
        touched = {one.finding.location.path for one in (*_every(before), *_every(now))}
        left = replace(
            report,
            findings=tuple(one for one in report.findings if one.location.path not in touched),
        )
        rest = carried(left, {self._path: self._moves})
        sources = {
            path: self._texts[path] for path in touched if path in self._seen.snapshot.places
        }
        if rest is None or len(sources) < len(touched):
            return None
        inputs = Inputs(self._after, self._prepared.crate, sources, ())
        return amended(rest, inputs, self._prepared.config, looked, touched)


class _Texts(dict[str, bytes]):
    """Sources by path; those that are not among them are read, and are as they were."""

    def __missing__(self, path: str) -> bytes:
        self[path] = Path(path).read_bytes()
        return self[path]


def _every(checks: Iterable[Check]) -> Iterator[Found]:
    return (each for one in checks for each in one.found)


def _around(prepared: Prepared) -> Around:
    crate = prepared.crate
    return Around(
        crate,
        Configuration.of(crate),
        crate_roots(crate, display) if crate else (),
        prepared.config.target_pyo3,
        prepared.config.reference,
        prepared.found.reported,
        lambda: python_around(crate, {}),
    )


# --- facts that move with the code ----------------------------------------------------------------


def _is_placeless(snapshot: Snapshot, path: str) -> bool:
    """Whether nothing that is kept of the crate as a whole has places in a file."""
    kept = snapshot.kept
    return not any(path in _paths(kept[name]) for name in PLACED if name in kept)


def _paths(value: object) -> Iterator[str]:
    """All file paths, and other strings, in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _paths(key)
            yield from _paths(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _paths(one)
    elif hasattr(type(value), "__dataclass_fields__"):
        for name in field_names(type(value)):
            yield from _paths(getattr(value, name))


def _moved(snapshot: Snapshot, path: str, moves: Moves) -> Snapshot:
    """A snapshot in which the entry points of a file are where they are now."""
    exposed = snapshot.exposed
    entries = {id(one): moved(one, moves) for one in exposed.entries if one.ref.path == path}
    kept = dict(snapshot.kept)
    known = kept.get(INTERFACES)
    if isinstance(known, tuple):
        kept[INTERFACES] = tuple(_rebound(one, entries) for one in known)
    placed = tuple(entries.get(id(one), one) for one in exposed.entries)
    registrations = tuple(
        moved(one, moves) if one.location[0] == path else one for one in exposed.registrations
    )
    return replace(
        snapshot,
        exposed=Exposed(placed, registrations, exposed.cores),
        kept=kept,
    )


def _rebound(one: Interface, entries: Mapping[int, EntryPoint]) -> Interface:
    entry = entries.get(id(one.entry))
    return one if entry is None else replace(one, entry=entry)
