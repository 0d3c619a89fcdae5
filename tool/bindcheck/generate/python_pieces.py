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
from bindcheck.generate.edited import Edited, binding_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_beside import tested_beside
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.kept_test import kept_test
from bindcheck.generate.kept_views import Viewed
from bindcheck.generate.lacking import Lacking, Untested
from bindcheck.generate.pieces import ROLES
from bindcheck.generate.plan import PiecePlan, State
from bindcheck.generate.pointers import core_place
from bindcheck.generate.python_regions import PythonRegions, ended, planned
from bindcheck.generate.pythonside import by_hand
from bindcheck.generate.recording import Runner, recorded
from bindcheck.generate.regions import find_regions
from bindcheck.generate.store import Store
from bindcheck.generate.stub import public_names, python_root, stub_place
from bindcheck.generate.stub_piece import StubPiece
from bindcheck.generate.testfile import test_text
from bindcheck.generate.testplace import no_test_folder, test_folder
from bindcheck.generate.values import Recorded, Values
from bindcheck.generate.workspace import OpenFile, Workspace
from bindcheck.python_side import gives, read_module


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

    @property
    def _regions(self) -> PythonRegions:
        return PythonRegions(self.workspace, self.store, self.keep_edits)

    @property
    def stub(self) -> StubPiece:
        """The piece `stub`."""
        regions, sources = self._regions, self.sources
        return StubPiece(self.crate, self.config, self.workspace, regions, sources)

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
            make = self.stub.settle if piece == "stub" else self._test
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

    # --- test --------------------------------------------------------------------------------

    def _test(
        self, one: Indicator, made: frozenset[str], edited: Edited, reason: str
    ) -> tuple[PiecePlan, str]:
        folder = test_folder(self.crate)
        if folder is None:
            return planned(one, "test", State.ABSENT, no_test_folder(self.crate)), ""
        path = folder / f"test_{one.facts.bare}_binding.py"
        file = self.workspace.open(path)
        shown = display(path)
        if file.old is not None and not find_regions(file.text, str(path)):
            return planned(one, "test", State.PRESENT, shown), ""
        if reason:
            return planned(one, "test", State.KEPT, reason), ""
        keeping = one.keeping | edited.called
        # The test of a kept single binding is about kept ones alone.
        kept = "single" in made & keeping
        same, other = ({}, frozenset()) if kept else by_hand(one.facts, one.as_by_hand)
        clash = sorted(other & self._tested(one, file, path))
        if clash:
            detail = f"left alone: {', '.join(clash)} has other arguments or results by hand"
            return planned(one, "test", State.KEPT, detail), ""
        record = self.values.of(one.facts.bare)
        # What is by hand is tested beside what is ours: how much alike it is, names do not tell.
        same, left_out = tested_beside(one, same)
        own = made - keeping
        tested = own | set(same) if own else own
        text, lacking = self._test_text(one, tested, made & keeping, edited, record)
        if not text:
            detail = "a test compares with the single call, which is not generated"
            return planned(one, "test", State.ABSENT, detail), ""
        regions = self._regions
        settled = regions.write(one, "test", ended(text, 2), file)
        lacking = (*left_out, *lacking)
        unlike = "which gives or takes something else"
        gone = () if kept else sorted(made & edited.called & set(ROLES) - tested)
        anew = "by hand it is called in another way than it was generated"
        lacking = (*lacking, *(f"no test of the {piece}: {anew}" for piece in gone))
        lacking = (*lacking, *(f"no test of {name}, {unlike}" for name in sorted(other)))
        if record is None:
            lacking = ("no values of the core are recorded (--values)", *lacking)
        shown = "; ".join((regions.where(one, "test", settled, file), *lacking))
        return planned(one, "test", settled.state, shown, text), settled.conflict

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
        edited: Edited,
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
        binding = binding_of(one, own, edited)
        package = self._imported_from(public_names(binding))
        defaults = "single" not in edited.redefaulted
        return test_text(one.facts, binding, package, templates, known, record, defaults=defaults)

    def _imported_from(self, names: Sequence[str]) -> str:
        """The module that a test imports from: the native one, where the package hides a name."""
        native = self.crate.extension.module_name
        package = native.partition(".")[0]
        init = python_root(self.crate) / package / "__init__.py"
        if native == package or not init.is_file():
            return package
        return package if gives(self.workspace.open(init).text, init, names) else native

    def _recorded(self, one: Indicator) -> Iterator[tuple[PiecePlan, str]]:
        """How the values stand that the test compares with, if there are any."""
        name, shown = one.facts.bare, display(self.values.path)
        if name in self.refused:
            yield planned(one, "values", State.LACKING, f"not known: {self.refused[name]}"), ""
            return
        record, old = self.values.of(name), Values.read(self.values.path.parent).of(name)
        if record is None:
            return
        if record != old:
            yield planned(one, "values", State.MISSING if old is None else State.STALE, shown), ""
        elif since := self._changed_since(one, record):
            detail = f"{shown}: {since} since: generate {name} --values"
            yield planned(one, "values", State.KEPT, detail), ""
        else:
            yield planned(one, "values", State.CURRENT, shown), ""

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


def _lacking(one: Indicator, piece: str, lacking: Lacking, edited: Edited) -> PiecePlan:
    """Why there is none; a stub that an edit has made untrue is out of date."""
    place = core_place(one.facts)
    fact = f"not known: {lacking.fact}" + (f" ({place})" if place else "")
    if piece == "stub" and edited.pieces:
        listed = ", ".join(sorted(edited.pieces))
        return planned(one, piece, State.KEPT, f"left alone: {listed} was edited by hand, {fact}")
    state = State.OMITTED if isinstance(lacking, Untested) else State.LACKING
    return planned(one, piece, state, fact)
