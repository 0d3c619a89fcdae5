"""The report as Markdown, made to be a comment on a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bindcheck import __version__
from bindcheck.findings import Confidence, Finding
from bindcheck.pattern import PIECES
from bindcheck.report.marks import code, escaped, grid, table_head
from bindcheck.report.summary import coverage_line, verdict
from bindcheck.results import AuditReport, IndicatorRow, Mark

# A comment on GitHub holds 65,536 characters.
_ROOM = 60_000
_REMARKS = 20
_SIGNS = {Mark.PRESENT: "✅", Mark.FLAWED: "⚠️", Mark.MISSING: "❌", Mark.ABSENT: "·"}


def to_markdown(report: AuditReport) -> str:
    """Verdict, findings by rule, conformance table; cut to what a comment can hold."""
    crate = f" of `{report.crate.name}`" if report.crate.name else ""
    head = [f"## bindcheck{crate}", "", f"**{verdict(report)}**", "", coverage_line(report), ""]
    foot = list(_remarks(report))
    table = list(_conformance(report.rows))
    room = _ROOM - sum(len(line) + 1 for line in (*head, *foot))
    body = list(_findings(report.findings, room))
    room -= sum(len(line) + 1 for line in body)
    if sum(len(line) + 1 for line in table) > room:
        table = [f"The table of {len(report.rows)} indicators is too long for this report.", ""]
    return "\n".join((*head, *body, *table, *foot)).rstrip("\n") + "\n"


def _findings(findings: Sequence[Finding], room: int) -> Iterator[str]:
    if not findings:
        return
    lines = [_finding(finding) for finding in findings]
    counts = Counter((one.severity, one.code, one.name) for one in findings)
    yield from grid(
        ("findings", "rule", "severity"),
        (
            (str(count), f"{code} {name}", severity.value)
            for (severity, code, name), count in sorted(
                counts.items(), key=lambda one: (-one[0][0].rank, one[0][1])
            )
        ),
    )
    yield "<details><summary>Where</summary>"
    yield ""
    yield from table_head(("rule", "place", "what"))
    left = room - 200 - 90 * len(counts)
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < 0:
            yield ""
            yield f"{len(lines) - number} more are not shown here."
            break
        yield line
    yield ""
    yield "</details>"
    yield ""


def _finding(finding: Finding) -> str:
    place = finding.location
    doubt = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    remedy = f"<br>{escaped(finding.help)}" if finding.help else ""
    cost = f"<br>cost: {escaped(finding.cost)}" if finding.cost else ""
    cells = (
        f"{finding.code}{doubt}",
        code(f"{place.path}:{place.line}"),
        f"{code(finding.item)}: {escaped(finding.message)}{cost}{remedy}",
    )
    return f"| {' | '.join(cells)} |"


def _conformance(rows: Sequence[IndicatorRow]) -> Iterator[str]:
    if not rows:
        return
    full = sum(1 for row in rows if row.score == 1.0)
    yield f"<details><summary>{full} of {len(rows)} indicators conform</summary>"
    yield ""
    titles = ("indicator", *(piece.title for piece in PIECES), "score")
    yield from grid(titles, (_indicator(row) for row in rows))
    yield "</details>"
    yield ""


def _indicator(row: IndicatorRow) -> tuple[str, ...]:
    marks = dict(row.pieces)
    name = escaped(row.name) + (" (reference)" if row.is_reference else "")
    return (name, *(_SIGNS[marks[piece.name]] for piece in PIECES), f"{row.score:.0%}")


def _remarks(report: AuditReport) -> Iterator[str]:
    for problem in report.skipped:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        yield f"- **not read, or only in part**: {escaped(place)}: {escaped(problem.reason)}"
    for entry in report.stale[:_REMARKS]:
        told = escaped(f"{entry.path}: {entry.code} {entry.item}: {entry.message}")
        yield f"- **stale in the baseline**: {told}"
    if len(report.stale) > _REMARKS:
        yield f"- **stale in the baseline**: {len(report.stale) - _REMARKS} more"
    for one in report.unanalysed[:_REMARKS]:
        where = escaped(f"{one.path}:{one.line}")
        yield f"- not analysed: {where}: {escaped(one.item)}: {escaped(one.reason)}"
    if len(report.unanalysed) > _REMARKS:
        yield f"- not analysed: {len(report.unanalysed) - _REMARKS} more"
    yield ""
    yield f"<sub>bindcheck {__version__}</sub>"
