"""The report as JUnit XML: a suite for each file, a case for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from bindcheck.findings import Finding, Severity
from bindcheck.results import AuditReport, Ignored, StaleEntry, Unreadable

# What XML 1.0 cannot carry, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: AuditReport, fail_on: Severity) -> str:
    """A finding below `fail_on` is a case that passes and says so in its output."""
    root = ET.Element("testsuites", name="bindcheck", time=f"{report.elapsed:.3f}")
    for path in _paths(report):
        suite = ET.SubElement(root, "testsuite", name=_clean(path))
        _cases(suite, path, report, fail_on)
        _count(suite, [suite])
    if not len(root):
        suite = ET.SubElement(root, "testsuite", name="bindcheck")
        ET.SubElement(suite, "testcase", name="no findings", classname="bindcheck")
        _count(suite, [suite])
    _count(root, root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _paths(report: AuditReport) -> list[str]:
    found = [one.location.path for one in report.findings]
    found += [one.finding.location.path for one in report.ignored]
    found += [one.baseline for one in report.stale]
    return sorted({*found, *(one.path for one in report.skipped)})


def _cases(suite: ET.Element, path: str, report: AuditReport, fail_on: Severity) -> None:
    for finding in report.findings:
        if finding.location.path == path:
            _finding(_case(suite, finding), finding, fail_on)
    for ignored in report.ignored:
        if ignored.finding.location.path == path:
            ET.SubElement(_case(suite, ignored.finding), "skipped", message=_why(ignored))
    for entry in report.stale:
        if entry.baseline == path:
            _stale(suite, entry)
    for skipped in report.skipped:
        if skipped.path == path:
            _unreadable(suite, skipped)


def _case(suite: ET.Element, finding: Finding) -> ET.Element:
    place = finding.location
    name = f"{finding.code} {finding.name} {finding.item} {place.line}:{place.column}"
    return ET.SubElement(
        suite,
        "testcase",
        name=_clean(name),
        classname=_clean(place.path),
        file=_clean(place.path),
        line=str(place.line),
    )


def _finding(case: ET.Element, finding: Finding, fail_on: Severity) -> None:
    text = _clean(_text(finding))
    if finding.severity.rank < fail_on.rank:
        ET.SubElement(case, "system-out").text = text
        return
    kind = finding.severity.value
    ET.SubElement(case, "failure", message=_clean(finding.message), type=kind).text = text


def _text(finding: Finding) -> str:
    place = finding.location
    lines = [f"{place.path}:{place.line}:{place.column}: {finding.message}"]
    lines += [f"{name}: {text}" for name, text in _more(finding) if text]
    return "\n".join(lines)


def _more(finding: Finding) -> tuple[tuple[str, str | None], ...]:
    return ("confidence", finding.confidence), ("cost", finding.cost), ("help", finding.help)


def _why(ignored: Ignored) -> str:
    return _clean(": ".join(part for part in (ignored.by, ignored.reason) if part))


def _stale(suite: ET.Element, entry: StaleEntry) -> None:
    path = _clean(entry.baseline)
    name = _clean(f"{entry.path} {entry.code} {entry.item} {entry.fingerprint}")
    case = ET.SubElement(suite, "testcase", name=name, classname=path, file=path)
    message = f"stale in the baseline: {entry.message}"
    ET.SubElement(case, "failure", message=_clean(message), type="stale")


def _unreadable(suite: ET.Element, problem: Unreadable) -> None:
    line = "" if problem.line is None else f" {problem.line}"
    path = _clean(problem.path)
    case = ET.SubElement(suite, "testcase", name=f"read{line}", classname=path, file=path)
    ET.SubElement(case, "error", message=_clean(problem.reason))


def _count(element: ET.Element, suites: Iterable[ET.Element]) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    element.set("tests", str(len(cases)))
    for outcome, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(name, str(sum(1 for case in cases if case.find(outcome) is not None)))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
