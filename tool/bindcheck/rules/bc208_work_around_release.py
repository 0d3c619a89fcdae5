"""BC208: array-sized work that is done attached, beside a released core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.beside import Beside, work_beside
from bindcheck.analysis.flow.events import Kind
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import release_name
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import GRID, SMOOTH, binding_crate

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
"""
_RELEASED = """\
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
_CHECK = """
fn check_prices(data: &[f64]) -> Result<(), String> {
    for (i, x) in data.iter().enumerate() {
        if !x.is_finite() {
            return Err(format!("value {i} is not finite"));
        }
    }
    Ok(())
}
"""
_INTO = """
pub fn smooth_into(data: &[f64], weight: f64, out: &mut [f64]) {
    let mut last = 0.0;
    for (cell, &x) in out.iter_mut().zip(data) {
        last += weight * (x - last);
        *cell = last;
    }
}
"""
_LAGGED = """
pub fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) {
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
}
"""


def _single(body: str, core: str = SMOOTH) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_py", core=core)


class WorkAroundRelease(EntryRule):
    """Array-sized work that stayed outside when the core was released.

    ## What it does

    Reports loops, chains, copies, fills and helpers over array-sized data that a binding runs
    attached although it releases for its core: one finding for the first of them. Silent are
    memory without values or with zeros, the fill of warm-up cells, a scan that stops at the first
    number, work as long as the parameter grid, what needs Python objects, branches behind a size
    guard, calls that are handed objects and no array, the copy that strided input needs, and copies
    that other rules report.

    ## Why it matters

    Once the core is fast or parallel, a pass over the data beside it is a good part of the call,
    and all of that part stops every other Python thread.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: what moves into the closure must be free of Python objects, and errors have to be made
    outside of it.
    """

    code: ClassVar[str] = "BC208"
    name: ClassVar[str] = "work-around-release"
    summary: ClassVar[str] = "array-sized work attached, beside a released core"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                "    check_prices(slice).map_err(PyValueError::new_err)?;\n" + _RELEASED,
                core=SMOOTH + _CHECK,
            ),
            "all of the input is checked attached",
        ),
        Example(
            _single(
                """\
    if slice.iter().any(|x| x.is_nan()) {
        return Err(PyValueError::new_err("NaN in the input"));
    }
"""
                + _RELEASED
            ),
            "the same with a chain",
        ),
        Example(
            _single(
                """\
    let values = py.allow_threads(|| smooth(slice, weight));
    let scaled: Vec<f64> = values.iter().map(|x| x * 100.0).collect();
    Ok(scaled.into_pyarray(py))
"""
            ),
            "the result is worked on afterwards",
        ),
        Example(
            _single(
                """\
    let mut padded = Vec::with_capacity(slice.len() + 1);
    padded.push(0.0);
    padded.extend_from_slice(slice);
    let values = py.allow_threads(|| smooth(&padded, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "the input is gathered before",
        ),
        Example(
            _single(
                """\
    let mut values = vec![f64::NAN; slice.len()];
    py.allow_threads(|| smooth_into(slice, weight, &mut values));
    Ok(values.into_pyarray(py))
""",
                core=_INTO,
            ),
            "all cells are filled before",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let values = py.allow_threads(|| {
        check_prices(slice)?;
        Ok::<_, String>(smooth(slice, weight))
    });
    Ok(values.map_err(PyValueError::new_err)?.into_pyarray(py))
""",
                core=SMOOTH + _CHECK,
            ),
            "checked in the release",
        ),
        Example(
            _single(
                """\
    let first = slice.iter().position(|x| !x.is_nan()).unwrap_or(0);
    if slice.iter().all(|x| x.is_nan()) {
        return Err(PyValueError::new_err("all values are NaN"));
    }
    let values = py.allow_threads(|| smooth(&slice[first..], weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "a scan stops at the first number",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "lagged")]
fn lagged_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lag: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let first = slice.iter().position(|x| !x.is_nan()).unwrap_or(0);
    let warm = first + lag.min(slice.len() - first);
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    let target = unsafe { out.as_slice_mut()? };
    for cell in &mut target[..warm] {
        *cell = f64::NAN;
    }
    py.allow_threads(|| lagged_into(slice, warm, target));
    Ok(out)
}
""",
                "lagged_py",
                core=_LAGGED,
            ),
            "only the warm-up cells are filled",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let gathered: Vec<f64>;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            gathered = data.as_array().iter().copied().collect();
            &gathered
        }
    };
"""
                + _RELEASED
                + "}",
                "smooth_py",
            ),
            "strided input has to be gathered",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "gains")]
fn gains_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let slice = data.as_slice()?;
    let combos = expand_grid(&GainBatchRange { period: period_range });
    let total = combos
        .len()
        .checked_mul(slice.len())
        .ok_or_else(|| PyValueError::new_err("too many rows"))?;
    let mut values = vec![0.0; total];
    py.allow_threads(|| fill_rows(slice, &combos, &mut values));
    let periods: Vec<u64> = combos.iter().map(|c| c.period.unwrap_or(0) as u64).collect();
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_pyarray(py))?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}
""",
                "gains_py",
                core=GRID,
            ),
            "as long as the grid, not the data; zeros are no work",
        ),
        Example(
            _single(
                """\
    if slice.len() < 4096 {
        if slice.iter().any(|x| x.is_nan()) {
            return Err(PyValueError::new_err("NaN in the input"));
        }
    }
"""
                + _RELEASED
            ),
            "held only where a release costs more than the work",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "total")]
fn total_py(py: Python<'_>, series: Vec<PyReadonlyArray1<'_, f64>>) -> PyResult<f64> {
    let mut slices = Vec::with_capacity(series.len());
    for one in &series {
        slices.push(one.as_slice()?);
    }
    Ok(py.allow_threads(|| slices.iter().map(|one| smooth(one, 0.5).len() as f64).sum()))
}
""",
                "total_py",
            ),
            "arrays have to be borrowed attached",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for the first work beside the release."""
        one = work_beside(program, entry)
        if one is not None:
            yield self.finding(
                program,
                span_of(one.place),
                entry.rust_name,
                _message(one),
                help=f"move it into the closure of `{release_name(program)}(|| ..)`",
                cost="no other Python thread runs for a pass over the data",
                confidence=_confidence(one),
            )


_FILLS = frozenset({"vec!", "fill", "fill_with"})


def _message(one: Beside) -> str:
    what = one.work.what if one.work.what.startswith("`") else f"`{one.work.what}`"
    more = f" (and {one.more} more)" if one.more else ""
    does = "goes over array-sized data"
    if one.work.what in _FILLS:
        does = "fills array-sized memory"
    return f"{what} {does} while the GIL is held, beside the release{more}"


def _confidence(one: Beside) -> Confidence:
    sure = one.work.kind in (Kind.HELPER, Kind.MEMORY, Kind.PARALLEL)
    return Confidence.CERTAIN if sure else Confidence.LIKELY
