"""BC206: a binding fills warm-up cells that the function it calls fills again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.prefixes import redundant_fills
from bindcheck.analysis.memory.writers import element_bytes, span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_PLAIN = """
pub fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) {
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
}
"""
_FILLING = """
pub fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) {
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
    let warm = lag.min(out.len());
    for cell in &mut out[..warm] {
        *cell = f64::NAN;
    }
}
"""
_SOMETIMES = """
pub fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) -> Result<(), String> {
    if lag == 1 {
        for i in 1..data.len() {
            out[i] = data[i] - data[i - 1];
        }
        return Ok(());
    }
    out[..lag].fill(f64::NAN);
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
    Ok(())
}
"""
_ROWS = """
fn fill_prefixes(out: &mut [f64], cols: usize, warm: &[usize]) {
    for (row, &first) in out.chunks_mut(cols.max(1)).zip(warm) {
        row[..first].fill(f64::NAN);
    }
}

pub fn lagged_rows_into(data: &[f64], lags: &[usize], out: &mut [f64]) {
    FILL
    for (row, &lag) in out.chunks_mut(data.len().max(1)).zip(lags) {
        for i in lag..data.len() {
            row[i] = data[i] - data[i - lag];
        }
    }
}

#[pyfunction]
#[pyo3(name = "lagged_rows")]
fn lagged_rows_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lags: Vec<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if lags.iter().any(|&lag| lag > slice.len()) {
        return Err(PyValueError::new_err("a lag is longer than the data"));
    }
    let total = slice
        .len()
        .checked_mul(lags.len())
        .ok_or_else(|| PyValueError::new_err("too many rows"))?;
    let out = PyArray1::<f64>::zeros(py, [total], false);
    let target = unsafe { out.as_slice_mut()? };
    fill_prefixes(target, slice.len(), &lags);
    py.allow_threads(|| lagged_rows_into(slice, &lags, target));
    Ok(out)
}
"""
_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "lagged")]
fn lagged_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lag: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if lag == 0 || lag > slice.len() {
        return Err(PyValueError::new_err("lag is out of range"));
    }
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    let target = unsafe { out.as_slice_mut()? };
"""
_OWN_FILL = """\
    target[..lag].fill(f64::NAN);
"""
_CALL = """\
    py.allow_threads(|| lagged_into(slice, lag, target));
    Ok(out)
"""


def _single(core: str, body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "lagged_py", core=core)


def _rows(fill: str) -> str:
    return binding_crate(_ROWS.replace("FILL", fill), "lagged_rows_py", core="")


class RedundantNanFill(EntryRule):
    """Warm-up cells that are filled twice: by the binding and by the function it calls.

    ## What it does

    Looks at arrays that a binding allocates and whose warm-up cells it fills with NaN, itself or by
    a helper, and reports the fill when every function that gets the array afterwards fills such
    cells on each of its paths as well. Where the binding is the only writer of these cells nothing
    is reported: without its fill the caller would see whatever was in memory.

    That both fill the same number of cells is not proved: remove the fill, then let the probe's
    contract P01 (initialised) look at the built module.

    ## Why it matters

    The cells are written twice, attached, before the work has begun. And who reads the binding
    takes its fill for the one that counts: the two drift apart with the next change of the warm-up.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: where the called function fills fewer cells than the binding, removing the fill hands
    out uninitialised memory.
    """

    code: ClassVar[str] = "BC206"
    name: ClassVar[str] = "redundant-nan-fill"
    summary: ClassVar[str] = "binding and callee both fill the warm-up cells"
    severity: ClassVar[Severity] = Severity.WARNING
    confidence: ClassVar[Confidence] = Confidence.LIKELY
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_single(_FILLING, _OWN_FILL + _CALL), "the callee fills at its end"),
        Example(
            _single(
                _FILLING,
                "    for i in 0..lag {\n        target[i] = f64::NAN;\n    }\n" + _CALL,
            ),
            "the same with a loop",
        ),
        Example(
            _rows("fill_prefixes(out, data.len(), lags);"),
            "a helper fills rows for both",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_single(_FILLING, _CALL), "the callee alone fills"),
        Example(_single(_PLAIN, _OWN_FILL + _CALL), "the binding is the only writer"),
        Example(_rows("let _ = lags.len();"), "the binding is the only writer of all rows"),
        Example(
            _single(
                _SOMETIMES,
                _OWN_FILL
                + """\
    py.allow_threads(|| lagged_into(slice, lag, target)).map_err(PyValueError::new_err)?;
    Ok(out)
""",
            ),
            "the callee does not fill on each of its paths",
        ),
        Example(
            _single(
                _FILLING,
                """\
    py.allow_threads(|| lagged_into(slice, lag, target));
    target[..lag].fill(f64::NAN);
    Ok(out)
""",
            ),
            "a fill after the call hides what has been computed",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each array whose prefix is filled twice."""
        for one in redundant_fills(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                f"`{one.callee}` fills the warm-up cells again",
                help="leave the fill to it, and check with the probe that all cells are written",
                cost=_cost(one.element),
            )


def _cost(element: str) -> str | None:
    size = element_bytes(element)
    return f"{size} bytes written per warm-up cell" if size else None
