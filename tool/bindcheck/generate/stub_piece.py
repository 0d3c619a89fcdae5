"""The piece `stub`, settled in the workspace: bindings of ours, kept ones and those by hand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.fact import fact, replace
from bindcheck.generate.edited import Edited, binding_of
from bindcheck.generate.hand_stub import by_hand_entries, exports_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_stub import KeptEntries, kept_entries
from bindcheck.generate.plan import PiecePlan, State
from bindcheck.generate.python_regions import PythonRegions, ended, planned
from bindcheck.generate.pythonside import by_hand, gives_alike, keeps_signature
from bindcheck.generate.pythonview import PythonBinding
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import KEPT
from bindcheck.generate.rustfile import Settled
from bindcheck.generate.stub import (
    StubPlace,
    dict_names,
    hidden_types,
    kernel_annotation,
    no_stub,
    public_names,
    python_root,
    refuse_imported,
    spelled_there,
    stub_entry,
    stub_place,
    typing_names,
    with_builtins,
    with_preamble,
)
from bindcheck.generate.workspace import OpenFile, Workspace
from bindcheck.python_side import gives, read_module, with_exports, without_public_names

_STAR = re.compile(r"^\s*from\s+\S+\s+import\s+\*", re.MULTILINE)


@fact
class StubPiece:
    """Writes the entries of indicators into the stub, and lets the package pass their names on."""

    crate: Crate
    config: Config
    workspace: Workspace
    regions: PythonRegions
    sources: Mapping[str, bytes]

    def settle(
        self, one: Indicator, made: Set[str], edited: Edited, reason: str
    ) -> tuple[PiecePlan, str]:
        """The plan of the piece, with the diff of a conflict (see `PythonPieces.settle`)."""
        home = stub_place(self.crate)
        if home is None:
            if not reason:
                self._export(one, made - _keeping(one, edited), edited)
            return planned(one, "stub", State.ABSENT, no_stub(self.crate)), ""
        if reason:
            return planned(one, "stub", State.KEPT, reason), ""
        file = self.workspace.open(home.stub)
        keeping = _keeping(one, edited)
        own = made - keeping
        binding = binding_of(one, own, edited) if own else None
        names = _names(binding)
        refuse_imported(names)
        written = _handwritten(file)
        twice, ours = [name for name in names if name in written], own
        if twice:
            named = {piece: _names(binding_of(one, {piece}, edited)) for piece in ours}
            own = {piece for piece in ours if written.isdisjoint(named[piece])}
            binding = binding_of(one, own, edited) if own else None
            names = _names(binding)
        kept = kept_entries(one, made & keeping, written)
        taken = {*written, *names, *kept.names, *kept.dicts, *dict_names(binding)}
        declared, refused = self._by_hand(one, taken)
        kept = kept.with_others(declared)
        alike = _still_ours(one, refused)
        if alike:
            binding = binding_of(one, own | alike, edited)
        lost = self._lost(one, home, refused, _names(binding))
        if lost:
            return planned(one, "stub", State.KEPT, lost), ""
        if not (names or kept.names or alike):
            there = twice or [one.facts.named(one.facts.style.single_python)]
            detail = f"{', '.join(there)} in {display(home.stub)}"
            return planned(one, "stub", State.PRESENT, detail + _told(one, ours)), ""
        plan, conflict = self._entered(one, home, file, binding, kept)
        if twice:
            also = f"; {', '.join(twice)} in {display(home.stub)}{_told(one, ours - own)}"
            plan = replace(plan, detail=plan.detail + also)
        return plan, conflict

    def beside(self, indicators: Iterable[Indicator]) -> Iterator[tuple[PiecePlan, str]]:
        """The same for indicators that are bound by hand alone, in a stub with regions of ours.

        There they are missed: a package that has types is taken to have all of them.
        """
        home = stub_place(self.crate)
        for one in indicators:
            if home is not None and self._is_ours(home):
                file = self.workspace.open(home.stub)
                found, refused = self._by_hand(one, _handwritten(file))
                lost = self._lost(one, home, refused, ())
                if lost:
                    yield planned(one, "stub", State.KEPT, lost), ""
                elif found.names:
                    yield self._entered(one, home, file, None, found)

    def untold(self, program: Program) -> Iterator[str]:
        """What the extension module has and a stub with regions of ours does not, in a note."""
        home = stub_place(self.crate)
        if home is None or not self._is_ours(home):
            return
        text = self.workspace.open(home.stub).text
        module = read_module(text, home.stub)
        if "__getattr__" in module.defined or _STAR.search(text):
            return
        found = (export.names for export in exports_of(program, self.crate).all)
        names = sorted({one[0] for one in found if len(one) == 1} - module.names)
        if names:
            listed = ", ".join(f"`{name}`" for name in names)
            yield f"{display(home.stub)} has no entry for {listed}, which the module exports"

    def keys(self) -> frozenset[str]:
        """The regions of the stub."""
        home = stub_place(self.crate)
        if home is None:
            return frozenset()
        text = self.workspace.open(home.stub).text
        return frozenset(region.key for region in find_regions(text, str(home.stub)))

    def _is_ours(self, home: StubPlace) -> bool:
        return "bindcheck: begin" in self.workspace.open(home.stub).text

    def _lost(
        self, one: Indicator, home: StubPlace, refused: Mapping[str, str], told: Collection[str]
    ) -> str:
        """Why the region stays that declares a binding by hand of which nothing can be told."""
        there = self._declared(one, home, self.workspace.open(home.stub).text)
        lost = sorted(there & refused.keys() - set(told))
        if not lost:
            return ""
        return f"left alone: {lost[0]} is bound by hand, not known: {refused[lost[0]]}"

    def _declared(self, one: Indicator, home: StubPlace, text: str) -> frozenset[str]:
        """The names that the region of an indicator declares in the `text` of the stub."""
        regions = find_regions(text, str(home.stub))
        bodies = [region.body for region in regions if region.key == one.key("stub")]
        return frozenset(name for body in bodies for name in read_module(body, home.stub).defined)

    def _by_hand(
        self, one: Indicator, taken: Collection[str]
    ) -> tuple[KeptEntries, Mapping[str, str]]:
        """What is told of the bindings by hand that stay, and why nothing is of the others."""
        declared, refused = by_hand_entries(one.facts, self.crate, one.by_hand, self.sources, taken)
        return KeptEntries.of(declared), refused

    def _entered(
        self,
        one: Indicator,
        home: StubPlace,
        file: OpenFile,
        binding: PythonBinding | None,
        kept: KeptEntries,
    ) -> tuple[PiecePlan, str]:
        """Put the entries of an indicator into the stub."""
        templates, before = self.config.templates, file.text
        annotation = kernel_annotation(before, home.stub)
        entry = stub_entry(binding, templates, annotation) if binding else ""
        bare = _apart(entry, kept.text(templates))
        text = with_builtins(bare, hidden_types(one.facts.program, one.facts.style))
        names = (*_names(binding), *kept.names)
        typing = (*typing_names(binding), *kept.typing)
        typing = (*typing, *(["builtins"] if text != bare else []))
        text = spelled_there(text, before)
        file.text = with_preamble(before, home.stub, text, names, typing)
        settled = self.regions.write(one, "stub", ended(text, 1), file)
        gone = self._declared(one, home, before) - self._declared(one, home, file.text)
        if gone:
            gone -= read_module(file.text, home.stub).names
            file.text = without_public_names(file.text, home.stub, gone)
        shown = self.regions.where(one, "stub", settled, file)
        hidden = self._package(home, names, _settled(one))
        if settled.state is State.CURRENT and file.text != before:
            settled = Settled(State.STALE)
        return planned(one, "stub", settled.state, f"{shown}{hidden}", text), settled.conflict

    # --- the package -------------------------------------------------------------------------

    def _export(self, one: Indicator, own: Set[str], edited: Edited) -> None:
        """Let a package without a stub pass on the names of bindings that keep no interface."""
        native = self.crate.extension.module_name
        init = python_root(self.crate) / native.partition(".")[0] / "__init__.py"
        if own and "." in native and init.is_file():
            names = public_names(binding_of(one, own, edited))
            file = self.workspace.open(init)
            file.text = with_exports(file.text, init, native, names)

    def _package(self, home: StubPlace, names: tuple[str, ...], settled: frozenset[str]) -> str:
        """Let the package pass the names on, and tell type checkers that it has types.

        What is exported of those that are `settled` stays so; which it hides, as a tail of a line.
        """
        if home.package is None:
            return ""
        hidden = ""
        init = home.package / "__init__.py"
        if init.is_file() and names:
            file = self.workspace.open(init)
            wanted = tuple(name for name in names if name not in settled)
            file.text = with_exports(file.text, init, home.native, wanted)
            missing = [name for name in names if not gives(file.text, init, (name,))]
            hidden = f"; {display(init)} does not export {', '.join(missing)}" if missing else ""
        self.workspace.open(home.package / "py.typed").wanted_empty = True
        return hidden


def _names(binding: PythonBinding | None) -> tuple[str, ...]:
    """The names that Python sees of a binding, if there is one."""
    return public_names(binding) if binding is not None else ()


def _still_ours(one: Indicator, refused: Collection[str]) -> frozenset[str]:
    """Pieces by hand that cannot be declared as they are, and that our entry is as true of.

    So is one whose markers somebody has taken away.
    """
    same, _ = by_hand(one.facts, one.by_hand)
    return frozenset(
        entry.role.value
        for entry in one.by_hand
        if same.get(entry.role.value) == entry.python_name in refused
        if keeps_signature(one.facts, entry) and gives_alike(one.facts, entry)
    )


def _keeping(one: Indicator, edited: Edited) -> frozenset[str]:
    """Pieces whose interface is not our own, whatever their name."""
    return one.keeping | (edited.pieces - edited.renamed)


def _told(one: Indicator, pieces: Set[str]) -> str:
    """What is told of entries by hand where a binding gives way to one that may be called anew."""
    anew = any(
        wanted.piece in one.targets
        and wanted.piece in pieces
        and wanted.text
        and wanted.interface != KEPT
        for wanted in one.wanted
    )
    told = "where its head is another one now, `bindcheck audit --select BC108` says so"
    return f", by hand: {told}" if anew else ""


def _handwritten(file: OpenFile) -> frozenset[str]:
    """What a stub defines outside of our regions."""
    text, path = file.text, file.path
    for region in reversed(find_regions(text, str(path))):
        text = text[: region.start] + text[region.end :]
    return read_module(text, path).defined


def _settled(one: Indicator) -> frozenset[str]:
    """Names of bindings by hand, replaced or not: what is exported of them is settled."""
    there = (*(target.entry for target in one.targets.values()), *one.named.values(), *one.by_hand)
    return frozenset(entry.python_name for entry in there)


def _apart(first: str, second: str) -> str:
    """Two groups of entries with a blank line between them."""
    return "\n\n".join(one.strip("\n") for one in (first, second) if one) + "\n"
