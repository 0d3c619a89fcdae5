"""What bindings import after their reference compiles, and nothing of it is unused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bindcheck.cli import main
from compiled import Compiler
from odd_imports import IMPORTED, INLINE, LIB, crate_with, texts
from odd_reference import CORE, named

pytestmark = pytest.mark.cargo

STRICTLY = "#![allow(dead_code)]\n" + LIB.replace("pub mod wave", "#[deny(warnings)]\npub mod wave")


def generated(crate: Path, *options: str) -> int:
    with contextlib.chdir(crate):
        return main(["generate", *options])


@pytest.mark.parametrize("kind", IMPORTED)
def test_new_bindings_compile_without_warnings(
    tmp_path: Path, compiler: Compiler, kind: str
) -> None:
    crate = crate_with(tmp_path, kind, lib=STRICTLY)
    assert generated(crate, "wave") == 0
    compiler.check(crate)
    before = texts(crate)
    assert generated(crate, "wave") == 0
    assert {path: text for path, text in texts(crate).items() if path in before} == before
    assert generated(crate, "--check") == 0


def test_imports_under_a_feature_compile_with_and_without_it(
    tmp_path: Path, compiler: Compiler
) -> None:
    crate = crate_with(tmp_path, "alias", lib=STRICTLY, gated=True)
    assert generated(crate, "wave") == 0
    compiler.check(crate)
    compiler.check(crate, "--features", "python")


def test_what_a_file_names_otherwise_compiles(tmp_path: Path, compiler: Compiler) -> None:
    head = (
        "pub use std::collections::HashMap as PyDict;\n"
        "use numpy as nump;\n"
        "pub struct Python;\n"
        "pub fn seen(one: nump::PyReadonlyArray1<'_, f64>) -> usize { one.as_array().len() }\n"
    )
    crate = crate_with(
        tmp_path, "alias", lib=STRICTLY, alma=INLINE, wave=head + named(CORE, "wave")
    )
    assert generated(crate, "wave") == 0
    compiler.check(crate)


def test_names_that_a_glob_gives_as_well_compile(tmp_path: Path, compiler: Compiler) -> None:
    head = "use crate::common::*;\npub fn unit() -> Unit { Unit }\n"
    crate = crate_with(tmp_path, "names", lib=STRICTLY, wave=head + named(CORE, "wave"))
    common = crate / "src/common.rs"
    given = "pub type PyResult<T> = Result<T, TaError>;\npub use std::ops::Bound;\n"
    common.write_text(f"{common.read_text()}{given}pub struct Unit;\n")
    assert generated(crate, "wave") == 0
    compiler.check(crate)


def test_what_was_edited_by_hand_is_merged_and_compiles(tmp_path: Path, compiler: Compiler) -> None:
    crate = crate_with(tmp_path, "names", lib=STRICTLY)
    assert generated(crate, "wave") == 0
    path = crate / "src/wave.rs"
    added = "use pyo3::types::PyDict;\n\n// For `listed`.\nuse pyo3::types::PyList;\n"
    text = path.read_text().replace("use pyo3::types::PyDict;\n", added)
    by_hand = "pub fn listed(one: &Bound<'_, PyList>, two: &Bound<'_, PyDict>) -> usize {\n"
    path.write_text(f"{text}\n{by_hand}    one.len() + two.len()\n}}\n")
    common = crate / "src/common.rs"
    # Another maker of exceptions: the bindings are stale, and name it as the reference does.
    function = (
        "pub fn to_py_err(error: TaError) -> pyo3::PyErr {\n"
        "    pyo3::exceptions::PyArithmeticError::new_err(error.to_string())\n}\n"
    )
    common.write_text(common.read_text() + function)
    alma = crate / "src/alma.rs"
    told = alma.read_text().replace("))?;\n    let dict", ")).map_err(to_py_err)?;\n    let dict")
    told = told.replace("alma(&input))?", "alma(&input)).map_err(to_py_err)?")
    alma.write_text(told.replace("use numpy::", "use crate::common::to_py_err;\nuse numpy::", 1))
    assert generated(crate, "wave") == 0
    merged = path.read_text()
    assert "use crate::common::to_py_err;" in merged
    assert ".map_err(to_py_err)" in merged
    assert added in merged
    compiler.check(crate)
