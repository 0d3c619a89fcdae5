"""Bindings by hand whose arrays may be None, and batches that take fewer than a single call."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, Series, write_reference

CORE = Core("span", series=(Series("high"), Series("low"), Series("open", optional=True)))

BY_HAND = """
use pyo3::prelude::*;
use numpy::{{IntoPyArray, PyArray1, PyReadonlyArray1}};
use pyo3::exceptions::PyValueError;

#[cfg(feature = "python")]
#[pyfunction(name = "span")]
#[pyo3(signature = (high=None, low=None, open=None, period=9))]
pub fn span_py<'py>(
    py: Python<'py>,
    high: Option<PyReadonlyArray1<'py, f64>>,
    low: Option<PyReadonlyArray1<'py, f64>>,
    open: Option<PyReadonlyArray1<'py, f64>>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {{
{check}
    let h_arr = high.unwrap();
    let l_arr = low.unwrap();
    let (h, l) = (h_arr.as_slice()?, l_arr.as_slice()?);
    let o = open.as_ref().map(|v| v.as_slice()).transpose()?;
    let params = SpanParams {{ period: Some(period) }};
    let input = SpanInput::from_slices(h, l, o, params);
    let out = py.detach(|| span_with_kernel(&input, crate::kernels::Kernel::Auto))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(out.values.into_pyarray(py))
}}
"""

BOTH = """    if high.is_none() || low.is_none() {
        return Err(PyValueError::new_err("high and low are needed"));
    }"""


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("span",), Mode.WRITE, pieces=("single",), replacing=Replacing(wanted=True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def crate(root: Path, check: str) -> Path:
    write_reference(root, (CORE,))
    path = root / "src/span.rs"
    path.write_text(path.read_text() + BY_HAND.format(check=check))
    return path


def test_arrays_that_a_check_demands_are_there(tmp_path: Path) -> None:
    path = crate(tmp_path, BOTH)
    assert "replaced" in run(tmp_path).output
    text = find_regions(path.read_text(), "span.rs")[0].body
    check = text.index("if high_slice.is_none() || low_slice.is_none()")
    assert text.index('"high and low are needed"') > check
    for name in ("high", "low"):
        assert text.index(f"let Some({name}_slice) = {name}_slice else") > check
    assert "let Some(open_slice)" not in text
    assert "SpanInput::from_slices(high_slice, low_slice, open_slice, params)" in text


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = crate(tmp_path, BOTH)
    run(tmp_path)
    before = path.read_text()
    assert "current" in run(tmp_path).output
    assert path.read_text() == before


@pytest.mark.parametrize(
    "check",
    [
        "",
        BOTH.replace(" || low.is_none()", ""),
        BOTH.replace("||", "&&"),
        BOTH.replace("low.is_none()", "low.is_some()"),
        BOTH.replace(" {", " || period == 0 {", 1),
    ],
    ids=["none", "one", "and", "turned", "more"],
)
def test_what_becomes_of_none_must_be_known(tmp_path: Path, check: str) -> None:
    path = crate(tmp_path, check)
    before = path.read_text()
    assert "not known: the series `" in run(tmp_path).output
    assert path.read_text() == before


GRID_BY_HAND = """
use pyo3::prelude::*;
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::types::PyDict;

#[cfg(feature = "python")]
#[pyfunction(name = "span_grid")]
#[pyo3(signature = (high, low, period_range))]
pub fn span_grid_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let (h, l) = (high.as_slice()?, low.as_slice()?);
    let sweep = SpanBatchRange { period: period_range };
    let combos = expand_grid_span(&sweep).map_err(|e| PyValueError::new_err(e.to_string()))?;
    let array = unsafe { PyArray1::<f64>::new(py, [combos.len() * h.len()], false) };
    let out = unsafe { array.as_slice_mut()? };
    py.detach(|| span_batch_inner_into(h, l, &sweep, crate::kernels::Kernel::Auto, true, out))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    dict.set_item("values", array.reshape((combos.len(), h.len()))?)?;
    Ok(dict)
}
"""


def test_a_batch_may_take_fewer_arrays_than_a_single_call(tmp_path: Path) -> None:
    core = Core("span", series=(Series("high"), Series("low"), Series("price")))
    write_reference(tmp_path, (core,))
    path = tmp_path / "src/span.rs"
    head, into = path.read_text().split("fn span_batch_inner_into", 1)
    into = into.replace(", price: &[f64]", "").replace(
        "row_of(high, low, price,", "row_of(high, low, high,"
    )
    path.write_text(f"{head}fn span_batch_inner_into{into}{GRID_BY_HAND}")
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    request = Request(("span",), Mode.WRITE, pieces=("batch",), replacing=Replacing(wanted=True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert "replaced" in result.output
    text = "".join(find_regions(path.read_text(), "span.rs")[0].body.split())
    assert "span_batch_inner_into(high_slice,low_slice,&sweep," in text


FED = """        let x = high * 1.0 + low * 2.0 + open.map_or(0.0, |v| v) * 3.0;"""


def written(root: Path, *, fed: bool) -> str:
    """The test of bindings whose stream is fed with all arrays, or not with the optional one."""
    write_reference(root, (CORE,))
    path = root / "src/span.rs"
    text = path.read_text()
    head, stream = text.split("impl SpanStream", 1)
    if not fed:
        assert stream.count(", open: Option<f64>") == 1
        assert stream.count(FED) == 1
        stream = stream.replace(", open: Option<f64>", "")
        stream = stream.replace(FED, "        let x = high * 1.0 + low * 2.0;")
    path.write_text(f"{head}impl SpanStream{stream}")
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("span",), Mode.WRITE)
    generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return (root / "tests/test_span_binding.py").read_text()


@pytest.mark.parametrize("fed", [True, False])
def test_a_stream_is_compared_with_a_call_without_what_it_is_not_fed(
    tmp_path: Path, *, fed: bool
) -> None:
    text = written(tmp_path, fed=fed)
    body = text[text.index("def test_a_stream_gives_the_values_of_a_single_call") :]
    assert ('names = ["high", "low", "open"]' in body) == fed
    assert ('arrays |= {"open": None}' in body.partition("call(arrays)")[0]) != fed
