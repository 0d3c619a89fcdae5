"""Small crates around the bindings that rules show as examples."""

from __future__ import annotations

_HEAD = """\
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
"""

SMOOTH = """
/// Exponential smoothing: one pass over `data`.
pub fn smooth(data: &[f64], weight: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    let mut last = f64::NAN;
    for &x in data {
        last = if last.is_nan() { x } else { last + weight * (x - last) };
        out.push(last);
    }
    out
}
"""

GRID = """
pub struct GainParams {
    pub factor: Option<f64>,
    pub period: Option<usize>,
}

pub struct GainBatchRange {
    pub period: (usize, usize, usize),
}

pub fn expand_grid(range: &GainBatchRange) -> Vec<GainParams> {
    let (start, end, step) = range.period;
    (start..=end)
        .step_by(step.max(1))
        .map(|period| GainParams { factor: Some(1.0), period: Some(period) })
        .collect()
}

fn fill_rows(data: &[f64], combos: &[GainParams], out: &mut [f64]) {
    for (row, combo) in out.chunks_mut(data.len().max(1)).zip(combos) {
        let factor = combo.factor.unwrap_or(1.0) * combo.period.unwrap_or(1) as f64;
        for (cell, x) in row.iter_mut().zip(data) {
            *cell = x * factor;
        }
    }
}
"""


def binding_crate(body: str, *names: str, core: str = SMOOTH) -> str:
    """A crate with `core`, the bindings in `body`, and a module that exports `names`."""
    exports = "".join(f"    m.add_function(wrap_pyfunction!({name}, m)?)?;\n" for name in names)
    module = (
        "\n#[pymodule]\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        f"{exports}    Ok(())\n}}\n"
    )
    return f"{_HEAD}{core}\n{body.strip()}\n{module}"
