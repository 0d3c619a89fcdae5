"""Findings keep their identity when lines move and code is formatted anew."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from bindcheck.findings import Confidence, Finding, Location, Severity
from bindcheck.fingerprint import normalised, path_from, with_fingerprints
from bindcheck.rules import RULES, Example
from bindcheck.testing import audit_source

ROOT = Path("/crate")


def finding(source: str, snippet: str, code: str = "BC201", item: str = "f") -> Finding:
    """A finding at the first place of a snippet."""
    start = source.index(snippet)
    places = []
    for at in (start, start + len(snippet)):
        line = source.count("\n", 0, at) + 1
        places += [line, at - (source.rfind("\n", 0, at) + 1) + 1]
    location = Location("src/lib.rs", *places)
    return Finding(
        code, "gil-held", Severity.WARNING, Confidence.CERTAIN, location, item, "message"
    )


def fingerprint(source: str, snippet: str, code: str = "BC201", item: str = "f") -> str:
    found = [finding(source, snippet, code, item)]
    (one,) = with_fingerprints(found, {"src/lib.rs": source.encode()}, ROOT)
    return one.fingerprint


CALL = "gain(&data, Params { factor: 2.0 })"
REFERENCE = fingerprint(f"fn f() {{ let out = {CALL}; }}", CALL)


@pytest.mark.parametrize(
    "snippet",
    [
        "gain(&data, Params { factor: 2.0 })",
        "gain(\n        &data,\n        Params {\n            factor: 2.0,\n        },\n    )",
        "gain(&data,Params{factor:2.0})",
        "gain(\r\n        &data, // the series\r\n        Params { factor: 2.0 },\r\n    )",
        "{ gain(&data, Params { factor: 2.0 }) }",
    ],
)
@pytest.mark.parametrize("before", ["", "// new\n\n\n", 'let é = "ä"; '])
def test_layout_does_not_change_it(snippet: str, before: str) -> None:
    source = f"{before}fn f() {{\n    let out = {snippet};\n}}\n"
    assert fingerprint(source, snippet) == REFERENCE


@pytest.mark.parametrize(
    ("snippet", "code", "item"),
    [
        ("gain(&data, Params { factor: 3.0 })", "BC201", "f"),
        ("gain(&datum, Params { factor: 2.0 })", "BC201", "f"),
        (CALL, "BC202", "f"),
        (CALL, "BC201", "g"),
    ],
)
def test_other_code_item_or_words_change_it(snippet: str, code: str, item: str) -> None:
    source = f"fn f() {{ let out = {snippet}; }}"
    assert fingerprint(source, snippet, code, item) != REFERENCE


def test_words_are_not_run_together() -> None:
    assert normalised("f(a, b)") != normalised("f(ab)")
    assert normalised("f(a b)") == normalised("f(a, b)")
    assert normalised('f("a, b {")') != normalised('f("a b")')


def test_one_of_two_alike_that_goes_leaves_one_fingerprint_behind() -> None:
    source = "a(x); a(x);"
    first = finding(source, "a(x)")
    second = finding("     ; a(x);", "a(x)")
    both = with_fingerprints([first, second], {"src/lib.rs": source.encode()}, ROOT)
    rest = with_fingerprints([second], {"src/lib.rs": b"     ; a(x);"}, ROOT)
    marks = [one.fingerprint for one in both]
    assert len(set(marks)) == 2
    assert [one.fingerprint for one in rest] == marks[:1]


def test_paths_start_from_the_crate_also_outside_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crate, other = tmp_path / "a/crate", tmp_path / "a/core"
    (crate / "src").mkdir(parents=True)
    other.mkdir()
    monkeypatch.chdir(crate / "src")
    assert path_from(crate, "lib.rs") == "src/lib.rs"
    assert path_from(crate, other / "x.rs") == "../core/x.rs"
    monkeypatch.chdir(tmp_path)
    assert path_from(crate, "a/crate/src/lib.rs") == "src/lib.rs"
    assert path_from(crate, "a/core/x.rs") == "../core/x.rs"


EXAMPLES = [
    pytest.param(example, id=f"{rule.code}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.bad)
]


def reformatted(code: str) -> str:
    options = "max_width=44,use_small_heuristics=Off,hard_tabs=true,newline_style=Unix"
    done = subprocess.run(
        ("rustfmt", "--edition", "2021", "--config", options),
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else code


@pytest.mark.skipif(shutil.which("rustfmt") is None, reason="needs rustfmt")
@pytest.mark.parametrize("example", EXAMPLES)
def test_rustfmt_does_not_change_those_of_the_rules_examples(example: Example) -> None:
    files = dict(example.files)
    rust = {path: text for path, text in files.items() if path.endswith(".rs")}
    other = {path: text for path, text in files.items() if path not in rust}
    anew = {path: reformatted(text) for path, text in rust.items()}
    before = audit_source(example.code, files=files, pyo3=example.pyo3)
    after = audit_source(reformatted(example.code), files={**other, **anew}, pyo3=example.pyo3)
    assert marks(before.findings) == marks(after.findings)


def marks(findings: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.code, one.fingerprint) for one in findings)
