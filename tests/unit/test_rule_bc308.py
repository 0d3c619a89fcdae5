"""BC308 and BC309: which layouts of an array a binding refuses or misreads."""

from __future__ import annotations

import pytest

from bindcheck.analysis.memory.slices import Rank, order_blind, rank_of, refused
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import TypeRef
from bindcheck.rules.bc308_contiguous_only import ContiguousOnly
from bindcheck.rules.bc309_order_blind_2d import OrderBlind2D
from bindcheck.testing import audit_source, program_from

HEAD = """\
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArrayDyn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
"""


def crate(params: str, body: str, more: str = "") -> str:
    return f"{HEAD}\n{more}\n#[pyfunction]\nfn f<'py>({params}) -> PyResult<f64> {{\n{body}\n}}\n"


def findings(params: str, body: str, more: str = "") -> list[Finding]:
    rules = [ContiguousOnly(), OrderBlind2D()]
    return list(audit_source(crate(params, body, more), rules).findings)


def codes(params: str, body: str, more: str = "") -> list[str]:
    return [finding.code for finding in findings(params, body, more)]


ONE = "data: PyReadonlyArray1<'py, f64>"
MATRIX = "m: PyReadonlyArray2<'py, f64>"


@pytest.mark.parametrize(
    "body",
    [
        "let s = data.as_slice()?; Ok(s[0])",
        "let s = data.as_slice().map_err(|e| PyValueError::new_err(e.to_string()))?; Ok(s[0])",
        "let s = match data.as_slice() { Ok(s) => s, Err(e) => return Err(e.into()) }; Ok(s[0])",
        'let Ok(s) = data.as_slice() else { return Err(PyValueError::new_err("no")) }; Ok(s[0])',
        'if let Ok(s) = data.as_slice() { Ok(s[0]) } else { Err(PyValueError::new_err("no")) }',
        "let s = data.as_slice(); let s = s?; Ok(s[0])",
        "let v = data.to_vec()?; Ok(v[0])",
        "let s = data.as_array(); let s = s.to_slice().ok_or_else(gone)?; Ok(s[0])",
        'let s = match data.as_array().to_slice() { None => bail!("no"), Some(s) => s }; Ok(s[0])',
        'let s = data.as_array().to_slice().context("no")?; Ok(s[0])',
    ],
)
def test_every_way_to_refuse_is_seen(body: str) -> None:
    assert codes(ONE, body) == ["BC308"]


@pytest.mark.parametrize(
    "body",
    [
        "let v = data.as_slice().map_or_else(|_| copied(&data), |s| s.to_vec()); Ok(v[0])",
        "let v = data.as_slice().map(|s| s.to_vec()).unwrap_or_else(|_| copied(&data)); Ok(v[0])",
        "let s = data.as_slice().unwrap(); Ok(s[0])",
        "if let Ok(s) = data.as_slice() { return Ok(s[0]) } Ok(data.as_array()[0])",
        "if data.as_slice().is_ok() { Ok(1.0) } else { Ok(0.0) }",
        "let s = vec![1.0]; let s = s.as_slice(); Ok(s[0])",
        "Ok(data.as_array().iter().sum())",
    ],
)
def test_other_ways_in_are_silent(body: str) -> None:
    assert "BC308" not in codes(ONE, body)


def test_all_arrays_of_a_function_are_one_finding() -> None:
    params = "a: PyReadonlyArray1<'py, f64>, b: Option<PyReadonlyArray1<'py, f64>>, n: usize"
    body = "let x = a.as_slice()?; let y = b.as_ref().map(|v| v.as_slice()).transpose()?; Ok(x[n])"
    [finding] = findings(params, body)
    assert finding.message.startswith("`a` and `b` have to be contiguous")
    assert finding.severity is Severity.ADVICE


def test_a_helper_is_reported_once_for_all_that_call_it() -> None:
    more = """
fn first(array: &PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let s = array.as_slice()?;
    Ok(s[0])
}

#[pyfunction]
fn other<'py>(data: PyReadonlyArray1<'py, f64>) -> PyResult<f64> {
    first(&data)
}
"""
    [finding] = findings(ONE, "first(&data)", more)
    assert finding.item == "first"
    assert "`array`" in finding.message


def test_raw_memory_of_a_copy_of_a_series_is_an_error() -> None:
    body = "let v = data.as_array().to_owned().into_raw_vec(); Ok(v[0])"
    [finding] = findings(ONE, body)
    assert (finding.code, finding.severity) == ("BC308", Severity.ERROR)


def test_an_array_of_the_binding_is_no_matter() -> None:
    body = """
    let made = numpy::PyArray1::<f64>::zeros(data.py(), [4], false);
    let cells = unsafe { made.as_slice_mut()? };
    Ok(cells[0])
"""
    program = program_from({"src/lib.rs": crate(ONE, body)})
    assert [list(refused(program, entry)) for entry in program.entries] == [[]]


# --- order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "let s = m.as_slice()?; let cols = m.shape()[1]; Ok(s[cols])",
        "let dims = m.dims(); let s = m.as_slice()?; Ok(s[dims[1]])",
        "let v = m.to_vec()?; let n = m.as_array().ncols(); Ok(v[n])",
        "let a = m.as_array(); let n = a.ncols(); let v = a.to_owned().into_raw_vec(); Ok(v[n])",
        "let s = m.as_slice().map_err(bad)?; for r in s.chunks(m.shape()[1]) { see(r) } Ok(0.0)",
    ],
)
def test_rows_of_a_slice_are_certain(body: str) -> None:
    found = [one for one in findings(MATRIX, body) if one.code == "BC309"]
    assert [one.confidence for one in found] == [Confidence.CERTAIN]


@pytest.mark.parametrize(
    ("params", "body"),
    [
        (f"{MATRIX}, rows: usize, cols: usize", "let s = m.as_slice()?; Ok(s[cols * rows - 1])"),
        (f"{MATRIX}, w: PyReadonlyArray2<'py, f64>", "Ok(dot(m.as_slice()?, w.as_slice()?))"),
        ("m: PyReadonlyArrayDyn<'py, f64>", "let s = m.as_slice()?; Ok(s[m.shape()[1]])"),
    ],
)
def test_less_is_known_without_the_shape(params: str, body: str) -> None:
    found = [one for one in findings(params, body) if one.code == "BC309"]
    assert [one.confidence for one in found] == [Confidence.LIKELY]


@pytest.mark.parametrize(
    "body",
    [
        "let s = m.as_slice()?; Ok(s.iter().sum())",
        "if m.shape() != [2, 2] { return Err(bad()) } let s = m.as_slice()?; Ok(s.iter().sum())",
        "if !m.is_c_contiguous() { return Err(bad()) } let s = m.as_slice()?; Ok(s[m.shape()[1]])",
        "let a = m.as_array(); let s = a.as_slice().ok_or_else(bad)?; Ok(s[a.ncols()])",
        "let a = m.as_array().as_standard_layout(); Ok(a.as_slice().unwrap()[a.ncols()])",
        'check(&m, "C_CONTIGUOUS")?; let s = m.as_slice()?; Ok(s[m.shape()[1]])',
    ],
)
def test_what_does_not_depend_on_the_order_or_asks_for_it_is_silent(body: str) -> None:
    assert "BC309" not in codes(MATRIX, body)


def test_a_series_has_no_order() -> None:
    assert "BC309" not in codes(ONE, "let s = data.as_slice()?; Ok(s[data.shape()[0] - 1])")


def test_an_extracted_matrix_counts_like_an_argument() -> None:
    got = "let m = o.extract::<PyReadonlyArray2<'_, f64>>()?;"
    body = f"{got} let s = m.as_slice()?; Ok(s[m.shape()[1]])"
    assert "BC309" in codes("o: &Bound<'py, PyAny>", body)


def test_arrays_of_one_function_are_one_finding() -> None:
    params = f"{MATRIX}, w: PyReadonlyArray2<'py, f64>"
    body = "let n = m.shape()[1]; let a = m.as_slice()?; let b = w.as_slice()?; Ok(a[n] + b[n])"
    program = program_from({"src/lib.rs": crate(params, body)})
    [entry] = program.entries
    [blind] = order_blind(program, entry)
    assert blind.arrays == ("m", "w")


@pytest.mark.parametrize(
    ("name", "dimension", "rank"),
    [
        ("PyReadonlyArray1", "", Rank.ONE),
        ("PyReadonlyArray2", "", Rank.MORE),
        ("PyArray3", "", Rank.MORE),
        ("PyArrayDyn", "", Rank.OPEN),
        ("PyReadonlyArray", "Ix1", Rank.ONE),
        ("PyReadonlyArray", "Ix2", Rank.MORE),
        ("PyReadonlyArray", "IxDyn", Rank.OPEN),
    ],
)
def test_the_rank_stands_in_the_type(name: str, dimension: str, rank: Rank) -> None:
    args = [TypeRef("f64", name="f64")]
    args += [TypeRef(dimension, name=dimension)] if dimension else []
    array = TypeRef(name, name=name, args=tuple(args))
    assert rank_of(TypeRef("Bound", name="Bound", args=(array,))) is rank
