"""The command: plan every indicator, settle every region, write all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.crate import Crate
from bindcheck.crew import ALONE, Crew
from bindcheck.errors import BindcheckError
from bindcheck.findings import Edit
from bindcheck.generate.arguments import why
from bindcheck.generate.checked import unused_templates
from bindcheck.generate.disagreements import Disagreements
from bindcheck.generate.edited import edited_pieces, with_edits
from bindcheck.generate.held.orders import orders_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.keys import region_key
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.outcome import GenerateResult, Mode, Request, Story
from bindcheck.generate.overlooked import told_beside
from bindcheck.generate.ownership import forget_gone, without_owner
from bindcheck.generate.pieces import ORDER, ROLES
from bindcheck.generate.places import behind_inner, behind_items
from bindcheck.generate.plan import PiecePlan, State
from bindcheck.generate.python_pieces import PythonPieces
from bindcheck.generate.reader import Reader
from bindcheck.generate.regated import Exporting
from bindcheck.generate.regions import find_regions, indented, replace_region
from bindcheck.generate.register import Export, Home, Registrar, find_home, missing_of
from bindcheck.generate.replacing import KEPT, lost_comments, replaced_text
from bindcheck.generate.rewritten import rewritten_inner
from bindcheck.generate.rustfile import place
from bindcheck.generate.select import every, in_order, select
from bindcheck.generate.settling import Settling, settle_pieces
from bindcheck.generate.store import Store, items_of
from bindcheck.generate.style import CrateStyle, crate_style
from bindcheck.generate.testfile import test_folder
from bindcheck.generate.together import Together
from bindcheck.generate.values import Values
from bindcheck.generate.verify import Checker, VerifyError
from bindcheck.generate.workspace import OpenFile, Workspace
from bindcheck.model import Cfg, CoreApi
from bindcheck.rustfmt import Formatter
from bindcheck.write import Change, apply, remove_left_over

__all__ = ["GenerateResult", "Mode", "Request", "generate"]

_NEEDED_BY: Mapping[str, tuple[str, ...]] = {
    "imports": ("single", "batch", "stream"),
    "batch_inner_into": ("batch",),
}


def generate(
    program: Program,
    crate: Crate,
    config: Config,
    sources: Mapping[str, bytes],
    request: Request,
    crew: Crew = ALONE,
) -> GenerateResult:
    """Plan and, in mode WRITE, write the pieces that are missing or stale.

    `sources` are the bytes of the program's files by display path. Of a crew the first process
    comes back.
    """
    run = _Run(program, crate, config, sources, request)
    run.plan(run.read(run.cores(), crew))
    return run.result()


@dataclass(slots=True)
class _Run:
    program: Program
    crate: Crate
    config: Config
    sources: Mapping[str, bytes]
    request: Request
    style: CrateStyle = field(init=False)
    formatter: Formatter = field(init=False)
    workspace: Workspace = field(init=False)
    store: Store = field(init=False)
    disagreements: Disagreements = field(init=False)
    python: PythonPieces = field(init=False)
    story: Story = field(init=False)
    adopted: set[str] = field(default_factory=set)
    exported: Mapping[str, str] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    unregistered: dict[tuple[str, ...], list[tuple[Indicator, tuple[Export, ...]]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.story = Story(self.request)
        self.style = crate_style(self.program, self.crate, self.config)
        self.formatter = Formatter.find(self.crate.edition)
        self.workspace = Workspace(self.crate.root)
        self.store = Store.read(self.crate.root)
        known = Disagreements.read(self.crate.root)
        report = self.request.report
        self.disagreements = known if report is None else known.with_report(report)
        self.story.disagreements = self.disagreements.by_name
        self.story.hints += unused_templates(self.config.templates)
        folder = test_folder(self.crate)
        self.python = PythonPieces(
            crate=self.crate,
            config=self.config,
            workspace=self.workspace,
            store=self.store,
            disagreements=self.disagreements,
            sources=self.sources,
            values=Values.read(folder or self.crate.root),
            keep_edits=self.request.keep_edits,
        )

    # --- which indicators --------------------------------------------------------------------

    def cores(self) -> tuple[CoreApi, ...]:
        """The indicators asked for; a check without names looks at those with generated regions."""
        if self.request.names:
            return select(self.program, self.request.names)
        if self.request.everything:
            return every(self.program)
        if self.request.mode is Mode.CHECK:
            return tuple(core for core in in_order(self.program) if self._has_regions(core))
        raise BindcheckError("name an indicator, or ask for all of them")

    def _has_regions(self, core: CoreApi) -> bool:
        text = self.sources[core.path].decode("utf-8")
        if "bindcheck: begin" not in text:
            return False
        keys = {region.key for region in find_regions(text, core.path)}
        return any(region_key(self.program, core, piece) in keys for piece in ORDER)

    # --- planning ----------------------------------------------------------------------------

    def read(self, cores: Sequence[CoreApi], crew: Crew) -> list[Indicator]:
        """What each indicator has and lacks, by all processes together."""
        reader = Reader(
            program=self.program,
            style=self.style,
            config=self.config,
            replacing=self.request.replacing,
            base=lambda path, key: self.store.base(self.workspace.relative(path), key),
            order=lambda path, key: self.store.order(self.workspace.relative(path), key),
        )
        viewed = self.python.viewed(self._asked)
        return Together(reader, self.formatter, viewed).read(cores, self.sources, crew)

    def plan(self, indicators: Sequence[Indicator]) -> None:
        """Settle all pieces of all indicators, in memory."""
        self.story.planned += [one.core.name for one in indicators]
        home = self._home()
        self.exported = self._registrar(home).places() if isinstance(home, Home) else {}
        settled = [self._settle(one) for one in indicators]
        for one, settling in zip(indicators, settled, strict=True):
            self._register(one, settling.exported(one, self._made_too), home)
        for one, settling in zip(indicators, settled, strict=True):
            self._replace(one, settling)
        if isinstance(home, Home):
            self._export(home)
        for path, edits in self.edits.items():
            self.workspace.edit(path, edits)
        if isinstance(home, Home) and home.path in self.edits:
            self._tidy(home.path)
        self.story.hints += told_beside(self.program, indicators, self.request)
        self._record(indicators, settled)
        for one, settling in zip(indicators, settled, strict=True):
            self._place(one, settling)
            self._python(one, settling)
        self.story.strays += forget_gone(self.store, self.workspace, self.exported, self._items())
        if not self.request.names:
            python = self.python.texts_with_regions()
            self.story.strays += without_owner(self.program, self.sources, python)

    @property
    def done(self) -> frozenset[str]:
        """Names that the module exports."""
        return frozenset(self.exported)

    def _items(self) -> frozenset[str]:
        """Bindings that there were when the run began."""
        return frozenset(entry.rust_name for entry in self.program.entries)

    def _record(self, indicators: Sequence[Indicator], settled: Sequence[Settling]) -> None:
        """Run the cores whose tests are generated, if that was asked for."""
        if self.request.runner is None:
            return
        made = [
            one
            for one, settling in zip(indicators, settled, strict=True)
            if "single" in settling.made(one, self._made_too)
        ]
        self.python = self.python.recording(made, self.request.runner)

    def _python(self, one: Indicator, settling: Settling) -> None:
        pieces = tuple(piece for piece in ("stub", "test") if self._asked(piece))
        made = settling.made(one, self._made_too)
        texts = settling.texts(one, self._made_too)
        edited = edited_pieces(one, made, texts)
        one = with_edits(one, edited, self.python.viewed(self._asked))
        for plan, conflict in self.python.settle(one, pieces, made, edited, settling.reason):
            self.story.plans.append(plan)
            if conflict:
                self.story.conflicts.append(conflict)

    def _made_too(self, piece: str) -> bool:
        """Whether a binding that is due counts as there: one piece is printed as part of all."""
        return self.request.mode is Mode.STDOUT or self._asked(piece)

    def _home(self) -> Home | str:
        try:
            return find_home(self.program, self.config.reference)
        except Lacking as lacking:
            return lacking.fact

    def _asked(self, piece: str) -> bool:
        """Whether a piece was asked for, by name or because one that was asked for needs it."""
        if not self.request.pieces:
            return True
        wanted = _NEEDED_BY.get(piece, ()) if self.request.mode is not Mode.STDOUT else ()
        return bool({piece, *wanted} & set(self.request.pieces))

    def _settle(self, one: Indicator) -> Settling:
        """The state of the pieces in the indicator's own file."""
        refused = {wanted.piece for wanted in one.wanted if wanted.lacking}
        for entry in one.by_hand:
            if entry.role.value in refused:
                continue
            if self._asked(entry.role.value):
                detail = f"{entry.rust_name} in {entry.ref.path}"
                self._add(one, entry.role.value, State.PRESENT, detail)
        file = self.workspace.relative(one.core.path)
        keep = self.request.keep_edits
        settling = settle_pieces(one, lambda key: self.store.base(file, key), keep=keep)
        for wanted, settled in settling.pieces:
            if not self._asked(wanted.piece):
                continue
            details = {
                State.LACKING: f"not known: {wanted.lacking}",
                State.KEPT: settling.reason,
                State.CONFLICT: self._place_of(one, wanted.piece),
            }
            detail = details.get(settled.state, one.core.path)
            text = "" if settled.state is State.KEPT else wanted.text
            self._add(one, wanted.piece, settled.state, detail, text)
            if settled.conflict:
                self.story.conflicts.append(settled.conflict)
        if self.request.mode is Mode.PLAN:
            self._absent(one)
        return settling

    def _place_of(self, one: Indicator, piece: str) -> str:
        """`path:line` of a region."""
        region = one.by_key.get(one.key(piece))
        text = self.sources[one.core.path].decode("utf-8")
        return one.core.path if region is None else f"{one.core.path}:{region.line_in(text)}"

    def _absent(self, one: Indicator) -> None:
        """Say of pieces that the core gives no premise why."""
        told = {plan.piece for plan in self.story.plans if plan.indicator == one.core.name}
        for piece in ROLES:
            if piece not in told and self._asked(piece):
                self._add(one, piece, State.ABSENT, f"its core has none{why(one.core, piece)}")

    def _add(self, one: Indicator, piece: str, state: State, detail: str, text: str = "") -> None:
        self.story.plans.append(PiecePlan(one.core.name, piece, state, detail, text))

    # --- registration ------------------------------------------------------------------------

    def _register(self, one: Indicator, made: frozenset[str], home: Home | str) -> None:
        if not self._asked("register"):
            names = [export.name for export in missing_of(one.exports(made), self.done)]
            self.story.unexported(one.core.name, names)
            return
        exports = one.exports(made, self._around(home))
        if isinstance(home, str):
            if exports:
                self._add(one, "register", State.LACKING, f"not known: {home}")
            return
        told = self._regate(one, home, one.exports(made - one.keeping, self._around(home)))
        missing = missing_of(exports, self.done)
        for module in dict.fromkeys(export.module for export in missing):
            of = tuple(export for export in missing if export.module == module)
            self.unregistered.setdefault(module, []).append((one, of))
        if not missing and not told and (exports or one.by_hand):
            self._add(one, "register", State.PRESENT, home.path)

    def _regate(self, one: Indicator, home: Home, exports: Sequence[Export]) -> bool:
        """Put lines that are there under what their bindings are under; whether there are such."""
        lines = Exporting.of(self.program, home, self.sources[home.path])
        edits, told = lines.regated(export for export in exports if export.name in self.done)
        if edits:
            self.edits.setdefault(home.path, []).extend(edits)
            text = "".join(edit.text for edit in edits)
            self._add(one, "register", State.STALE, home.path, text)
        for detail in told:
            self._add(one, "register", State.KEPT, detail)
        return bool(edits or told)

    def _around(self, home: Home | str) -> tuple[Cfg, ...]:
        """The predicates that the lines which export stand under as it is."""
        if isinstance(home, str):
            return ()
        return (*self.program.inherited_cfg(home.path), *home.item.cfg)

    def _registrar(self, home: Home) -> Registrar:
        source = self.sources[home.path]
        return Registrar(self.program, home, source, self.style.gate, self.crate.edition)

    def _export(self, home: Home) -> None:
        """Write the lines that are missing, those of one source module together."""
        edits: list[Edit] = []
        for group in self.unregistered.values():
            exports = [export for _, missing in group for export in missing]
            try:
                made = self._registrar(home).edits(group[0][0].core, exports)
            except Lacking as lacking:
                for one, _ in group:
                    self._add(one, "register", State.LACKING, f"not known: {lacking.fact}")
                continue
            edits += made
            text = "\n".join(edit.text.rstrip("\n") for edit in made) + "\n"
            for one, _ in group:
                self._add(one, "register", State.MISSING, home.path, text)
        if edits:
            self.edits.setdefault(home.path, []).extend(edits)

    def _tidy(self, path: str) -> None:
        """The module's file stays formatted if it was."""
        file = self.workspace.open(path)
        folder = Path(path).parent
        if self.formatter.whole(file.before, folder) == file.before:
            file.text = self.formatter.whole(file.text, folder) or file.text

    # --- regions -----------------------------------------------------------------------------

    def _replace(self, one: Indicator, settling: Settling) -> None:
        """Put regions where bindings stand that they replace."""
        self._rewrite(one, settling)
        for wanted, settled in settling.pieces:
            target = one.targets.get(wanted.piece)
            if target is None or settled.wrapped is None or not self._asked(wanted.piece):
                continue
            source = self.sources[one.core.path]
            self.story.hints += lost_comments(one.core.path, source, target, wanted.text)
            edits = replaced_text(one.core.path, source, target.spans, settled.wrapped)
            self.edits.setdefault(one.core.path, []).extend(edits)

    def _rewrite(self, one: Indicator, settling: Settling) -> None:
        """Let `_batch_inner` call the function that is split out of it."""
        texts = {wanted.piece: wanted.text for wanted, _ in settling.pieces if wanted.text}
        if not self.request.rewrite_core or "batch_inner_into" not in texts:
            return
        path = one.core.path
        try:
            edit, *imports = rewritten_inner(
                self.program, one.core, self.sources[path], texts["batch_inner_into"]
            )
        except Lacking as lacking:
            self._add(one, "batch_inner", State.LACKING, f"not known: {lacking.fact}")
            return
        self.edits.setdefault(edit.path, []).extend((edit, *imports))
        self._add(one, "batch_inner", State.REPLACED, path, edit.text)
        self.adopted.add(one.key("batch_inner_into"))

    def _place(self, one: Indicator, settling: Settling) -> None:
        file = self.workspace.open(one.core.path)
        name = self.workspace.relative(one.core.path)
        order = [one.key(piece) for piece in ORDER]
        source = self.sources[one.core.path]
        for wanted, settled in settling.pieces:
            if not self._asked(wanted.piece):
                continue
            key = one.key(wanted.piece)
            if settled.wrapped is not None and settled.state is not State.REPLACED:
                tail = behind_items(self.program, one.core, source)
                if key == one.key("batch_inner_into"):
                    tail = behind_inner(self.program, one.core, source) or tail
                file.text = place(file.text, one.core.path, key, settled.wrapped, order, tail)
            if settled.base:
                self.store.keep(name, key, settled.base)
            if wanted.interface == KEPT and not settled.state.failed:
                self.store.keep_order(name, key, orders_of(one.facts.core, wanted.text))
        self._adopt(file)
        # What the module exports and no file has is remembered until its line is gone too.
        gone = self.done - self._items() - items_of(file.text)
        keys = {region.key for region in find_regions(file.text, one.core.path)}
        self.store.drop(name, keys | self.store.keys_with(name, gone))

    def _adopt(self, file: OpenFile) -> None:
        """Take the markers off functions that belong to the core now."""
        for region in reversed(find_regions(file.text, str(file.path))):
            if region.key in self.adopted:
                file.text = replace_region(file.text, region, indented(region.body, region.indent))

    # --- result ------------------------------------------------------------------------------

    def result(self) -> GenerateResult:
        """Write or show, and judge."""
        changes = self._changes()
        mode = self.request.mode
        if mode is Mode.WRITE and self.request.verify:
            try:
                with Checker.find(self.crate).verified(changes):
                    pass
            except VerifyError as error:
                return self._refused(error)
        elif mode is Mode.WRITE:
            apply(changes)
            remove_left_over(self._written_to())
        return GenerateResult(
            output=self.story.output(changes),
            notes=self.story.notes(self.formatter),
            changes=changes,
            plans=tuple(self.story.plans),
            status=self.story.status(),
        )

    def _written_to(self) -> Iterator[Path]:
        """Files that this run or an earlier one may have written to."""
        yield from (file.path for file in self.workspace.files.values())
        yield from (self.crate.root / name for name in self.store.bases)
        yield from (Path(path) for path in self.program.modules if self.program.in_crate(path))
        yield self.store.path

    def _refused(self, error: VerifyError) -> GenerateResult:
        """What is told when the crate did not compile: nothing was written."""
        lines = (*error.lines, "the crate does not compile with this: everything is as it was")
        output = "".join(f"{line}\n" for line in lines)
        return GenerateResult(
            output, self.story.notes(self.formatter), (), tuple(self.story.plans), 1
        )

    def _changes(self) -> tuple[Change, ...]:
        changes = self.workspace.changes()
        data = (self.store.change(), self.disagreements.change(), self.python.values.change())
        return (*changes, *(one for one in data if one is not None))
