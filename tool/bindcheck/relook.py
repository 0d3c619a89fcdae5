"""Whether rules say the same of a file in which bodies of bindings have changed.

What an audit has linked is kept. With it the rules are applied again to the one file, everything
else being read only where they lead. This holds where nobody else sees a difference: the function
is known to Python alone, and what the crate as a whole knows of its body is the same as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bindcheck.analysis.bindings.interface import INTERFACES, Interface
from bindcheck.analysis.depth import deep
from bindcheck.analysis.failing.failures import lost_in
from bindcheck.analysis.failing.names import checked_in
from bindcheck.analysis.keeping.contributions import SEEN
from bindcheck.analysis.keeping.snapshot import Around, Snapshot, restored
from bindcheck.analysis.link import crate_roots
from bindcheck.analysis.program import Exposed, Program
from bindcheck.carry import Moves, Unmoved, moved, moved_finding
from bindcheck.checks import Checks, Looked, Unit, findings_of
from bindcheck.crate import Configuration
from bindcheck.discover import display
from bindcheck.fact import fact, replace
from bindcheck.findings import Finding
from bindcheck.load import python_around
from bindcheck.model import Block, EntryKind, EntryPoint, ItemRef, Module
from bindcheck.parse import lower_body, skim_module
from bindcheck.prepare import Prepared
from bindcheck.rules import RULES
from bindcheck.rules.bc310_lossy_error import LossyError

_PLACED = ("wasted parallel", "asked per call")
"""What is kept of each entry point with places in bodies."""
_MACROS = ("macros", "macro rules")
_BEFORE = re.compile(rb"wrap_pyfunction!\s*\(\s*(?:\w+\s*::\s*)*$|\buse\s[\w\s:{},]*$")
"""What stands before a name that is exported, or brought to where it is."""
_FURTHEST = 2000
_LOSSES = LossyError()
"""The only rule about the crate that reads the bodies of bindings and says something of each."""


@fact
class Seen:
    """What an audit knew of a crate.

    `readers` tells for whom the bodies of bindings were read; in `wide` are the files whose checks
    read such bodies of other files. `found` are the findings of the checks of each file.
    """

    snapshot: Snapshot
    readers: Mapping[ItemRef, frozenset[str]]
    wide: frozenset[str]
    found: Mapping[str, tuple[Finding, ...]]
    idle: frozenset[str]

    @classmethod
    def of(cls, program: Program, looked: Looked) -> Seen:
        """What is known after an audit."""
        readers: dict[ItemRef, set[str]] = {
            one.ref: set() for one in program.entries if _is_plain(one)
        }
        wide: set[str] = set()
        for reader, refs in program.asked.read.items():
            for ref in refs & readers.keys():
                readers[ref].add(reader)
                if ref.path != reader:
                    wide.add(reader)
        return cls(
            Snapshot.of(program),
            {ref: frozenset(found) for ref, found in readers.items()},
            frozenset(wide),
            looked.by_file,
            frozenset(one.code for one in looked.idle),
        )


def _is_plain(entry: EntryPoint) -> bool:
    return entry.active and entry.kind is EntryKind.FUNCTION


def agrees(
    seen: Seen,
    prepared: Prepared,
    texts: Mapping[str, bytes],
    path: str,
    moves: Moves,
) -> bool:
    """Whether a new audit would say the same of all files.

    `texts` are the sources as they are now, `path` the only one that is another now, `moves` where
    its code has gone.
    """
    entries = [one for one in seen.snapshot.exposed.entries if one.ref.path == path]
    by_index = {one.ref.index: one for one in entries if _is_plain(one)}
    if path in seen.wide or not moves.restated <= by_index.keys():
        return False
    restated = [by_index[index] for index in sorted(moves.restated)]
    if not all(_is_known_to_python_alone(seen, texts, one) for one in restated):
        return False
    if not _is_placeless(seen.snapshot, path):
        return False
    try:
        snapshot = _moved(seen.snapshot, path, moves)
        with deep():
            return _Relook(seen, prepared, texts, path, moves, snapshot).agrees(restated)
    except Unmoved:
        return False


class _Relook:
    """The program before and after a change."""

    def __init__(
        self,
        seen: Seen,
        prepared: Prepared,
        texts: Mapping[str, bytes],
        path: str,
        moves: Moves,
        snapshot: Snapshot,
    ):
        self._seen = seen
        self._path, self._moves = path, moves
        self._modules: dict[str, Module] = {}
        around = _around(prepared)
        self._before = self._program(seen.snapshot, around, {**texts, path: moves.old})
        self._after = self._program(snapshot, around, texts)

    def _program(self, snapshot: Snapshot, around: Around, texts: Mapping[str, bytes]) -> Program:
        own = skim_module(self._path, texts[self._path])

        def read(path: str) -> Module:
            if path == self._path:
                return own
            if path not in self._modules:
                self._modules[path] = skim_module(path, texts[path])
            return self._modules[path]

        def lower(path: str, index: int) -> Block | None:
            return lower_body(texts[path], read(path), index)

        return restored(snapshot, around, read, lower, texts.__getitem__)

    def agrees(self, restated: Iterable[EntryPoint]) -> bool:
        """Whether all see the same."""
        if not all(self._is_seen_alike(one) for one in restated):
            return False
        rules = [rule for rule in RULES if rule.code not in self._seen.idle]
        found = findings_of(Checks(self._after, rules).of(Unit(self._path)))
        before = [moved_finding(one, {self._path: self._moves}) for one in self._known()]
        # A body that is read for the first time may turn out not to parse.
        sound = not any(one.problems for one in (*self._modules.values(), self._own()))
        return sound and [*found] == before

    def _own(self) -> Module:
        return self._after.modules[self._path]

    def _known(self) -> Sequence[Finding]:
        return self._seen.found.get(self._path, ())

    def _is_seen_alike(self, entry: EntryPoint) -> bool:
        """Whether the crate as a whole knows the same of a body."""
        now = next(
            one for one in self._after.entries if (one.kind, one.ref) == (entry.kind, entry.ref)
        )
        return self._loses_alike(entry.ref) and all(
            moved(see(self._before, entry), self._moves) == see(self._after, now)
            for see in SEEN.values()
        )

    def _loses_alike(self, ref: ItemRef) -> bool:
        """Whether the rule about the crate says the same of what a function makes of errors."""
        before, after = lost_in(self._before, ref), lost_in(self._after, ref)
        if moved(before, self._moves) != after:
            return False
        if checked_in(self._before, ref) != checked_in(self._after, ref):
            return False
        old = (_LOSSES.about(self._before, one) for one in before)
        new = [_LOSSES.about(self._after, one) for one in after]
        return [moved_finding(one, {self._path: self._moves}) for one in old] == new


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


# --- who may see a body ---------------------------------------------------------------------------


def _is_known_to_python_alone(seen: Seen, texts: Mapping[str, bytes], entry: EntryPoint) -> bool:
    """Whether no Rust function calls a binding, and only those read it that are asked again."""
    if not seen.readers[entry.ref] <= {entry.ref.path, *SEEN, _LOSSES.code}:
        return False
    name = entry.rust_name.encode()
    word = re.compile(rb"\b%s\b" % re.escape(name))
    places = [(text, at) for text in texts.values() if name in text for at in word.finditer(text)]
    inside = [text for text, at in places if not _is_export(text, at.start())]
    return len(inside) == 1


def _is_export(text: bytes, at: int) -> bool:
    """Whether a name is only exported or brought to another place, or stands in a comment."""
    line = text[text.rfind(b"\n", 0, at) + 1 : at].lstrip()
    return line.startswith(b"//") or _BEFORE.search(text, max(0, at - _FURTHEST), at) is not None


# --- facts that move with the code ----------------------------------------------------------------


def _is_placeless(snapshot: Snapshot, path: str) -> bool:
    """Whether nothing that is kept of the crate as a whole has places in a file."""
    kept = snapshot.kept
    return not any(path in _paths(kept[name]) for name in (*_PLACED, *_MACROS) if name in kept)


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
    elif hasattr(value, "place"):
        yield value.place.ref.path


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
