"""BC306: memory of a caller's array, reached without asking who else reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.flow.events import Alias, Region
from bindcheck.analysis.flow.values import Source
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_SIGNATURE = """
#[pyfunction]
#[pyo3(signature = (data, out))]
fn halve<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    out: &Bound<'py, PyArray1<f64>>,
) -> PyResult<()> {
    let slice = data.as_slice()?;
"""
_WORK = """\
    if slice.len() != target.len() {
        return Err(PyValueError::new_err("lengths differ"));
    }
    py.allow_threads(|| halves(slice, target));
    Ok(())
}
"""
_CORE = """
fn halves(data: &[f64], out: &mut [f64]) {
    for (cell, x) in out.iter_mut().zip(data) {
        *cell = x / 2.0;
    }
}
"""
_FRESH = """
#[pyfunction]
fn halved<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let out = unsafe { PyArray1::<f64>::new(py, [slice.len()], false) };
    let target = unsafe { out.as_slice_mut()? };
    py.allow_threads(|| halves(slice, target));
    Ok(out)
}
"""
_MUTABLE = frozenset({"as_slice_mut", "as_array_mut", "get_mut", "uget_mut", "from_raw_parts_mut"})


def _halve(target: str, work: str = _WORK) -> str:
    code = f"{_SIGNATURE}{target}{work}"
    if not work.endswith("}\n"):
        code += "}\n"
    return binding_crate(code, "halve", core=_CORE)


class UncheckedAlias(EntryRule):
    """A view of a caller's array without a borrow of it.

    ## What it does

    Reports `as_slice_mut`, `as_array_mut`, `as_slice`, `as_array`, `get_mut` and their unchecked
    forms on an array of type `PyArray` that comes from the caller, and `from_raw_parts` on its data
    pointer, unless the function has taken `readonly()` or `readwrite()` of the array before. Silent
    are arrays that the function has just allocated, and arguments of type `PyReadonlyArray` or
    `PyReadwriteArray`, which are borrowed on the way in.

    ## Why it matters

    The caller may pass one array twice, or use it from another thread. Then two slices lie over the
    same memory, of which one is mutable: undefined behaviour that safe Python code can bring about.
    `readwrite()` finds that out at run time.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: a borrow that fails is an error that callers did not get before.
    """

    code: ClassVar[str] = "BC306"
    name: ClassVar[str] = "unchecked-alias"
    summary: ClassVar[str] = "a caller's array is reached without a borrow of it"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _halve("    let target = unsafe { out.as_slice_mut()? };\n"),
            "`halve(x, x)` has two slices over one memory",
        ),
        Example(
            _halve(
                "    let target = "
                "unsafe { std::slice::from_raw_parts_mut(out.data(), out.len()) };\n"
            ),
            "from the data pointer",
        ),
        Example(
            _halve(
                "    let view = unsafe { out.as_array() };\n    let _ = view.sum();\n",
                "    Ok(())\n",
            ),
            "looked at while another thread may write",
            also=("BC201",),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _halve(
                """\
    let mut out = out
        .try_readwrite()
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    let target = out.as_slice_mut()?;
"""
            ),
            "an array that is passed twice is an error",
        ),
        Example(
            _halve(
                """\
    let _borrow = out
        .try_readwrite()
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    let target = unsafe { std::slice::from_raw_parts_mut(out.data(), out.len()) };
"""
            ),
            "the borrow is held while the pointer is used",
        ),
        Example(
            _halve("    let target = out.as_slice_mut()?;\n").replace(
                "    out: &Bound<'py, PyArray1<f64>>,",
                "    mut out: PyReadwriteArray1<'py, f64>,",
            ),
            "borrowed on the way in",
        ),
        Example(binding_crate(_FRESH, "halved", core=_CORE), "an array that nobody else has yet"),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for the first unchecked view of each array."""
        seen = set()
        for one in events(program, entry).aliases:
            if one.value.root not in seen:
                seen.add(one.value.root)
                yield self.finding(
                    program,
                    span_of(one.place),
                    item_of(program, one.place.ref),
                    _message(one),
                    help=_help(one),
                    confidence=_confidence(one),
                )


def _message(one: Alias) -> str:
    does = "writes to" if one.how in _MUTABLE else "reads"
    return f"`{one.how}` {does} an array of the caller without a borrow of it"


def _help(one: Alias) -> str:
    borrow = "try_readwrite" if one.how in _MUTABLE else "try_readonly"
    return f"take `.{borrow}()?` of the array first"


def _confidence(one: Alias) -> Confidence:
    """Reading is only wrong while somebody writes; who holds the interpreter keeps most away."""
    own = one.value.source is not Source.FIELD
    exposed = one.how in _MUTABLE or one.region is not Region.ATTACHED
    return Confidence.CERTAIN if own and exposed else Confidence.LIKELY
