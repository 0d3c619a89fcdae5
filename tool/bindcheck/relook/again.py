"""The audit of a crate in which read bodies of one file have changed: what read them is done again.

What an audit has linked is kept, with what every piece of work has read. Bodies that are others now
are looked at in both texts by whoever asked for a facet of them; if all see the same, the files
whose checks have read them are checked again, everything else being read only where they lead.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, cast

from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.asked import Text
from bindcheck.analysis.keeping.facets import facet
from bindcheck.analysis.keeping.reads import UNFINISHED
from bindcheck.analysis.keeping.snapshot import Around, Placed, Snapshot, restored
from bindcheck.analysis.link import crate_roots
from bindcheck.analysis.program import Exposed, Program
from bindcheck.audit import amended
from bindcheck.carry import Anew, Moves, Unmoved, carried, moved, moved_finding
from bindcheck.checks import Check, Checks, Found, Looked, Unit
from bindcheck.crate import Configuration
from bindcheck.discover import display
from bindcheck.fact import field_names, replace
from bindcheck.load import Inputs, python_around
from bindcheck.model import Block, ItemRef, MacroItem, Module
from bindcheck.packed import Packed
from bindcheck.parse import lower_body, skim_module
from bindcheck.prepare import Prepared
from bindcheck.results import AuditReport
from bindcheck.rules import RULES
from bindcheck.run import Audited

_MOST_FILES = 6
"""Beyond so many files to check the whole audit, done by several processes, is nearly as fast."""
_MOST_FACETS = 200
"""The same of facets."""

Reads = Mapping[Hashable, frozenset[Hashable]]
Readers = Mapping[Hashable, tuple[tuple[Hashable, bool], ...]]
"""For each function of a file, and question about its text, who has asked, unfinished or not."""
Sources = Mapping[str, bytes]


_READERS = "readers"
_FOUND = "found"
_WORKS = "works"
_IDLE = "idle"
_PLAIN = "plain"
Work = tuple[str, str]


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
        own = Packed.of(
            (
                (_PLAIN, plain),
                (_IDLE, looked.idle),
                (_WORKS, tuple(looked.by_work)),
                *(((_FOUND, work), checks) for work, checks in looked.by_work.items()),
                *(
                    ((_READERS, path), known)
                    for path, known in _by_file(program.asked.reads.by_work).items()
                ),
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


def looked_again(
    seen: Seen,
    prepared: Prepared,
    texts: Sources,
    path: str,
    moves: Moves,
    report: AuditReport,
) -> AuditReport:
    """The report of a new audit. Raises Anew where only a new audit can tell.

    `texts` are the sources as they are now, `path` the only one that is another now, `moves` where
    its code has gone, `report` that of the audit before.
    """
    readers = _readers(seen.readers(path), (*moves.restated, *moves.retold))
    if not seen.plain:
        raise Anew("comments or a baseline tell what is shown, or a file does not parse")
    with deep():
        again = _Relook(seen, prepared, texts, path, moves)
        again.look_alike(readers.facets)
        return again.report(readers, report)


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who has read bodies: facets of functions by name, and the checks of files."""

    facets: tuple[tuple[str, Any], ...]
    files: tuple[str, ...]


def _by_file(reads: Reads) -> dict[str, dict[Hashable, tuple[tuple[Hashable, bool], ...]]]:
    """Who has read bodies and texts, by file."""
    found: dict[str, dict[Hashable, list[tuple[Hashable, bool]]]] = {}
    unfinished = _unfinished(reads)
    for work, read in reads.items():
        told = (work, work in unfinished)
        for one in read:
            if isinstance(one, ItemRef):
                found.setdefault(one.path, {}).setdefault(one.index, []).append(told)
            elif _is_text(one):
                found.setdefault(one[1], {}).setdefault(one, []).append(told)
    return {
        path: {asked: tuple(works) for asked, works in known.items()}
        for path, known in found.items()
    }


def _readers(readers: Readers, changed: Iterable[Hashable]) -> _Readers:
    """Who has asked for what has changed. Raises Anew if there are others than can ask again."""
    facets: list[tuple[str, Any]] = []
    files: list[Any] = []
    for at in changed:
        if at not in readers:
            raise Anew(f"nobody knows who has asked: {at}")
    for work, unfinished in dict.fromkeys(one for at in changed for one in readers[at]):
        kind, of = cast("tuple[str, Any]", work) if _has_place(work) else ("", None)
        if facet(kind) is not None:
            facets.append((kind, of))
        elif kind == "file" and not unfinished:
            files.append(of)
        else:
            raise Anew(f"also asked for by: {_shown(work)}")
    if len(files) > _MOST_FILES or len(facets) > _MOST_FACETS:
        raise Anew("too much leads to the body")
    return _Readers(tuple(facets), tuple(files))


def _shown(work: Hashable) -> str:
    return " ".join(map(str, work)) if isinstance(work, tuple) else str(work)


def _is_text(one: Hashable) -> TypeGuard[tuple[Text, str]]:
    return isinstance(one, tuple) and isinstance(one[0], Text)


def _has_place(work: Hashable) -> bool:
    return isinstance(work, tuple) and len(work) == 2


def _unfinished(reads: Reads) -> set[Hashable]:
    """The pieces of work of which what comes depends on where a circle was entered."""
    users: dict[Hashable, list[Hashable]] = {}
    for work, read in reads.items():
        for one in read:
            if not isinstance(one, ItemRef) and not _is_text(one):
                users.setdefault(one, []).append(work)
    known: set[Hashable] = {UNFINISHED.name}
    todo: list[Hashable] = [UNFINISHED.name]
    while todo:
        new = [one for one in users.get(todo.pop(), ()) if one not in known]
        known.update(new)
        todo += new
    return known


def _as_it_was(name: str, value: object) -> object:
    del name
    return value


class _Relook:
    """The program before and after a change."""

    def __init__(self, seen: Seen, prepared: Prepared, texts: Sources, path: str, moves: Moves):
        self._seen = seen
        self._prepared = prepared
        self._texts = _Texts(texts)
        self._path, self._moves = path, moves
        self._others: dict[str, Module] = {}
        around = _around(prepared)
        exposed = seen.snapshot.exposed
        self._before = self._program(exposed, around, _Texts({**texts, path: moves.old}))
        self._after = self._program(
            _moved(exposed, path, moves), around, self._texts, lambda _, one: self._placed(one)
        )

    def _program(
        self, exposed: Exposed, around: Around, texts: Sources, placed: Placed = _as_it_was
    ) -> Program:
        own = skim_module(self._path, texts[self._path])

        def read(path: str) -> Module:
            if path == self._path:
                return own
            if path not in self._others:
                self._others[path] = skim_module(path, texts[path])
            return self._others[path]

        def lower(path: str, index: int) -> Block | None:
            return lower_body(texts[path], read(path), index)

        snapshot = self._seen.snapshot
        return restored(snapshot, exposed, placed, around, read, lower, texts.__getitem__)

    def look_alike(self, facets: Iterable[tuple[str, Any]]) -> None:
        """Raises Anew unless who has read facets of the changed bodies reads the same now."""
        for kind, of in facets:
            if not self._is_alike(kind, of):
                raise Anew(f"another answer: {kind}")

    def _is_alike(self, kind: str, of: ItemRef | str) -> bool:
        ask = facet(kind)
        assert ask is not None
        before = ask(self._before, of)
        path = of if isinstance(of, str) else of.path
        was = moved(before, self._moves) if path == self._path else before
        return was == ask(self._after, of)

    def _placed(self, value: object) -> object:
        """What is kept of functions, where they are now. Raises Unmoved."""
        return _in_place(value, self._path, self._moves)

    def report(self, readers: _Readers, report: AuditReport) -> AuditReport:
        """The report as it is now. Raises Anew."""
        rules = [rule for rule in RULES if rule.code not in self._idle]
        checks = Checks(self._after, rules)
        found = {("file", path): tuple(checks.of(Unit(path))) for path in readers.files}
        reads = self._after.asked.reads.by_work
        # A body that is read for the first time may turn out not to parse.
        if not self._is_sound():
            raise Anew("a body does not parse")
        if not _unfinished(reads).isdisjoint(found):
            raise Anew("what is found depends on where a circle was entered")
        if all(self._is_as_before(work, one) for work, one in found.items()):
            return carried(report, {self._path: self._moves})
        return self._amended(found, report)

    @property
    def _idle(self) -> frozenset[str]:
        return frozenset(one.code for one in self._seen.idle.idle)

    def _is_sound(self) -> bool:
        own = (self._before.modules[self._path], self._after.modules[self._path])
        return not any(one.problems for one in (*self._others.values(), *own))

    def _is_as_before(self, work: Work, found: Iterable[Check]) -> bool:
        before = self._seen.found(work)
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
    ) -> AuditReport:
        """The report with what is found now in place of what these pieces of work had found."""
        seen = self._seen
        kept = [check for work in seen.works if work not in found for check in seen.found(work)]
        before = [one for work in found for one in seen.found(work)]
        now = [one for some in found.values() for one in some]
        others = [self._moved_check(check) for check in kept]
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
        if len(sources) < len(touched):
            raise Anew("a finding is about a file that is no Rust source")
        inputs = Inputs(self._after, self._prepared.crate, sources, ())
        found_now = amended(rest, inputs, self._prepared.config, looked, touched)
        if found_now is None:
            raise Anew("settings hide a finding")
        return found_now


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


def _in_place(value: Any, path: str, moves: Moves) -> Any:
    """Plain data in which spans of the file are where they are now.

    Such are those of facts with a `ref` to it, and of macros that it defines.
    """
    if isinstance(value, Mapping):
        return {key: _in_place(one, path, moves) for key, one in value.items()}
    if type(value) is tuple and len(value) == 2 and isinstance(value[1], MacroItem):
        return (value[0], moved(value[1], moves)) if value[0] == path else value
    if type(value) in (tuple, list):
        return type(value)(_in_place(one, path, moves) for one in value)
    if not hasattr(type(value), "__dataclass_fields__"):
        return value
    ref = getattr(value, "ref", None)
    if isinstance(ref, ItemRef):
        return moved(value, moves) if ref.path == path else value
    names = field_names(type(value))
    return type(value)(*(_in_place(getattr(value, name), path, moves) for name in names))


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


def _moved(exposed: Exposed, path: str, moves: Moves) -> Exposed:
    """What Python sees, in a file where it is now."""
    return Exposed(
        tuple(moved(one, moves) if one.ref.path == path else one for one in exposed.entries),
        tuple(
            moved(one, moves) if one.location[0] == path else one for one in exposed.registrations
        ),
        exposed.cores,
    )
