"""The linked program: everything a rule may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bindcheck.analysis.linked import Linked
from bindcheck.crate import Version
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    ItemRef,
    Registration,
    Unanalysed,
)


@dataclass(frozen=True, slots=True)
class Exposed:
    """What Python sees of linked modules, and what could not be read of it."""

    entries: tuple[EntryPoint, ...] = ()
    registrations: tuple[Registration, ...] = ()
    cores: tuple[CoreApi, ...] = ()
    unanalysed: tuple[Unanalysed, ...] = ()


class Program(Linked):
    """Linked modules with their cores, entry points and exports, all in source order.

    `target_pyo3` is the release whose names the sources should use: that of a planned upgrade, else
    the crate's own.
    """

    def __init__(
        self,
        linked: Linked,
        exposed: Exposed,
        reported: Callable[[str], bool],
        target_pyo3: Version | None,
    ):
        super().__init__(linked.parts)
        self.reported = reported
        self.target_pyo3 = target_pyo3
        self.entries = exposed.entries
        self.registrations = exposed.registrations
        self.cores = exposed.cores
        self.unanalysed = exposed.unanalysed
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
        return tuple(
            one for one in self.registrations if one.target == entry.ref and one.kind is entry.kind
        )
