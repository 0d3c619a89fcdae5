"""The run: choose, apply, look again, until there is nothing left to apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bindcheck.audit import report_on
from bindcheck.checks import Looked, run_rules
from bindcheck.config import Config
from bindcheck.fact import fact
from bindcheck.findings import Finding
from bindcheck.fix.edits import compatible, edited, edits_of, has_conflict
from bindcheck.fix.formatting import Tidy
from bindcheck.fix.relink import relinked
from bindcheck.fix.types import FixRequest, FixResult, FixRun, Refused
from bindcheck.fix.verify import Blame, Judged, guilty, unparsable
from bindcheck.load import Inputs
from bindcheck.prepare import Step, no_step
from bindcheck.results import AuditReport
from bindcheck.rules import RULES, Rule
from bindcheck.run import Audited, Run, together
from bindcheck.rustfmt import Formatter
from bindcheck.write import Change

_EDITION = "2021"
_CONFLICT = "the file has the markers of an unfinished merge"


def fix_all(run: Run, request: FixRequest, step: Step = no_step) -> FixRun:
    """What the files of a run become when the fixes of its findings are applied.

    Findings that are not shown (not selected, ignored by a comment, or in a baseline) are left
    alone. Nothing is written.
    """
    changed: dict[str, bytes] = {}
    results: list[Audited] = []
    fixed: tuple[Finding, ...] = ()
    refused: tuple[Refused, ...] = ()
    for one in run.crates:
        current = _with_files(one, changed)
        state = State(current.inputs, current.report, current.looked)
        result = _fixed(state, one.config, request, RULES, step)
        changed.update(_changed(one.inputs.sources, result.inputs.sources))
        results.append(replace(current, inputs=result.inputs, report=result.report))
        fixed, refused = (*fixed, *result.fixed), (*refused, *result.refused)
    return FixRun(
        before=run,
        after=_after(run, [_with_files(one, changed) for one in results]),
        fixed=fixed,
        refused=refused,
        changes=tuple(
            Change(Path(path), run.sources[path], source)
            for path, source in sorted(changed.items())
        ),
    )


def _changed(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: source for path, source in new.items() if old[path] != source}


def _with_files(one: Audited, changed: Mapping[str, bytes]) -> Audited:
    """A crate with what the fixes of other crates have changed of it."""
    held = one.inputs.sources
    news = {path: text for path, text in changed.items() if held.get(path, text) != text}
    if not news:
        return one
    new = State.of(relinked(one.inputs, one.config, news), one.config, RULES)
    return replace(one, inputs=new.inputs, report=new.report, looked=new.looked)


def _after(run: Run, crates: Sequence[Audited]) -> Run:
    """All crates in one report, with what could not be read of any."""
    told = {problem for one in run.crates for problem in one.report.skipped}
    untold = [problem for problem in run.report.skipped if problem not in told]
    return Run(tuple(crates), together([one.report for one in crates], untold))


def fix(
    inputs: Inputs,
    config: Config,
    request: FixRequest,
    rules: Sequence[Rule] = RULES,
    step: Step = no_step,
) -> FixResult:
    """What the files of a crate become."""
    return _fixed(State.of(inputs, config, rules), config, request, rules, step)


def _fixed(
    state: State, config: Config, request: FixRequest, rules: Sequence[Rule], step: Step
) -> FixResult:
    run = _Run(config, request, rules, step, _tidy(state.inputs, request), state)
    run.all()
    return FixResult(
        report=run.state.report,
        fixed=tuple(run.fixed),
        refused=run.refusals(),
        inputs=run.state.inputs,
    )


def _tidy(inputs: Inputs, request: FixRequest) -> Tidy:
    edition = inputs.crate.edition if inputs.crate is not None else _EDITION
    return Tidy(Formatter.find(edition) if request.formatting else Formatter(edition, None))


@fact
class State:
    """The files as they are now, and what the audit says of them."""

    inputs: Inputs
    report: AuditReport
    looked: Looked

    @property
    def judged(self) -> Judged:
        """What fixes are measured by."""
        return Judged.of(self.looked, self.report)

    @classmethod
    def of(
        cls, inputs: Inputs, config: Config, rules: Sequence[Rule], step: Step = no_step
    ) -> State:
        """Audit the files."""
        looked = run_rules(inputs.program, rules, step)
        return cls(inputs, report_on(inputs, config, looked, rules), looked)


@dataclass(slots=True)
class _Run:
    config: Config
    request: FixRequest
    rules: Sequence[Rule]
    step: Step
    tidy: Tidy
    state: State
    fixed: list[Finding] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def all(self) -> None:
        """Apply what can be applied, a group of fixes that do not overlap at a time."""
        # Each pass removes findings or refuses fixes, and none brings a finding: it ends.
        while group := compatible(filter(self._wanted, self.state.report.findings)):
            self._pass(group)

    def refusals(self) -> tuple[Refused, ...]:
        """The fixes that were tried in vain, of findings that are still there."""
        return tuple(
            Refused(finding, self.refused[finding.fingerprint])
            for finding in self.state.report.findings
            if finding.fingerprint in self.refused
        )

    def _wanted(self, finding: Finding) -> bool:
        if finding.fingerprint in self.refused or not self.request.wants(finding):
            return False
        sources = self.state.inputs.sources
        paths = {edit.path for edit in finding.fix.edits} if finding.fix is not None else set()
        if any(has_conflict(sources[path]) for path in paths):
            self.refused[finding.fingerprint] = _CONFLICT
            return False
        return True

    def _pass(self, group: Sequence[Finding]) -> None:
        """Apply a group but for its guilty members.

        Who is to blame beyond doubt is refused for good; of those in doubt half is tried again.
        """
        while group:
            bad = self._try(group)
            if not bad:
                return
            alone = len(group) == 1
            for finding, blame in bad.items():
                if blame.certain or alone:
                    self.refused[finding.fingerprint] = blame.reason
            doubtful = [finding for finding in group if finding.fingerprint not in self.refused]
            group = [finding for finding in doubtful if finding not in bad]
            group = group or doubtful[: len(doubtful) // 2 or 1]

    def _try(self, group: Sequence[Finding]) -> dict[Finding, Blame]:
        """Move on to the files with the fixes of `group`, or say which of them is to blame."""
        inputs = self.state.inputs
        self.step(f"fixing {len(group)}", 0, 0)
        changed = edited(inputs.sources, edits_of(group))
        bad = unparsable(inputs, changed, group)
        if bad:
            return bad
        new = relinked(inputs, self.config, self.tidy(inputs.sources, changed))
        after = State.of(new, self.config, self.rules, self.step)
        bad = guilty(self.state.judged, after.judged, group)
        if not bad:
            self.fixed.extend(group)
            self.state = after
        return bad
