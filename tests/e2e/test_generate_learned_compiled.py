"""What bindings learn from an odd reference compiles: keys, names and ways to raise."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from compiled import Compiler
from odd_reference import (
    ARRAYS,
    BOUND,
    COMMON,
    CORE,
    DEFAULT_RANGE,
    FORMS,
    FROM,
    FUNCTION,
    KERNELS,
    PUSHED,
    RAISE,
    WORKING,
    named,
    with_form,
    with_kernel,
    with_two_outputs,
)

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
    tmp_path: Path, compiler: Compiler, raise_: str, common: str, rows: str
) -> None:
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
    generate_and_check(tmp_path, compiler)
    assert 'set_item("length_list"' in (tmp_path / "src/wave.rs").read_text()


def generate_and_check(crate: Path, compiler: Compiler) -> None:
    """Bind `wave` and let the compiler look at it."""
    with contextlib.chdir(crate):
        assert main(["generate", "wave"]) == 0
    compiler.check(crate)


@pytest.mark.parametrize("kernel", [', *, kernel="auto"', ', kernel="auto"'])
def test_a_kernel_with_a_default_and_ranges_of_other_names_compile(
    tmp_path: Path, compiler: Compiler, kernel: str
) -> None:
    bound = BOUND.replace("{rows}", ARRAYS).replace("{raise}", "")
    for word, key in (("values", "values"), ("length", "length_axis"), ("gain", "gain_axis")):
        bound = bound.replace(f"{{{word}}}", key)
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/common.rs").write_text(COMMON + FROM + KERNELS)
    alma = with_kernel(named(CORE, "alma") + bound, kernel, "{}_axis")
    (tmp_path / "src/alma.rs").write_text(alma)
    (tmp_path / "src/wave.rs").write_text(with_kernel(named(CORE, "wave")))
    generate_and_check(tmp_path, compiler)
    text = (tmp_path / "src/wave.rs").read_text()
    assert f"(data, length_axis, gain_axis{kernel})" in text


@pytest.mark.parametrize("form", FORMS)
def test_what_is_generated_in_an_odd_form_passes_its_generated_tests(
    tmp_path: Path, compiler: Compiler, form: str
) -> None:
    core = WORKING + DEFAULT_RANGE
    wave = named(core, "wave")
    # A parameter may be a keyword in Rust, and there may be several outputs.
    wave = wave.replace("length", "r#type") if form == "cast" else with_two_outputs(wave)
    files = {
        "Cargo.toml": MANIFEST,
        "src/lib.rs": LIB,
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(core, "alma") + with_form(FORMS[form]),
        "src/wave.rs": "#![deny(unused_imports)]" + wave,
        "learned.pyi": "",
        "tests/conftest.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with contextlib.chdir(tmp_path):
        assert main(["generate", "wave"]) == 0
        assert main(["generate", "--check"]) == 0
    compiler.build(tmp_path, "liblearned.so", tmp_path / "learned.abi3.so")
    python = (sys.executable, "-m")
    told = run(*python, "pytest", "-q", "tests", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert " passed" in told
    assert "failed" not in told
    run(*python, "mypy", "--strict", "learned.pyi", folder=tmp_path)


def run(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout
