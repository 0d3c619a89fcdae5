"""Cells of memory without values, for a number that no arm of a `match` is for."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

RULE = (RULE_BY_CODE["BC301"],)
ARMS = """\
        0 => {
            for i in first..data.len() {
                out[i] = data[i];
            }
        }
        1 | 2 => {
            for i in first..data.len() {
                out[i] = -data[i];
            }
        }
"""
CODE = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn with_prefix(len: usize, warm: usize) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(len);
    unsafe { out.set_len(len) };
    for i in 0..warm {
        out[i] = f64::NAN;
    }
    out
}

fn levels_into(data: &[f64], mode: usize, first: usize, out: &mut [f64]) {
    BEFORE
    match mode {
ARMS        _ => LAST,
    }
    AFTER
}

pub fn levels(data: &[f64], mode: usize) -> Result<Vec<f64>, String> {
    GUARD
    let first = data.iter().position(|x| !x.is_nan()).ok_or("all values are NaN")?;
    let mut out = MAKE;
    levels_into(data, mode, first, &mut out);
    Ok(out)
}

#[pyfunction]
#[pyo3(name = "levels", signature = (data, mode=0))]
fn levels_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    mode: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py
        .allow_threads(|| levels(slice, mode))
        .map_err(PyValueError::new_err)?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(levels_py, m)?)?;
    Ok(())
}
"""
PLAIN = {
    "ARMS": ARMS,
    "BEFORE": "",
    "AFTER": "",
    "LAST": "{}",
    "GUARD": "",
    "MAKE": "with_prefix(data.len(), first)",
}


def findings(**parts: str) -> tuple[Finding, ...]:
    code = CODE
    for name, text in (PLAIN | parts).items():
        code = code.replace(name, text)
    return audit_source(code, RULE).findings


@pytest.mark.parametrize("last", ["{}", "()"])
def test_a_number_without_an_arm_leaves_what_was_in_memory(last: str) -> None:
    (found,) = findings(LAST=last)
    assert found.item == "levels_into"
    assert found.message == (
        "nothing is done here for `mode` = 3, which nobody refuses: the cells of `out` stay without"
        " a value, for `with_prefix` gives one to the first cells only"
    )
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("LAST", "out[first..].fill(f64::NAN)"),
        ("LAST", "unreachable!()"),
        ("GUARD", 'if mode > 2 {\n        return Err("no such mode".to_string());\n    }'),
        ("BEFORE", "out.fill(0.0);"),
        ("BEFORE", "for i in 0..data.len() {\n        out[i] = 0.0;\n    }"),
        ("AFTER", "for i in 0..data.len() {\n        out[i] += 1.0;\n        out[i] = 0.0;\n    }"),
        ("MAKE", "vec![f64::NAN; data.len()]"),
        ("ARMS", ARMS.replace("1 | 2", "1..")),
    ],
)
def test_what_is_refused_or_has_a_value_is_silent(part: str, text: str) -> None:
    assert findings(**{part: text}) == ()


def test_arms_that_give_values_to_other_memory_say_nothing() -> None:
    other = ARMS.replace("out[i] = -data[i];", "let _ = data[i];")
    assert findings(ARMS=other) == ()
