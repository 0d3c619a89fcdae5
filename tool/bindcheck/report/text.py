"""The text report: crate, conformance table, findings with source line and caret, summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bindcheck import __version__
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.pattern import PIECES
from bindcheck.report.snippet import snippet
from bindcheck.report.sources import Sources
from bindcheck.report.style import Style, display_width, pad
from bindcheck.results import AuditReport, IndicatorRow, Mark, NotApplicable

_SIGNS = {Mark.PRESENT: "✓", Mark.FLAWED: "!", Mark.MISSING: "✗", Mark.ABSENT: "·"}
_ASCII_SIGNS = {Mark.PRESENT: "+", Mark.FLAWED: "!", Mark.MISSING: "x", Mark.ABSENT: "."}
_LOOKS = {
    Mark.PRESENT: ("green",),
    Mark.FLAWED: ("yellow", "bold"),
    Mark.MISSING: ("red", "bold"),
    Mark.ABSENT: ("dim",),
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
    for code, count in sorted(totals.items()):
        if per_rule is not None and count > per_rule:
            yield f"{code}: {count - per_rule} more findings, shown with --all"


def _finding(finding: Finding, sources: Sources, style: Style, width: int) -> Iterator[str]:
    place = finding.location
    severity = style.paint(f"{finding.severity}[{finding.code}]", *SEVERITY_LOOKS[finding.severity])
    doubt = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    where = style.paint(f"{place.path}:{place.line}:{place.column}", "bold")
    yield f"{where}: {severity} {finding.name}{doubt}: {finding.message}"
    yield from snippet(finding, sources, style, width)
    margin = " " * len(str(place.line))
    for label, text in (("cost", finding.cost), ("help", finding.help)):
        if text:
            sign = style.paint("=", "blue", "bold")
            yield f"{margin} {sign} {style.paint(label, 'bold')}: {text}"


def _statistics(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    counts = Counter((f.code, f.name, f.severity, f.confidence) for f in findings)
    if not counts:
        return
    yield style.paint("findings by rule", "bold")
    for (code, name, severity, confidence), count in sorted(counts.items()):
        yield f"{count:>6}  {code}  {name} ({severity}, {confidence})"


def _summary(report: AuditReport, style: Style) -> Iterator[str]:
    for reason, codes in _idle(report.not_applicable).items():
        yield f"not applicable: {', '.join(codes)}: {reason}"
    for entry in report.unanalysed:
        yield f"not analysed: {entry.path}:{entry.line}: {entry.item}: {entry.reason}"
    for path in report.coverage.not_in_crate:
        yield f"not part of the crate: {path}: no `mod` reaches it"
    coverage = report.coverage
    yield (
        f"{_count(coverage.files, 'file')}, {_count(coverage.indicators, 'indicator')}, "
        f"{_count(coverage.entry_points, 'entry point')} audited; "
        f"{coverage.other_configuration} not in this configuration, "
        f"{len(report.unanalysed)} not analysed"
    )
    if report.skipped:
        count = _count(len(report.skipped), "path")
        yield style.paint(f"{count} not read, or only in part", "red", "bold")
    yield _verdict(report, style)


def _idle(rules: Sequence[NotApplicable]) -> dict[str, list[str]]:
    """Codes of rules without a premise, by reason."""
    codes: dict[str, list[str]] = {}
    for rule in rules:
        codes.setdefault(rule.reason, []).append(rule.code)
    return codes


def _verdict(report: AuditReport, style: Style) -> str:
    by_severity = Counter(finding.severity for finding in report.findings)
    ignored = f", {len(report.ignored)} ignored" if report.ignored else ""
    seconds = f" in {report.elapsed:.1f} s"
    if not report.coverage.seen:
        held = report.coverage.whole_crate
        where = f"; the rest of the crate has {held}" if held else ""
        return f"no indicator and no entry point to look at{where}"
    if not report.findings:
        looks = ("yellow",) if report.skipped else ("green", "bold")
        return style.paint("no findings", *looks) + ignored + seconds
    parts = [
        style.paint(_count(by_severity[severity], severity.value), *SEVERITY_LOOKS[severity])
        for severity in (Severity.ERROR, Severity.WARNING)
        if by_severity[severity]
    ]
    if by_severity[Severity.ADVICE]:
        parts.append(f"{by_severity[Severity.ADVICE]} advice")
    return f"{_count(len(report.findings), 'finding')} ({', '.join(parts)}){ignored}{seconds}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
