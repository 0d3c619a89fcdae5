"""BC308: strided input is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bindcheck.analysis.memory.flags import flags_refused
from bindcheck.analysis.memory.slices import Asked, Outcome, refused
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.findings import Finding, Severity
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
_REST = """\
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""


def _single(body: str, rest: str = _REST) -> str:
    return binding_crate(f"{_SIGNATURE}{body}{rest}}}", "smooth_py")


class ContiguousOnly(EntryRule):
    """A binding that takes contiguous arrays only.

    ## What it does

    Reports an array argument whose memory is asked for as a slice (`as_slice`, `to_slice`,
    `to_vec`), when an array that has none ends in an exception; an early return on
    `is_c_contiguous` and its like, or on raw flags; and a fallback that copies with `to_owned` and
    asks the copy again, which fails for reversed arrays because `ndarray` keeps negative strides.
    An error is such a copy whose memory is taken with `into_raw_vec`: it comes out backwards.
    Silent is a binding that copies strided input by its elements. One finding for each function.

    ## Why it matters

    `frame["close"].to_numpy()` of a table that lies in rows, a column of a matrix and `x[::-1]` are
    ordinary series for a Python user. What comes back is an exception about contiguity, and the
    user writes `np.ascontiguousarray` around every call.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: whether a hidden copy is better than an exception is a decision.
    """

    code: ClassVar[str] = "BC308"
    name: ClassVar[str] = "contiguous-only"
    summary: ClassVar[str] = "strided input is refused"
    severity: ClassVar[Severity] = Severity.ADVICE
    widespread: ClassVar[bool] = True
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_single("    let slice = data.as_slice()?;\n"), "the only way in"),
        Example(
            _single(
                """\
    let view = data.as_array();
    let Some(slice) = view.to_slice() else {
        return Err(PyValueError::new_err("data is not contiguous"));
    };
"""
            ),
            "a view that has no slice",
        ),
        Example(
            _single(
                """\
    let copied;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            copied = data.as_array().to_owned();
            copied.as_slice().ok_or_else(|| PyValueError::new_err("strides"))?
        }
    };
"""
            ),
            "the copy of a reversed array is no slice either",
        ),
        Example(
            _single(
                """\
    if !data.is_c_contiguous() {
        return Err(PyValueError::new_err("data is not contiguous"));
    }
    let slice = data.as_slice()?;
"""
            ),
            "turned away at the door",
        ),
        Example(
            _single(
                """\
    let copied;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            copied = data.as_array().to_owned().into_raw_vec_and_offset().0;
            &copied
        }
    };
"""
            ),
            "the memory of the copy of a reversed array runs backwards",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let gathered: Vec<f64>;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            gathered = data.as_array().iter().copied().collect();
            &gathered
        }
    };
"""
            ),
            "strided input is gathered",
        ),
        Example(
            _single(
                """\
    let gathered: Vec<f64>;
    let slice = if data.is_c_contiguous() {
        data.as_slice()?
    } else {
        gathered = data.as_array().iter().copied().collect();
        &gathered
    };
"""
            ),
            "asked before",
        ),
        Example(
            _single(
                """\
    let gathered = match data.as_slice() {
        Ok(_) => None,
        Err(_) => Some(data.as_array().iter().copied().collect::<Vec<f64>>()),
    };
    let slice = match &gathered {
        Some(gathered) => gathered.as_slice(),
        None => data.as_slice()?,
    };
"""
            ),
            "asked twice",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn steps<'py>(py: Python<'py>, count: usize) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = PyArray1::<f64>::zeros(py, [count], false);
    let cells = unsafe { values.as_slice_mut()? };
    for (i, cell) in cells.iter_mut().enumerate().take(4) {
        *cell = i as f64;
    }
    Ok(values)
}
""",
                "steps",
                core="",
            ),
            "an array that the binding made",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each function that refuses strided arrays."""
        yield from self._by_flags(program, entry)
        for arrays in refused(program, entry):
            first = arrays[0]
            yield self.finding(
                program,
                span_of(first.place),
                item_of(program, first.place.ref),
                _message(arrays),
                help="gather strided input: `as_array().iter().copied().collect::<Vec<_>>()`",
                severity=Severity.ERROR if first.outcome is Outcome.REVERSED else None,
            )

    def _by_flags(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """What helpers refuse by raw flags: told with the first entry point, it is about all."""
        first = next((one for one in program.entries if one.active and is_callable(one)), None)
        for place in flags_refused(program) if first == entry else ():
            yield self.finding(
                program,
                span_of(place),
                item_of(program, place.ref),
                "the array has to be contiguous: a column or a reversed series is refused",
                help="go by the strides, or copy such an array with `PyArray_GETCONTIGUOUS`",
            )


def _message(arrays: Sequence[Asked]) -> str:
    if arrays[0].outcome is Outcome.REVERSED:
        return f"the copy of {listed(arrays)} keeps negative strides: reversed input runs backwards"
    if all(one.copied for one in arrays):
        return f"the copy of {listed(arrays)} keeps negative strides: reversed input is refused"
    verb = "has" if len(arrays) == 1 else "have"
    return f"{listed(arrays)} {verb} to be contiguous: a column or a reversed series is refused"


def listed(arrays: Sequence[Asked]) -> str:
    """The arrays by name: `high`, `low` and `close`."""
    names = [f"`{one.array}`" for one in arrays]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
