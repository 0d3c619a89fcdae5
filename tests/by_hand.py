"""Crates whose bindings name PyO3 and NumPy in ways of their own, and bring traits in each way."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load

MANIFEST = """
[package]
name = "layouts"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = "0.23"
numpy = "0.23"

[workspace]
"""
MODULE = """
#[pyo3::pymodule]
fn layouts(m: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
    let _ = m;
    Ok(())
}
"""
CORE = """
#[derive(Clone, Debug)]
pub struct {X}Params {
    pub period: usize,
}

#[derive(Debug)]
pub struct {X}Output {
    pub upper: Vec<f64>,
    pub lower: Vec<f64>,
}

#[derive(Debug)]
pub enum {X}Error {
    Period(usize),
}

impl std::fmt::Display for {X}Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

pub fn {x}(data: &[f64], params: &{X}Params) -> Result<{X}Output, {X}Error> {
    if params.period == 0 || params.period > data.len() {
        return Err({X}Error::Period(params.period));
    }
    let mut upper = vec![f64::NAN; data.len()];
    upper[params.period - 1..].copy_from_slice(&data[params.period - 1..]);
    Ok({X}Output { lower: upper.clone(), upper })
}

#[derive(Clone, Debug)]
pub struct {X}BatchRange {
    pub period: (usize, usize, usize),
}

pub struct {X}BatchOutput {
    pub upper: Vec<f64>,
    pub lower: Vec<f64>,
    pub combos: Vec<{X}Params>,
    pub rows: usize,
    pub cols: usize,
}

pub fn {x}_batch(data: &[f64], range: &{X}BatchRange) -> Result<{X}BatchOutput, {X}Error> {
    let (start, end, step) = range.period;
    let periods = (start..=end).step_by(step.max(1));
    let combos: Vec<_> = periods.map(|period| {X}Params { period }).collect();
    let (mut upper, mut lower) = (Vec::new(), Vec::new());
    for combo in &combos {
        let one = {x}(data, combo)?;
        upper.extend(one.upper);
        lower.extend(one.lower);
    }
    Ok({X}BatchOutput { upper, lower, rows: combos.len(), cols: data.len(), combos })
}
"""

BY_PATH = """
#[pyo3::pyfunction]
#[pyo3(name = "{x}", signature = (data, period=14))]
pub fn {x}_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    let slice = data.as_slice()?;
    let params = {X}Params { period };
    let {X}Output { upper, lower: low } = py
        .allow_threads(|| {x}(slice, &params))
        .map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))?;
    let dict = pyo3::types::PyDict::new(py);
    let shown = numpy::IntoPyArray::into_pyarray(upper, py);
    pyo3::types::PyDictMethods::set_item(&dict, "upper", shown)?;
    pyo3::types::PyDictMethods::set_item(&dict, "lower", numpy::PyArray1::from_vec(py, low))?;
    Ok(dict)
}

#[pyo3::pyfunction]
#[pyo3(name = "{x}_batch", signature = (data, period_range))]
#[allow(clippy::type_complexity)]
pub fn {x}_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> pyo3::PyResult<(pyo3::Bound<'py, numpy::PyArray2<f64>>, Vec<usize>)> {
    let slice = data.as_slice()?;
    let sweep = {X}BatchRange { period: period_range };
    let out = py
        .allow_threads(|| {x}_batch(slice, &sweep))
        .map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))?;
    let periods = out.combos.iter().map(|c| c.period).collect();
    let flat = numpy::IntoPyArray::into_pyarray(out.upper, py);
    Ok((numpy::PyArrayMethods::reshape(&flat, [out.rows, out.cols])?, periods))
}
"""
"""A dict, and a tuple of a matrix and the periods."""

SHORT = """
#[pyfunction]
#[pyo3(name = "{x}", signature = (data, period=14))]
pub fn {x}_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyDict>> {{one}
    let params = {X}Params { period };
    let slice = data.as_slice()?;
    let out = py
        .allow_threads(|| {x}(slice, &params))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    dict.set_item("upper", out.upper.into_pyarray(py))?;
    dict.set_item("lower", out.lower.into_pyarray(py))?;
    Ok(dict)
}

#[pyfunction]
#[pyo3(name = "{x}_batch", signature = (data, period_range))]
pub fn {x}_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {{grid}
    let sweep = {X}BatchRange { period: period_range };
    let slice = data.as_slice()?;
    let out = py
        .allow_threads(|| {x}_batch(slice, &sweep))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    let shape = [out.rows, data.len()];
    let shown: Bound<'py, PyArray2<f64>> = out.upper.into_pyarray(py).reshape(shape)?;
    dict.set_item("upper", shown)?;
    dict.set_item("periods", out.combos.iter().map(|c| c.period).collect::<Vec<_>>())?;
    Ok(dict)
}
"""

_NAMES = "use numpy::PyReadonlyArray1;\n"
_ERROR = "    use pyo3::exceptions::PyValueError;\n"
_LOCAL = (
    f"\n    use numpy::IntoPyArray;\n{_ERROR}    use pyo3::types::PyDictMethods;\n",
    "\n    use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyUntypedArrayMethods};\n"
    f"{_ERROR}    use pyo3::types::PyDictMethods;\n",
)
_GLOBS = (
    f"\n    use numpy::prelude::*;\n{_ERROR}    use pyo3::prelude::*;\n",
    f"\n    use numpy::{{prelude::*, PyArray2}};\n{_ERROR}    use pyo3::prelude::*;\n",
)
_HEAD = "use pyo3::types::PyDict;\nuse pyo3::{pyfunction, Bound, PyResult, Python};\n"
_WHOLE = (
    "use numpy::{IntoPyArray, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods};\n"
    "use pyo3::exceptions::PyValueError;\n"
)


def _short(head: str, local: tuple[str, str] = ("", "")) -> str:
    """Bindings with imports at the top of their module, and others in their bodies."""
    return head + SHORT.replace("{one}", local[0]).replace("{grid}", local[1])


LAYOUTS = {
    "paths": CORE + BY_PATH,
    "local": _short(_NAMES + _HEAD + CORE, _LOCAL),
    "traits": _short(
        f"{_WHOLE}use pyo3::types::{{PyDict, PyDictMethods}};\n"
        f"use pyo3::{{pyfunction, Bound, PyResult, Python}};\n{CORE}"
    ),
    "prelude": _short(f"{_WHOLE}use pyo3::prelude::*;\nuse pyo3::types::PyDict;\n{CORE}"),
    "glob": _short(_NAMES + _HEAD + CORE, _GLOBS),
    "inside": _short(f"{CORE}\npub mod python {{\nuse super::*;\n{_NAMES}{_HEAD}", _LOCAL) + "}\n",
}
"""The file of a core by how its bindings name things: its name is that of the layout."""


def crate_with(folder: Path, *layouts: str, lints: str = "") -> Path:
    """A crate with an indicator for each layout, which nothing exports."""
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(MANIFEST)
    mods = "".join(f"pub mod {name};\n" for name in layouts)
    (folder / "src/lib.rs").write_text(lints + mods + MODULE)
    for name in layouts:
        text = LAYOUTS[name].replace("{x}", name).replace("{X}", name.capitalize())
        (folder / f"src/{name}.rs").write_text(text)
    return folder


def replaced(crate: Path, *, mode: Mode = Mode.WRITE, keep: bool = True) -> GenerateResult:
    """All bindings by hand replaced."""
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(True, keep=keep))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)
