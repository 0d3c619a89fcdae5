"""Which bindings no Python test reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from fnmatch import fnmatchcase
from functools import cache, cached_property

from bindcheck.analysis.bindings.class_members import Member
from bindcheck.analysis.bindings.effective_signature import effective_signature
from bindcheck.analysis.bindings.exports import Export
from bindcheck.analysis.bindings.module_objects import Names
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.view import PythonView
from bindcheck.fact import fact
from bindcheck.model import EntryKind, EntryPoint, ItemRef
from bindcheck.model.python import ArgumentKind
from bindcheck.python_side.usage import Called

_KERNEL = "kernel"
_CALLED_BY_NAME = ("method", "static", "class")
_TEST_FILES = ("test_*.py", "*_test.py")


@fact
class Untested:
    """A binding that no test calls, or whose kernel no test chooses (`calls` without it)."""

    export: Export
    member: Member | None = None
    calls: int = 0


@fact
class _Reads:
    """Names of attributes: by file those of objects of any class, else with their class."""

    attributes: dict[str, set[str]]
    known: set[tuple[ItemRef, str]] = field(default_factory=set)


class Tested:
    """Asks the tests for each name of the extension."""

    def __init__(self, program: Program, view: PythonView):
        self._program = program
        self._view = view
        self._usage = view.usage

    @cached_property
    def bindings(self) -> tuple[Export, ...]:
        """Exported functions and classes, each once, under its first name."""
        found: dict[tuple[ItemRef, EntryKind], Export] = {}
        for one in self._view.exports.all:
            found.setdefault((one.entry.ref, one.entry.kind), one)
        return tuple(found.values())

    def untested(self) -> tuple[Untested, ...]:
        """Functions, classes and methods that are not reached, in the order of their export."""
        return (*self._untested(), *self._untested_hidden())

    def without_kernel(self) -> Iterator[Untested]:
        """Functions that take a kernel, and are called without it only."""
        for one in self.bindings:
            place = self._kernel_place(one.entry)
            if place is not None and self._is_used(one):
                calls = self._calls(one)
                chosen = any(self._passes(call, place) for call in calls)
                if not chosen and not self._travels(one, calls):
                    yield Untested(one, calls=len(calls))

    def _untested(self) -> Iterator[Untested]:
        for one in self.bindings:
            is_class = one.entry.kind is EntryKind.CLASS
            used = self._is_used(one)
            if not is_class:
                if not used:
                    yield Untested(one)
                continue
            members = self._view.classes.members(one.entry)
            if not used and members.makeable and members.complete:
                yield Untested(one)
                continue
            for member in members.members:
                if self._is_plain(member, one.entry) and not self._is_reached(one, member):
                    yield Untested(one, member)

    def _untested_hidden(self) -> Iterator[Untested]:
        """Methods of objects that Python gets without knowing their class, as far as tests do."""
        for name, entry in self._view.exports.hidden_classes.items():
            export = Export((name,), entry)
            members = self._view.classes.members(entry).members
            plain = [one for one in members if self._is_plain(one, entry)]
            reached = [one for one in plain if self._is_reached(export, one)]
            if any(one.name in self._read_names for one in reached):
                yield from (Untested(export, one) for one in plain if one not in reached)

    # --- names -----------------------------------------------------------------------------------

    def _is_used(self, export: Export) -> bool:
        """Whether tests reach a function or class under any of its names."""
        return any(map(self._is_read, self._view.exports.names_of(export.entry)))

    def _is_read(self, names: Names) -> bool:
        last = names[-1]
        return (
            names in self._usage.places
            or last in self._read_names
            or last in self._view.side.other_words
            or self._usage.fetches(last)
        )

    @cached_property
    def _read_names(self) -> frozenset[str]:
        return frozenset(name for names in self._reads.attributes.values() for name in names)

    @cached_property
    def _reads(self) -> _Reads:
        """What is read from objects whose class may be any, and from those of a known class."""
        found = _Reads({path: set(names) for path, names in self._usage.attributes.items()})
        classes = {
            one.names: one.entry
            for one in self._view.exports.all
            if one.entry.kind is EntryKind.CLASS
        }
        for maker, reads in self._usage.owned.items():
            for path, name in reads:
                owner = self._owner(classes.get(maker), name)
                if owner is None:
                    found.attributes.setdefault(path, set()).add(name)
                else:
                    found.known.add((owner, name))
        return found

    def _owner(self, cls: EntryPoint | None, name: str) -> ItemRef | None:
        """The class that `name` comes from in objects of `cls`, itself or a base of it."""
        members = () if cls is None else self._view.classes.members(cls).members
        member = next((one for one in members if one.name == name), None)
        if cls is None or member is None:
            return None
        return cls.ref if member.entry is None else member.entry.class_ref

    def _is_plain(self, member: Member, cls: EntryPoint) -> bool:
        """A method that somebody calls by its name."""
        own = member.entry is not None and member.entry.class_ref == cls.ref
        return own and member.kind in _CALLED_BY_NAME and not member.name.startswith("__")

    def _is_reached(self, export: Export, member: Member) -> bool:
        if (*export.names, member.name) in self._usage.places or self._usage.fetches(member.name):
            return True
        if (export.entry.ref, member.name) in self._reads.known:
            return True
        near = self._near(export)
        if near is None:
            words = self._view.side.other_words
            return member.name in self._read_names or member.name in words
        return any(member.name in self._reads.attributes.get(path, ()) for path in near)

    def _near(self, export: Export) -> frozenset[str] | None:
        """Files in which objects of a class can be; None when they may be in any."""
        places = self._usage.places.get(export.names, set())
        if not places or export.names in self._usage.handed or self._is_returned(export.entry):
            return None
        return self._helpers.union(places) if all(map(_is_test_file, places)) else None

    @cached_property
    def _helpers(self) -> frozenset[str]:
        """Files beside the tests that read attributes of unknown objects."""
        return frozenset(path for path in self._reads.attributes if not _is_test_file(path))

    def _is_returned(self, cls: EntryPoint) -> bool:
        """Whether another binding makes objects of a class."""
        makers = self._makers.get(self._program.struct(cls.ref).name, set())
        return bool(makers - {cls.ref})

    @cached_property
    def _makers(self) -> dict[str, set[ItemRef | None]]:
        """For each type in the result of a binding the classes of those bindings."""
        found: dict[str, set[ItemRef | None]] = defaultdict(set)
        for one in self._program.entries:
            if one.kind in (EntryKind.FUNCTION, EntryKind.METHOD):
                for name in self._program.function(one.ref).returns.names():
                    found[name].add(one.class_ref)
        return found

    # --- kernels ---------------------------------------------------------------------------------

    def _kernel_place(self, entry: EntryPoint) -> int | None:
        """The number of arguments before `kernel`; very large when it is keyword-only."""
        if entry.kind is not EntryKind.FUNCTION:
            return None
        for number, one in enumerate(effective_signature(self._program, entry) or ()):
            if one.name == _KERNEL:
                return 10**6 if one.kind is ArgumentKind.KEYWORD else number
        return None

    def _calls(self, export: Export) -> list[Called]:
        return [
            call
            for names in self._view.exports.names_of(export.entry)
            for found in (self._usage.calls.get(names), self._usage.by_name.get(names[-1]))
            for call in found or ()
        ]

    def _passes(self, called: Called, place: int) -> bool:
        """Whether a call gives a kernel; one in Python code of the package passes on its own."""
        call = called.call
        given = _KERNEL in call.keywords or call.positional > place
        given = given and not call.refused and call.blank.isdisjoint({_KERNEL, place})
        if given and not called.test:
            return self._says_kernel(None)
        return given or (call.open and self._says_kernel(called.path))

    def _travels(self, export: Export, calls: list[Called]) -> bool:
        """Whether calls may be out of sight, in tests that do name a kernel."""
        for names in self._view.exports.names_of(export.entry):
            if any(map(self._says_kernel, self._usage.handed.get(names, ()))):
                return True
            if not calls or self._usage.fetches(names[-1]):
                return self._says_kernel(None)
        return False

    def _says_kernel(self, path: str | None) -> bool:
        """Whether the tests name a kernel: in this file, or in a helper; None for any."""
        if _KERNEL in self._view.side.other_words:
            return True
        if path is None or not _is_test_file(path):
            return bool(self._kernel_files)
        helpers = (one for one in self._kernel_files if not _is_test_file(one))
        return path in self._kernel_files or any(helpers)

    @cached_property
    def _kernel_files(self) -> frozenset[str]:
        return frozenset(
            file.path
            for file in self._view.side.tests
            for scope in file.scopes
            if _KERNEL in scope.strings or any(_KERNEL in call.keywords for call in scope.calls)
        )


@cache
def _is_test_file(path: str) -> bool:
    return any(fnmatchcase(path.rpartition("/")[2], pattern) for pattern in _TEST_FILES)
