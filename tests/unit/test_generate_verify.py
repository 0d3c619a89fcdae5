"""A write that is checked by the compiler, and taken back when the crate does not compile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.write import Change, applied

MANIFEST = """
[package]
name = "waves"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[features]
default = ["fast"]
fast = []
python = ["dep:pyo3", "dep:numpy"]

[dependencies]
pyo3 = { version = "0.25", optional = true }
numpy = { version = "0.25", optional = true }
"""

LIB = """pub mod wave;

#[cfg(feature = "python")]
mod python {
    use pyo3::prelude::*;

    #[pymodule]
    fn waves(m: &Bound<'_, PyModule>) -> PyResult<()> {
        let _ = m;
        Ok(())
    }
}
"""

CORE = """pub struct WaveParams {
    pub length: Option<usize>,
}

impl Default for WaveParams {
    fn default() -> Self {
        Self { length: Some(5) }
    }
}

pub struct WaveInput<'a> {
    pub data: &'a [f64],
    pub params: WaveParams,
}

impl<'a> WaveInput<'a> {
    pub fn from_slice(data: &'a [f64], params: WaveParams) -> Self {
        Self { data, params }
    }
}

pub struct WaveOutput {
    pub values: Vec<f64>,
}

#[derive(Debug)]
pub struct WaveError;

impl std::fmt::Display for WaveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("wave")
    }
}

pub fn wave(input: &WaveInput) -> Result<WaveOutput, WaveError> {
    let _ = input.params.length;
    Ok(WaveOutput { values: input.data.to_vec() })
}
"""

CARGO = """#!{python}
import json, pathlib, re, sys, time
here = pathlib.Path({folder!r})
(here / "told.json").write_text(json.dumps(sys.argv[1:]))
for line in (here / "say.txt").read_text().splitlines():
    source = (here / "src" / "wave.rs").read_text()
    at = source.find("fn wave_py")
    print(line.replace('"@"', str(source.count("\\n", 0, at) + 1)))
print("nothing good", file=sys.stderr)
(here / "ran").touch()
time.sleep(float((here / "sleep.txt").read_text()))
sys.exit(int((here / "status.txt").read_text()))
"""


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An indicator without a binding, and a cargo that says what the test wants."""
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/wave.rs").write_text(CORE)
    tools = tmp_path / "tools"
    tools.mkdir()
    cargo = tools / "cargo"
    cargo.write_text(CARGO.format(python=sys.executable, folder=str(tmp_path)))
    cargo.chmod(cargo.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    answer(tmp_path, 0)
    return tmp_path


def answer(crate: Path, status: int, *lines: object, sleep: float = 0) -> None:
    """What cargo prints, and its status."""
    (crate / "say.txt").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (crate / "status.txt").write_text(str(status))
    (crate / "sleep.txt").write_text(str(sleep))


def error(text: str, path: str, line: object, **more: object) -> dict[str, object]:
    """A message as cargo gives it."""
    span = {"file_name": path, "line_start": line, "is_primary": True, **more}
    message = {"level": "error", "message": text, "code": {"code": "E0308"}, "spans": [span]}
    return {"reason": "compiler-message", "message": message}


def sources(crate: Path) -> dict[str, bytes]:
    folders = (crate / "src", crate / ".bindcheck")
    return {
        str(path.relative_to(crate)): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_compiles_stays(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "wave", "--verify", "--features", "python"]) == 0
    assert "fn wave_py" in (crate / "src/wave.rs").read_text()
    assert "written" in capsys.readouterr().out
    told = json.loads((crate / "told.json").read_text())
    assert told[:2] == ["check", "--lib"]
    assert "python" in told[told.index("--features") + 1].split(",")


def test_a_crate_with_nothing_to_write_is_checked_as_well(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "wave"]) == 0
    assert not (crate / "told.json").exists()
    answer(crate, 101, error("no such name", "src/lib.rs", 1))
    assert main(["generate", "wave", "--verify"]) == 1
    assert "no such name" in capsys.readouterr().out


def test_an_error_is_told_by_its_piece_and_everything_is_put_back(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sources(crate)
    answer(crate, 101, error("mismatched types", "src/wave.rs", "@"))
    assert main(["generate", "wave", "--verify"]) == 1
    out = capsys.readouterr().out
    assert "error[E0308]: mismatched types (in wave/single)" in out
    assert out.startswith("src/wave.rs:")
    assert sources(crate) == before
    assert not (crate / ".bindcheck").exists()


def test_an_error_elsewhere_is_told_by_its_place(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sources(crate)
    answer(crate, 101, error("no such name", "src/lib.rs", 1), {"reason": "build-finished"})
    assert main(["generate", "wave", "--verify"]) == 1
    assert "src/lib.rs:1: error[E0308]: no such name (outside" in capsys.readouterr().out
    assert sources(crate) == before


def test_an_error_inside_a_macro_is_told_by_its_call(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = {"span": {"file_name": "src/wave.rs", "line_start": "@"}}
    answer(crate, 101, error("trait bound", "/rust/library/macros.rs", 7, expansion=call))
    assert main(["generate", "wave", "--verify"]) == 1
    assert "(in wave/single)" in capsys.readouterr().out


def test_a_macro_of_another_crate_is_told_by_its_call(
    crate: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    macros = tmp_path_factory.mktemp("registry") / "macros.rs"
    macros.write_text("\n" * 9)
    call = {"span": {"file_name": "src/wave.rs", "line_start": "@"}}
    answer(crate, 101, error("trait bound", str(macros), 7, expansion=call))
    assert main(["generate", "wave", "--verify"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("src/wave.rs:")
    assert "error[E0308]: trait bound (in wave/single)" in out


def test_an_error_in_a_region_that_has_not_changed_is_told_by_its_piece(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "wave"]) == 0
    capsys.readouterr()
    answer(crate, 101, error("mismatched types", "src/wave.rs", "@"))
    assert main(["generate", "wave", "--verify"]) == 1
    assert "error[E0308]: mismatched types (in wave/single)" in capsys.readouterr().out


def test_a_cargo_that_fails_without_an_error_is_quoted(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sources(crate)
    answer(crate, 101)
    assert main(["generate", "wave", "--verify"]) == 1
    assert "cargo check: nothing good" in capsys.readouterr().out
    assert sources(crate) == before


def test_warnings_are_no_errors(crate: Path) -> None:
    warning = error("unused", "src/wave.rs", "@")
    warning["message"]["level"] = "warning"  # type: ignore[index]
    answer(crate, 0, warning)
    assert main(["generate", "wave", "--verify"]) == 0


def test_without_cargo_nothing_is_written(
    crate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sources(crate)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "cargo" else name)
    assert main(["generate", "wave", "--verify"]) == 2
    assert "there is no cargo on the PATH" in capsys.readouterr().err
    assert sources(crate) == before


@pytest.mark.parametrize("mode", [["--diff"], ["--check"], ["--plan"], ["--stdout", "single"]])
def test_only_a_write_can_be_verified(
    crate: Path, mode: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "wave", "--verify", *mode]) == 2
    assert "--verify checks what is written" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_while_it_checks_puts_everything_back(
    crate: Path, number: signal.Signals
) -> None:
    before = sources(crate)
    end_while_it_checks(crate, number)
    assert sources(crate) == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("status", [0, 1])
def test_the_run_after_one_that_was_killed_while_it_checked_cleans_up(
    crate: Path, status: int
) -> None:
    """Old texts wait beside the new ones for what the compiler says; a kill leaves them there."""
    end_while_it_checks(crate, signal.SIGKILL)
    assert list(crate.rglob(".*.tmp"))
    answer(crate, status)
    (crate / "src/wave.rs").write_text(CORE)
    assert main(["generate", "wave", "--verify"]) == status
    assert ("fn wave_py" in (crate / "src/wave.rs").read_text()) is (status == 0)
    assert list(crate.rglob(".*.tmp")) == []


def end_while_it_checks(crate: Path, number: signal.Signals) -> None:
    """Send a signal to a run whose cargo is at work."""
    answer(crate, 0, sleep=30)
    command = [sys.executable, "-m", "bindcheck", "generate", "wave", "--verify"]
    with subprocess.Popen(command, cwd=crate, start_new_session=True) as run:
        for _ in range(600):
            if (crate / "ran").exists():
                break
            time.sleep(0.1)
        assert "fn wave_py" in (crate / "src/wave.rs").read_text()
        os.killpg(run.pid, number)
        assert run.wait(30) != 0


def test_the_plan_names_what_is_missing_and_what_has_no_premise(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sources(crate)
    assert main(["generate", "--all", "--plan"]) == 0
    lines = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert ["wave", "single", "missing"] in lines
    assert ["wave", "stream", "absent"] in lines
    assert ["single:", "1", "missing"] in lines
    assert sources(crate) == before


def test_a_file_that_somebody_else_changed_is_not_put_back(tmp_path: Path) -> None:
    first, second = tmp_path / "a/first.txt", tmp_path / "second.txt"
    second.write_bytes(b"old")
    changes = [Change(first, None, b"new"), Change(second, b"old", b"new")]
    with pytest.raises(ValueError, match="stop"):
        _interrupted(changes, second)
    assert second.read_bytes() == b"mine"
    assert not first.parent.exists()


def _interrupted(changes: list[Change], path: Path) -> None:
    with applied(changes):
        path.write_bytes(b"mine")
        raise ValueError("stop")
