"""What several tests of the analysis share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint
from bindcheck.testing import program_from

HEAD = """\
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1, ToPyArray};
use pyo3::prelude::*;

pub fn gain(data: &[f64], factor: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    for x in data {
        out.push(x * factor);
    }
    out
}

pub fn gain_into(data: &[f64], factor: f64, out: &mut [f64]) {
    for (cell, x) in out.iter_mut().zip(data) {
        *cell = x * factor;
    }
}
"""


Binding = Callable[..., tuple[Program, EntryPoint]]


@pytest.fixture
def binding() -> Binding:
    """A crate with `gain`, `gain_into` and a binding `gain_py` with the body under test."""

    def make(
        body: str,
        *,
        params: str = "data: PyReadonlyArray1<'py, f64>, factor: f64",
        returns: str = "PyResult<Bound<'py, PyArray1<f64>>>",
        more: str = "",
        pyo3: str = "0.25.0",
    ) -> tuple[Program, EntryPoint]:
        code = (
            f"{HEAD}\n{more}\n#[pyfunction]\n"
            f"fn gain_py<'py>(py: Python<'py>, {params}) -> {returns} {{\n{body}\n}}\n\n"
            "#[pymodule]\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
            "    m.add_function(wrap_pyfunction!(gain_py, m)?)\n}\n"
        )
        program = program_from({"src/lib.rs": code}, pyo3)
        entry = next(one for one in program.entries if one.rust_name == "gain_py")
        return program, entry

    return make
