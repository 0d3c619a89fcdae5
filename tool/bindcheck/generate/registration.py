"""What the module exports: lines are collected for all indicators, then written together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.findings import Edit
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.outcome import Story
from bindcheck.generate.plan import State
from bindcheck.generate.regated import Exporting
from bindcheck.generate.register import Export, Home, Registrar, find_home, missing_of
from bindcheck.generate.style import CrateStyle
from bindcheck.generate.workspace import Workspace
from bindcheck.model import Cfg, EntryKind, EntryPoint
from bindcheck.rustfmt import Formatter

_WITHIN = (("crate",), ("self",), ("super",))
"""How paths into the crate begin."""


@dataclass(slots=True)
class Registration:
    """The lines of one module. `home` is where they stand, or the fact that is lacking for that;
    `exported` has the place of each name that was exported before, `waiting` are the names that
    are not exported yet, by source module. `edits` are those of the whole run by file.
    """

    program: Program
    style: CrateStyle
    sources: Mapping[str, bytes]
    edition: str
    story: Story
    edits: dict[str, list[Edit]]
    home: Home | str = ""
    exported: Mapping[str, str] = field(default_factory=dict)
    waiting: dict[tuple[str, ...], list[tuple[Indicator, tuple[Export, ...]]]] = field(
        default_factory=dict
    )

    def find(self, reference: str | None) -> None:
        """Look for the module that exports the reference's bindings."""
        try:
            self.home = find_home(self.program, reference)
        except Lacking as lacking:
            self.home = lacking.fact
        else:
            self.exported = self._registrar(self.home).places()

    @property
    def done(self) -> frozenset[str]:
        """Names that the module exported before."""
        return frozenset(self.exported)

    def missing(self, one: Indicator, made: frozenset[str]) -> list[str]:
        """The names of an indicator's pieces that nothing exports."""
        return [export.name for export in missing_of(one.exports(made), self.done)]

    def add(self, one: Indicator, made: frozenset[str]) -> None:
        """Note the lines for an indicator's pieces."""
        exports = one.exports(made, self._around())
        if isinstance(self.home, str):
            if exports:
                detail = f"not known: {self.home}"
                self.story.add(one.core.name, "register", State.LACKING, detail)
            return
        told = self._regate(one, self.home, one.exports(made - one.keeping, self._around()))
        missing = missing_of(exports, self.done)
        for module in dict.fromkeys(export.module for export in missing):
            of = tuple(export for export in missing if export.module == module)
            self.waiting.setdefault(module, []).append((one, of))
        if not missing and not told and (exports or one.by_hand):
            self.story.add(one.core.name, "register", State.PRESENT, self.home.path)

    def write(self) -> None:
        """Add the lines that are missing, those of one source module together."""
        if isinstance(self.home, str):
            return
        first = True
        for group in self.waiting.values():
            exports = [export for _, missing in group for export in missing]
            try:
                made = self._registrar(self.home).edits(group[0][0].core, exports, first=first)
            except Lacking as lacking:
                for one, _ in group:
                    detail = f"not known: {lacking.fact}"
                    self.story.add(one.core.name, "register", State.LACKING, detail)
                continue
            first = False
            self._edit(self.home, made)
            text = "\n".join(edit.text.rstrip("\n") for edit in made) + "\n"
            for one, _ in group:
                self.story.add(one.core.name, "register", State.MISSING, self.home.path, text)

    def moved(self) -> Iterator[str]:
        """`path:line: ..` for each binding that the module's file imports from where it was."""
        if isinstance(self.home, str):
            return
        program, path = self.program, self.home.path
        known: dict[str, list[EntryPoint]] = {}
        for one in program.entries:
            known.setdefault(one.rust_name, []).append(one)
        for use in program.modules[path].uses:
            found = known.get(use.path[-1], []) if use.path[:1] in _WITHIN else []
            if len(found) != 1 or program.resolve(use.path, path, use.scope):
                continue
            if program.resolve_type(use.name, path, use.scope) is None:
                place, ref = program.location(path, use.span), found[0].ref
                item = (
                    program.struct(ref)
                    if found[0].kind is EntryKind.CLASS
                    else program.function(ref)
                )
                now = "::".join(program.module_path(ref.path, item.scope))
                yield (
                    f"{place.path}:{place.line}: imports `{use.path[-1]}` from "
                    f"`{'::'.join(use.path[:-1])}`, and it is in `{now}` now"
                )

    def tidy(self, workspace: Workspace, formatter: Formatter) -> None:
        """The module's file stays formatted if it was."""
        if isinstance(self.home, str) or self.home.path not in self.edits:
            return
        file = workspace.open(self.home.path)
        folder = Path(self.home.path).parent
        if formatter.whole(file.before, folder) == file.before:
            file.text = formatter.whole(file.text, folder) or file.text

    def _regate(self, one: Indicator, home: Home, exports: Sequence[Export]) -> bool:
        """Put lines that are there under what their bindings are under; whether there are such."""
        lines = Exporting.of(self.program, home, self.sources[home.path])
        edits, told = lines.regated(export for export in exports if export.name in self.done)
        if edits:
            self._edit(home, edits)
            text = "".join(edit.text for edit in edits)
            self.story.add(one.core.name, "register", State.STALE, home.path, text)
        for detail in told:
            self.story.add(one.core.name, "register", State.KEPT, detail)
        return bool(edits or told)

    def _edit(self, home: Home, edits: Sequence[Edit]) -> None:
        if edits:
            self.edits.setdefault(home.path, []).extend(edits)

    def _around(self) -> tuple[Cfg, ...]:
        """The predicates that the lines which export stand under as it is."""
        if isinstance(self.home, str):
            return ()
        return (*self.program.inherited_cfg(self.home.path), *self.home.item.cfg)

    def _registrar(self, home: Home) -> Registrar:
        source = self.sources[home.path]
        return Registrar(self.program, home, source, self.style.gate, self.edition)
