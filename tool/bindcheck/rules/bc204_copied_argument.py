"""BC204: an array argument is copied on its way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.provenance import ArgumentCopy, copied_arguments
from bindcheck.analysis.memory.writers import copy_cost, element_bytes, needs_numpy, span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
"""


def _single(body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_py")


class CopiedArgument(EntryRule):
    """An array argument that is copied although it could be borrowed.

    ## What it does

    Reports `Vec<f64>` and `Vec<Vec<f64>>` arguments, `.to_vec()` and its like on a NumPy argument,
    `.tolist()`, and the extraction of a `Vec` from a Python object; a `Vec<i64>` and its like where
    it is all the data that the binding computes on, and no list goes back. The copy that strided
    input needs is silent: in the branch where `as_slice` has failed, or after a check of
    contiguity. So is an array that is copied as a block for a set, a map, another thread or a field
    of an object, a `Vec` that a function of another crate gets as its own, or a value that is
    called and may be any function, a `Vec` that a call may leave out and an object keeps, one for
    which the signature writes out values (a setting), what goes back to Python as a list, a list
    that may be a single number as well where no array is asked for, and what is copied of an object
    behind an attempt to take it as an array of numbers, which has returned. A `Vec` argument that
    another thread gets is reported: an array is copied as a block.

    ## Why it matters

    A `Vec` argument is filled element by element through the sequence protocol, tens of nanoseconds
    each; a borrowed array costs nothing, whatever its length.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: an array argument no longer accepts lists, which callers have to know.
    """

    code: ClassVar[str] = "BC204"
    name: ClassVar[str] = "copied-argument"
    summary: ClassVar[str] = "array argument copied instead of borrowed"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(py: Python<'py>, data: Vec<f64>, weight: f64) -> Bound<'py, PyArray1<f64>> {
    py.allow_threads(|| smooth(&data, weight)).into_pyarray(py)
}
""",
                "smooth_py",
            ),
            "a `Vec` argument",
        ),
        Example(
            _single(
                """\
    let owned = data.as_slice()?.to_vec();
    let values = py.allow_threads(|| smooth(&owned, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "a slice is copied",
        ),
        Example(
            _single(
                """\
    let owned = Vec::from(data.as_slice()?);
    let values = py.allow_threads(|| smooth(&owned, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "a `Vec` is made from a slice",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let owned = data.extract::<Vec<f64>>()?;
    let values = py.allow_threads(|| smooth(&owned, weight));
    Ok(values.into_pyarray(py))
}
""",
                "smooth_py",
            ),
            "a `Vec` is extracted",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn total_of(py: Python<'_>, counts: &Bound<'_, PyAny>) -> PyResult<i64> {
    let owned = integers(counts)?;
    Ok(py.allow_threads(|| owned.iter().sum()))
}
""",
                "total_of",
                core="""
fn integers(list: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    list.extract::<Vec<i64>>()
}
""",
            ),
            "the integers that the binding adds up",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "the argument is borrowed",
        ),
        Example(
            _single(
                """\
    let owned: Vec<f64>;
    let slice = if let Ok(slice) = data.as_slice() {
        slice
    } else {
        owned = data.as_array().to_vec();
        &owned
    };
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "only strided input is copied",
        ),
        Example(
            _single(
                """\
    let owned: Vec<f64>;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            owned = data.as_array().iter().copied().collect();
            &owned
        }
    };
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "the same with a `match`",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn distinct_of(data: PyReadonlyArray1<'_, i64>) -> PyResult<usize> {
    let distinct: std::collections::HashSet<i64> = data.as_slice()?.iter().copied().collect();
    Ok(distinct.len())
}
""",
                "distinct_of",
                core="",
            ),
            "a set owns what it holds",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn plan_of(weights: Vec<f64>, breaks: Vec<f64>) -> Plan {
    let options = engine::Window { weights, centred: true };
    Plan::from(engine::lazy(options).cut(breaks))
}
""",
                "plan_of",
                core="",
            ),
            "another crate asks for a list of its own",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn folds_of(py: Python<'_>, data: PyReadonlyArray1<'_, f64>, lags: Vec<i64>) -> PyResult<f64> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| slice.iter().sum::<f64>() / lags.len() as f64))
}
""",
                "folds_of",
                core="",
            ),
            "beside an array a list of integers is a parameter",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each copied argument, filed under the function that does it."""
        for one in copied_arguments(program, entry):
            confidence = Confidence.CERTAIN if one.certain else Confidence.LIKELY
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help=_help(one) + needs_numpy(program),
                cost=_cost(one),
                confidence=confidence,
            )


def _message(one: ArgumentCopy) -> str:
    if one.param is not None:
        written = one.param.type.text if one.param.type is not None else one.how
        return f"`{one.param.name}: {written}` is filled element by element from a Python sequence"
    if one.how == "extract":
        return "`extract` fills a `Vec` element by element from a Python sequence"
    if one.how == "tolist":
        return "`tolist` makes a Python object of every element of the argument"
    return f"`{one.how}` copies an argument that could be borrowed"


def _cost(one: ArgumentCopy) -> str | None:
    if one.how == "tolist":
        # `True` and `False` exist once: the list holds pointers to them.
        return f"about 15 ns and {8 if one.element == 'bool' else 32} bytes per element"
    size = element_bytes(one.element)
    if size is not None and (one.param is not None or one.how == "extract"):
        return f"about 20 ns and {size} bytes per element"
    return copy_cost(one.element)


def _help(one: ArgumentCopy) -> str:
    rank = 2 if one.nested else 1
    element = one.element or "f64"
    if one.param is not None:
        taken = f"take `PyReadonlyArray{rank}<'py, {element}>` and"
        if one.kept:
            return f"{taken} copy it as one block, with `as_slice()?.to_vec()`"
        if one.nested:
            return f"{taken} hand on `as_array()`, a view of its rows"
        return f"{taken} borrow it with `as_slice()?`"
    if one.how in ("extract", "tolist") and element == "bool":
        return "cast to `PyArray1<bool>` first and read it with `readonly()`: no objects are made"
    if one.how in ("extract", "tolist"):
        return (
            f"cast to `PyArray{rank}<{element}>` first and borrow it with `readonly().as_slice()?`"
        )
    return "borrow with `as_slice()?`; copy only where that fails"
