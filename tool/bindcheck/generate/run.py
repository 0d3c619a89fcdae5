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
from bindcheck.generate.asked_for import with_asked
from bindcheck.generate.checked import unused_templates
from bindcheck.generate.disagreements import Disagreements
from bindcheck.generate.edited import edited_pieces, with_edits
from bindcheck.generate.gone_names import gone_imports, imported_names
from bindcheck.generate.held.orders import orders_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.keys import region_key
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.outcome import GenerateResult, Mode, Request, Story
from bindcheck.generate.overlooked import told_beside
from bindcheck.generate.ownership import forget_gone, without_owner
from bindcheck.generate.pieces import ORDER
from bindcheck.generate.places import behind_inner, behind_items
from bindcheck.generate.plan import State
from bindcheck.generate.python_pieces import PythonPieces
from bindcheck.generate.reader import Reader
from bindcheck.generate.regions import find_regions, indented, replace_region
from bindcheck.generate.registration import Registration
from bindcheck.generate.replacing import KEPT, lost_comments, replaced_text
from bindcheck.generate.rewritten import rewritten_inner
from bindcheck.generate.rustfile import place
from bindcheck.generate.select import every, in_order, only_in_stub, select
from bindcheck.generate.settling import Settling, settle_pieces
from bindcheck.generate.store import Store, items_of
from bindcheck.generate.style import CrateStyle, crate_style
from bindcheck.generate.telling import Telling
from bindcheck.generate.testplace import test_folder
from bindcheck.generate.together import Together
from bindcheck.generate.unused import Gone, unused_imports
from bindcheck.generate.values import Values
from bindcheck.generate.verify import Checker, VerifyError
from bindcheck.generate.workspace import OpenFile, Workspace
from bindcheck.model import CoreApi
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
    run = _Run(with_asked(program, request.names), crate, config, sources, request)
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
    registration: Registration = field(init=False)
    imported: frozenset[str] = field(init=False)
    adopted: set[str] = field(default_factory=set)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.story = Story(self.request)
        self.style = crate_style(self.program, self.crate, self.config)
        self.formatter = Formatter.find(self.crate.edition)
        self.registration = Registration(
            self.program, self.style, self.sources, self.crate.edition, self.story, self.edits
        )
        self.workspace = Workspace(self.crate.root)
        self.imported = imported_names(self.crate, self.workspace)
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
            asked=self._made_too,
        )
        viewed = self.python.viewed(self._asked)
        return Together(reader, self.formatter, viewed).read(cores, self.sources, crew)

    def plan(self, indicators: Sequence[Indicator]) -> None:
        """Settle all pieces of all indicators, in memory."""
        self.story.planned += [one.core.name for one in indicators]
        lines = self.registration
        lines.find(self.config.reference)
        settled = [self._settle(one) for one in indicators]
        for one, settling in zip(indicators, settled, strict=True):
            self._register(one, settling.exported(one, self._made_too))
        for one, settling in zip(indicators, settled, strict=True):
            self._replace(one, settling)
        self._forget()
        lines.write()
        for path, edits in self.edits.items():
            self.workspace.edit(path, edits)
        lines.tidy(self.workspace, self.formatter)
        self.story.hints += told_beside(self.program, indicators, self.request)
        self._record(indicators, settled)
        for one, settling in zip(indicators, settled, strict=True):
            self._place(one, settling)
            self._python(one, settling)
        self._beside(indicators, settled)
        self.story.strays += forget_gone(
            self.store, self.workspace, lines.exported, self._items(), self.imported
        )
        self.story.strays += lines.moved()
        if not self.request.names:
            program, crate = self.program, self.crate
            self.story.strays += gone_imports(program, crate, self.workspace, self.store)
            python = self.python.texts_with_regions()
            self.story.strays += without_owner(self.program, self.sources, python)

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
        self.story.tell(self.python.settle(one, pieces, made, edited, settling.reason))

    def _beside(self, indicators: Sequence[Indicator], settled: Sequence[Settling]) -> None:
        """Bindings that are by hand alone, in a stub that has generated ones."""
        pairs, request = zip(indicators, settled, strict=True), self.request
        if self._asked("stub"):
            alone = [one for one, of in pairs if not of.made(one, self._made_too)]
            if request.mode is Mode.CHECK and not (request.everything or request.names):
                cores = only_in_stub(self.program, indicators, self.python.stub.keys())
                alone += self.read(cores, ALONE)
            self.story.tell(self.python.stub.beside(alone))
            if request.mode in (Mode.WRITE, Mode.PLAN):
                self.story.hints += self.python.stub.untold(self.program)

    def _made_too(self, piece: str) -> bool:
        """Whether a binding that is due counts as there: one piece is printed as part of all."""
        return self.request.mode is Mode.STDOUT or self._asked(piece)

    def _asked(self, piece: str) -> bool:
        """Whether a piece was asked for, by name or because one that was asked for needs it."""
        if not self.request.pieces:
            return True
        wanted = _NEEDED_BY.get(piece, ()) if self.request.mode is not Mode.STDOUT else ()
        return bool({piece, *wanted} & set(self.request.pieces))

    def _settle(self, one: Indicator) -> Settling:
        """The state of the pieces in the indicator's own file, told."""
        file = self.workspace.relative(one.core.path)
        keep = self.request.keep_edits
        settling = settle_pieces(one, lambda key: self.store.base(file, key), keep=keep)
        Telling(self.story, self.request, self.sources, self._asked).tell(one, settling)
        return settling

    # --- regions -----------------------------------------------------------------------------

    def _register(self, one: Indicator, made: frozenset[str]) -> None:
        """Note what the module has to export of an indicator."""
        if self._asked("register"):
            self.registration.add(one, made)
        else:
            names = self.registration.missing(one, made)
            self.story.unexported(one.core.name, names)

    def _replace(self, one: Indicator, settling: Settling) -> None:
        """Put regions where bindings stand that they replace."""
        self._rewrite(one, settling)
        path, source = one.core.path, self.sources[one.core.path]
        gone = self.gone.setdefault(path, Gone())
        for wanted, settled in settling.pieces:
            target = one.targets.get(wanted.piece)
            if settled.wrapped is None or not self._asked(wanted.piece):
                continue
            gone.new += settled.wrapped
            if target is None:
                continue
            self.story.hints += lost_comments(path, source, target, wanted.text)
            edits = replaced_text(path, source, target.spans, settled.wrapped)
            self.edits.setdefault(path, []).extend(edits)
            gone.spans += [(span, target.scope) for span in target.spans]

    def _forget(self) -> None:
        """Take out imports that only the old bindings used."""
        for path, gone in self.gone.items():
            if gone.spans:
                edits = self.edits[path]
                edited = {edit.start_byte for edit in edits}
                found = unused_imports(self.program, path, gone)
                edits += [edit for edit in found if edit.start_byte not in edited]

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
            lines = self.sources[path][: lacking.at].count(b"\n")
            line = "" if lacking.at is None else f" ({path}:{lines + 1})"
            detail = f"not known: {lacking.fact}{line}"
            self.story.add(one.core.name, "batch_inner", State.LACKING, detail)
            return
        self.edits.setdefault(edit.path, []).extend((edit, *imports))
        self.story.add(one.core.name, "batch_inner", State.REPLACED, path, edit.text)
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
        # What is exported or imported and in no file is remembered until that line is gone too.
        gone = self.registration.done - self._items() - items_of(file.text)
        keys = {region.key for region in find_regions(file.text, one.core.path)}
        self.store.drop(name, keys | self.store.keys_with(name, gone, self.imported))

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
        if mode is Mode.WRITE:
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
        remove_left_over(self._written_to())
        lines = (*error.lines, "the crate does not compile with this: everything is as it was")
        output = "".join(f"{line}\n" for line in lines)
        return GenerateResult(
            output, self.story.notes(self.formatter), (), tuple(self.story.plans), 1
        )

    def _changes(self) -> tuple[Change, ...]:
        changes = self.workspace.changes()
        data = (self.store.change(), self.disagreements.change(), self.python.values.change())
        return (*changes, *(one for one in data if one is not None))
