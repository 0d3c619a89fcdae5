"""The JSON report. Its schema is versioned: a field is added freely, never removed or changed."""

from __future__ import annotations

import json

from bindcheck import __version__
from bindcheck.findings import Finding, Fix
from bindcheck.results import (
    AuditReport,
    IndicatorRow,
    NotApplicable,
    StaleEntry,
    UnanalysedEntry,
    Unreadable,
)

SCHEMA_VERSION = 1

Json = dict[str, object]


def to_json(report: AuditReport) -> str:
    """The report as JSON text, two spaces deep, with a final line end."""
    data: Json = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "bindcheck", "version": __version__},
        "crate": _crate(report),
        "crates": [_part(part) for part in report.parts or (report,)],
        "summary": _summary(report),
        "indicators": [_indicator(row) for row in report.rows],
        "findings": [_finding(finding) for finding in report.findings],
        "ignored": [
            {"by": one.by, "reason": one.reason, "finding": _finding(one.finding)}
            for one in report.ignored
        ],
        "stale": [_stale(entry) for entry in report.stale],
        "unanalysed": [_unanalysed(one) for one in report.unanalysed],
        "skipped": [_skipped(one) for one in report.skipped],
        "not_applicable": [_not_applicable(one) for one in report.not_applicable],
        "rules_run": list(report.rules_run),
        "notes": list(report.notes),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _part(report: AuditReport) -> Json:
    return {
        **_crate(report),
        "summary": _summary(report),
        "not_applicable": [_not_applicable(one) for one in report.not_applicable],
    }


def _crate(report: AuditReport) -> Json:
    crate = report.crate
    return {
        "name": crate.name,
        "manifest": crate.manifest,
        "pyo3": crate.pyo3,
        "pyo3_source": crate.pyo3_source,
        "features": list(crate.features),
        "reference": crate.reference,
        "reference_note": crate.reference_note,
    }


def _summary(report: AuditReport) -> Json:
    coverage = report.coverage
    return {
        "files": coverage.files,
        "indicators": coverage.indicators,
        "entry_points": coverage.entry_points,
        "other_configuration": coverage.other_configuration,
        "not_in_crate": list(coverage.not_in_crate),
        "unanalysed": len(report.unanalysed),
        "findings": len(report.findings),
        "ignored": len(report.ignored),
        "baselined": sum(1 for one in report.ignored if one.by == "baseline"),
        "stale": len(report.stale),
        "seconds": round(report.elapsed, 3),
    }


def _indicator(row: IndicatorRow) -> Json:
    return {
        "name": row.name,
        "path": row.path,
        "reference": row.is_reference,
        "pieces": {name: mark.value for name, mark in row.pieces},
        "score": round(row.score, 4),
    }


def _finding(finding: Finding) -> Json:
    place = finding.location
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "item": finding.item,
        "message": finding.message,
        "help": finding.help,
        "missing": finding.missing,
        "cost": finding.cost,
        "fix": None if finding.fix is None else _fix(finding.fix),
        "fingerprint": finding.fingerprint,
    }


def _fix(fix: Fix) -> Json:
    return {
        "title": fix.title,
        "safety": fix.safety.value,
        "edits": [
            {
                "path": edit.path,
                "start_byte": edit.start_byte,
                "end_byte": edit.end_byte,
                "text": edit.text,
            }
            for edit in fix.edits
        ],
    }


def _stale(entry: StaleEntry) -> Json:
    return {
        "code": entry.code,
        "path": entry.path,
        "item": entry.item,
        "message": entry.message,
        "fingerprint": entry.fingerprint,
        "baseline": entry.baseline,
    }


def _unanalysed(one: UnanalysedEntry) -> Json:
    return {"path": one.path, "line": one.line, "item": one.item, "reason": one.reason}


def _skipped(one: Unreadable) -> Json:
    return {"path": one.path, "line": one.line, "reason": one.reason}


def _not_applicable(one: NotApplicable) -> Json:
    return {"code": one.code, "reason": one.reason}
