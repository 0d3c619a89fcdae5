"""BC201 sees what ndarray goes over in step, and what is tried for each element and writes."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

CODE = """use ndarray::{azip, Array1, ArrayView1, Zip};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn logarithm(value: f64) -> PyResult<f64> {
    if value > 0.0 { Ok(value.ln()) } else { Err(PyValueError::new_err("not positive")) }
}

fn computed(values: &ArrayView1<'_, f64>) -> PyResult<Array1<f64>> {
    let mut out = Array1::zeros(values.len());
    let few = Array1::<f64>::zeros(3);
    BODY
    Ok(out)
}

#[pyfunction]
fn logs<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(computed(&values.as_array())?.into_pyarray(py))
}
"""


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ("Zip::from(&mut out).and(values).for_each(|to, &x| *to = x.ln());", 1),
        ("Zip::from(&mut out).and(values).par_for_each(|to, &x| *to = x.ln());", 1),
        ("Zip::indexed(&mut out).for_each(|i, to| *to = values[i].ln());", 1),
        ("out = Zip::from(values).map_collect(|x| x.ln());", 1),
        ("azip!((to in &mut out, &x in values) *to = x.ln());", 1),
        ("ndarray::par_azip!((to in &mut out, &x in values) { *to = x.ln() });", 1),
        ("azip!((&x in &few) { first.push(x) });", 0),
        ("Zip::from(&few).for_each(|x| first.push(x.ln()));", 0),
        (
            "out.iter_mut().zip(values.iter()).try_for_each(|(to, x)| { *to = logarithm(*x)?; "
            "Ok::<(), PyErr>(()) })?;",
            1,
        ),
        ("values.iter().try_for_each(|x| logarithm(*x).map(|_| ()))?;", 0),
    ],
)
def test_walks_in_step_are_work(body: str, reported: int) -> None:
    found = audit_source(CODE.replace("BODY", body)).findings
    assert [one.code for one in found].count("BC201") == reported
