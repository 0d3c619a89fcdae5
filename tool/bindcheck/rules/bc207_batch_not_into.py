"""BC207: a batch binding that does not let the core write into NumPy memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.batch_into import fitting_into
from bindcheck.analysis.cores.shapes import out_element
from bindcheck.analysis.memory.writers import copied_into, element_bytes, written_by_callee
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable, reached
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import CoreApi, EntryPoint, Function, Role
from bindcheck.rules.base import EntryRule, Example

_CORE = """\
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
}

#[derive(Clone)]
pub struct GainParams {
    pub period: Option<usize>,
}

pub struct GainInput<'a> {
    data: &'a [f64],
    params: GainParams,
}

impl<'a> GainInput<'a> {
    pub fn from_slice(data: &'a [f64], params: GainParams) -> Self {
        Self { data, params }
    }
}

pub struct GainOutput {
    pub values: Vec<f64>,
}

pub fn gain_with_kernel(input: &GainInput, _kernel: Kernel) -> Result<GainOutput, String> {
    let period = input.params.period.unwrap_or(1) as f64;
    Ok(GainOutput { values: input.data.iter().map(|x| x * period).collect() })
}

pub fn gain(input: &GainInput) -> Result<GainOutput, String> {
    gain_with_kernel(input, Kernel::Auto)
}

pub struct GainBatchRange {
    pub period: (usize, usize, usize),
}

pub struct GainBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<GainParams>,
    pub rows: usize,
    pub cols: usize,
}

fn expand_grid(range: &GainBatchRange) -> Vec<GainParams> {
    let (start, end, step) = range.period;
    (start..=end).step_by(step.max(1)).map(|p| GainParams { period: Some(p) }).collect()
}

fn gain_batch_inner_into(
    data: &[f64],
    range: &GainBatchRange,
    _kernel: Kernel,
    _parallel: bool,
    out: &mut [f64],
) -> Result<Vec<GainParams>, String> {
    let combos = expand_grid(range);
    for (row, combo) in out.chunks_mut(data.len().max(1)).zip(&combos) {
        let period = combo.period.unwrap_or(1) as f64;
        for (cell, x) in row.iter_mut().zip(data) {
            *cell = x * period;
        }
    }
    Ok(combos)
}

pub fn gain_batch_with_kernel(
    data: &[f64],
    range: &GainBatchRange,
    _kernel: Kernel,
) -> Result<GainBatchOutput, String> {
    let combos = expand_grid(range);
    let mut values = Vec::with_capacity(0);
    for combo in &combos {
        let period = combo.period.unwrap_or(1) as f64;
        values.extend(data.iter().map(|x| x * period));
    }
    Ok(GainBatchOutput { values, rows: combos.len(), cols: data.len(), combos })
}

fn validate_kernel(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None | Some("auto") => Ok(Kernel::Auto),
        Some("scalar") => Ok(Kernel::Scalar),
        Some(other) => Err(PyValueError::new_err(format!("unknown kernel: {other}"))),
    }
}

#[pyfunction]
#[pyo3(name = "gain", signature = (data, period, kernel=None))]
fn gain_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
    kernel: Option<&str>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let kernel = validate_kernel(kernel)?;
    let input = GainInput::from_slice(slice, GainParams { period: Some(period) });
    let out = py
        .allow_threads(|| gain_with_kernel(&input, kernel))
        .map_err(PyValueError::new_err)?;
    Ok(out.values.into_pyarray(py))
}

#[pyfunction]
#[pyo3(name = "gain_batch", signature = (data, period_range, kernel=None))]
fn gain_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
    kernel: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let slice = data.as_slice()?;
    let range = GainBatchRange { period: period_range };
    let kernel = validate_kernel(kernel)?;
"""
_MODULE = """\
    Ok(dict)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(gain_py, m)?)?;
    m.add_function(wrap_pyfunction!(gain_batch_py, m)?)?;
    Ok(())
}
"""


class BatchNotInto(EntryRule):
    """A batch binding that goes through a `Vec` although the core can write into NumPy memory.

    ## What it does

    Reports a batch binding of an indicator that has a `_batch_inner_into`, when the binding does
    not call it, neither itself nor through other functions of the crate, nor hands its NumPy
    buffer to another function. Silent where no such function writes the numbers that the binding
    gives. A binding that also copies the result into a fresh array is
    reported for the copy alone.

    ## Why it matters

    The buffer of a batch is the largest memory there is: rows times columns. Written by the core
    straight into one NumPy buffer it is allocated once, and it is NumPy's allocator that decides
    about huge pages and reuse.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: the binding's body is rewritten, and with uninitialised memory somebody has to write the
    warm-up cells.
    """

    code: ClassVar[str] = "BC207"
    name: ClassVar[str] = "batch-not-into"
    summary: ClassVar[str] = "batch binding does not use `_batch_inner_into`"
    severity: ClassVar[Severity] = Severity.WARNING
    confidence: ClassVar[Confidence] = Confidence.CERTAIN
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _CORE
            + """\
    let out = py
        .allow_threads(|| gain_batch_with_kernel(slice, &range, kernel))
        .map_err(PyValueError::new_err)?;
    let dict = PyDict::new(py);
    dict.set_item("values", out.values.into_pyarray(py).reshape((out.rows, out.cols))?)?;
"""
            + _MODULE,
            "through a `Vec`",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _CORE
            + """\
    let rows = expand_grid(&range).len();
    let cols = slice.len();
    let total = rows
        .checked_mul(cols)
        .ok_or_else(|| PyValueError::new_err("rows * cols overflows"))?;
    let values = PyArray1::<f64>::zeros(py, [total], false);
    let out = unsafe { values.as_slice_mut()? };
    py.allow_threads(|| gain_batch_inner_into(slice, &range, kernel, true, out))
        .map_err(PyValueError::new_err)?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.reshape((rows, cols))?)?;
"""
            + _MODULE,
            "into one NumPy buffer",
        ),
    )

    def premise(self, program: Program) -> str | None:
        """Only where some core can write a batch into a given buffer."""
        if any(core.batch_inner_into is not None for core in program.cores):
            return None
        return "no core of the crate has a `_batch_inner_into`"

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding when the entry is a batch binding that never reaches the function."""
        core = program.core(entry.indicator) if entry.indicator else None
        into = core.batch_inner_into if core is not None else None
        if into is None or entry.role is not Role.BATCH or not is_callable(entry):
            return
        if into.ref in reached(program, entry.ref) or copied_into(program, entry):
            return
        if written_by_callee(program, entry):
            return
        named = fitting_into(program, entry, into.ref)
        if named is None:
            return
        yield self.finding(
            program,
            (entry.ref.path, program.function(entry.ref).name_span),
            entry.rust_name,
            f"`{named.name}` exists, but the batch is computed into a `Vec`",
            help=_help(named),
            missing="batch",
            cost=_cost(core),
        )


def _help(into: Function) -> str:
    outs = sum(one.type is not None and out_element(one.type) is not None for one in into.params)
    if outs > 1:
        return f"allocate {outs} NumPy buffers and let `{into.name}` write into their slices"
    return f"allocate one NumPy buffer and let `{into.name}` write into its slice"


def _cost(core: CoreApi | None) -> str | None:
    outputs = core.batch_outputs or core.outputs if core is not None else ()
    sizes = [element_bytes(one.element) for one in outputs]
    total = sum(one for one in sizes if one is not None)
    return f"{total} bytes per row and column, allocated outside of NumPy" if total else None
