"""Rust of a crate whose reference names, keys and raises in ways of its own."""

from __future__ import annotations

from collections.abc import Mapping

COMMON = """
#[derive(Debug)]
pub enum TaError { Empty, Period(usize) }
impl std::fmt::Display for TaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self:?}") }
}
"""
CORE = """
use crate::common::TaError;
pub struct {X}Params { pub length: Option<usize>, pub gain: Option<f64> }
impl Default for {X}Params {
    fn default() -> Self { Self { length: Some(5), gain: Some(1.0) } }
}
pub struct {X}Input<'a> { pub data: &'a [f64], pub params: {X}Params }
impl<'a> {X}Input<'a> {
    pub fn from_slice(data: &'a [f64], params: {X}Params) -> Self { Self { data, params } }
}
pub struct {X}Output { pub values: Vec<f64> }
pub fn {x}(input: &{X}Input) -> Result<{X}Output, TaError> {
    if input.data.is_empty() { return Err(TaError::Empty); }
    Ok({X}Output { values: input.data.to_vec() })
}
pub struct {X}BatchRange { pub length: (usize, usize, usize), pub gain: (f64, f64, f64) }
fn expand_grid(sweep: &{X}BatchRange) -> Vec<{X}Params> { let _ = sweep; Vec::new() }
pub fn {x}_batch_inner_into(
    data: &[f64], sweep: &{X}BatchRange, out: &mut [f64]
) -> Result<Vec<{X}Params>, TaError> {
    out.fill(data[0]);
    Ok(expand_grid(sweep))
}
pub struct {X}Stream { length: usize }
impl {X}Stream {
    pub fn try_new(params: {X}Params) -> Result<Self, TaError> {
        Ok(Self { length: params.length.unwrap_or(5) })
    }
    pub fn update(&mut self, value: f64) -> Option<f64> { Some(value) }
}
"""
BOUND = """
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pyfunction(name = "calc_alma")]
#[pyo3(signature = (data, length, gain))]
pub fn py_alma<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, length: usize, gain: f64
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let input = AlmaInput::from_slice(
        slice, AlmaParams { length: Some(length), gain: Some(gain) }
    );
    let output = py.allow_threads(|| alma(&input)){raise}?;
    Ok(output.values.into_pyarray(py))
}

#[pyfunction(name = "calc_alma_grid")]
#[pyo3(signature = (data, length_range, gain_range))]
pub fn py_alma_grid<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
    gain_range: (f64, f64, f64),
) -> PyResult<Bound<'py, PyDict>> {
    let slice = data.as_slice()?;
    let sweep = AlmaBatchRange { length: length_range, gain: gain_range };
    let (rows, cols) = (expand_grid(&sweep).len(), slice.len());
    let array = PyArray1::<f64>::zeros(py, [rows * cols], false);
    let out = unsafe { array.as_slice_mut()? };
    let combos = py.allow_threads(|| alma_batch_inner_into(slice, &sweep, out)){raise}?;
    let dict = PyDict::new(py);
    dict.set_item("{values}", array.reshape([rows, cols])?)?;
    {rows}
    Ok(dict)
}

#[pyclass(name = "AlmaFeed")]
pub struct PyAlmaStream { stream: AlmaStream }
#[pymethods]
impl PyAlmaStream {
    #[new]
    #[pyo3(signature = (length, gain))]
    fn new(length: usize, gain: f64) -> PyResult<Self> {
        let params = AlmaParams { length: Some(length), gain: Some(gain) };
        Ok(Self { stream: AlmaStream::try_new(params){raise}? })
    }
    fn update(&mut self, value: f64) -> Option<f64> { self.stream.update(value) }
}
"""
ARRAYS = """
    let lengths: Vec<_> = combos.iter().map(|c| c.length.unwrap_or(5) as u64).collect();
    dict.set_item("{length}", lengths.into_pyarray(py))?;
    dict.set_item(
        "{gain}", combos.iter().map(|c| c.gain.unwrap()).collect::<Vec<_>>().into_pyarray(py)
    )?;
"""
PUSHED = """
    let mut lengths = Vec::new();
    let mut gains = Vec::with_capacity(rows);
    for combo in &combos {
        lengths.push(combo.length.unwrap_or(5));
        gains.push(combo.gain.unwrap_or(1.0));
    }
    dict.set_item("{length}", lengths)?;
    dict.set_item("{gain}", gains)?;
"""
FROM = """
impl From<TaError> for pyo3::PyErr {
    fn from(error: TaError) -> Self {
        pyo3::exceptions::PyRuntimeError::new_err(error.to_string())
    }
}
"""
FUNCTION = """
pub fn to_py_err(error: impl std::fmt::Display) -> pyo3::PyErr {
    pyo3::exceptions::PyArithmeticError::new_err(error.to_string())
}
"""
RAISE = """
pub fn raise(what: &str, error: impl std::fmt::Display) -> pyo3::PyErr {
    pyo3::exceptions::PyArithmeticError::new_err(format!("{what}: {error}"))
}
"""
KERNELS = """
pub enum Kernel { Auto, Scalar }
pub fn validate_kernel(name: Option<&str>) -> pyo3::PyResult<Kernel> { Ok(Kernel::Auto) }
"""


def named(text: str, name: str) -> str:
    return text.replace("{X}", name.capitalize()).replace("{x}", name)


def with_kernel(text: str, kernel: str = "", pattern: str = "{}_range") -> str:
    """A file whose functions take a kernel: the core, and what binds it with a tail `kernel`.

    The arguments of the ranges are called by the pattern.
    """
    core, use, bound = text.partition("\nuse numpy::")
    core = core.replace("Input) ->", "Input, _kernel: crate::common::Kernel) ->")
    core = core.replace("out: &mut [f64]\n", "_kernel: crate::common::Kernel, out: &mut [f64]\n")
    for field in ("length", "gain"):
        bound = bound.replace(f"{field}_range", pattern.format(field))
    ranges = ", ".join(pattern.format(one) for one in ("length", "gain"))
    bound = bound.replace("(data, length, gain)", f"(data, length, gain{kernel})", 1)
    bound = bound.replace(f"(data, {ranges})", f"(data, {ranges}{kernel})")
    bound = bound.replace("gain: f64\n)", "gain: f64, kernel: &str\n)")
    bound = bound.replace("(f64, f64, f64),\n)", "(f64, f64, f64), kernel: &str,\n)")
    call = "crate::common::validate_kernel(Some(kernel))?"
    bound = bound.replace("    let input", f"    let kern = {call};\n    let input")
    bound = bound.replace("    let sweep", f"    let kern = {call};\n    let sweep")
    bound = bound.replace("alma(&input)", "alma(&input, kern)")
    return core + use + bound.replace("&sweep, out)", "&sweep, kern, out)")


DEFAULT_RANGE = """
impl Default for {X}BatchRange {
    fn default() -> Self { Self { length: (5, 30, 1), gain: (1.0, 1.0, 0.0) } }
}
"""
REFUSING = """let slice = data.as_slice().map_err(|_| {
        pyo3::exceptions::PyTypeError::new_err("data must be contiguous")
    })?;"""

FORMS: dict[str, dict[str, str]] = {
    "cast": {
        "as u64": "as i64",
        "data: PyReadonlyArray1": "values: PyReadonlyArray1",
        "data.as_slice": "values.as_slice",
        "(data, length": "(values, length",
        '#[pyclass(name = "AlmaFeed")]': '#[pyclass(name = "AlmaFeed", module = "odd")]',
        "fn update(&mut self, value: f64) -> Option<f64> { self": (
            "fn push(&mut self, value: f64) -> Option<f64> { self"
        ),
        "signature = (length, gain)": "signature = (length=5, gain=1.0)",
    },
    "tuple": {
        "(data, length, gain)": "(data, length=None, gain=None)",
        "length: usize, gain: f64\n": "length: Option<usize>, gain: Option<f64>\n",
        "slice, AlmaParams { length: Some(length), gain: Some(gain) }": (
            "slice, AlmaParams { length, gain }"
        ),
        "(data, length_range, gain_range)": (
            "(data, length_range=(5, 30, 1), gain_range=(1.0, 1.0, 0.0))"
        ),
        "PyResult<Bound<'py, PyDict>>": (
            "PyResult<(Bound<'py, numpy::PyArray2<f64>>, Vec<(usize, f64)>)>"
        ),
        "{dict}": (
            "let swept = combos.iter().map(|c| (c.length.unwrap(), c.gain.unwrap())).collect();"
            "\n    Ok((array.reshape([rows, cols])?, swept))"
        ),
        "fn update(&mut self, value: f64) -> Option<f64> { self.stream.update(value) }": (
            "fn update(&mut self, value: f64) -> f64 {"
            " self.stream.update(value).unwrap_or(f64::NAN) }"
        ),
    },
    "strict layout": {
        "let slice = data.as_slice()?;": REFUSING,
        "(data, length_range, gain_range)": (
            "(data, length_range=(5, 5, 1), gain_range=(1.0, 1.0, 0.0))"
        ),
        "PyResult<Bound<'py, PyArray1<f64>>>": "PyResult<Bound<'py, PyDict>>",
        "Ok(output.values.into_pyarray(py))": (
            "let dict = PyDict::new(py);\n"
            '    dict.set_item("alma_result", output.values.into_pyarray(py))?;\n    Ok(dict)'
        ),
        "fn update(&mut": "fn __call__(&mut",
    },
}
"""What is odd in a reference, as replacements in `BOUND`; `{dict}` is the end of its batch."""


def with_form(form: Mapping[str, str], rows: str = ARRAYS) -> str:
    """The bindings of a reference in a form."""
    text = BOUND.replace("{raise}", ".map_err(|e| PyErr::from(e))")
    for word, key in (("values", "values"), ("length", "lengths"), ("gain", "gains")):
        rows, text = rows.replace(f"{{{word}}}", key), text.replace(f"{{{word}}}", key)
    head, start, rest = text.partition('let dict = PyDict::new(py);\n    dict.set_item("values"')
    body, end, tail = rest.partition("Ok(dict)")
    whole = (start + body + end).replace("{rows}", rows)
    text = head + form.get("{dict}", whole) + tail
    for old, new in form.items():
        if old != "{dict}":
            assert old in text, old
            text = text.replace(old, new)
    return text


WORKING = """
use crate::common::TaError;
pub struct {X}Params { pub length: Option<usize>, pub gain: Option<f64> }
impl Default for {X}Params {
    fn default() -> Self { Self { length: Some(5), gain: Some(1.0) } }
}
pub struct {X}Input<'a> { pub data: &'a [f64], pub params: {X}Params }
impl<'a> {X}Input<'a> {
    pub fn from_slice(data: &'a [f64], params: {X}Params) -> Self { Self { data, params } }
}
pub struct {X}Output { pub values: Vec<f64> }
fn checked(data: &[f64], length: usize) -> Result<(), TaError> {
    if data.is_empty() { return Err(TaError::Empty); }
    if length == 0 || length > data.len() { return Err(TaError::Period(length)); }
    Ok(())
}
fn fill(data: &[f64], length: usize, gain: f64, out: &mut [f64]) {
    for (at, cell) in out.iter_mut().enumerate() {
        *cell = if at + 1 < length { f64::NAN } else { data[at] * gain + length as f64 };
    }
}
pub fn {x}(input: &{X}Input) -> Result<{X}Output, TaError> {
    let length = input.params.length.unwrap_or(5);
    checked(input.data, length)?;
    let mut values = vec![f64::NAN; input.data.len()];
    fill(input.data, length, input.params.gain.unwrap_or(1.0), &mut values);
    Ok({X}Output { values })
}
pub struct {X}BatchRange { pub length: (usize, usize, usize), pub gain: (f64, f64, f64) }
fn expand_grid(sweep: &{X}BatchRange) -> Vec<{X}Params> {
    let (start, end, step) = sweep.length;
    let lengths = (start..=end).step_by(step.max(1));
    lengths.map(|one| {X}Params { length: Some(one), gain: Some(sweep.gain.0) }).collect()
}
pub fn {x}_batch_inner_into(
    data: &[f64], sweep: &{X}BatchRange, out: &mut [f64]
) -> Result<Vec<{X}Params>, TaError> {
    let combos = expand_grid(sweep);
    for (combo, row) in combos.iter().zip(out.chunks_mut(data.len().max(1))) {
        let length = combo.length.unwrap_or(5);
        checked(data, length)?;
        fill(data, length, combo.gain.unwrap_or(1.0), row);
    }
    Ok(combos)
}
pub struct {X}Stream { length: usize, gain: f64, seen: usize }
impl {X}Stream {
    pub fn try_new(params: {X}Params) -> Result<Self, TaError> {
        let length = params.length.unwrap_or(5);
        if length == 0 { return Err(TaError::Period(length)); }
        Ok(Self { length, gain: params.gain.unwrap_or(1.0), seen: 0 })
    }
    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.seen += 1;
        (self.seen >= self.length).then(|| value * self.gain + self.length as f64)
    }
}
"""
"""A core as `CORE`, which computes something."""


def with_two_outputs(text: str) -> str:
    """`WORKING` for `wave` with two outputs, whose stream may refuse a value."""
    row = "data.len().max(1)"
    changes = {
        "Output { pub values: Vec<f64> }": "Output { pub upper: Vec<f64>, pub lower: Vec<f64> }",
        "Output { values }": "Output { lower: values.clone(), upper: values }",
        "out: &mut [f64]\n": "upper: &mut [f64], lower: &mut [f64]\n",
        f"zip(out.chunks_mut({row}))": f"zip(upper.chunks_mut({row}).zip(lower.chunks_mut({row})))",
        "(combo, row)": "(combo, (row, other))",
        "unwrap_or(1.0), row);": "unwrap_or(1.0), row);\n        other.copy_from_slice(row);",
        "-> Option<f64> {\n": "-> Result<Option<(f64, f64)>, TaError> {\n",
        "(self.seen >= self.length).then(|| value * self.gain + self.length as f64)": (
            "let one = value * self.gain + self.length as f64;\n"
            "        Ok((self.seen >= self.length).then_some((one, one)))"
        ),
    }
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
