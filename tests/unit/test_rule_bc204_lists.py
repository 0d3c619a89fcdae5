"""BC204: lists of whole numbers, lists that another thread gets, and copies inside of closures."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.testing import audit_source

CODE = """
use numpy::*;
use pyo3::prelude::*;

fn integers(list: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> { list.extract::<Vec<i64>>() }
fn guarded<T>(run: impl FnOnce() -> PyResult<T>) -> PyResult<T> { run() }
#[pyclass]
struct Kept { counts: Vec<i64> }

#[pyfunction]
fn taken(PARAMS) -> PyResult<RETURNS> {
    BODY
}
"""
LIST = "list: &Bound<'_, PyAny>"


def copies(params: str, body: str, returns: str = "i64") -> list[Finding]:
    code = CODE.replace("PARAMS", params).replace("BODY", body).replace("RETURNS", returns)
    return list(audit_source(code, [CopiedArgument()]).findings)


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ("data: Vec<i64>", "Ok(data.iter().sum())"),
        ("py: Python<'_>, data: Vec<i32>, by: i32", "Ok(py.detach(|| data.iter().max()))"),
        ("data: Vec<Vec<i64>>", "Ok(data.iter().map(|row| row.iter().sum::<i64>()).sum())"),
        (LIST, "Ok(list.extract::<Vec<i64>>()?.iter().sum())"),
        (LIST, "let all = integers(list)?;\nOk(all.iter().sum())"),
        (LIST, "guarded(|| { let all = integers(list)?; Ok(all.iter().sum()) })"),
    ],
)
def test_whole_numbers_that_are_computed_on_are_likely_an_array(params: str, body: str) -> None:
    (found,) = copies(params, body)
    assert found.confidence is Confidence.LIKELY
    assert "i64" in found.help or "i32" in found.help


@pytest.mark.parametrize(
    ("params", "body", "returns"),
    [
        ("data: Vec<i64>", "Ok(data.len())", "usize"),
        ("data: Vec<usize>", "Ok(data.iter().sum())", "usize"),
        ("data: Vec<i64>", "Ok(data.iter().map(|x| x * 2).collect())", "Vec<i64>"),
        ("data: Vec<i64>", "let top = data.iter().max();\nOk(Kept { counts: data })", "Kept"),
        ("table: &Kept, lags: Vec<i64>", "Ok(lags.iter().sum())", "i64"),
        ("data: PyReadonlyArray1<f64>, lags: Vec<i64>", "Ok(lags.iter().sum())", "i64"),
        (LIST, "guarded(|| integers(list))", "Vec<i64>"),
    ],
)
def test_whole_numbers_that_are_parameters_or_go_back_are_silent(
    params: str, body: str, returns: str
) -> None:
    assert not copies(params, body, returns)


@pytest.mark.parametrize(
    "spawn",
    [
        "std::thread::spawn(move || data.iter().sum::<f64>());",
        "let copy = data.clone();\n    runtime().spawn(async move { copy.iter().sum::<f64>() });",
    ],
)
def test_a_list_for_another_thread_is_to_be_copied_as_a_block(spawn: str) -> None:
    (found,) = copies("data: Vec<f64>", f"{spawn}\n    Ok(1)")
    assert found.help.startswith("take `PyReadonlyArray1<'py, f64>` and copy it as one block")


@pytest.mark.parametrize(
    ("chain", "count"),
    [
        ("data.as_slice()?.iter().map(|&x| x)", 1),
        ("data.as_slice()?.iter().map(|x| *x)", 1),
        ("data.as_slice()?.iter().zip(0..).map(|(x, _)| x)", 0),
    ],
)
def test_what_a_closure_copies_for_a_helper_is_copied(chain: str, count: int) -> None:
    body = f"guarded(|| {{ let all: Vec<f64> = {chain}.collect(); Ok(all.len() as i64) }})"
    assert len(copies("data: PyReadonlyArray1<'_, f64>", body)) == count


@pytest.mark.parametrize(
    ("default", "count"),
    [
        ("vec![0.5, 0.25]", 0),
        ("Some(vec![0.5])", 0),
        ("vec![]", 1),
        ("Vec::new()", 1),
    ],
)
def test_a_list_whose_values_the_signature_writes_out_is_a_setting(
    default: str, count: int
) -> None:
    kind = "Option<Vec<f64>>" if default.startswith("Some") else "Vec<f64>"
    code = CODE.replace("#[pyfunction]", f"#[pyfunction]\n#[pyo3(signature = (steps={default}))]")
    code = code.replace("PARAMS", f"steps: {kind}").replace("RETURNS", "f64")
    code = code.replace("BODY", "Ok(steps.into_iter().map(|x| x).sum())")
    assert len(list(audit_source(code, [CopiedArgument()]).findings)) == count
