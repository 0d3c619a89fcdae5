"""Bindings by hand of functions over slices: the simplest are replaced, others are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import MANIFEST
from tidings import packed

LIB = """use pyo3::prelude::*;

pub mod swell;

#[pymodule]
fn tides(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(swell::swell_py, m)?)?;
    Ok(())
}
"""
CORE = """use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub fn swell(data: &[f64], period: usize) -> Vec<f64> {
    data.iter().map(|v| v / period as f64).collect()
}

#[pyfunction(name = "swell")]
#[pyo3(signature = (data, period=14))]
pub fn swell_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let out = py.detach(|| swell(data, period));
    Ok(out.into_pyarray(py))
}
"""
RESULT = "    Ok(out.into_pyarray(py))\n"


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def replaced(crate: Path, text: str) -> tuple[str, str]:
    """What becomes of the binding, and the text of the file afterwards."""
    (crate / "src").mkdir()
    manifest = MANIFEST.replace('pyo3 = "0.25"', 'pyo3 = "0.26"').replace("0.25", "0.26")
    (crate / "Cargo.toml").write_text(manifest)
    (crate / "src/lib.rs").write_text(LIB)
    path = crate / "src/swell.rs"
    path.write_text(text)
    (plan,) = [one for one in run(crate).plans if one.piece == "single"]
    return plan.state.value, path.read_text()


def test_a_function_that_gives_its_vector(tmp_path: Path) -> None:
    state, text = replaced(tmp_path, CORE)
    assert state == "replace"
    assert "letoutput=py.detach(||swell(data_slice,period));Ok(output.into_pyarray(py))" in packed(
        text
    )
    assert "signature = (data, period=14)" in text
    run(tmp_path)
    assert (tmp_path / "src/swell.rs").read_text() == text
    assert run(tmp_path, Mode.CHECK).status == 0


def test_a_function_that_may_fail(tmp_path: Path) -> None:
    core = CORE.replace("-> Vec<f64> {", "-> Result<Vec<f64>, String> {")
    core = core.replace(
        "    data.iter().map(|v| v / period as f64).collect()\n", "    Ok(data.to_vec())\n"
    )
    call = "swell(data, period))"
    state, text = replaced(tmp_path, core.replace(call, f"{call}.map_err(PyValueError::new_err)?"))
    assert state == "replace"
    assert ".map_err(PyValueError::new_err)?;Ok(output.into_pyarray(py))" in packed(text)


@pytest.mark.parametrize(
    "result",
    [
        "    Ok(out[1..].to_vec().into_pyarray(py))\n",
        "    Ok(out.iter().map(|v| v * 2.0).collect::<Vec<_>>().into_pyarray(py))\n",
        "    let mut out = out;\n    out.reverse();\n" + RESULT,
        "    let out = swell(&out, 2);\n" + RESULT,
    ],
)
def test_what_is_made_of_the_vector_is_not_lost(tmp_path: Path, result: str) -> None:
    state, text = replaced(tmp_path, CORE.replace(RESULT, result))
    assert state == "lacking"
    assert text == CORE.replace(RESULT, result)
