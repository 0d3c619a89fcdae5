"""`bindcheck audit` as a user runs it: what is printed, what is exited with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main

MANIFEST = """\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.29.0"
numpy = "0.29.0"
"""

LIB = """\
use pyo3::prelude::*;

mod work;

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

FORGOTTEN = """\
use pyo3::prelude::*;

#[pyfunction]
pub fn forgotten(value: f64) -> f64 {
    value
}
"""


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with one exported function; the working directory is its root."""
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/work.rs").write_text("pub fn nothing() {}\n")
    (tmp_path / "example.pyi").write_text(STUB)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def flawed(crate: Path) -> Path:
    """The same crate with a function that no module exports."""
    (crate / "src/work.rs").write_text(FORGOTTEN)
    return crate


def findings(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    found = json.loads(capsys.readouterr().out)["findings"]
    assert isinstance(found, list)
    return found


def test_a_clean_crate_exits_0_and_says_what_was_covered(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit"]) == 0
    out, err = capsys.readouterr()
    assert "crate example" in out
    assert "PyO3 0.29.0" in out
    assert "2 files, 0 indicators, 1 entry point audited" in out
    assert "no findings" in out
    assert err == ""


def test_a_finding_exits_1_and_shows_its_line_with_carets(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "src"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith("src/work.rs:4:8: error[BC105]")]
    assert lines[at + 2] == "4 | pub fn forgotten(value: f64) -> f64 {"
    assert lines[at + 3] == "  |        ^^^^^^^^^"


def test_paths_limit_what_is_reported_not_what_is_read(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "src/lib.rs", "--output-format", "json"]) == 0
    assert findings(capsys) == []
    assert main(["audit", "src/work.rs", "--output-format", "json"]) == 1
    assert [one["item"] for one in findings(capsys)] == ["forgotten"]


def test_exit_zero_and_fail_on_change_the_status_not_the_report(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--exit-zero"]) == 0
    assert "BC105" in capsys.readouterr().out
    (flawed / "bindcheck.toml").write_text('[severity]\nBC105 = "advice"\n')
    assert main(["audit", "--select", "ALL"]) == 0
    assert main(["audit", "--select", "ALL", "--fail-on", "advice"]) == 1


def test_select_and_ignore_take_codes_and_prefixes(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--select", "BC2"]) == 0
    assert main(["audit", "--select", "BC1", "--ignore", "BC105"]) == 0
    assert main(["audit", "--select", "BC105", "--ignore", "BC1"]) == 1
    assert main(["audit", "--select", "BC105", "--ignore", "BC105"]) == 0
    capsys.readouterr()


def test_an_unknown_code_names_the_nearest(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--select", "BC150"]) == 2
    err = capsys.readouterr().err
    assert "BC150" in err
    assert re.search(r"did you mean 'BC\d{3}'\?", err)
    assert len(err.splitlines()) == 1


def test_a_comment_with_a_reason_suppresses_and_is_counted(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = FORGOTTEN.replace(
        "pub fn forgotten",
        "// bindcheck: ignore[BC105] exported by another crate\npub fn forgotten",
    )
    (flawed / "src/work.rs").write_text(source)
    assert main(["audit", "--output-format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["ignored"] == 1
    assert report["ignored"][0]["by"] == "comment"
    assert report["ignored"][0]["reason"] == "exported by another crate"


def test_a_comment_above_the_attributes_holds_for_the_item(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = FORGOTTEN.replace(
        "#[pyfunction]", "// bindcheck: ignore[BC105] exported by another crate\n#[pyfunction]"
    )
    (flawed / "src/work.rs").write_text(source)
    assert main(["audit"]) == 0
    assert "1 ignored" in capsys.readouterr().out


def test_comments_without_use_or_reason_are_advice(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flawed / "src/work.rs").write_text(
        FORGOTTEN.replace("#[pyfunction]", "// bindcheck: ignore[BC105]\n#[pyfunction]")
        + "\n// bindcheck: ignore[BC303] never fails\nfn helper() -> Option<u8> {\n    None\n}\n"
        + "\n#[cfg(test)]\nmod tests {\n    // bindcheck: ignore[BC303] a test\n"
        + "    #[test]\n    fn works() {}\n}\n"
    )
    with (flawed / "src/lib.rs").open("a") as file:
        file.write("\n// bindcheck: ignore[BC3O3] misspelt\nfn last() {}\n")
    assert main(["audit"]) == 0
    capsys.readouterr()
    assert main(["audit", "--select", "BC0", "--output-format", "json"]) == 0
    assert [(one["code"], one["path"], one["line"]) for one in findings(capsys)] == [
        ("BC001", "src/lib.rs", 16),
        ("BC002", "src/work.rs", 3),
        ("BC001", "src/work.rs", 9),
    ]
    assert main(["audit", "--select", "BC0", "--fail-on", "advice"]) == 1
    capsys.readouterr()
    (flawed / "bindcheck.toml").write_text('[per-file-ignores]\n"work.rs" = ["BC00"]\n')
    assert main(["audit", "--select", "BC0", "--output-format", "json"]) == 0
    assert [one["path"] for one in findings(capsys)] == ["src/lib.rs"]


def test_per_file_ignores_are_counted_too(flawed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flawed / "bindcheck.toml").write_text('[per-file-ignores]\n"src/work.rs" = ["BC105"]\n')
    assert main(["audit"]) == 0
    assert "1 ignored" in capsys.readouterr().out


def test_the_fingerprint_survives_moved_lines(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audit", "--output-format", "json"])
    (before,) = findings(capsys)
    (flawed / "src/work.rs").write_text("// a new first line\n\n" + FORGOTTEN)
    main(["audit", "--output-format", "json"])
    (after,) = findings(capsys)
    assert before["line"] != after["line"]
    assert before["fingerprint"] == after["fingerprint"]


def test_a_missing_path_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "src/nowhere.rs"]) == 2
    out, err = capsys.readouterr()
    assert err == "bindcheck: error: src/nowhere.rs: no such file or folder\n"
    assert "no findings" not in out


def test_a_file_without_entry_points_of_a_crate_with_some_is_fine(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "src/work.rs"]) == 0
    out, err = capsys.readouterr()
    assert "no indicator and no entry point to look at; the rest of the crate has 1" in out
    assert err == ""


def test_an_unknown_reference_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--reference", "almma"]) == 2
    err = capsys.readouterr().err
    assert "reference `almma` is not an indicator" in err
    assert len(err.splitlines()) == 1


def test_a_pipe_in_place_of_a_source_does_not_hang(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(crate / "src/waits.rs")
    assert main(["audit"]) == 2
    assert "src/waits.rs: is not a regular file" in capsys.readouterr().err


@pytest.mark.skipif(
    shutil.which("setpriv") is None, reason="needs setpriv to give up root's rights"
)
def test_a_folder_that_may_not_be_read_is_one_line_and_exit_2(crate: Path) -> None:
    (crate / "src/closed").mkdir()
    (crate / "src/closed").chmod(0)
    bare = ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"]
    command = [*bare, sys.executable, "-m", "bindcheck", "audit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (crate / "src/closed").chmod(0o755)
    assert done.returncode == 2
    assert "src/closed: cannot be read" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_is_one_line_and_exit_2(flawed: Path) -> None:
    command = f"'{sys.executable}' -m bindcheck audit > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_output_folder_that_is_not_there_is_not_made(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--output-file", "nowhere/report.txt"]) == 2
    assert "nowhere: no such folder" in capsys.readouterr().err
    assert not (crate / "nowhere").exists()


def test_an_empty_folder_exits_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["audit"]) == 3
    assert "nothing to look at" in capsys.readouterr().err


def test_broken_rust_exits_2_and_the_rest_is_audited(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = FORGOTTEN + "\n#[pyfunction]\npub fn torn(value: f64 -> f64 {\n    value\n}\n"
    (flawed / "src/work.rs").write_text(broken)
    assert main(["audit"]) == 2
    out, err = capsys.readouterr()
    assert "BC105" in out
    assert "bindcheck: error: src/work.rs:9: " in err
    assert "torn" in out
    assert "not analysed" in out
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"fn a() {}\n\xff\xfe\n", ("src/work.rs:2", "UTF-8")),
        (b"\x7fELF\x00\x01\x02", ("src/work.rs", "binary")),
    ],
    ids=["not-utf-8", "binary"],
)
def test_an_unreadable_source_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: tuple[str, ...]
) -> None:
    (crate / "src/work.rs").write_bytes(content)
    assert main(["audit"]) == 2
    out, err = capsys.readouterr()
    assert "1 entry point audited" in out
    (line,) = [line for line in err.splitlines() if "work.rs" in line]
    assert all(word in line for word in words)


def test_a_circular_symlink_does_not_hang(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (crate / "src/loop").symlink_to(crate / "src")
    (crate / "src/self.rs").symlink_to(crate / "src/self.rs")
    status = main(["audit"])
    out, err = capsys.readouterr()
    assert status == 2
    assert "1 entry point audited" in out
    assert "src/self.rs" in err


def test_a_bad_configuration_names_file_line_and_nearest_key(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "bindcheck.toml").write_text('exclude = []\nselekt = ["BC1"]\n')
    assert main(["audit"]) == 2
    err = capsys.readouterr().err
    assert "bindcheck.toml:2" in err
    assert "select" in err
    assert len(err.splitlines()) == 1


def test_a_broken_manifest_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "Cargo.toml").write_text("[package\nname = 1\n")
    assert main(["audit"]) == 2
    err = capsys.readouterr().err
    assert "Cargo.toml:1" in err
    assert len(err.splitlines()) == 1


def test_an_empty_path_is_not_the_current_folder(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", ""]) == 2
    assert "the path is empty" in capsys.readouterr().err
    assert main(["audit", "--manifest-path", ""]) == 2
    assert "the path is empty" in capsys.readouterr().err


def test_nothing_to_look_at_is_fine_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alone.rs").write_text("fn main() {}\n")
    assert main(["audit", "alone.rs"]) == 3
    assert main(["audit", "--allow-empty", "alone.rs"]) == 0
    out, err = capsys.readouterr()
    assert "no findings" not in out
    assert "nothing to look at" in err


def test_verbose_tells_on_stderr_what_was_used_and_what_is_ignored(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flawed / "bindcheck.toml").write_text('[per-file-ignores]\n"src/work.rs" = ["BC105"]\n')
    assert main(["audit"]) == 0
    quiet, _ = capsys.readouterr()
    assert main(["audit", "-v"]) == 0
    out, err = capsys.readouterr()
    assert out.split(" in ")[0] == quiet.split(" in ")[0]
    assert f"example: {flawed / 'bindcheck.toml'}, " in err
    assert "ignored: src/work.rs:4: BC105 forgotten: per-file-ignores: src/work.rs" in err


def test_a_loose_file_is_audited_by_itself_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loose.rs").write_text(LIB.replace("mod work;\n", ""))
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "loose.rs"]) == 0
    out = capsys.readouterr().out
    assert "no crate" in out
    assert "1 entry point audited" in out


def test_the_report_goes_to_a_file_when_asked(
    flawed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--output-format", "json", "--output-file", "report.json"]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads((flawed / "report.json").read_text())["schema_version"] == 1


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bindcheck", *args],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_a_pipe_gets_no_colour_unless_asked(flawed: Path) -> None:
    assert "\x1b[" not in run("audit").stdout
    assert "\x1b[31;1m" in run("audit", "--color", "always").stdout


def test_an_ascii_terminal_gets_ascii(flawed: Path) -> None:
    (flawed / "src/work.rs").write_text(FORGOTTEN.replace("forgotten", "vergaß"))
    done = run("audit", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "verga\\xdf" in done.stdout


def test_a_reader_that_leaves_causes_no_traceback(flawed: Path) -> None:
    command = f"'{sys.executable}' -m bindcheck audit --all | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_the_commands_explain_themselves() -> None:
    assert "audit" in run("--help").stdout
    listed = run("rules").stdout.splitlines()
    assert any(line.startswith("BC105  not-registered") for line in listed)
    explained = run("explain", "not-registered").stdout
    assert explained.startswith("BC105 not-registered (error)")
    for heading in ("What it does", "Why it matters", "Example", "Instead", "Fix safety"):
        assert f"## {heading}" in explained
    wrong = run("explain", "BC1055")
    assert wrong.returncode == 2
    assert "BC105" in wrong.stderr


def test_a_planned_upgrade_is_checked_before_it_happens(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "Cargo.toml").write_text(MANIFEST.replace("0.29.0", "0.25.0"))
    (crate / "src/work.rs").write_text(
        "use pyo3::prelude::*;\n\npub fn quiet(py: Python<'_>) {\n    py.allow_threads(|| ());\n}\n"
    )
    assert main(["audit", "--select", "BC401"]) == 0
    capsys.readouterr()
    upgrade = ["--select", "BC401", "--target-pyo3", "0.30", "--output-format", "json"]
    assert main(["audit", *upgrade]) == 1
    (one,) = findings(capsys)
    assert (one["code"], one["line"]) == ("BC401", 4)
    assert "detach" in str(one["help"]) + str(one["fix"])


def test_a_crate_of_which_only_macros_make_something_says_that_it_is_not_analysed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "crate"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(
        '[package]\nname = "made"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\npyo3 = "0.29"\n'
    )
    (root / "src" / "lib.rs").write_text(
        "use pyo3::prelude::*;\n"
        "macro_rules! bind { ($m:ident, $n:ident) => { #[pyfunction] fn $n() {}\n"
        "$m.add_function(wrap_pyfunction!($n, $m)?)?; }; }\n"
        "#[pymodule]\nfn made(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        "    bind!(m, a);\n    bind!(m, b);\n    Ok(())\n}\n"
    )
    assert main(["audit", str(root / "src"), "--no-cache"]) == 3
    out, err = capsys.readouterr()
    assert (
        "no indicator and no entry point to look at; what may be some is not analysed in 2 places"
        in out
    )
    assert "not analysed: src/lib.rs:6: bind!: made by a macro" in out.replace(f"{root}/", "")
    assert err == (
        "bindcheck: nothing to look at: no indicator and no entry point found "
        "(not analysed: 2, see the report)\n"
    )
