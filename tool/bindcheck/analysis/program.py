"""The linked program: everything a rule may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from bindcheck.analysis.keeping.asked import Text, Words, has_one
from bindcheck.analysis.keeping.reads import KeptProperty, note
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tree import Root
from bindcheck.analysis.linking.unanalysed import find_unanalysed, find_unparsed
from bindcheck.crate import Configuration, Version
from bindcheck.fact import fact
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    ItemRef,
    Problem,
    Registration,
    Unanalysed,
)

if TYPE_CHECKING:
    from bindcheck.analysis.python.view import PythonView
    from bindcheck.python_side.side import PythonSide


@fact
class Exposed:
    """What Python sees of linked modules, and what could not be read of it."""

    entries: tuple[EntryPoint, ...] = ()
    registrations: tuple[Registration, ...] = ()
    cores: tuple[CoreApi, ...] = ()


def no_source(path: str) -> bytes:
    """The bytes of a file that nobody kept: none."""
    del path
    return b""


def no_python() -> PythonSide | None:
    """The Python side of a program around which nobody looked: none."""
    return None


class Program(Linked):
    """Linked modules with their cores, entry points and exports, all in source order.

    `target_pyo3` is the release whose names the sources should use: that of a planned upgrade, else
    the crate's own. `source` gives the bytes of a file by its display path, for the edits of fixes;
    facts are in the modules. `roots` are what was given to `link`, `reference` names the indicator
    that is configured to set the pattern.
    """

    def __init__(
        self,
        linked: Linked,
        exposed: Exposed,
        reported: Callable[[str], bool],
        target_pyo3: Version | None,
        source: Callable[[str], bytes] = no_source,
        roots: Sequence[tuple[Root, Configuration]] = (),
        python: Callable[[], PythonSide | None] = no_python,
        reference: str | None = None,
    ):
        super().__init__(linked.parts)
        self.reported = reported
        self.target_pyo3 = target_pyo3
        self._source = source
        self.roots = tuple(roots)
        self.reference = reference
        self._python = python
        self.entries = exposed.entries
        self.registrations = exposed.registrations
        self.cores = exposed.cores
        self._entry_by_ref = {
            entry.ref: entry
            for entry in exposed.entries
            if entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)
        }
        self._core_by_name = {core.name: core for core in reversed(exposed.cores)}
        self._entries_by_core: dict[str, list[EntryPoint]] = {}
        for entry in exposed.entries:
            if entry.indicator is not None:
                self._entries_by_core.setdefault(entry.indicator, []).append(entry)

    def exposing(self, exposed: Exposed) -> Program:
        """The same modules with other cores and entry points."""
        return Program(
            self,
            exposed,
            self.reported,
            self.target_pyo3,
            self._source,
            self.roots,
            self._python,
            self.reference,
        )

    @cached_property
    def python(self) -> PythonView | None:
        """Stubs, package and tests, read when first asked for; None where nobody looked."""
        # Only rules about the Python side pay for what this loads.
        from bindcheck.analysis.python.view import PythonView

        side = self._python()
        return None if side is None else PythonView(self, side)

    @property
    def unanalysed(self) -> tuple[Unanalysed, ...]:
        """What could not be read, as far as somebody has looked at it."""
        found = (*self._unread, *find_unparsed(self))
        return tuple(sorted(found, key=lambda one: (one.path, one.line, one.item)))

    @KeptProperty
    def _unread(self) -> tuple[Unanalysed, ...]:
        return find_unanalysed(self, self.parts.tree, self.searched)

    @property
    def has_sources(self) -> bool:
        """Whether somebody kept the sources, or only the facts in the modules."""
        return self._source is not no_source

    def source(self, path: str) -> bytes:
        """The bytes of a file by its display path, of which any may matter."""
        self.asked.whole.add(path)
        return self._source(path)

    def searched(self, path: str, words: Words) -> bytes:
        """The bytes of a file, in which nothing but `words` and what is near them matters.

        Words that are names count as a whole only. Near is what stands in the same item, or on the
        same line.
        """
        self.asked.searched.setdefault(words, set()).add(path)
        note((Text.SEARCHED, path, words))
        return self._source(path)

    def matched(self, path: str, patterns: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The bytes of a file, of which only matters which functions match which patterns.

        Each pattern comes with a word that is in all that it matches.
        """
        self.asked.patterns.update(patterns)
        note((Text.MATCHED, path))
        return self._source(path)

    def quoted(self, path: str) -> bytes:
        """The bytes of a file of which items, and the lines that they are on, go into edits."""
        self.asked.quoted.add(path)
        note((Text.QUOTED, path))
        return self._source(path)

    def file_mentions(self, path: str, words: Words) -> bool:
        """Whether a file has one of `words`."""
        self.asked.files_with.setdefault(words, set()).add(path)
        note((Text.HAS, path, words))
        return has_one(self._source(path), words)

    def mentions(self, ref: ItemRef, words: Words) -> bool:
        """Whether the body of a function has one of `words`; without body it has none."""
        self.asked.bodies_with.setdefault(words, set()).add(ref)
        note((Text.HAS, ref.path, words))
        span = self.function(ref).body_span
        return span is not None and has_one(self._source(ref.path), words, span.start, span.end)

    def noted(self) -> dict[str, tuple[Problem, ...]]:
        """What does not parse, by file, as far as this process has looked at it."""
        return {path: one.problems for path, one in self.modules.items() if one.problems}

    def note(self, noted: Mapping[str, tuple[Problem, ...]]) -> None:
        """Take over what another process has found not to parse."""
        for path, problems in noted.items():
            self.modules[path].note(problems)

    def entry(self, ref: ItemRef) -> EntryPoint | None:
        """The entry point that a function or method is, if it is one."""
        return self._entry_by_ref.get(ref)

    def class_entry(self, ref: ItemRef) -> EntryPoint | None:
        """The entry point that a struct or enum is, if it is a `#[pyclass]`."""
        for entry in self.entries:
            if entry.kind is EntryKind.CLASS and entry.ref == ref:
                return entry
        return None

    def entries_of(self, core: CoreApi) -> tuple[EntryPoint, ...]:
        """Active entry points of an indicator, in source order."""
        return tuple(self._entries_by_core.get(core.name, ()))

    def core(self, name: str) -> CoreApi | None:
        """The core with this name, as `EntryPoint.indicator` gives it."""
        return self._core_by_name.get(name)

    def registrations_of(self, entry: EntryPoint) -> tuple[Registration, ...]:
        """Exports of an entry point in the audited configuration."""
        return self._registered.get((entry.ref, entry.kind), ())

    @cached_property
    def _registered(self) -> dict[tuple[ItemRef | None, EntryKind], tuple[Registration, ...]]:
        found: dict[tuple[ItemRef | None, EntryKind], tuple[Registration, ...]] = {}
        for one in self.registrations:
            key = (one.target, one.kind)
            found[key] = (*found.get(key, ()), one)
        return found
