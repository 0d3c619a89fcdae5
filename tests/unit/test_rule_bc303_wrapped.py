"""BC303: memory that is asked for by a difference which wraps, below a binding."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

struct Config { layers: usize, scale: f64 }

struct Net { weights: Vec<f64> }

fn config(layers: usize) -> Config {
    Config { layers, scale: 1.0 }
}

fn stacked(count: usize) -> Vec<f64> {
    let mut all = Vec::with_capacity(count);
    for i in 0..count {
        all.push(i as f64);
    }
    all
}

impl Net {
    fn new(config: Config) -> Result<Self, String> {
        BODY
    }
}

#[pyclass]
struct PyNet { net: Net }

#[pymethods]
impl PyNet {
    #[new]
    fn new(layers: usize) -> PyResult<Self> {
        let net = Net::new(config(layers)).map_err(pyo3::exceptions::PyValueError::new_err)?;
        Ok(Self { net })
    }
}
"""


def messages(body: str) -> list[str]:
    found = audit_source(CODE.replace("BODY", body), [PanicPath()]).findings
    assert all(one.confidence is Confidence.LIKELY for one in found)
    return [f"{one.item}: {one.message}" for one in found]


@pytest.mark.parametrize(
    "body",
    [
        "Ok(Self { weights: stacked(config.layers - 1) })",
        "let rest = config.layers - 1; Ok(Self { weights: stacked(rest) })",
        "Ok(Self { weights: vec![0.0; config.layers - 1] })",
        "Ok(Self { weights: Vec::with_capacity(config.layers - 1) })",
    ],
)
def test_a_difference_that_wraps_is_more_than_there_is(body: str) -> None:
    [message] = messages(body)
    assert message.startswith("PyNet::new: `new` panics: memory is asked for by a difference that")


@pytest.mark.parametrize(
    "body",
    [
        "Ok(Self { weights: stacked(config.layers) })",
        "Ok(Self { weights: stacked(config.layers - 1 + 4) })",
        "Ok(Self { weights: stacked(config.layers.saturating_sub(1)) })",
        "Ok(Self { weights: stacked((config.layers - 1).min(8)) })",
        'if config.layers == 0 { return Err("no layers".to_string()); }'
        " Ok(Self { weights: stacked(config.layers - 1) })",
        "let rest = config.layers - 1; if rest > 64 { return Err(String::new()); }"
        " Ok(Self { weights: stacked(rest) })",
    ],
)
def test_a_size_that_was_looked_at_or_is_none_is_silent(body: str) -> None:
    assert messages(body) == []


def test_in_a_binding_the_difference_itself_is_told() -> None:
    code = """
use pyo3::prelude::*;

#[pyfunction]
fn zeros(count: usize) -> Vec<f64> {
    vec![0.0; count - 1]
}
"""
    [finding] = audit_source(code, [PanicPath()]).findings
    assert finding.message.startswith("this subtraction wraps")
