"""Samples for reading by hand: who judges recall does not see what the audit says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks/draw_sample.py"
MANIFEST = """\
[package]
name = "binding"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.28"
"""
ENTRY = """
#[pyfunction]
fn tail_{n}(values: Vec<f64>, start: usize) -> f64 {{
    {body}
}}
"""


def _crate(folder: Path, body: str) -> Path:
    functions = "".join(ENTRY.format(n=n, body=body) for n in range(9))
    names = " ".join(f"#[pymodule_export] use super::tail_{n};" for n in range(9))
    module = f"#[pymodule]\nmod binding {{ {names} }}\n"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
    text = f"use pyo3::prelude::*;\n{functions}{module}"
    (folder / "src/lib.rs").write_text(text, encoding="utf-8")
    return folder


def _drawn(crate: Path, into: Path, seed: int = 1) -> tuple[str, list[str], list[str]]:
    """What is printed, and the lines of both files."""
    counts = ["--findings", "2", "--entries", "4", "--seed", f"{seed}"]
    run = subprocess.run(
        [sys.executable, SCRIPT, crate, "--into", into, *counts],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    entries, findings = (into / f"{name}.txt" for name in ("entries", "findings"))
    return (
        run.stdout,
        entries.read_text(encoding="utf-8").splitlines(),
        findings.read_text(encoding="utf-8").splitlines(),
    )


def test_entry_points_and_findings_are_kept_apart(tmp_path: Path) -> None:
    crate = _crate(tmp_path / "crate", "values[start]")
    printed, entries, findings = _drawn(crate, tmp_path / "drawn")

    assert len(entries) == 4
    assert all(line.startswith("entry ") and ": tail_" in line for line in entries)
    assert all(line.startswith("finding ") for line in findings)
    assert sum("BC303" in line for line in findings) == 2
    assert "BC" not in "\n".join(entries) + printed


def test_the_entry_points_depend_on_the_seed_and_not_on_the_findings(tmp_path: Path) -> None:
    faulty = _crate(tmp_path / "faulty", "values[start]")
    sound = _crate(tmp_path / "sound", "values.get(start).copied().unwrap_or(0.0)")
    names = [
        [line.rsplit(" ", 1)[-1] for line in _drawn(crate, tmp_path / f"{n}", seed)[1]]
        for n, (crate, seed) in enumerate([(faulty, 1), (sound, 1), (faulty, 3)])
    ]

    assert names[0] == names[1]
    assert names[0] != names[2]
