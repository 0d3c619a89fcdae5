"""What is asked of a fix run, and what came of it."""

from __future__ import annotations

from bindcheck.fact import fact
from bindcheck.findings import Finding, Safety
from bindcheck.load import Inputs
from bindcheck.results import AuditReport
from bindcheck.run import Run
from bindcheck.write import Change


@fact
class FixRequest:
    """What to apply: safe fixes, and those that need a look if `unsafe`.

    `formatting` keeps files formatted that rustfmt has formatted, if there is a rustfmt.
    """

    unsafe: bool = False
    formatting: bool = True

    def wants(self, finding: Finding) -> bool:
        """Whether a finding has a fix that may be applied."""
        fix = finding.fix
        if fix is None or not fix.edits:
            return False
        return fix.safety is Safety.SAFE or (self.unsafe and fix.safety is Safety.UNSAFE)


@fact
class Refused:
    """A fix that was not applied, and why."""

    finding: Finding
    reason: str


@fact
class FixResult:
    """What came of one crate: nothing of it is written yet.

    `fixed` are findings of the files as they were when each was fixed; `refused`, `report` and
    `inputs` tell of the files as they are with the fixes.
    """

    report: AuditReport
    fixed: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    inputs: Inputs


@fact
class FixRun:
    """What came of all crates. `changes` are not written yet, `after` is the audit with them."""

    before: Run
    after: Run
    fixed: tuple[Finding, ...]
    refused: tuple[Refused, ...]
    changes: tuple[Change, ...]
