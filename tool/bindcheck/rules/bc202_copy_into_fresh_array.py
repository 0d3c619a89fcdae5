"""BC202: a NumPy array is allocated, the values are computed elsewhere and copied in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.writers import CopiedInto, copied_into, copy_cost, span_of
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.copying import remedy
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.moving import moved_into_array

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
_INTO = """
pub fn smooth_into(data: &[f64], weight: f64, out: &mut [f64]) {
    let mut last = f64::NAN;
    for (cell, &x) in out.iter_mut().zip(data) {
        last = if last.is_nan() { x } else { last + weight * (x - last) };
        *cell = last;
    }
}
"""


def _single(body: str, **options: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_py", **options)


class CopyIntoFreshArray(EntryRule):
    """A result that is copied into a NumPy array allocated for it.

    ## What it does

    Reports the first copy (`copy_from_slice`, `assign`, or a loop that moves elements unchanged)
    into each array that the binding has allocated itself, when the values were computed into other
    memory: a `Vec` of the core, or another array.

    ## Why it matters

    The result exists twice at its peak, and every element is written and read once more. For large
    batches this is the larger part of what the binding costs.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: the array is made of the `Vec` itself where nothing else writes to it and nothing reads
    the `Vec` again, which changes the memory that Python gets. Letting the core write into the
    array, with the question of who fills the warm-up cells, is left to a person.
    """

    code: ClassVar[str] = "BC202"
    name: ClassVar[str] = "copy-into-fresh-array"
    summary: ClassVar[str] = "result computed elsewhere, then copied into a fresh NumPy array"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    let target = unsafe { out.as_slice_mut()? };
    let values = py.allow_threads(|| smooth(slice, weight));
    target.copy_from_slice(&values);
    Ok(out)
"""
            ),
            "`copy_from_slice` of what the core returned",
        ),
        Example(
            _single(
                """\
    let values = py.allow_threads(|| smooth(slice, weight));
    let out = PyArray1::<f64>::zeros(py, [values.len()], false);
    let target = unsafe { out.as_slice_mut()? };
    for i in 0..values.len() {
        target[i] = values[i];
    }
    Ok(out)
"""
            ),
            "the same with a loop",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "the `Vec` is moved",
        ),
        Example(
            _single(
                """\
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    let target = unsafe { out.as_slice_mut()? };
    py.allow_threads(|| smooth_into(slice, weight, target));
    Ok(out)
""",
                core=_INTO,
            ),
            "the core writes into the array",
        ),
        Example(
            _single(
                """\
    let warm = slice.iter().take_while(|x| x.is_nan()).count();
    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);
    let target = unsafe { out.as_slice_mut()? };
    target[..warm].fill(f64::NAN);
    py.allow_threads(|| smooth_into(&slice[warm..], weight, &mut target[warm..]));
    Ok(out)
""",
                core=_INTO,
            ),
            "the binding is the only writer of the prefix",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each array that is filled by a copy."""
        for one in copied_into(program, entry):
            fix = moved_into_array(program, one)
            yield self.finding(
                program,
                span_of(one.write.place),
                entry.rust_name,
                _message(one),
                help=remedy(program, one, movable=fix is not None),
                cost=copy_cost(one.element),
                fix=fix,
            )


def _message(one: CopiedInto) -> str:
    how = f"`{one.write.what}`" if one.write.what else "this loop"
    return f"{how} copies a result that is already in memory into a fresh NumPy array"
