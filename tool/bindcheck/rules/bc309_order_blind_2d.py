"""BC309: a two-dimensional array is read in whatever order it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.slices import Blind, order_blind
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_CORE = """
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};

/// Mean of each row of a matrix that lies row by row.
fn row_means(cells: &[f64], cols: usize) -> Vec<f64> {
    cells.chunks(cols.max(1)).map(|row| row.iter().sum::<f64>() / cols as f64).collect()
}
"""
_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "row_means")]
fn row_means_py<'py>(
    py: Python<'py>,
    matrix: PyReadonlyArray2<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
"""
_REST = """\
    let values = py.allow_threads(|| row_means(cells, cols));
    Ok(values.into_pyarray(py))
"""


def _means(body: str, *, more: str = "", rest: str = _REST) -> str:
    return binding_crate(f"{more}{_SIGNATURE}{body}{rest}}}", "row_means_py", core=_CORE)


class OrderBlind2D(EntryRule):
    """A matrix whose memory is read row by row without asking whether it lies row by row.

    ## What it does

    Reports `as_slice`, `as_slice_mut` and `to_vec` of a NumPy array argument of several dimensions,
    and `into_raw_vec` or `as_slice_memory_order` of a copy or view of it, in a function that
    reckons with its rows and columns and never asks for the order (`is_c_contiguous`,
    `is_standard_layout`, strides). Likely where the number of dimensions is open, where rows and
    columns are arguments of their own, or where several such arrays are read side by side. Silent
    is `as_slice` of the `ndarray` view, which exists for the standard order only.

    ## Why it matters

    In every release of rust-numpy `as_slice` succeeds for both orders: it asks whether the array is
    contiguous, not in which order. A transposed matrix, a Fortran-ordered result of SciPy or the
    values of a pandas frame arrive without an error and are read as if rows were columns: wrong
    numbers.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: whether to refuse the other order or to copy it is a decision.
    """

    code: ClassVar[str] = "BC309"
    name: ClassVar[str] = "order-blind-2d"
    summary: ClassVar[str] = "a Fortran-ordered matrix arrives transposed"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _means(
                """\
    let cells = matrix.as_slice()?;
    let cols = matrix.shape()[1];
"""
            ),
            "both orders have a slice",
        ),
        Example(
            _means(
                """\
    let (cells, cols) = flattened(&matrix)?;
    let cells = &cells;
""",
                more="""
fn flattened(matrix: &PyReadonlyArray2<'_, f64>) -> PyResult<(Vec<f64>, usize)> {
    let dims = matrix.shape();
    let cells = matrix.to_vec().map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((cells, dims[1]))
}
""",
            ),
            "in a helper",
            also=("BC204",),
        ),
        Example(
            _means(
                """\
    let cols = matrix.as_array().ncols();
    let cells = &matrix.as_array().to_owned().into_raw_vec_and_offset().0;
"""
            ),
            "an owned copy keeps the order",
            also=("BC204",),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _means(
                """\
    let cols = matrix.shape()[1];
    let gathered: Vec<f64>;
    let cells = if matrix.is_c_contiguous() {
        matrix.as_slice()?
    } else {
        gathered = matrix.as_array().iter().copied().collect();
        &gathered
    };
"""
            ),
            "the order is asked for, the other one is gathered",
        ),
        Example(
            _means(
                """\
    let view = matrix.as_array();
    let cols = view.ncols();
    let gathered: Vec<f64>;
    let cells = match view.as_slice() {
        Some(cells) => cells,
        None => {
            gathered = view.iter().copied().collect();
            &gathered
        }
    };
"""
            ),
            "a view has a slice in the standard order only",
        ),
        Example(
            _means(
                """\
    let gathered: Vec<f64>;
    let cells = match matrix.as_slice() {
        Ok(cells) => cells,
        Err(_) => {
            gathered = matrix.as_array().iter().copied().collect();
            &gathered
        }
    };
""",
                rest="""\
    let total = py.allow_threads(|| cells.iter().sum::<f64>());
    Ok(vec![total].into_pyarray(py))
""",
            ),
            "a sum is the same in any order",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each function that reads matrices without asking for their order."""
        for one in order_blind(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help="ask `is_c_contiguous()` and copy the other order with `as_array().iter()`, "
                "or refuse it",
                confidence=Confidence.CERTAIN if one.sure else Confidence.LIKELY,
            )


def _message(one: Blind) -> str:
    names = ", ".join(f"`{name}`" for name in one.arrays)
    return f"`{one.how}` takes {names} in Fortran order too: rows are then read as columns"
