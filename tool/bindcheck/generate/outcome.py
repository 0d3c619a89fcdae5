"""What a run is asked for, and what it tells: lines for the reader, notes and a status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bindcheck.discover import display
from bindcheck.fact import fact
from bindcheck.generate.plan import PiecePlan, State, counts_of, lines_of, plan_of
from bindcheck.generate.recording import Runner
from bindcheck.generate.replacing import Replacing
from bindcheck.rustfmt import Formatter
from bindcheck.write import Change, unified_diff


class Mode(StrEnum):
    """What becomes of the result."""

    WRITE = "write"
    DIFF = "diff"
    CHECK = "check"
    STDOUT = "stdout"
    PLAN = "plan"


@fact
class Request:
    """What was asked for. `pieces` empty: all; `everything`: every indicator of the crate.

    `verify`: what is written must compile. `rewrite_core`: a `_batch_inner` calls what is split out
    of it. `report` is a JUnit report of generated tests, to learn from where cores contradict
    themselves. `keep_edits`: where an edit by hand and the generator changed the same lines, the
    edit stays. `runner` runs cores without their bindings, for tests to compare with.
    """

    names: tuple[str, ...] = ()
    mode: Mode = Mode.WRITE
    everything: bool = False
    pieces: tuple[str, ...] = ()
    replacing: Replacing = Replacing()
    verify: bool = False
    rewrite_core: bool = False
    keep_edits: bool = False
    report: Path | None = None
    runner: Runner | None = None


@fact
class GenerateResult:
    """`output` is for stdout, `notes` for stderr; `changes` were written in mode WRITE only."""

    output: str
    notes: tuple[str, ...]
    changes: tuple[Change, ...]
    plans: tuple[PiecePlan, ...]
    status: int


@dataclass(slots=True)
class Story:
    """What has become of each piece. `planned` are the indicators, `strays` regions of nobody.

    `hints` are notes beside, `absent` tells why an indicator has no line for a piece.
    """

    request: Request
    plans: list[PiecePlan] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    disagreements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    absent: dict[tuple[str, str], str] = field(default_factory=dict)

    def settle(self, plan: PiecePlan) -> None:
        """Tell what has become of a piece; what is absent has a line in a plan alone."""
        if plan.state is State.ABSENT and self.request.mode is not Mode.PLAN:
            self.absent[plan.indicator, plan.piece] = plan.detail
        else:
            self.plans.append(plan)

    def tell(self, settled: Iterable[tuple[PiecePlan, str]]) -> None:
        """Tell what has become of pieces, each with the diff of a conflict, if there is one."""
        for plan, conflict in settled:
            self.settle(plan)
            if conflict:
                self.conflicts.append(conflict)

    def add(self, name: str, piece: str, state: State, detail: str, text: str = "") -> None:
        """Tell what has become of a piece of an indicator."""
        self.settle(PiecePlan(name, piece, state, detail, text))

    def unexported(self, name: str, items: Sequence[str]) -> None:
        """Note that nothing exports what was asked for alone."""
        if items and self.request.mode is not Mode.STDOUT:
            listed = " and ".join(items) if len(items) < 3 else f"{len(items)} items"
            self.hints.append(
                f"{name}: no module exports {listed}: --piece register writes the lines"
            )

    def output(self, changes: Sequence[Change]) -> str:
        """What goes to stdout."""
        mode = self.request.mode
        if mode is Mode.DIFF:
            return unified_diff(changes)
        if mode is Mode.STDOUT:
            return "\n".join(plan.text for plan in self.plans if plan.text)
        if mode is Mode.PLAN:
            return "".join(f"{line}\n" for line in plan_of(self.plans))
        if mode is not Mode.CHECK:
            beside = self._beside(changes)
            told = (*beside, *self._in_conflict())
            lines = (*lines_of(self.plans, done=mode is Mode.WRITE), *told)
        elif self.status():
            waiting = {plan.indicator for plan in self.plans if plan.state is State.KEPT}
            wrong = [
                plan
                for plan in self.plans
                # What others wait for says why.
                if plan.state.wrong or (plan.state is State.LACKING and plan.indicator in waiting)
            ]
            lines = (*lines_of(wrong, done=False), *self.strays, *self._in_conflict())
        else:
            lines = (counts_of(self.plans),)
        return "".join(f"{line}\n" for line in lines)

    def _in_conflict(self) -> tuple[str, ...]:
        """The conflicts, and what ends them."""
        ways = (
            "--keep-edits keeps your lines and takes the rest; or take the generated ones by hand"
        )
        if self.request.keep_edits:
            ways = "your lines and the rest make no binding: take the generated ones by hand"
        return (*self.conflicts, ways) if self.conflicts else ()

    def _beside(self, changes: Sequence[Change]) -> Iterator[str]:
        """The files that were written and that no line of a piece names."""
        # What stands behind a semicolon says something of a file, not that it was written.
        named = " ".join(plan.detail.partition("; ")[0] for plan in self.plans)
        shown = [display(change.path) for change in changes]
        others = [one for one in shown if one not in named]
        if others:
            yield f"also written: {', '.join(others)}"

    def notes(self, formatter: Formatter) -> tuple[str, ...]:
        """What goes to stderr."""
        notes = [*self._untold(), *self._homeless(), *self._contradictions(), *self.hints]
        if self.request.mode is not Mode.CHECK:
            notes += self.strays
        if not formatter.available and any(plan.text for plan in self.plans):
            notes.append("there is no rustfmt: what was generated is not formatted")
        return tuple(notes)

    def _contradictions(self) -> Iterator[str]:
        """What tests expect to fail: nobody should take a green run for agreement."""
        tested = [plan.indicator for plan in self.plans if plan.piece == "test"]
        for name in tested:
            known = self.disagreements.get(name.rsplit("::", 1)[-1], {})
            for _, reason in sorted(known.items()):
                yield f"{name}: its test expects to fail: {reason}"

    def _untold(self) -> Iterator[str]:
        """Why pieces are not in the output, where that says nothing of states."""
        mode = self.request.mode
        for plan in self.plans:
            if plan.state.failed and mode in (Mode.DIFF, Mode.STDOUT):
                yield f"{plan.indicator}: {plan.piece} not generated, {plan.detail}"
            elif mode is Mode.STDOUT and not plan.text:
                state = f"it is {plan.state}: {plan.detail}"
                yield f"{plan.indicator}: {plan.piece} not printed, {state}"
        told = {(plan.indicator, plan.piece) for plan in self.plans}
        names = self.request.pieces if mode is not Mode.CHECK else ()
        for name in self.planned:
            for piece in names:
                if (name, piece) not in told:
                    why = self.absent.get((name, piece), "there is nothing to make it from")
                    yield f"{name}: {piece} not generated, {why}"

    def _homeless(self) -> Iterator[str]:
        """What new bindings get no stub or test for, once."""
        if self.request.pieces or self.request.mode not in (Mode.WRITE, Mode.DIFF):
            return
        due = {plan.indicator for plan in self.plans if plan.state.due}
        told = {plan.piece for plan in self.plans}
        names: dict[tuple[str, str], list[str]] = {}
        for (name, piece), why in self.absent.items():
            if name in due:
                names.setdefault((piece, why), []).append(name)
        for (piece, why), found in names.items():
            # Where others have one, it is said whose is none.
            whose = f"{', '.join(found)}: " if piece in told else ""
            yield f"{whose}no {piece} is generated: {why}"

    def status(self) -> int:
        """The exit status."""
        if self.request.mode is Mode.PLAN:
            return 0
        if self.request.mode is Mode.CHECK:
            return int(bool(self.strays) or any(plan.state.wrong for plan in self.plans))
        there = any(plan.text or plan.state is State.PRESENT for plan in self.plans)
        if self.request.mode is Mode.STDOUT and not there:
            return 1
        return int(any(plan.state.failed for plan in self.plans))
