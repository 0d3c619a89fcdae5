"""One run over paths of several crates: a section for each, and what they come to together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bindcheck.cli import main

REPOSITORY = Path(__file__).parents[2]

MANIFEST = """\
[package]
name = "NAME"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""

LIB = """\
use pyo3::prelude::*;

#[pyfunction]
fn doubled(value: f64) -> f64 {
    2.0 * value
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(doubled, m)?)?;
    Ok(())
}
"""

STUB = "def doubled(value: float) -> float: ...\n"

FORGOTTEN = """
#[pyfunction]
fn forgotten(value: f64) -> f64 {
    value
}
"""


@pytest.fixture
def crates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two crates with bindings and one without."""
    (tmp_path / ".git").mkdir()
    for name in ("one", "two"):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "Cargo.toml").write_text(MANIFEST.replace("NAME", name))
        (tmp_path / name / "src/lib.rs").write_text(LIB.replace("example", name))
        (tmp_path / name / f"{name}.pyi").write_text(STUB)
    (tmp_path / "plain/src").mkdir(parents=True)
    (tmp_path / "plain/Cargo.toml").write_text('[package]\nname = "plain"\nversion = "0.1.0"\n')
    (tmp_path / "plain/src/lib.rs").write_text("pub fn nothing() {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_crate_has_its_section_and_all_have_a_total(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "two", "one/src/lib.rs", "plain"]) == 0
    out, err = capsys.readouterr()
    heads = [line for line in out.splitlines() if line.startswith("bindcheck ")]
    assert [line.split(" · ")[1] for line in heads] == ["crate two", "crate one", "crate plain"]
    assert "\n\n3 crates: two, one, plain\n3 files, 0 indicators, 2 entry points audited; " in out
    assert err == ""


def test_json_has_all_findings_and_what_each_crate_has(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (crates / "two/src/lib.rs").open("a") as file:
        file.write(FORGOTTEN)
    assert main(["audit", "one", "two", "plain", "--output-format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in report["findings"]] == ["two/src/lib.rs"]
    assert report["crate"]["name"] == "one"
    assert [one["name"] for one in report["crates"]] == ["one", "two", "plain"]
    assert [one["summary"]["findings"] for one in report["crates"]] == [0, 1, 0]
    assert [one["summary"]["entry_points"] for one in report["crates"]] == [1, 2, 0]
    assert report["summary"]["entry_points"] == 3
    idle = [{rule["code"] for rule in one["not_applicable"]} for one in report["crates"]]
    assert {rule["code"] for rule in report["not_applicable"]} == set.intersection(*idle)
    assert "BC401" in idle[2] - idle[0]


def test_one_crate_is_the_only_one_of_its_report(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "one", "--output-format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (only,) = report["crates"]
    assert only["summary"] == report["summary"]
    assert only["name"] == report["crate"]["name"]


def test_the_document_names_every_field(crates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "one", "two", "--output-format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    document = (REPOSITORY / "docs/json.md").read_text()
    for field in (*report, *report["summary"], *report["crates"][0]):
        assert f"`{field}`" in document


def test_each_crate_has_its_own_configuration(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        with (crates / f"{name}/src/lib.rs").open("a") as file:
            file.write(FORGOTTEN)
    (crates / "one/bindcheck.toml").write_text('ignore = ["BC105"]\n')
    (crates / "two/bindcheck.toml").write_text('severity = { BC105 = "warning" }\n')
    assert main(["audit", "one", "two"]) == 1
    assert "1 finding (1 warning)" in capsys.readouterr().out
    (crates / "two/bindcheck.toml").write_text(
        'fail-on = "error"\nseverity = { BC105 = "warning" }\n'
    )
    assert main(["audit", "one", "two"]) == 0


def test_a_crate_with_a_broken_manifest_or_configuration_does_not_hide_the_others(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crates / "two/bindcheck.toml").write_text("selekt = []\n")
    (crates / "plain/Cargo.toml").write_text("[broken\n")
    assert main(["audit", "two", "plain", "one"]) == 2
    out, err = capsys.readouterr()
    assert "crate one" in out
    assert "no findings" in out
    assert len(err.splitlines()) == 2
    assert "two/bindcheck.toml:1: unknown key 'selekt'" in err
    assert "plain/Cargo.toml:1: is not valid TOML" in err
    assert main(["audit", "two", "plain"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "plain/Cargo.toml" in line


def test_a_wrong_option_is_one_line_however_many_crates_there_are(
    crates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "one", "two", "--select", "BC999"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_other_formats_take_all_crates(crates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        with (crates / f"{name}/src/lib.rs").open("a") as file:
            file.write(FORGOTTEN)
    for name in ("sarif", "github", "markdown", "junit"):
        assert main(["audit", "one", "two", "--output-format", name]) == 1
        out = capsys.readouterr().out
        assert "one/src/lib.rs" in out
        assert "two/src/lib.rs" in out
