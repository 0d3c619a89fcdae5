"""Sentences that several formats share."""

from __future__ import annotations

from collections import Counter

from bindcheck.findings import Severity
from bindcheck.results import AuditReport


def verdict(report: AuditReport) -> str:
    """What was found, counted by severity, in one line."""
    seconds = f" in {report.elapsed:.1f} s"
    ignored = _ignored(report)
    if not report.coverage.seen:
        held = report.coverage.whole_crate
        rest = "the rest of the crates has" if report.parts else "the rest of the crate has"
        where = f"; {rest} {held}" if held else ""
        left = len(report.unanalysed)
        where += f"; what may be some is not analysed in {count(left, 'place')}" if left else ""
        return f"no indicator and no entry point to look at{where}"
    if not report.findings:
        return f"no findings{ignored}{seconds}"
    counts = ", ".join(text for _, text in severity_counts(report))
    return f"{count(len(report.findings), 'finding')} ({counts}){ignored}{seconds}"


def severity_counts(report: AuditReport) -> list[tuple[Severity, str]]:
    """The severities that occur, the worst first, each with its count in words."""
    found = Counter(finding.severity for finding in report.findings)
    return [(one, _counted(one, found[one])) for one in _WORST_FIRST if found[one]]


_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.ADVICE)


def _counted(severity: Severity, number: int) -> str:
    return f"{number} advice" if severity is Severity.ADVICE else count(number, severity.value)


def _ignored(report: AuditReport) -> str:
    by_baseline = sum(1 for one in report.ignored if one.by == "baseline")
    ignored = len(report.ignored) - by_baseline
    parts = [f"{ignored} ignored"] if ignored else []
    parts += [f"{by_baseline} in the baseline"] if by_baseline else []
    parts += [f"{len(report.stale)} stale in the baseline"] if report.stale else []
    return "".join(f", {part}" for part in parts)


def coverage_line(report: AuditReport) -> str:
    """What was looked at, in one line."""
    coverage = report.coverage
    return (
        f"{count(coverage.files, 'file')}, {count(coverage.indicators, 'indicator')}, "
        f"{count(coverage.entry_points, 'entry point')} audited; "
        f"{coverage.other_configuration} not in this configuration, "
        f"{len(report.unanalysed)} not analysed"
    )


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
