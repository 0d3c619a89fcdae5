"""The report as SARIF 2.1.0, for code scanning services and editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from bindcheck import __version__
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.report.ruledocs import rule_document
from bindcheck.report.sources import Sources
from bindcheck.results import AuditReport, Ignored
from bindcheck.rules import RULE_BY_CODE, Rule

Json = dict[str, object]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
_PRECISION = {
    Confidence.CERTAIN: "very-high",
    Confidence.LIKELY: "high",
    Confidence.SUSPECT: "medium",
}


def to_sarif(report: AuditReport, sources: Sources) -> str:
    """One run: rules with their help, results with fingerprints, suppressed ones marked as such."""
    rules = [RULE_BY_CODE[code] for code in report.rules_run]
    run: Json = {
        "tool": {
            "driver": {
                "name": "bindcheck",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": list(_results(report, sources)),
    }
    log: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> Json:
    document = rule_document(rule)
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": document.split("\n\n", 1)[0].replace("\n", " ")},
        "help": {"text": document, "markdown": document},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "precision": _PRECISION[rule.confidence],
            "problem.severity": rule.severity.value.replace("advice", "recommendation"),
        },
    }


def _invocation(report: AuditReport) -> Json:
    notes: list[Json] = []
    for skipped in report.skipped:
        level = "error" if skipped.fatal else "warning"
        notes.append(_notification(skipped.path, skipped.line, skipped.reason, level))
    for entry in report.stale:
        text = f"stale in the baseline: {entry.path}: {entry.code} {entry.item}: {entry.message}"
        notes.append(_notification(entry.baseline, None, text, "error"))
    for one in report.unanalysed:
        text = f"{one.item} was not analysed: {one.reason}"
        notes.append(_notification(one.path, one.line, text, "note"))
    return {
        "executionSuccessful": not any(one.fatal for one in report.skipped),
        "toolExecutionNotifications": notes,
    }


def _notification(path: str, line: int | None, text: str, level: str) -> Json:
    physical: Json = {"artifactLocation": _artifact(path)}
    if line is not None:
        physical["region"] = {"startLine": line}
    return {
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
    }


def _results(report: AuditReport, sources: Sources) -> Iterator[Json]:
    index = {code: number for number, code in enumerate(report.rules_run)}
    for finding in report.findings:
        yield _result(finding, index, sources)
    for ignored in report.ignored:
        result = _result(ignored.finding, index, sources)
        yield result | {"suppressions": [_suppression(ignored)]}


def _result(finding: Finding, index: dict[str, int], sources: Sources) -> Json:
    place = finding.location
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(place.path),
                    "region": {
                        "startLine": place.line,
                        "startColumn": place.column,
                        "endLine": place.end_line,
                        "endColumn": place.end_column,
                    },
                },
                "logicalLocations": [{"fullyQualifiedName": finding.item}],
            }
        ],
        "partialFingerprints": {"bindcheck/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value},
    }
    if finding.fix is not None and finding.fix.safety is not Safety.DISPLAY:
        result["fixes"] = [_fix(finding.fix, sources)]
    return result


def _message(finding: Finding) -> str:
    parts = [finding.message]
    if finding.cost:
        parts.append(f"Cost: {finding.cost}.")
    if finding.help:
        parts.append(f"Help: {finding.help}.")
    return "\n".join(parts)


def _suppression(ignored: Ignored) -> Json:
    in_source = ignored.by == "comment"
    return {
        "kind": "inSource" if in_source else "external",
        "status": "accepted",
        "justification": ignored.reason or ("no reason given" if in_source else ignored.by),
    }


def _artifact(path: str) -> Json:
    """The place of a file: below the working directory, or absolute where it lies elsewhere."""
    if path.startswith("/") or path[1:3] == ":/":
        return {"uri": PurePosixPath("/", path).as_uri()}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _fix(fix: Fix, sources: Sources) -> Json:
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append(edit)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": _replacements(edits, sources)}
            for path, edits in by_path.items()
        ],
    }


def _replacements(edits: Sequence[Edit], sources: Sources) -> list[Json]:
    made: list[Json] = []
    for edit in edits:
        line, column = sources.position(edit.path, edit.start_byte)
        end_line, end_column = sources.position(edit.path, edit.end_byte)
        region: Json = {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        }
        made.append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    return made
