"""`bindcheck baseline` as a user runs it, and what a baseline makes of an audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bindcheck.cli import main

MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""

LIB = """\
use pyo3::prelude::*;

mod first;
mod second;

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

LIST = (
    "use pyo3::prelude::*;\n\n#[pyfunction]\npub fn NAME(data: Vec<f64>) -> usize { data.len() }\n"
)


def make_crate(folder: Path, name: str) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST.replace("{name}", name))
    (folder / "src/lib.rs").write_text(LIB.replace("example", name))
    (folder / f"{name}.pyi").write_text(STUB)
    (folder / "src/first.rs").write_text(LIST.replace("NAME", "one"))
    (folder / "src/second.rs").write_text(LIST.replace("NAME", "two"))


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with two functions that no module exports and that copy their argument."""
    (tmp_path / ".git").mkdir()
    make_crate(tmp_path, "example")
    (tmp_path / "bindcheck.toml").write_text('baseline = "known.json"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def known(crate: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The same crate with a baseline of all findings."""
    assert main(["baseline", "write"]) == 0
    assert capsys.readouterr() == ("known.json: 4 findings recorded, 4 new, 0 dropped\n", "")
    return crate


def audit(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    status = main(["audit", "--output-format", "json", *args])
    report: dict[str, object] = json.loads(capsys.readouterr().out)
    return status, report


def stale(report: dict[str, object]) -> list[tuple[str, str, str]]:
    entries = report["stale"]
    assert isinstance(entries, list)
    return [(entry["path"], entry["code"], entry["item"]) for entry in entries]


def test_what_is_recorded_is_not_reported_again(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, report = audit(capsys)
    assert status == 0
    assert report["findings"] == []
    assert {one["by"] for one in report["ignored"]} == {"baseline"}  # type: ignore[attr-defined]
    assert report["summary"]["baselined"] == 4  # type: ignore[index]
    assert main(["audit"]) == 0
    assert "no findings, 4 in the baseline in " in capsys.readouterr().out
    assert main(["audit", "--no-baseline"]) == 1


def test_what_is_new_is_reported(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (known / "src/first.rs").open("a") as file:
        file.write(LIST.replace("NAME", "three").split("\n\n", 1)[1])
    status, report = audit(capsys)
    assert status == 1
    assert {one["item"] for one in report["findings"]} == {"three"}  # type: ignore[attr-defined]
    assert stale(report) == []


def test_moved_and_reformatted_lines_are_known_again(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = known / "src/first.rs"
    text = source.read_text()
    moved = text.replace("one(data: Vec<f64>)", "one(\n    data: Vec<\n        f64,\n    >,\n)")
    source.write_text("// a new head\n\n" + moved)
    status, report = audit(capsys)
    assert (status, report["findings"], stale(report)) == (0, [], [])


def test_what_no_longer_occurs_fails_until_it_is_removed(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = known / "src/first.rs"
    source.write_text(source.read_text().replace("Vec<f64>", "f64").replace("data.len()", "1"))
    status, report = audit(capsys)
    assert status == 1
    assert stale(report) == [("src/first.rs", "BC204", "one")]
    assert main(["audit"]) == 1
    out = capsys.readouterr().out
    assert "stale in the baseline: src/first.rs: BC204 one: " in out
    assert "known.json: 1 entry without a finding: `bindcheck baseline prune` removes them" in out
    assert main(["audit", "--exit-zero"]) == 0
    assert main(["audit", "--fail-on", "error"]) == 1
    capsys.readouterr()
    assert main(["baseline", "prune"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("removed: src/first.rs: BC204 one: ")
    assert out.endswith("known.json: 1 removed, 3 findings left\n")
    assert main(["audit"]) == 0


def test_entries_are_judged_only_in_files_and_for_rules_of_the_run(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (known / "src/first.rs").write_text("pub fn nothing() {}\n")
    gone = [("src/first.rs", "BC105", "one"), ("src/first.rs", "BC204", "one")]
    assert audit(capsys, "src/second.rs")[0] == 0
    assert stale(audit(capsys, "src/first.rs")[1]) == gone
    assert stale(audit(capsys, "--select", "BC2")[1]) == gone[1:]
    assert stale(audit(capsys, "--ignore", "BC2")[1]) == gone[:1]
    assert audit(capsys, "--select", "BC3")[0] == 0
    (known / "bindcheck.toml").write_text('baseline = "known.json"\nexclude = ["first.rs"]\n')
    assert audit(capsys)[0] == 0


def test_entries_of_a_file_that_is_gone_are_stale_where_it_was(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (known / "src/first.rs").unlink()
    lib = known / "src/lib.rs"
    lib.write_text(lib.read_text().replace("mod first;\n", ""))
    assert len(stale(audit(capsys)[1])) == 2
    assert len(stale(audit(capsys, "src")[1])) == 2
    assert stale(audit(capsys, "src/lib.rs", "src/second.rs")[1]) == []


def test_nothing_is_judged_by_a_run_that_could_not_read_everything(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (known / "src/first.rs").write_text("fn broken( {\n")
    status, report = audit(capsys)
    assert (status, stale(report)) == (2, [])
    before = (known / "known.json").read_bytes()
    assert main(["baseline", "write"]) == 2
    err = capsys.readouterr().err
    assert "src/first.rs:1: " in err
    assert "nothing written" in err
    assert (known / "known.json").read_bytes() == before


def test_what_a_comment_ignores_is_neither_stale_nor_recorded(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = known / "src/first.rs"
    text = source.read_text().replace(
        "#[pyfunction]", "// bindcheck: ignore[BC105, BC204] a draft\n#[pyfunction]"
    )
    source.write_text(text)
    status, report = audit(capsys)
    assert (status, stale(report)) == (0, [])
    assert report["summary"]["baselined"] == 2  # type: ignore[index]
    capsys.readouterr()
    assert main(["baseline", "write"]) == 0
    assert capsys.readouterr().out == "known.json: 2 findings recorded, 0 new, 2 dropped\n"


def test_writing_keeps_what_the_run_does_not_cover(
    known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        (known / f"src/{name}.rs").write_text("pub fn nothing() {}\n")
    capsys.readouterr()
    assert main(["baseline", "write", "src/first.rs", "--select", "BC1"]) == 0
    assert capsys.readouterr().out == "known.json: 3 findings recorded, 0 new, 1 dropped\n"
    assert main(["baseline", "write"]) == 0
    assert "0 findings recorded, 0 new, 3 dropped" in capsys.readouterr().out
    assert json.loads((known / "known.json").read_text())["crates"] == {}


def test_writing_twice_changes_nothing(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (known / "known.json").read_bytes()
    assert main(["baseline", "write"]) == 0
    assert "4 findings recorded, 0 new, 0 dropped" in capsys.readouterr().out
    assert (known / "known.json").read_bytes() == before


def test_without_a_configured_file_it_says_how_to_use_what_it_wrote(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "bindcheck.toml").unlink()
    assert main(["baseline", "write", "src"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("bindcheck-baseline.json: 4 findings recorded")
    hint = 'add `baseline = "bindcheck-baseline.json"` to bindcheck.toml'
    assert err == f"bindcheck: not in use yet: {hint}\n"
    assert main(["audit"]) == 1
    assert main(["audit", "--baseline", "bindcheck-baseline.json"]) == 0
    assert main(["baseline", "prune"]) == 2
    assert "there is no baseline" in capsys.readouterr().err


def test_a_configured_file_that_is_not_there_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "bindcheck.toml:1: no such baseline: " in line
    assert main(["audit", "--baseline", "other.json"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bindcheck: error: other.json: no such baseline; ")


def test_a_file_that_is_no_baseline_is_not_overwritten(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "package.json").write_text('{"name": "other"}\n')
    assert main(["baseline", "write", "--baseline", "package.json"]) == 2
    assert "package.json: is not a baseline of bindcheck" in capsys.readouterr().err
    assert (crate / "package.json").read_text() == '{"name": "other"}\n'
    (crate / "known.json").write_text("{\n")
    assert main(["audit"]) == 2
    assert "known.json:2: is not JSON" in capsys.readouterr().err


def test_what_is_recorded_is_listed(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "crate example"
    assert lines[1].startswith("  src/first.rs: BC105 one: ")
    assert lines[-1] == "known.json: 4 findings recorded (BC105 2, BC204 2)"
    assert main(["baseline", "show", "--output-format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["crate"], row["code"]) for row in rows] == [
        ("example", "BC105"),
        ("example", "BC204"),
    ] * 2


def test_two_crates_share_a_baseline(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_crate(crate / "inner", "inner")
    assert main(["baseline", "write", "src", "inner"]) == 0
    assert "8 findings recorded" in capsys.readouterr().out
    assert main(["audit", "src", "inner"]) == 0
    (crate / "inner/src/first.rs").write_text("pub fn nothing() {}\n")
    status, report = audit(capsys, "src", "inner/src")
    assert status == 1
    assert {path for path, _, _ in stale(report)} == {"inner/src/first.rs"}
    assert audit(capsys, "src")[0] == 0
    manifest = crate / "inner/Cargo.toml"
    manifest.write_text(manifest.read_text().replace('"inner"', '"example"'))
    assert main(["baseline", "write", "src", "inner"]) == 2
    assert "cannot serve two crates that are both called `example`" in capsys.readouterr().err
