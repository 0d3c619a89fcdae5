"""BC213: a name promises no copy or no check, and there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.ignored import ignored_arguments
from bindcheck.analysis.costs.promises import Broken, Promise, broken_promise
from bindcheck.analysis.memory.writers import copy_cost
from bindcheck.analysis.program import Program
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import SMOOTH, binding_crate

_CHECK = """
fn validate_weight(weight: f64) -> Result<(), String> {
    if weight > 0.0 && weight <= 1.0 { Ok(()) } else { Err(format!("weight {weight}")) }
}
"""


def _binding(name: str, body: str, core: str = SMOOTH) -> str:
    binding = f"""
#[pyfunction]
#[pyo3(name = "{name}")]
fn {name}_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {{
{body}}}
"""
    return binding_crate(binding, f"{name}_py", core=core)


_BORROWED = """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
_VALIDATED = """\
    validate_weight(weight).map_err(PyValueError::new_err)?;
"""
_REJECTED = """\
    if weight <= 0.0 || weight > 1.0 {
        return Err(PyValueError::new_err("weight is out of range"));
    }
"""


class MisleadingName(EntryRule):
    """A name that promises something which the function does not have.

    ## What it does

    Reports entry points called `zero_copy`, `no_copy` and the like that copy an array on its way in
    or out, and those called `unchecked`, `no_validation`, `skip_checks` and the like that call a
    function which validates, or that reject their input themselves. Borrowing an array, which fails
    for the wrong type or layout, is no validation; nor is reading the name of a kernel.

    So are arguments with numbers, texts or arrays that the body never mentions: they promise an
    effect. Silent for names that begin with `_`, for `**kwargs`, for methods that Python
    calls by itself, and for bodies that call nothing.

    ## Why it matters

    Who passes an argument that is ignored gets the result for another one, and no error.
    Who picks the function for its name pays for the copy or the check, and measures what is not
    there. Where the check is what makes the function safe, the name invites its removal.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: either the name or the body is wrong, and a name is part of the interface.
    """

    code: ClassVar[str] = "BC213"
    name: ClassVar[str] = "misleading-name"
    summary: ClassVar[str] = "`zero_copy` that copies, `unchecked` that checks, ignored argument"
    severity: ClassVar[Severity] = Severity.ADVICE
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _binding("smooth_unchecked", _VALIDATED + _BORROWED, SMOOTH + _CHECK),
            "it validates",
        ),
        Example(
            _binding("smooth_no_validation", _REJECTED + _BORROWED),
            "it rejects input itself",
        ),
        Example(
            _binding(
                "zero_copy_smooth",
                """\
    let owned = data.as_array().to_vec();
    let values = py.allow_threads(|| smooth(&owned, weight));
    Ok(values.into_pyarray(py))
""",
            ),
            "it copies the argument",
            also=("BC204",),
        ),
        Example(
            _binding(
                "smooth_nocopy",
                """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.to_pyarray(py))
""",
            ),
            "it copies the result",
            also=("BC203",),
        ),
        Example(
            _binding("smooth", _BORROWED.replace("weight", "0.5")),
            "an argument is ignored",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_binding("smooth_unchecked", _BORROWED), "nothing is checked"),
        Example(_binding("zero_copy_smooth", _BORROWED), "nothing is copied"),
        Example(
            _binding("smooth_checked", _VALIDATED + _BORROWED, SMOOTH + _CHECK),
            "the name says what it does",
        ),
        Example(
            _binding(
                "zero_copy_smooth",
                """\
    let gathered: Vec<f64>;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            gathered = data.as_array().iter().copied().collect();
            &gathered
        }
    };
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
""",
            ),
            "only strided input is copied",
        ),
        Example(
            binding_crate(
                """
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLS: AtomicUsize = AtomicUsize::new(0);

#[pyfunction]
fn zero_copy_count() -> usize {
    CALLS.load(Ordering::Relaxed)
}
""",
                "zero_copy_count",
                core="",
            ),
            "a number about it",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for a promise that is not kept."""
        broken = broken_promise(program, entry)
        if broken is not None:
            yield self.finding(
                program,
                (entry.ref.path, program.function(entry.ref).name_span),
                entry.rust_name,
                f"`{entry.python_name}` {broken.promise.value}: {broken.why}",
                help=_HELP[broken.promise],
                cost=copy_cost(broken.element),
                confidence=_confidence(broken),
            )
        ignored = ignored_arguments(program, entry)
        if ignored:
            names = ", ".join(f"`{one.name}`" for one in ignored)
            yield self.finding(
                program,
                (entry.ref.path, ignored[0].span),
                entry.rust_name,
                f"{names} {'is' if len(ignored) == 1 else 'are'} taken from Python and ignored",
                help="hand it on, or take it out of the signature",
                confidence=Confidence.LIKELY,
            )


_HELP = {
    Promise.NO_COPY: "borrow and move the arrays, or take the promise out of the name",
    Promise.NO_CHECK: "leave the check to the function without that name, or rename this one",
}


def _confidence(broken: Broken) -> Confidence:
    return Confidence.CERTAIN if broken.sure else Confidence.LIKELY
