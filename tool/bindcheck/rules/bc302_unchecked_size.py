"""BC302: a size that is computed without a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.failing.panics import Overflow, overflows
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import GRID, binding_crate

_SIGNATURE = """
#[pyfunction]
#[pyo3(signature = (data, period_range))]
fn gain_table<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let combos = expand_grid(&GainBatchRange { period: period_range });
    let rows = combos.len();
    let cols = slice.len();
"""
_REST = """\
    let target = unsafe { out.as_slice_mut()? };
    py.allow_threads(|| fill_rows(slice, &combos, target));
    Ok(out)
"""


_WALK = """
#[pyfunction]
fn walk_of(start: f64, steps: usize) -> PyResult<f64> {
CHECK
    let mut values = vec![start; steps + 1];
    for i in 0..steps {
        values[i + 1] = 0.5 * values[i];
    }
    Ok(values[steps])
}
"""
_REFUSED = """\
    if CONDITION {
        return Err(PyValueError::new_err("steps is out of range"));
    }"""


def _walk(condition: str) -> str:
    check = _REFUSED.replace("CONDITION", condition)
    return binding_crate(_WALK.replace("CHECK", check), "walk_of", core="")


def _table(body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}{_REST}}}", "gain_table", core=GRID)


class UncheckedSize(EntryRule):
    """A product or sum of lengths that sizes an allocation and may overflow.

    ## What it does

    Reports `rows * cols` and other products of what the caller chose or passed, when the product is
    the size of an allocation and nothing checked it. Silent after `checked_mul`, and for the shape
    of a result that is already in memory, and where types or conditions bound the factors so that
    the product fits; `usize` counts as 64 bits. One finding for each function, and none in one
    whose callers have made a matrix for the same number (`vec![0.0; n * n]`) before.

    Likely are two things that a whole number of the caller does which no condition has bounded from
    above (`n == 0` has not): a sum with it that is a length (`vec![0.0; n + 1]`, unless `n` cells
    are asked for as well, here or by a function that got `n` before, which fails), and a check by a
    sum or product of it (`used + n > limit`, `rows * cols != data.len()`), which wraps for a large
    one, so that it sizes an allocation all the same.

    Silent are two numbers of one shape (`self.shape`, `array.shape()`): there is as much memory.

    An error where a factor is a number that the caller passes, or made of some. A warning, and
    likely, where two lengths of lists in memory are multiplied: they fit into 64 bits, but for
    lists of billions, and not into the 32 bits of WebAssembly or an older Windows.

    ## Why it matters

    In a release build the product wraps. The buffer is then too small for what is written into it:
    a panic at best, and with raw pointers or unchecked indexing memory is overwritten. With 32 bits
    it takes 1,000 parameter rows over 4.3 million values.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: which exception a caller should see is a decision.
    """

    code: ClassVar[str] = "BC302"
    name: ClassVar[str] = "unchecked-size"
    summary: ClassVar[str] = "size of an allocation computed without a check"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _table("    let out = PyArray1::<f64>::zeros(py, [rows * cols], false);\n"),
            "in the call",
        ),
        Example(
            _table(
                "    let total = rows * cols;\n"
                "    let out = PyArray1::<f64>::zeros(py, [total], false);\n"
            ),
            "through a variable",
        ),
        Example(
            _table(
                """\
    let rows = (period_range.1 - period_range.0) / period_range.2.max(1) + 1;
    let out = PyArray1::<f64>::zeros(py, [rows * cols], false);
"""
            ),
            "a number of the caller",
            also=("BC303",),
        ),
        Example(_walk("steps == 0"), "a sum of a number that may be any"),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (data, rows, cols))]
fn table_of(data: PyReadonlyArray1<'_, f64>, rows: usize, cols: usize) -> PyResult<usize> {
    let slice = data.as_slice()?;
    if rows * cols != slice.len() {
        return Err(PyValueError::new_err("the shape does not fit"));
    }
    Ok(vec![0u8; rows].len())
}
""",
                "table_of",
                core="",
            ),
            "a product that wraps lets any number of rows pass",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _table(
                """\
    let total = rows
        .checked_mul(cols)
        .ok_or_else(|| PyValueError::new_err("rows * cols overflows"))?;
    let out = PyArray1::<f64>::zeros(py, [total], false);
"""
            ),
            "`checked_mul`",
        ),
        Example(
            _table(
                """\
    if rows.checked_mul(cols).is_none() {
        return Err(PyValueError::new_err("rows * cols overflows"));
    }
    let out = PyArray1::<f64>::zeros(py, [rows * cols], false);
"""
            ),
            "checked before",
        ),
        Example(_walk("steps > 4096"), "a number that is bounded from above"),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for the first unchecked product or sum of each function."""
        for one in overflows(program, entry):
            checked = "checked_mul" if one.op == "*" else "checked_add"
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help=f"use `{checked}(..)` before allocating and raise a `PyValueError` on `None`",
                severity=Severity.WARNING if one.lists else None,
                confidence=None if one.is_sure else Confidence.LIKELY,
            )


def _message(one: Overflow) -> str:
    what = f"`{one.allocation.what}`"
    sized = f"the NumPy array of {what}" if one.allocation.numpy else what
    named = "product" if one.op == "*" else "sum"
    if one.compared:
        return f"this {named} may overflow, and so lets a size of {sized} pass that is too large"
    how = "overflows a `usize` of 32 bits" if one.lists else "may overflow"
    return f"this {named} is the size of {sized} and {how}"
