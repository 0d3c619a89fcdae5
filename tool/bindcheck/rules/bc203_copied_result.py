"""BC203: a result is copied on its way to Python although it could be moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.provenance import Origin, Result, copied_results, listed_result
from bindcheck.analysis.memory.writers import copy_cost, needs_numpy, span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint, TypeRef
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import GRID, binding_crate
from bindcheck.rules.moving import moved_result

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
"""


def _single(body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_py")


_BLOCK = """
fn block(size: usize) -> Vec<u8> {
    let mut bytes = vec![0u8; size];
    bytes.fill(1);
    bytes
}

#[pyfunction]
fn filled<'py>(
    py: Python<'py>,
    PARAM,
) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
    Ok(MADE)
}
"""


def _block(made: str, param: str = "size: usize") -> str:
    return binding_crate(_BLOCK.replace("MADE", made).replace("PARAM", param), "filled", core="")


class CopiedResult(EntryRule):
    """An owned result that is copied, rebuilt or listed instead of moved.

    ## What it does

    Reports `to_pyarray`, `from_slice` and the like on a `Vec` or array that the binding owns, a
    result that is collected anew element by element without changing it, and a `Vec` of numbers
    that is returned as such and becomes a Python list. Likely is `PyBytes::new` or
    `PyByteArray::new` of a `Vec` that the crate makes with its length (`vec![0; n]`): Python's own
    memory can be written instead. Arrays as long as the parameter grid are
    silent, and so is memory that the binding only borrows.

    ## Why it matters

    A move costs nothing, whatever the length; a copy allocates the result a second time. A list
    makes a Python object of every number, about thirty times the work of the copy.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: the result is moved where nothing reads it again, so that Python may write to memory
    that was the binding's. A list that becomes an array is a change that Python callers see: it is
    left to a person.
    """

    code: ClassVar[str] = "BC203"
    name: ClassVar[str] = "copied-result"
    summary: ClassVar[str] = "result copied or listed instead of moved"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_single("    Ok(values.to_pyarray(py))\n"), "`to_pyarray` of an owned `Vec`"),
        Example(
            _single("    Ok(PyArray1::from_slice(py, &values))\n"), "`from_slice` of an owned `Vec`"
        ),
        Example(
            _single(
                """\
    let rebuilt: Vec<f64> = values.iter().copied().collect();
    Ok(rebuilt.into_pyarray(py))
"""
            ),
            "collected anew",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py(py: Python<'_>, data: PyReadonlyArray1<'_, f64>, weight: f64) -> PyResult<Vec<f64>> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| smooth(slice, weight)))
}
""",
                "smooth_py",
            ),
            "a `Vec` becomes a list",
        ),
        Example(_block("PyBytes::new(py, &block(size))"), "bytes that Python could ask for"),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_block("PyBytes::new(py, text.as_bytes())", "text: String"), "bytes of a text"),
        Example(
            _block("PyBytes::new_with(py, size, |bytes| { bytes.fill(1); Ok(()) })?"),
            "written where Python has them",
        ),
        Example(_single("    Ok(values.into_pyarray(py))\n"), "`into_pyarray` moves"),
        Example(_single("    Ok(PyArray1::from_vec(py, values))\n"), "`from_vec` moves"),
        Example(
            _single("    Ok(PyArray1::from_iter(py, values.iter().map(|x| x * weight)))\n"),
            "`from_iter` of new values copies nothing",
        ),
        Example(
            _single(
                "    let array = ndarray::Array1::from_vec(values);\n"
                "    Ok(array.into_pyarray(py))\n"
            ),
            "an `ndarray` moves",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (period_range))]
fn periods_of<'py>(
    py: Python<'py>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let combos = expand_grid(&GainBatchRange { period: period_range });
    let periods: Vec<u64> = combos.iter().map(|c| c.period.unwrap() as u64).collect();
    let dict = PyDict::new(py);
    dict.set_item("periods", periods.to_pyarray(py))?;
    Ok(dict)
}
""",
                "periods_of",
                core=GRID,
            ),
            "as long as the grid, not the data",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each copied result."""
        for result in copied_results(program, entry):
            yield self.finding(
                program,
                span_of(result.place),
                item_of(program, result.place.ref),
                _message(result),
                help=_help(result),
                cost=_LISTED if result.origin is Origin.LISTED else copy_cost(result.element),
                confidence=_confidence(result),
                fix=moved_result(program, result.place),
            )
        listed = listed_result(program, entry)
        if listed is not None:
            function = program.function(entry.ref)
            yield self.finding(
                program,
                (entry.ref.path, function.name_span),
                entry.rust_name,
                f"`{listed.text}` is returned as a list: every number becomes a Python object",
                help=_array_of(listed) + needs_numpy(program),
                cost=_LISTED,
                confidence=Confidence.LIKELY,
            )


def _array_of(listed: TypeRef) -> str:
    item = listed.args[0] if listed.args else None
    if item is not None and item.args:
        return "return a NumPy array: `PyArray1::from_vec` of one flat `Vec`, with `reshape`"
    return "return a NumPy array made with `into_pyarray(py)`"


# A place in the list and a float object, made one by one.
_LISTED = "about 10 ns and 32 bytes per element"


def _message(result: Result) -> str:
    if result.origin is Origin.REBUILT:
        return f"the result is rebuilt element by element before `{result.how}`"
    if result.origin is Origin.LISTED:
        return f"`{result.how}` makes a Python object of every element of the result"
    if result.origin is Origin.BYTES:
        return f"`{result.how}` copies bytes for which the crate has asked for memory already"
    return f"`{result.how}` copies a result that the binding owns"


def _help(result: Result) -> str:
    if result.origin is Origin.BYTES:
        return f"let Python ask for it, and write there: `{result.how}_with(py, len, |bytes| ..)`"
    if result.nested:
        return "compute into one flat `Vec`, move it with `PyArray1::from_vec` and `reshape` that"
    return "move it: `into_pyarray(py)` takes over the memory of a `Vec` or array"


def _confidence(result: Result) -> Confidence:
    sure = result.origin not in (Origin.LISTED, Origin.BYTES) and (
        result.element or not result.nested
    )
    return Confidence.CERTAIN if sure else Confidence.LIKELY
