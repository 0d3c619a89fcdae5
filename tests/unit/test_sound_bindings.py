"""Bindings that look like a fault and are none: every rule is silent on each of them."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.testing import audit_source

HEAD = """
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn scaled(data: &[f64], factor: f64) -> Vec<f64> {
    data.iter().map(|x| x * factor).collect()
}
"""
TAIL = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(tested, m)?)?;
    Ok(())
}
"""
SIGNATURE = """
#[pyfunction]
#[pyo3(signature = (data, factor=2.0))]
fn tested<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
"""
GATHERED = """
    let copy;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            copy = data.as_array().to_vec();
            &copy[..]
        }
    };
"""
RELEASED = "    Ok(py.allow_threads(|| scaled(slice, factor)).into_pyarray(py))\n}\n"
DELEGATES = (
    SIGNATURE
    + "    released(py, data, factor)\n}\n"
    + SIGNATURE.replace("tested", "released").partition("\n#[pyo3")[0].replace("#[pyfunction]", "")
    + SIGNATURE.replace("tested", "released").partition("2.0))]\n")[2]
    + GATHERED
    + RELEASED
)
BRANCHES = (
    SIGNATURE
    + GATHERED
    + """
    let values = if factor > 1.0 {
        py.allow_threads(|| scaled(slice, factor))
    } else {
        py.allow_threads(|| scaled(slice, -factor))
    };
    Ok(values.into_pyarray(py))
}
"""
)
FROM_VEC = (
    SIGNATURE
    + GATHERED
    + """
    let values = py.allow_threads(|| scaled(slice, factor));
    Ok(PyArray1::from_vec(py, values))
}
"""
)
OWNED = (
    "use ndarray::Array1;\n"
    + SIGNATURE
    + GATHERED
    + """
    let values = py.allow_threads(|| Array1::from_vec(scaled(slice, factor)));
    Ok(values.into_pyarray(py))
}
"""
)
LATE_TOKEN = (
    SIGNATURE.replace("    py: Python<'py>,\n", "")
    + "    let py = data.py();\n"
    + GATHERED
    + RELEASED
)
ONLY_WRITER = (
    """
fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) {
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
}
"""
    + SIGNATURE.replace("factor=2.0", "lag=2").replace("factor: f64", "lag: usize")
    + (
        GATHERED
        + """
    if lag == 0 || lag >= slice.len() {
        return Err(PyValueError::new_err("lag is out of range"));
    }
    let values = unsafe { PyArray1::<f64>::new(py, [slice.len()], false) };
    let cells = unsafe { values.as_slice_mut()? };
    cells[..lag].fill(f64::NAN);
    py.allow_threads(|| lagged_into(slice, lag, cells));
    Ok(values)
}
"""
    )
)
GRID = """
#[pyfunction]
#[pyo3(signature = (data, factors))]
fn tested<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factors: (u8, u8),
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<u64>>)> {
""" + (
    GATHERED
    + """
    let values = py.allow_threads(|| scaled(slice, f64::from(factors.0)));
    let grid: Vec<u64> = (factors.0..factors.1).map(u64::from).collect();
    Ok((values.into_pyarray(py), grid.into_pyarray(py)))
}
"""
)
CALLBACK = """
fn reported(data: &[f64], report: &dyn Fn(f64)) -> f64 {
    let mut sum = 0.0;
    for x in data {
        sum += x;
    }
    report(sum);
    sum
}
#[pyfunction]
fn tested(py: Python<'_>, data: PyReadonlyArray1<'_, f64>, callback: Py<PyAny>) -> PyResult<f64> {
""" + (
    GATHERED
    + """
    let report = |x: f64| {
        Python::with_gil(|py| {
            if let Err(error) = callback.call1(py, (x,)) {
                error.write_unraisable(py, None);
            }
        });
    };
    Ok(py.allow_threads(|| reported(slice, &report)))
}
"""
)
ACCESSOR = """
#[pyclass(frozen)]
struct Mean {
    sum: f64,
    count: u64,
}
#[pymethods]
impl Mean {
    #[new]
    fn new(sum: f64, count: u64) -> PyResult<Self> {
        if count == 0 {
            return Err(PyValueError::new_err("count is 0"));
        }
        Ok(Self { sum, count })
    }
    #[getter]
    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}
#[pyfunction]
fn tested(mean: &Mean) -> f64 {
    mean.sum
}
"""
RESOLVED = """
#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar }
pub fn best() -> Kernel {
    Kernel::Scalar
}
""" + (
    SIGNATURE
    + GATHERED
    + """
    let values = py.allow_threads(|| {
        let kernel = match Kernel::Auto {
            Kernel::Auto => best(),
            other => other,
        };
        match kernel {
            Kernel::Scalar => scaled(slice, factor),
            _ => unreachable!(),
        }
    });
    Ok(values.into_pyarray(py))
}
"""
)
HELD = """
    let slice = data.as_slice().unwrap();
    Ok(scaled(&slice.to_vec(), factor).into_pyarray(py))
}
"""
TWINS = "".join(
    f"#[cfg({gate})]{SIGNATURE.replace('tested', name)}{HELD}"
    for gate, name in (
        ('feature = "cuda"', "tested_cuda"),
        ('all(target_arch = "wasm32", feature = "wasm")', "tested_js"),
    )
)
WORDS = (
    SIGNATURE
    + """
    // copy_from_slice, to_vec(), unwrap(), unreachable!() and PyArray1::new are words here.
    let said = "data.as_slice().unwrap(); std::thread::sleep(x); rayon";
    if factor.is_nan() {
        return Err(PyValueError::new_err(said));
    }
"""
    + GATHERED
    + RELEASED
    + """
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn it_scales() {
        let data: Vec<f64> = vec![1.0].to_vec();
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert_eq!(scaled(&data, 2.0).first().copied().unwrap(), 2.0);
    }
}
"""
)
CASES = {
    "delegates to a function that releases": DELEGATES,
    "two releases in the branches of an if": BRANCHES,
    "a copy of strided input alone": SIGNATURE + GATHERED + RELEASED,
    "from_vec": FROM_VEC,
    "an owned ndarray": OWNED,
    "a constructor and an accessor": ACCESSOR,
    "an array as long as the grid": GRID,
    "a callback that attaches": CALLBACK,
    "the token of an array, and a later release": LATE_TOKEN,
    "a prefix with one writer": ONLY_WRITER,
    "what is left when Auto is resolved": RESOLVED,
    "twins for other targets": SIGNATURE + GATHERED + RELEASED + TWINS,
    "words in comments, strings and tests": WORDS,
}
ABOUT_THE_CRATE = ("BC402",)


@pytest.mark.parametrize("case", CASES)
def test_what_is_sound_is_silent(case: str) -> None:
    added = "    m.add_class::<Mean>()?;\n" if "struct Mean" in CASES[case] else ""
    tail = TAIL.replace("    Ok(())\n", f"{added}    Ok(())\n")
    found = audit_source(HEAD + CASES[case] + tail, pyo3="0.25.0").findings
    assert [
        (one.code, one.location.line, one.message)
        for one in found
        if one.code not in ABOUT_THE_CRATE and one.confidence is not Confidence.SUSPECT
    ] == []


def test_the_twin_would_be_a_fault_in_this_configuration() -> None:
    code = HEAD + SIGNATURE + HELD + TAIL
    codes = {one.code for one in audit_source(code, pyo3="0.25.0").findings}
    assert {"BC201", "BC204", "BC303"} <= codes
