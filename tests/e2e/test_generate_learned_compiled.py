"""What bindings learn from an odd reference compiles: keys, names and ways to raise."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from odd_reference import ARRAYS, BOUND, COMMON, CORE, FROM, FUNCTION, PUSHED, RAISE, named

pytestmark = pytest.mark.cargo

MANIFEST = """
[package]
name = "learned"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["cdylib", "rlib"]
[dependencies]
pyo3 = { version = "0.23", features = ["abi3-py311"] }
numpy = "0.23"
[workspace]
"""
LIB = """
pub mod alma;
pub mod common;
pub mod wave;
#[pyo3::pymodule]
fn learned(m: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
    use pyo3::prelude::*;
    m.add_function(pyo3::wrap_pyfunction!(alma::py_alma, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize(
    ("raise_", "common", "rows"),
    [
        ("", FROM, PUSHED),
        (".map_err(crate::common::to_py_err)", FUNCTION, ARRAYS),
        ('.map_err(|e| crate::common::raise("alma_x", e))', RAISE, ARRAYS),
        ('.map_err(|e| raise("alma", e))', "", PUSHED),
    ],
    ids=["from", "function", "told", "private"],
)
def test_a_binding_after_an_odd_reference_compiles(
    tmp_path: Path, raise_: str, common: str, rows: str
) -> None:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    bound = BOUND.replace("{rows}", rows).replace("{raise}", raise_)
    for word, key in (("values", "result"), ("length", "length_list"), ("gain", "gain_list")):
        bound = bound.replace(f"{{{word}}}", key)
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/common.rs").write_text(COMMON + common)
    own = "" if common else RAISE.replace("pub fn", "fn")
    (tmp_path / "src/alma.rs").write_text(named(CORE, "alma") + own + bound)
    (tmp_path / "src/wave.rs").write_text(named(CORE, "wave"))
    with contextlib.chdir(tmp_path):
        assert main(["generate", "wave"]) == 0
    assert 'set_item("length_list"' in (tmp_path / "src/wave.rs").read_text()
    environment = {**os.environ, "PYO3_PYTHON": sys.executable}
    done = subprocess.run(
        ("cargo", "check", "--quiet"),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
