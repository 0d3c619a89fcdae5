"""Whole runs of `bench` and `tune`, but for the compiler and the clock: programs play these."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bindcheck.cli import main

MANIFEST = """\
[package]
name = "lags"
version = "1.0.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""
SOURCE = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn lag(data: &[f64], steps: usize, parallel: bool) -> Vec<f64> {
    if parallel {
        std::thread::scope(|scope| { scope.spawn(|| ()); });
    }
    data.iter().skip(steps).copied().collect()
}

#[pyfunction(name = "lag")]
#[pyo3(signature = (data, steps=3, parallel=false))]
pub fn lag_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, steps: usize, parallel: bool,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.detach(|| lag(data, steps, parallel)).into_pyarray(py))
}

#[pymodule]
fn lags(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(lag_py, m)?)
}
"""
CARGO = """\
#!{python}
import json, sys
manifest = sys.argv[sys.argv.index("--manifest-path") + 1]
with open({library!r}, "w") as file:
    file.write("a library")
told = {{"reason": "compiler-artifact", "manifest_path": manifest, "filenames": [{library!r}]}}
print(json.dumps(told))
"""
INTERPRETER = """\
#!{python}
import json, os, sys
if len(sys.argv) < 4:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
job = json.load(sys.stdin)
found = []
for at, pair in enumerate(job["pairs"]):
    times = [2000.0 if side == "python" else 1000.0 for side in pair["sides"]]
    found.append({{
        "pair": at, "blocks": [[0, 4, *times, False, False]] * 8,
        "empty": [0.0, 0.0], "faults": [0.0, 0.0], "warmup_calls": 40, "stable": True,
        "cells": [7, 7], "copy_bytes": 56, "copy_ns": 10.0,
    }})
print(json.dumps({{"pid": os.getpid(), "core": 0, "huge_pages": "", "numpy": "2", "python": "3",
                  "seen": 0, "failures": [], "pairs": found}}))
"""
WAITING = "#!/bin/sh\ntouch {begun}\nexec sleep 60\n"


@pytest.fixture
def lags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate in the working folder, committed."""
    folder = tmp_path / "lags"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src" / "lib.rs").write_text(SOURCE)
    monkeypatch.chdir(folder)
    _git("init", "--quiet")
    _git("add", "--all")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    _git(*identity, "commit", "--quiet", "--message=all")
    return folder


def _git(*command: str) -> None:
    subprocess.run(("git", *command), capture_output=True, check=True)


def _program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def player(lags: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An interpreter that plays what measures; the compiler is played too."""
    played = {"python": sys.executable, "library": str(lags.with_name("built.so"))}
    monkeypatch.setenv("CARGO", _program(lags.with_name("cargo"), CARGO.format(**played)))
    return _program(lags.with_name("python"), INTERPRETER.format(**played))


def _measured(capsys: pytest.CaptureFixture[str], player: str, *arguments: str) -> dict[str, Any]:
    """Where the numbers of a run come from."""
    capsys.readouterr()
    assert main(["bench", *arguments, "--python", player, "--output-format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert len(report["comparisons"]) == 3 * 2
    found: dict[str, Any] = report["provenance"]
    assert len(found["commit"]) == 40
    return found


@pytest.mark.skipif(os.name != "posix", reason="programs that are scripts")
def test_a_run_of_cases_that_were_written_and_edited_is_one_of_its_commit(
    lags: Path, player: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = lags / "cases.toml"
    assert main(["bench", "--all", "--sizes", "10,20", "--write-cases", "cases.toml"]) == 0
    cases.write_text(cases.read_text().replace("steps = 3", "steps = 5"))
    for arguments in (["--cases", "cases.toml"], ["lag", "--sizes", "10,20"]):
        found = _measured(capsys, player, *arguments)
        assert (found["dirty"], found["changed"]) == (False, [])
    # One that somebody wrote by hand is known by being asked for alone.
    cases.write_text(cases.read_text().partition("\n\n")[2])
    assert not _measured(capsys, player, "--cases", "cases.toml")["dirty"]
    assert _measured(capsys, player, "lag", "--sizes", "10,20")["changed"] == ["cases.toml"]
    (lags / "src" / "lib.rs").write_text(f"{SOURCE}// changed\n")
    found = _measured(capsys, player, "--cases", "cases.toml")
    assert (found["dirty"], found["changed"]) == (True, ["src/lib.rs"])


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
@pytest.mark.parametrize("command", ["bench", "tune"])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_says_that_it_was_the_build(
    lags: Path, command: str, sent: signal.Signals, status: int
) -> None:
    begun = lags.with_name("begun")
    cargo = _program(lags.with_name("cargo"), WAITING.format(begun=begun))
    run = subprocess.Popen(
        [sys.executable, "-m", "bindcheck", command, "lag"], cwd=lags, text=True,
        env=os.environ | {"CARGO": cargo}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while run.poll() is None and not begun.exists():
        time.sleep(0.05)
    run.send_signal(sent)
    said, told = run.communicate(timeout=60)
    assert (run.returncode, said) == (status, ""), told
    assert told.endswith("bindcheck: interrupted while building the library with both sides\n")
