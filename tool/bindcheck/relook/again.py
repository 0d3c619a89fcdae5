"""The program before and after a change, and the report of it as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.facets import facet
from bindcheck.analysis.keeping.snapshot import NAMES, Around, Placed, restored
from bindcheck.analysis.link import crate_roots
from bindcheck.analysis.program import Exposed, Program
from bindcheck.audit import amended
from bindcheck.carry import Anew, Moves, Unmoved, carried, moved, moved_finding
from bindcheck.checks import Check, Checks, Found, Unit
from bindcheck.crate import Configuration
from bindcheck.discover import display
from bindcheck.fact import replace
from bindcheck.load import Inputs, python_around
from bindcheck.model import Block, ItemRef, Module
from bindcheck.parse import lower_body, reordered, skim_module
from bindcheck.prepare import Prepared
from bindcheck.relook.lonely import refuse_named
from bindcheck.relook.placed import Changes, exposed_now, in_place
from bindcheck.relook.readers import AskAgain, who_asks
from bindcheck.relook.seen import Seen, Work, path_of, unfinished
from bindcheck.results import AuditReport
from bindcheck.rules import RULES

Sources = Mapping[str, bytes]
_OF_CALLS = ("calls", "contexts of calls")
"""Facets that follow calls: what nobody calls has them, too, and they matter to nobody."""


def looked_again(
    seen: Seen, prepared: Prepared, texts: Sources, changes: Changes, report: AuditReport
) -> AuditReport:
    """The report of a new audit. Raises Anew where only a new audit can tell.

    `texts` are the sources as they are now, `changes` those that are others now with where their
    code has gone, `report` that of the audit before.
    """
    asking = who_asks(seen, changes)
    if not seen.plain:
        raise Anew("comments or a baseline tell what is shown, or a file does not parse")
    if any(one.functions for one in changes.values()):
        known = _Texts(texts)
        refuse_named(changes, {path: known[path] for path in {*texts, *seen.snapshot.places}})
    with deep():
        again = _Relook(seen, prepared, texts, changes)
        again.look_alike(asking)
        return again.report(asking.files, report)


def _as_it_was(name: str, value: object) -> object:
    del name
    return value


class _Relook:
    """The program before and after a change."""

    def __init__(self, seen: Seen, prepared: Prepared, texts: Sources, changes: Changes):
        self._seen = seen
        self._prepared = prepared
        self._texts = _Texts(texts)
        self._changes = changes
        self._others: dict[str, Module] = {}
        around = _around(prepared)
        exposed = seen.snapshot.exposed
        before = {path: one.old for path, one in changes.items()}
        old = {path: skim_module(path, text) for path, text in before.items()}
        new = {path: _counted_as_before(path, one) for path, one in changes.items()}
        self._own = (*old.values(), *new.values())
        self._before = self._program(exposed, around, _Texts({**texts, **before}), old)
        self._after = self._program(
            exposed_now(exposed, changes),
            around,
            self._texts,
            new,
            self._placed,
        )

    def _placed(self, name: str, value: object) -> object:
        """What was made of the crate as a whole, where it is now."""
        if name in NAMES and isinstance(value, frozenset):
            differ = (one.functions for one in self._changes.values())
            come = (name for one in differ if one is not None for name, _ in one.come)
            return value.union(come)
        return in_place(value, self._changes)

    def _program(
        self,
        exposed: Exposed,
        around: Around,
        texts: Sources,
        own: Mapping[str, Module],
        placed: Placed = _as_it_was,
    ) -> Program:
        def read(path: str) -> Module:
            if path in own:
                return own[path]
            if path not in self._others:
                self._others[path] = skim_module(path, texts[path])
            return self._others[path]

        def lower(path: str, index: int) -> Block | None:
            return lower_body(texts[path], read(path), index)

        snapshot = self._seen.snapshot
        return restored(snapshot, exposed, placed, around, read, lower, texts.__getitem__)

    def look_alike(self, asking: AskAgain) -> None:
        """Add to `asking` who has read facets that are others now. Raises Anew for others."""
        asked: set[tuple[str, ItemRef | str]] = set()
        while new := [one for one in asking.facets if one not in asked]:
            asked.update(new)
            for one in new:
                if not self._is_alike(*one):
                    asking.add_readers(self._seen, one)
        differ = [one.functions for one in self._changes.values() if one.functions is not None]
        if any(one.public for one in differ) and not self._has_inputs:
            raise Anew("a public function that has come or gone may be a core")
        for kind, ref in asking.empty:
            if not self._is_empty(kind, ref):
                raise Anew(f"a function more counts among: {kind}")

    def _is_alike(self, kind: str, of: ItemRef | str) -> bool:
        ask = facet(kind)
        assert ask is not None
        before = ask(self._before, of)
        path = path_of(of)
        try:
            was = moved(before, self._changes[path]) if path in self._changes else before
        except Unmoved:
            return False
        return was == ask(self._after, of)

    def _is_empty(self, kind: str, ref: ItemRef) -> bool:
        """Whether a function that has come has nothing of what is asked for.

        What it calls matters to cores that are functions of slices alone: one that others call is
        none.
        """
        ask = facet(kind)
        assert ask is not None
        return (kind in _OF_CALLS and self._has_inputs) or _says_nothing(ask(self._after, ref))

    @property
    def _has_inputs(self) -> bool:
        """Whether cores are known by the structs that they take, not by slices in a head."""
        return any(one.input is not None for one in self._before.cores)

    def report(self, files: Iterable[str], report: AuditReport) -> AuditReport:
        """The report as it is now, `files` being checked again. Raises Anew."""
        rules = [rule for rule in RULES if rule.code not in self._idle]
        checks = Checks(self._after, rules)
        found = {("file", path): tuple(checks.of(Unit(path))) for path in files}
        reads = self._after.asked.reads.by_work
        # A body that is read for the first time may turn out not to parse.
        if any(one.problems for one in (*self._others.values(), *self._own)):
            raise Anew("a body does not parse")
        if not unfinished(reads).isdisjoint(found):
            raise Anew("what is found depends on where a circle was entered")
        if all(self._is_as_before(work, one) for work, one in found.items()):
            return carried(report, self._changes)
        return self._amended(found, report)

    @property
    def _idle(self) -> frozenset[str]:
        return frozenset(one.code for one in self._seen.idle.idle)

    def _is_as_before(self, work: Work, found: Iterable[Check]) -> bool:
        before = self._seen.found(work)
        try:
            return [*map(self._moved_check, before)] == [*found]
        except Unmoved:
            return False

    def _moved_check(self, check: Check) -> Check:
        found = (
            replace(one, finding=moved_finding(one.finding, self._changes)) for one in check.found
        )
        return replace(check, found=tuple(found))

    def _amended(self, found: Mapping[Work, tuple[Check, ...]], report: AuditReport) -> AuditReport:
        """The report with what is found now in place of what these pieces of work had found."""
        seen = self._seen
        kept = [check for work in seen.works if work not in found for check in seen.found(work)]
        before = [one for work in found for one in seen.found(work)]
        now = [one for some in found.values() for one in some]
        others = [self._moved_check(check) for check in kept]
        every = sorted((*others, *now), key=lambda one: one.order)
        looked = replace(self._seen.idle, found=tuple(_every(every)))
        touched = {one.finding.location.path for one in (*_every(before), *_every(now))}
        left = replace(
            report,
            findings=tuple(one for one in report.findings if one.location.path not in touched),
        )
        rest = carried(left, self._changes)
        sources = {
            path: self._texts[path] for path in touched if path in self._seen.snapshot.places
        }
        if len(sources) < len(touched):
            raise Anew("a finding is about a file that is no Rust source")
        inputs = Inputs(self._after, self._prepared.crate, sources, ())
        found_now = amended(rest, inputs, self._prepared.config, looked, touched)
        if found_now is None:
            raise Anew("settings hide a finding")
        return found_now


class _Texts(dict[str, bytes]):
    """Sources by path; those that are not among them are read, and are as they were."""

    def __missing__(self, path: str) -> bytes:
        self[path] = Path(path).read_bytes()
        return self[path]


def _says_nothing(answer: object) -> bool:
    """Whether an answer is empty, or has several parts and all are."""
    if isinstance(answer, tuple):
        return all(map(_says_nothing, answer))
    return not answer


def _counted_as_before(path: str, moves: Moves) -> Module:
    """A file as it is now, with its functions numbered as before."""
    module = skim_module(path, moves.new)
    return module if moves.functions is None else reordered(module, moves.functions.order)


def _every(checks: Iterable[Check]) -> Iterator[Found]:
    return (each for one in checks for each in one.found)


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
