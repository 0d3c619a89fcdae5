"""Reports about sources whose code has moved."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.carry.moves import Moves
from bindcheck.fact import replace
from bindcheck.findings import Finding, Fix
from bindcheck.results import AuditReport, Ignored


def carried(report: AuditReport, moves: Mapping[str, Moves]) -> AuditReport:
    """A report with its places in the files of `moves` where they are now. Raises Unmoved."""
    return replace(
        report,
        findings=tuple(moved_finding(one, moves) for one in report.findings),
        ignored=tuple(_ignored(one, moves) for one in report.ignored),
        parts=tuple(carried(one, moves) for one in report.parts),
    )


def _ignored(one: Ignored, moves: Mapping[str, Moves]) -> Ignored:
    return replace(one, finding=moved_finding(one.finding, moves))


def moved_finding(finding: Finding, moves: Mapping[str, Moves]) -> Finding:
    """A finding with its places in the files of `moves` where they are now. Raises Unmoved."""
    here = moves.get(finding.location.path)
    location = finding.location if here is None else here.location(finding.location)
    fix = None if finding.fix is None else _fix(finding.fix, moves)
    if location is finding.location and fix is finding.fix:
        return finding
    return replace(finding, location=location, fix=fix)


def _fix(fix: Fix, moves: Mapping[str, Moves]) -> Fix:
    if all(edit.path not in moves for edit in fix.edits):
        return fix
    edits = tuple(moves[one.path].edit(one) if one.path in moves else one for one in fix.edits)
    return replace(fix, edits=edits)
