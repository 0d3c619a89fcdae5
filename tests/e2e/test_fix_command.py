"""`bindcheck fix` as a user runs it: what is written, what is printed, what is exited with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import bindcheck.fix
from bindcheck.cli import main
from bindcheck.fix import FixRequest, FixRun
from bindcheck.load import Step, no_step
from bindcheck.run import Run

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

WORK = """\
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;

fn smooth(data: &[f64]) -> Vec<f64> {
    data.windows(2).map(|pair| pair[0] + pair[1]).collect()
}

/// Sums of neighbours.
#[pyfunction]
pub fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lag: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.detach(|| smooth(&slice[lag.unwrap_or(0)..]));
    Ok(values.to_pyarray(py))
}
"""
SAFE = ("BC105", "BC106", "BC203")


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with a function that is not exported, has no signature, and copies its result."""
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/work.rs").write_text(WORK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(crate: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in sorted(crate.rglob("*")) if one.is_file()}


def fix(*args: str) -> int:
    return main(["fix", "src", "--select", ",".join(SAFE), *args])


def test_safe_fixes_are_written_and_told(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix() == 1
    out, err = capsys.readouterr()
    lib, work = (crate / "src/lib.rs").read_text(), (crate / "src/work.rs").read_text()
    assert "m.add_function(wrap_pyfunction!(crate::work::smooth_py, m)?)?;\n    Ok(())" in lib
    assert '#[pyfunction(name = "smooth")]\n#[pyo3(signature = (data, lag=None))]\n' in work
    assert ".to_pyarray(py)" in work
    lines = out.splitlines()
    assert "fixed src/work.rs:10: BC105 not-registered: export `smooth`" in lines
    assert "fixed src/work.rs:10: BC106 missing-signature: add the signature" in lines
    assert any(line.startswith("src/work.rs:18:8: warning[BC203]") for line in lines)
    assert lines[-1] == (
        "2 findings fixed in 2 files, 1 remains, 1 of them with a fix that --unsafe-fixes applies"
    )
    assert err == ""


def test_unsafe_fixes_have_to_be_asked_for(crate: Path) -> None:
    assert fix("--unsafe-fixes") == 0
    work = (crate / "src/work.rs").read_text()
    assert "IntoPyArray" in work
    assert "ToPyArray" not in work.replace("IntoPyArray", "")
    assert "Ok(values.into_pyarray(py))" in work


def test_the_second_run_changes_nothing(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fix("--unsafe-fixes")
    first = texts(crate)
    capsys.readouterr()
    assert fix("--unsafe-fixes") == 0
    assert texts(crate) == first
    assert capsys.readouterr().out.splitlines()[-1] == "0 findings fixed in 0 files, 0 remain"


def test_a_diff_changes_nothing_and_is_a_patch(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(crate)
    assert fix("--diff", "--unsafe-fixes") == 1
    patch, err = capsys.readouterr()
    assert texts(crate) == before
    assert err == "bindcheck: 3 findings would be fixed in 2 files, 0 would remain\n"
    done = subprocess.run(
        ("git", "apply", "-"), input=patch, text=True, cwd=crate, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    patched = texts(crate)
    for name, content in before.items():
        next(crate.rglob(name)).write_bytes(content)
    fix("--unsafe-fixes")
    assert texts(crate) == patched


def test_audit_with_fix_reports_in_any_format(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["audit", "src", "--fix", "--select", ",".join(SAFE), "--output-format", "json"])
    assert status == 1
    out, err = capsys.readouterr()
    assert '"code": "BC203"' in out
    assert '"code": "BC105"' not in out
    assert err.startswith("bindcheck: 2 findings fixed in 2 files, 1 remains")
    assert "signature" in (crate / "src/work.rs").read_text()


def test_paths_limit_what_is_fixed(crate: Path) -> None:
    before = texts(crate)
    assert main(["fix", "src/lib.rs", "--select", ",".join(SAFE)]) == 0
    assert texts(crate) == before


def test_what_a_comment_or_a_baseline_ignores_is_left_alone(crate: Path) -> None:
    ignored = WORK.replace("/// Sums", "// bindcheck: ignore[BC106] meant\n/// Sums")
    (crate / "src/work.rs").write_text(ignored)
    codes = ("--select", "BC105")
    assert main(["baseline", "write", "src", *codes, "--baseline", "known.json"]) == 0
    before = texts(crate)
    assert fix("--baseline", "known.json", "--ignore", "BC203") == 0
    assert texts(crate) == before


def test_line_ends_and_byte_order_mark_stay(crate: Path) -> None:
    windows = b"\xef\xbb\xbf" + WORK.replace("\n", "\r\n").encode()
    (crate / "src/work.rs").write_bytes(windows)
    fix("--unsafe-fixes")
    after = (crate / "src/work.rs").read_bytes()
    assert after.startswith(b"\xef\xbb\xbfuse numpy")
    assert after.count(b"\n") == after.count(b"\r\n") == windows.count(b"\n") + 1


def test_a_file_with_markers_of_a_merge_is_not_touched(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clash = WORK + "<<<<<<< ours\nconst A: u8 = 1;\n=======\nconst A: u8 = 2;\n>>>>>>> theirs\n"
    (crate / "src/work.rs").write_text(clash)
    assert fix("--unsafe-fixes") == 2
    assert (crate / "src/work.rs").read_text() == clash
    out = capsys.readouterr().out
    assert "not fixed src/work.rs:10: BC106 missing-signature: the file has the markers" in out


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    crate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bindcheck.fix.fix_all

    def slow(run: Run, request: FixRequest, step: Step = no_step) -> FixRun:
        outcome = real(run, request, step)
        (crate / "src/work.rs").write_text("// mine\n")
        return outcome

    monkeypatch.setattr(bindcheck.fix, "fix_all", slow)
    assert fix() == 2
    assert (crate / "src/lib.rs").read_text() == LIB
    assert (crate / "src/work.rs").read_text() == "// mine\n"
    assert "has changed since it was read; nothing written" in capsys.readouterr().err


def test_an_interrupt_between_two_files_undoes_the_first(
    crate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real, calls = texts(crate), os.replace, []

    def interrupted(source: str | Path, target: str | Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    assert fix() == 130
    assert len(calls) == 3
    assert texts(crate) == before


@pytest.mark.skipif(shutil.which("rustfmt") is None, reason="there is no rustfmt")
def test_a_formatted_file_stays_formatted_and_another_is_not_formatted(crate: Path) -> None:
    long = WORK.replace(
        "    let values = py.detach(|| smooth(&slice[lag.unwrap_or(0)..]));\n"
        "    Ok(values.to_pyarray(py))\n",
        "    let values_of_a_name_long_enough = py.detach(|| {\n"
        "        let shifted = &slice[lag.unwrap_or(0)..];\n"
        "        smooth(shifted)\n"
        "    });\n"
        "    Ok(PyArray1::from_slice(py, &values_of_a_name_long_enough))\n",
    ).replace(
        "use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, ToPyArray}",
        "use numpy::{PyArray1, PyReadonlyArray1}",
    )
    (crate / "src/work.rs").write_text(long)
    untidy = LIB.replace("    2.0 * value", "  2.0*value")
    (crate / "src/lib.rs").write_text(untidy)
    assert fix("--unsafe-fixes") == 0
    work = crate / "src/work.rs"
    assert "use numpy::{IntoPyArray, PyArray1" in work.read_text()
    assert "  2.0*value\n" in (crate / "src/lib.rs").read_text()
    check = subprocess.run(
        ("rustfmt", "--check", "--edition", "2021", str(work)), capture_output=True, check=False
    )
    assert check.returncode == 0, check.stdout.decode()


OLD = """\
use pyo3::prelude::*;
use pyo3::types::PyList;

#[pyclass]
#[derive(Clone)]
struct Gain {
    factor: f64,
}

impl<'py> FromPyObject<'py> for Factor {
    fn extract_bound(value: &Bound<'py, PyAny>) -> PyResult<Self> {
        value.extract().map(Factor)
    }
}

struct Factor(f64);

#[pyfunction]
fn total(py: Python<'_>, values: &Bound<'_, PyList>, gain: Gain) -> PyResult<PyObject> {
    let count = py.allow_threads(|| values.len() as f64 * gain.factor);
    Ok(count.into_pyobject(py)?.into_any().unbind())
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Gain>()?;
    m.add_function(wrap_pyfunction!(total, m)?)
}
"""


def test_an_upgrade_renames_what_it_can_and_names_the_rest(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "Cargo.toml").write_text(MANIFEST.replace("0.29.0", "0.25.1"))
    (crate / "src/lib.rs").write_text(OLD)
    assert main(["fix", "src", "--select", "BC401", "--target-pyo3", "0.30"]) == 1
    new = (crate / "src/lib.rs").read_text()
    assert "#[pyclass(from_py_object)]\n" in new
    assert "-> PyResult<Py<PyAny>> {" in new
    assert "py.detach(|| " in new
    out, err = capsys.readouterr()
    assert err == "bindcheck: example: raise pyo3 and what depends on it to 0.30 in Cargo.toml\n"
    assert "src/lib.rs:10:11: error[BC401] pyo3-renamed-api" in out
    assert "type Error = PyErr" in out
    assert out.splitlines()[-1] == "3 findings fixed in 1 file, 1 remains"


def test_wrong_input_and_nothing_to_look_at_have_statuses_of_their_own(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fix", "nowhere"]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    (crate / "src/lib.rs").write_text("pub fn plain() {}\n")
    assert fix() == 3
    (crate / "src/lib.rs").write_text(LIB)
    (crate / "src/work.rs").write_text("fn broken( {\n")
    assert fix() == 2


def test_the_help_tells_of_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--unsafe-fixes" in out
    assert "1  findings at or above --fail-on remain" in out
