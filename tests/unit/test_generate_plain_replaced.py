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


ARRAY = "Bound<'py, PyArray1<f64>>"
VECTOR = "    data.iter().map(|v| v / period as f64).collect()\n"
PAIR = (
    CORE.replace("-> Vec<f64> {", "-> (Vec<f64>, Vec<f64>) {")
    .replace(VECTOR, "    (data.to_vec(), vec![0.0; period])\n")
    .replace(f"PyResult<{ARRAY}>", f"PyResult<({ARRAY}, {ARRAY})>")
)


@pytest.mark.parametrize(
    ("taken", "given", "shown"),
    [
        ("(a, b)", "(b, a)", "output.1.into_pyarray(py),output.0.into_pyarray(py)"),
        ("(a, b)", "(a, b)", "output.0.into_pyarray(py),output.1.into_pyarray(py)"),
        ("out", "(out.1, out.0)", "output.1.into_pyarray(py),output.0.into_pyarray(py)"),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_a_tuple_that_is_taken_apart(
    tmp_path: Path, taken: str, given: str, shown: str, *, fails: bool
) -> None:
    one, other = given.strip("()").split(", ")
    text = PAIR.replace("let out = ", f"let {taken} = ").replace(
        RESULT, f"    Ok(({one}.into_pyarray(py), {other}.into_pyarray(py)))\n"
    )
    if fails:
        text = text.replace(
            "-> (Vec<f64>, Vec<f64>) {", "-> Result<(Vec<f64>, Vec<f64>), String> {"
        )
        text = text.replace(
            "    (data.to_vec(), vec![0.0; period])", "    Ok((data.to_vec(), vec![]))"
        )
        call = "swell(data, period))"
        text = text.replace(call, f"{call}.map_err(PyValueError::new_err)?")
    state, made = replaced(tmp_path, text)
    assert state == "replace"
    assert f"Ok(({shown}))" in packed(made)
    run(tmp_path)
    assert run(tmp_path, Mode.CHECK).status == 0


@pytest.mark.parametrize("taken", ["(a, _)", "(mut a, b)", "(a, .., b)"])
def test_a_part_that_is_not_told_apart_stays_by_hand(tmp_path: Path, taken: str) -> None:
    shown = "    Ok((a.into_pyarray(py), b.into_pyarray(py)))\n"
    text = PAIR.replace("let out = ", f"let {taken} = ").replace(RESULT, shown)
    state, made = replaced(tmp_path, text)
    assert (state, made) == ("lacking", text)


# --- matrices -----------------------------------------------------------------------------------

HEAD, _, _ = CORE.partition("pub fn swell(")
GIVEN = """pub fn swell(data: &[f64], periods: &[usize]) -> Vec<f64> {
    periods.iter().flat_map(|p| data.iter().map(move |v| v / *p as f64)).collect()
}
"""
FILLED = """pub fn swell_into(data: &[f64], periods: &[usize], out: &mut [f64]) {
    for (row, p) in out.chunks_mut(data.len()).zip(periods) {
        row.fill(*p as f64);
    }
}
"""
BOUND = """
#[pyfunction(name = "swell")]
pub fn swell_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    periods: Vec<usize>,
) -> PyResult<Bound<'py, numpy::PyArray2<f64>>> {
    let data = data.as_slice()?;
    let (rows, cols) = (periods.len(), data.len());
BODY}
"""
CALL = "    let values = py.detach(|| swell(data, &periods));\n"
INTO = "    py.detach(|| swell_into(data, &periods, memory));\n"
SEEN = "    let memory = unsafe { out.as_slice_mut()? };\n" + INTO
SHAPE = "reshape((periods.len(),data_slice.len()))"


def gridded(core: str, body: str) -> str:
    return HEAD + core + BOUND.replace("BODY", body)


@pytest.mark.parametrize(
    "end",
    [
        "    values.into_pyarray(py).reshape((rows, cols))\n",
        "    Ok(values.into_pyarray(py).reshape((rows, cols))?)\n",
        "    let array = IntoPyArray::into_pyarray(values, py);\n    array.reshape((rows, cols))\n",
        "    let array = PyArray1::from_vec(py, values);\n    Ok(array.reshape((rows, cols))?)\n",
    ],
)
def test_a_vector_in_a_shape(tmp_path: Path, end: str) -> None:
    state, text = replaced(tmp_path, gridded(GIVEN, CALL + end))
    assert state == "replace"
    assert f"letoutput=py.detach(||swell(data_slice,&periods));output.into_pyarray(py).{SHAPE}" in (
        packed(text)
    )
    run(tmp_path)
    assert (tmp_path / "src/swell.rs").read_text() == text


@pytest.mark.parametrize(
    "body",
    [
        "    let out = numpy::PyArray2::<f64>::zeros(py, [rows, cols], false);\n"
        + SEEN
        + "    Ok(out)\n",
        "    let out = PyArray1::<f64>::zeros(py, rows * cols, false);\n"
        + SEEN
        + "    out.reshape([rows, cols])\n",
        "    let mut out = vec![0.0; rows * cols];\n"
        + INTO.replace("memory", "&mut out")
        + "    out.into_pyarray(py).reshape([rows, cols])\n",
    ],
)
def test_zeros_that_the_core_fills(tmp_path: Path, body: str) -> None:
    state, text = replaced(tmp_path, gridded(FILLED, body))
    assert state == "replace"
    made = packed(text)
    assert "vec![0.0;periods.len()*data_slice.len()]" in made
    assert "out_values.into_pyarray(py).reshape([periods.len(),data_slice.len()])}" in made
    run(tmp_path)
    assert (tmp_path / "src/swell.rs").read_text() == text


@pytest.mark.parametrize(
    "end",
    [
        "    values.into_pyarray(py).reshape((rows, cols))?.transpose()\n",
        "    let rows = values.len() / cols;\n    values.into_pyarray(py).reshape((rows, cols))\n",
        "    let (a, b) = (values.len(), 1);\n    values.into_pyarray(py).reshape((a, b))\n",
    ],
)
def test_a_shape_that_is_not_known_stays(tmp_path: Path, end: str) -> None:
    text = gridded(GIVEN, CALL + end)
    assert replaced(tmp_path, text) == ("lacking", text)


def test_memory_column_after_column_stays(tmp_path: Path) -> None:
    made = "    let out = numpy::PyArray2::<f64>::zeros(py, [rows, cols], true);\n"
    text = gridded(FILLED, made + SEEN + "    Ok(out)\n")
    assert replaced(tmp_path, text) == ("lacking", text)
