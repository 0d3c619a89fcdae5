"""The report as workflow commands of GitHub Actions: an annotation at the line of each finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.findings import Finding, Severity
from bindcheck.report.summary import verdict
from bindcheck.results import AuditReport

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def to_github(report: AuditReport) -> str:
    """One command a line, and the verdict as a plain last line."""
    return "\n".join((*_commands(report), verdict(report))) + "\n"


def _commands(report: AuditReport) -> Iterator[str]:
    for finding in report.findings:
        yield _annotation(finding)
    for entry in report.stale:
        text = f"{entry.path}: {entry.code} {entry.item}: {entry.message}"
        yield _command("error", {"file": entry.baseline, "title": "stale in the baseline"}, text)
    for skipped in report.skipped:
        place = {"file": skipped.path} | ({"line": skipped.line} if skipped.line else {})
        command = "error" if skipped.fatal else "warning"
        yield _command(command, place | {"title": "bindcheck"}, skipped.reason)
    for one in report.unanalysed:
        where = {"file": one.path, "line": one.line, "title": "not analysed"}
        yield _command("notice", where, f"{one.item}: {one.reason}")


def _annotation(finding: Finding) -> str:
    place = finding.location
    where: dict[str, object] = {"file": place.path, "line": place.line}
    # Columns of an annotation over several lines are refused.
    if place.end_line == place.line:
        where |= {"col": place.column, "endColumn": place.end_column}
    else:
        where |= {"endLine": place.end_line}
    where["title"] = f"{finding.code} {finding.name}"
    text = [f"{finding.item}: {finding.message}"]
    text.extend(f"{label}: {part}" for label, part in _more(finding) if part)
    return _command(_COMMANDS[finding.severity], where, "\n".join(text))


def _more(finding: Finding) -> tuple[tuple[str, str | None], ...]:
    return ("cost", finding.cost), ("help", finding.help)


def _command(name: str, properties: Mapping[str, object], text: str) -> str:
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
