"""Stub and test of an indicator, settled in the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field, replace
from pathlib import Path

from bindcheck.config import Config
from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.core_source import core_digest, locked_versions
from bindcheck.generate.disagreements import Disagreements
from bindcheck.generate.docstrings import merge_entries
from bindcheck.generate.edited import Edited
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_beside import tested_beside
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.kept_stub import kept_entries
from bindcheck.generate.kept_test import kept_test
from bindcheck.generate.kept_views import Viewed
from bindcheck.generate.lacking import Lacking, Untested
from bindcheck.generate.merge import merge
from bindcheck.generate.pieces import ROLES, VERSIONS
from bindcheck.generate.plan import PiecePlan, State
from bindcheck.generate.pointers import core_place
from bindcheck.generate.pythonside import by_hand, python_binding
from bindcheck.generate.recording import Runner, recorded
from bindcheck.generate.regions import PYTHON, find_regions
from bindcheck.generate.rustfile import Settled, place, settle
from bindcheck.generate.store import Store
from bindcheck.generate.stub import (
    StubPlace,
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
from bindcheck.generate.testfile import test_text
from bindcheck.generate.testplace import no_test_folder, test_folder
from bindcheck.generate.values import Recorded, Values
from bindcheck.generate.workspace import OpenFile, Workspace
from bindcheck.python_side import gives, read_module, with_exports


@fact
class PythonPieces:
    """Writes the Python side of indicators whose binding is generated."""

    crate: Crate
    config: Config
    workspace: Workspace
    store: Store
    disagreements: Disagreements
    sources: Mapping[str, bytes]
    values: Values
    refused: Mapping[str, str] = field(default_factory=dict)
    keep_edits: bool = False

    def viewed(self, asked: Callable[[str], bool]) -> Viewed:
        """What is wanted of the Python side of kept bindings."""
        return Viewed(
            stubs=asked("stub") and stub_place(self.crate) is not None,
            tests=asked("test") and test_folder(self.crate) is not None,
        )

    def settle(
        self,
        one: Indicator,
        pieces: tuple[str, ...],
        made: frozenset[str],
        edited: Edited,
        reason: str,
    ) -> Iterator[tuple[PiecePlan, str]]:
        """The plans of `pieces` (`stub`, `test`) with the diff of a conflict, texts written.

        `made` are the bindings in generated regions, `edited` those of them that Python sees as
        something else; `reason` tells why nothing is to be changed.
        """
        if not made:
            return
        reason = reason or self._imported(one)
        if edited.unread and not reason:
            reason = f"left alone: not known: {edited.unread}, which was edited by hand"
        for piece in pieces:
            make = self._stub if piece == "stub" else self._test
            try:
                found = make(one, made, edited, reason)
            except Lacking as lacking:
                found = _lacking(one, piece, lacking, edited), ""
            yield found
            state = found[0].state
            if piece == "test" and not state.failed and state is not State.ABSENT:
                yield from self._recorded(one)

    def recording(self, indicators: Iterable[Indicator], runner: Runner) -> PythonPieces:
        """These pieces, with values of the cores as they are now.

        `indicators` are those whose single binding is generated.
        """
        if test_folder(self.crate) is None:
            raise BindcheckError(f"no place to keep values in: {no_test_folder(self.crate)}")
        wanted = (one.facts for one in indicators)
        values, refused = recorded(self.values, wanted, runner, self.sources, self.crate)
        return replace(self, values=values, refused=refused)

    def texts_with_regions(self) -> dict[str, str]:
        """The stub and the tests as they are now, where they have regions, by shown path."""
        home, folder = stub_place(self.crate), test_folder(self.crate)
        paths = [home.stub] if home is not None else []
        paths += sorted(folder.glob("test_*.py")) if folder is not None else []
        texts = {display(path): self.workspace.open(path).text for path in paths}
        return {path: text for path, text in texts.items() if "bindcheck: begin" in text}

    def _imported(self, one: Indicator) -> str:
        """Why stub and test wait where the package imports a name that is another one by now."""
        home = stub_place(self.crate)
        init = home.package / "__init__.py" if home is not None and home.package else None
        if init is None or not init.is_file():
            return ""
        imported = read_module(self.workspace.open(init).text, init).imported
        for old, new in one.renamed:
            if old in imported:
                return (
                    f"left alone: `{old}` is called `{new}` by hand in {one.core.path}, and "
                    f"{display(init)} imports `{old}`: that has to be `{new}` as well"
                )
        return ""

    # --- stub --------------------------------------------------------------------------------

    def _stub(
        self, one: Indicator, made: frozenset[str], edited: Edited, reason: str
    ) -> tuple[PiecePlan, str]:
        home = stub_place(self.crate)
        if home is None:
            if not reason:
                self._export(one, made - one.keeping - edited.pieces)
            return _plan(one, "stub", State.ABSENT, no_stub(self.crate)), ""
        file = self.workspace.open(home.stub)
        shown = display(home.stub)
        if reason:
            return _plan(one, "stub", State.KEPT, reason), ""
        handwritten = self._handwritten(file, home.stub)
        same, other = by_hand(one.facts, one.by_hand)
        clash = sorted(other & self._stubbed(one, file, home.stub))
        if clash:
            detail = f"left alone: {', '.join(clash)} has other arguments or results by hand"
            return _plan(one, "stub", State.KEPT, detail), ""
        told = {piece for piece, name in same.items() if name not in handwritten}
        keeping = one.keeping | edited.pieces
        own = (made - keeping) | told
        binding = python_binding(one.facts, dict.fromkeys(own, True)) if own else None
        names = public_names(binding) if binding is not None else ()
        refuse_imported(names)
        twice = [name for name in names if name in handwritten]
        kept = kept_entries(one, made & keeping, handwritten)
        if twice or not (names or kept.names):
            there = twice or [one.facts.named(one.facts.style.single_python)]
            return _plan(one, "stub", State.PRESENT, f"{', '.join(there)} in {shown}"), ""
        annotation = kernel_annotation(file.text, home.stub)
        entry = stub_entry(binding, self.config.templates, annotation) if binding else ""
        bare = _apart(entry, kept.text(self.config.templates))
        text = with_builtins(bare, hidden_types(one.facts.program, one.facts.style))
        names, typing = (*names, *kept.names), (*typing_names(binding), *kept.typing)
        typing = (*typing, *(["builtins"] if text != bare else []))
        before = file.text
        text = spelled_there(text, before)
        file.text = with_preamble(before, home.stub, text, names, typing)
        settled = self._write(one, "stub", _ended(text, 1), file)
        shown = self._where(one, "stub", settled, file)
        hidden = self._package(home, names, _replaced(one) | set(same.values()))
        if settled.state is State.CURRENT and file.text != before:
            settled = Settled(State.STALE)
        return _plan(one, "stub", settled.state, f"{shown}{hidden}", text), settled.conflict

    def _stubbed(self, one: Indicator, file: OpenFile, path: Path) -> frozenset[str]:
        """Names that the indicator's region in the stub defines."""
        key = one.key("stub")
        bodies = [one.body for one in find_regions(file.text, str(path)) if one.key == key]
        return read_module("".join(bodies), path).defined

    def _handwritten(self, file: OpenFile, path: Path) -> frozenset[str]:
        text = file.text
        for region in reversed(find_regions(text, str(path))):
            text = text[: region.start] + text[region.end :]
        return read_module(text, path).defined

    def _export(self, one: Indicator, own: Set[str]) -> None:
        """Let a package without a stub pass on the names of bindings that keep no interface."""
        native = self.crate.module_name
        init = python_root(self.crate) / native.partition(".")[0] / "__init__.py"
        if own and "." in native and init.is_file():
            names = public_names(python_binding(one.facts, dict.fromkeys(own, True)))
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

    # --- test --------------------------------------------------------------------------------

    def _test(
        self, one: Indicator, made: frozenset[str], edited: Edited, reason: str
    ) -> tuple[PiecePlan, str]:
        folder = test_folder(self.crate)
        if folder is None:
            return _plan(one, "test", State.ABSENT, no_test_folder(self.crate)), ""
        path = folder / f"test_{one.facts.bare}_binding.py"
        file = self.workspace.open(path)
        shown = display(path)
        if file.old is not None and not find_regions(file.text, str(path)):
            return _plan(one, "test", State.PRESENT, shown), ""
        if reason:
            return _plan(one, "test", State.KEPT, reason), ""
        keeping = one.keeping | edited.called
        # The test of a kept single binding is about kept ones alone.
        kept = "single" in made & keeping
        same, other = ({}, frozenset()) if kept else by_hand(one.facts, one.as_by_hand)
        clash = sorted(other & self._tested(one, file, path))
        if clash:
            detail = f"left alone: {', '.join(clash)} has other arguments or results by hand"
            return _plan(one, "test", State.KEPT, detail), ""
        record = self.values.of(one.facts.bare)
        # What is by hand is tested beside what is ours: how much alike it is, names do not tell.
        same, left_out = tested_beside(one, same)
        own = made - keeping
        text, lacking = self._test_text(
            one, own | set(same) if own else own, made & keeping, record
        )
        if not text:
            detail = "a test compares with the single call, which is not generated"
            return _plan(one, "test", State.ABSENT, detail), ""
        settled = self._write(one, "test", _ended(text, 2), file)
        lacking = (*left_out, *lacking)
        if record is None:
            lacking = ("no values of the core are recorded (--values)", *lacking)
        shown = "; ".join((self._where(one, "test", settled, file), *lacking))
        return _plan(one, "test", settled.state, shown, text), settled.conflict

    def _tested(self, one: Indicator, file: OpenFile, path: Path) -> frozenset[str]:
        """Words of the indicator's region in its test."""
        key = one.key("test")
        bodies = [one.body for one in find_regions(file.text, str(path)) if one.key == key]
        return frozenset(word for body in bodies for word in re.findall(r"\w+", body))

    def _test_text(
        self,
        one: Indicator,
        own: Set[str],
        kept: Set[str],
        record: Recorded | None,
    ) -> tuple[str, tuple[str, ...]]:
        """The text for those that are kept, if a single one is, else for those of our own.

        Nothing where there is no single one of either. Also what is not tested, and why.
        """
        templates = self.config.templates
        known = self.disagreements.of(one.facts.bare)
        if "single" in kept:
            views = {piece: one.views[piece] for piece in ROLES if piece in kept}
            names = [entry_of(one.facts, piece).python_name for piece in views]
            package = self._imported_from(names)
            return kept_test(views, package, templates, known, record)
        if "single" not in own:
            return "", ()
        binding = python_binding(one.facts, dict.fromkeys(own, True))
        package = self._imported_from(public_names(binding))
        return test_text(one.facts, binding, package, templates, known, record)

    def _imported_from(self, names: Sequence[str]) -> str:
        """The module that a test imports from: the native one, where the package hides a name."""
        native = self.crate.module_name
        package = native.partition(".")[0]
        init = python_root(self.crate) / package / "__init__.py"
        if native == package or not init.is_file():
            return package
        return package if gives(self.workspace.open(init).text, init, names) else native

    def _recorded(self, one: Indicator) -> Iterator[tuple[PiecePlan, str]]:
        """How the values stand that the test compares with, if there are any."""
        name, shown = one.facts.bare, display(self.values.path)
        if name in self.refused:
            yield _plan(one, "values", State.LACKING, f"not known: {self.refused[name]}"), ""
            return
        record, old = self.values.of(name), Values.read(self.values.path.parent).of(name)
        if record is None:
            return
        if record != old:
            yield _plan(one, "values", State.MISSING if old is None else State.STALE, shown), ""
        elif since := self._changed_since(one, record):
            detail = f"{shown}: {since} since: generate {name} --values"
            yield _plan(one, "values", State.KEPT, detail), ""
        else:
            yield _plan(one, "values", State.CURRENT, shown), ""

    def _changed_since(self, one: Indicator, record: Recorded) -> str:
        """What is not as it was when a core was recorded; empty where nothing is known of that."""
        if record.source != core_digest(one.facts.program, one.core, self.sources):
            return "the core has changed"
        locked = locked_versions(self.crate)
        moved = (
            f"{name} has gone from {version} to {locked[name]}"
            for name, version in record.dependencies.items()
            if locked.get(name, version) != version
        )
        return next(moved, "")

    # --- both --------------------------------------------------------------------------------

    def _write(self, one: Indicator, piece: str, text: str, file: OpenFile) -> Settled:
        key = one.key(piece)
        name = self.workspace.relative(file.path)
        regions = {region.key: region for region in find_regions(file.text, str(file.path))}
        base = self.store.base(name, key)
        keep = self.keep_edits
        merging = merge_entries if piece == "stub" else merge
        settled = settle(
            regions.get(key),
            key,
            VERSIONS[piece],
            text,
            base,
            PYTHON,
            keep=keep,
            merging=merging,
        )
        if settled.wrapped is not None:
            # Entries of one file stand in the order of their names.
            order = sorted({key, *regions})
            file.text = place(file.text, str(file.path), key, settled.wrapped, order, 0)
        if settled.base:
            self.store.keep(name, key, settled.base)
        return settled

    def _where(self, one: Indicator, piece: str, settled: Settled, file: OpenFile) -> str:
        """The file, with the line of a region in conflict."""
        shown = display(file.path)
        regions = find_regions(file.text, str(file.path)) if settled.conflict else ()
        lines = (region.line_in(file.text) for region in regions if region.key == one.key(piece))
        return next((f"{shown}:{line}" for line in lines), shown)


def _lacking(one: Indicator, piece: str, lacking: Lacking, edited: Edited) -> PiecePlan:
    """Why there is none; a stub that an edit has made untrue is out of date."""
    place = core_place(one.facts)
    fact = f"not known: {lacking.fact}" + (f" ({place})" if place else "")
    if piece == "stub" and edited.pieces:
        listed = ", ".join(sorted(edited.pieces))
        return _plan(one, piece, State.KEPT, f"left alone: {listed} was edited by hand, {fact}")
    state = State.OMITTED if isinstance(lacking, Untested) else State.LACKING
    return _plan(one, piece, state, fact)


def _ended(text: str, blank: int) -> str:
    """`text` with as many blank lines behind it as formatters want between definitions."""
    return text.strip("\n") + "\n" * (blank + 1)


def _replaced(one: Indicator) -> frozenset[str]:
    """Python names of bindings by hand that are replaced: what is exported of them is settled."""
    there = (*(target.entry for target in one.targets.values()), *one.named.values())
    return frozenset(entry.python_name for entry in there)


def _apart(first: str, second: str) -> str:
    """Two groups of entries with a blank line between them."""
    return "\n\n".join(one.strip("\n") for one in (first, second) if one) + "\n"


def _plan(one: Indicator, piece: str, state: State, detail: str, text: str = "") -> PiecePlan:
    return PiecePlan(one.core.name, piece, state, detail, text)
