"""The text report: crate, conformance table, findings with source line and caret, summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bindcheck import __version__
from bindcheck.findings import Confidence, Finding, Safety, Severity
from bindcheck.pattern import PIECES
from bindcheck.report.snippet import snippet
from bindcheck.report.sources import Sources
from bindcheck.report.style import Style, display_width, pad
from bindcheck.report.summary import count, coverage_line, severity_counts, verdict
from bindcheck.results import AuditReport, IndicatorRow, Mark, NotApplicable, StaleEntry

_SIGNS = {Mark.PRESENT: "✓", Mark.FLAWED: "!", Mark.MISSING: "✗", Mark.ABSENT: "·"}
_ASCII_SIGNS = {Mark.PRESENT: "+", Mark.FLAWED: "!", Mark.MISSING: "x", Mark.ABSENT: "."}
_LOOKS = {
    Mark.PRESENT: ("green",),
    Mark.FLAWED: ("yellow", "bold"),
    Mark.MISSING: ("red", "bold"),
    Mark.ABSENT: ("dim",),
}
_FIX_COMMANDS = {
    Safety.SAFE: " (`bindcheck fix`)",
    Safety.UNSAFE: " (`bindcheck fix --unsafe-fixes`)",
    Safety.DISPLAY: "",
}
SEVERITY_LOOKS = {
    Severity.ERROR: ("red", "bold"),
    Severity.WARNING: ("yellow", "bold"),
    Severity.ADVICE: ("cyan", "bold"),
}


def to_text(
    report: AuditReport,
    sources: Sources,
    *,
    style: Style,
    width: int = 100,
    per_rule: int | None = 10,
    statistics: bool = False,
    quiet: bool = False,
) -> str:
    """The whole report.

    `per_rule` limits the findings shown of each rule; `quiet` leaves head and table out.
    """
    parts: list[str] = []
    if not quiet:
        parts.append("\n".join(_head(report, style)))
        parts.append("\n".join(_table(report.rows, style)))
    parts.append("\n".join(_findings(report.findings, sources, style, width, per_rule)))
    if statistics:
        parts.append("\n".join(_statistics(report.findings, style)))
    parts.append("\n".join(_summary(report, style)))
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def all_crates(report: AuditReport, style: Style) -> str:
    """What the crates of a report come to together, in the manner of a section of its own."""
    names = ", ".join(part.crate.name or "no crate" for part in report.parts)
    title = style.paint(f"{len(report.parts)} crates: {names}", "bold")
    return "\n".join((title, coverage_line(report), _painted_verdict(report, style))) + "\n"


def _head(report: AuditReport, style: Style) -> Iterator[str]:
    crate = report.crate
    facts = [f"bindcheck {__version__}"]
    if crate.manifest is None:
        facts.append("no crate: files audited by themselves")
    else:
        facts.append(f"crate {crate.name}")
        facts.append(_pyo3(crate.pyo3, crate.pyo3_source))
        if crate.features:
            facts.append("features " + ", ".join(crate.features))
    yield style.paint((" · " if style.unicode else " | ").join(facts), "bold")
    if crate.reference:
        yield f"reference: {crate.reference} ({crate.reference_note})"
    else:
        yield f"reference: {crate.reference_note}"
    for note in report.notes:
        yield f"note: {note}"


def _pyo3(version: str | None, source: str) -> str:
    if version is None:
        return "no PyO3 dependency" if source == "none" else "PyO3 version unknown"
    origin = {"lock": "Cargo.lock", "floor": "lowest version that Cargo.toml allows"}
    return f"PyO3 {version} ({origin.get(source, source)})"


def _table(rows: Sequence[IndicatorRow], style: Style) -> Iterator[str]:
    if not rows:
        yield "no indicators found in the reported files"
        return
    names = [row.name + (" (reference)" if row.is_reference else "") for row in rows]
    first = max(map(display_width, [*names, "indicator"]))
    titles = [piece.title for piece in PIECES]
    yield style.paint(f"{pad('indicator', first)}  {'  '.join(titles)}  score", "bold")
    for name, row in zip(names, rows, strict=True):
        marks = dict(row.pieces)
        cells = [_cell(marks[piece.name], len(piece.title), style) for piece in PIECES]
        yield f"{pad(name, first)}  {'  '.join(cells)}  {row.score:>5.0%}"
    yield _score_line(rows, style)


def _cell(mark: Mark, width: int, style: Style) -> str:
    sign = (_SIGNS if style.unicode else _ASCII_SIGNS)[mark]
    left = (width - 1) // 2
    return " " * left + style.paint(sign, *_LOOKS[mark]) + " " * (width - 1 - left)


def _score_line(rows: Sequence[IndicatorRow], style: Style) -> str:
    full = sum(1 for row in rows if row.score == 1.0)
    mean = sum(row.score for row in rows) / len(rows)
    signs = _SIGNS if style.unicode else _ASCII_SIGNS
    legend = (
        f"{signs[Mark.PRESENT]} as the pattern, {signs[Mark.FLAWED]} with findings, "
        f"{signs[Mark.MISSING]} missing, {signs[Mark.ABSENT]} not expected"
    )
    return f"{full} of {len(rows)} indicators conform, mean score {mean:.0%}   ({legend})"


def _findings(
    findings: Sequence[Finding],
    sources: Sources,
    style: Style,
    width: int,
    per_rule: int | None,
) -> Iterator[str]:
    shown: Counter[str] = Counter()
    totals = Counter(finding.code for finding in findings)
    for finding in findings:
        shown[finding.code] += 1
        if per_rule is None or shown[finding.code] <= per_rule:
            yield from _finding(finding, sources, style, width)
            yield ""
    for code, total in sorted(totals.items()):
        if per_rule is not None and total > per_rule:
            yield f"{code}: {total - per_rule} more findings, shown with --all"


def _finding(finding: Finding, sources: Sources, style: Style, width: int) -> Iterator[str]:
    place = finding.location
    severity = style.paint(f"{finding.severity}[{finding.code}]", *SEVERITY_LOOKS[finding.severity])
    doubt = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    where = style.paint(f"{place.path}:{place.line}:{place.column}", "bold")
    yield f"{where}: {severity} {finding.name}{doubt}: {finding.message}"
    yield from snippet(finding, sources, style, width)
    margin = " " * len(str(place.line))
    remarks = (("cost", finding.cost), ("help", finding.help), ("fix", _fix(finding)))
    for label, text in remarks:
        if text:
            sign = style.paint("=", "blue", "bold")
            yield f"{margin} {sign} {style.paint(label, 'bold')}: {text}"


def _fix(finding: Finding) -> str | None:
    if finding.fix is None:
        return None
    return f"{finding.fix.title}{_FIX_COMMANDS[finding.fix.safety]}"


def _statistics(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    counts = Counter((f.code, f.name, f.severity, f.confidence) for f in findings)
    if not counts:
        return
    yield style.paint("findings by rule", "bold")
    for (code, name, severity, confidence), number in sorted(counts.items()):
        yield f"{number:>6}  {code}  {name} ({severity}, {confidence})"


def _summary(report: AuditReport, style: Style) -> Iterator[str]:
    for reason, codes in _idle(report.not_applicable).items():
        yield f"not applicable: {', '.join(codes)}: {reason}"
    for entry in report.unanalysed:
        yield f"not analysed: {entry.path}:{entry.line}: {entry.item}: {entry.reason}"
    for path in report.coverage.not_in_crate:
        yield f"not part of the crate: {path}: no `mod` reaches it"
    yield from _stale(report.stale, style)
    yield coverage_line(report)
    if report.skipped:
        unread = count(len(report.skipped), "path")
        yield style.paint(f"{unread} not read, or only in part", "red", "bold")
    yield _painted_verdict(report, style)


def _stale(entries: Sequence[StaleEntry], style: Style) -> Iterator[str]:
    for entry in entries:
        label = style.paint("stale in the baseline", "red", "bold")
        yield f"{label}: {entry.path}: {entry.code} {entry.item}: {entry.message}"
    for path in dict.fromkeys(entry.baseline for entry in entries):
        number = sum(1 for entry in entries if entry.baseline == path)
        noun = "entry" if number == 1 else "entries"
        yield f"{path}: {number} {noun} without a finding: `bindcheck baseline prune` removes them"


def _idle(rules: Sequence[NotApplicable]) -> dict[str, list[str]]:
    """Codes of rules without a premise, by reason."""
    codes: dict[str, list[str]] = {}
    for rule in rules:
        codes.setdefault(rule.reason, []).append(rule.code)
    return codes


def _painted_verdict(report: AuditReport, style: Style) -> str:
    text = verdict(report)
    if not report.coverage.seen:
        return text
    if not report.findings:
        looks = ("yellow",) if report.skipped else ("green", "bold")
        return text.replace("no findings", style.paint("no findings", *looks), 1)
    for severity, counted in severity_counts(report):
        if severity is not Severity.ADVICE:
            text = text.replace(counted, style.paint(counted, *SEVERITY_LOOKS[severity]), 1)
    return text
