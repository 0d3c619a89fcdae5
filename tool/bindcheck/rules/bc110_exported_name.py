"""BC110: names of the binding layer that reach Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.entries import has_given_name
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.offered import Offer, is_private, offer_of
from bindcheck.findings import Confidence, Finding, Fix, Safety, Severity
from bindcheck.model import Attribute, EntryKind, EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.binding_names import named, plain_name


class ExportedName(EntryRule):
    """A class or function that Python sees under the name of the binding layer.

    ## What it does

    Reports exported classes and functions without a name for Python whose Rust name carries the
    mark of the binding layer: `GainStreamPy`, `PyGain`, `gain_py`, `py_gain`. Whether users meet
    that name is for the package to say: a private module (`_core`) whose names the package gives
    to users as others, or uses in code of its own, is left alone; a public one of which the package
    does so is suspect, and so is a private one that no Python code of the package reads.

    ## Why it matters

    The suffix keeps the binding apart from the core in Rust. In Python it is noise that users type,
    that `repr` and tracebacks show, and that cannot be taken back once it is released.

    ## Example

    ## Instead

    ## Fix safety

    Safe in the source: `name = ".."` is added to the attribute. Python code that uses the old name
    has to follow; where code of the package does, the fix is unsafe.
    """

    code: ClassVar[str] = "BC110"
    name: ClassVar[str] = "exported-name"
    summary: ClassVar[str] = "class or function exported under its Rust name"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyclass]
struct CounterPy {
    n: u64,
}

#[pymethods]
impl CounterPy {
    #[new]
    fn new() -> Self {
        Self { n: 0 }
    }

    fn next(&mut self) -> u64 {
        self.n += 1;
        self.n
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CounterPy>()?;
    Ok(())
}
""",
            title="`example.CounterPy`",
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    Ok(())
}
""",
            title="`example.double_py`",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyclass(name = "Counter")]
struct CounterPy {
    n: u64,
}

#[pymethods]
impl CounterPy {
    #[new]
    fn new() -> Self {
        Self { n: 0 }
    }

    fn next(&mut self) -> u64 {
        self.n += 1;
        self.n
    }
}

#[pyfunction]
fn happy(x: f64) -> bool {
    x > 0.0
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CounterPy>()?;
    m.add_function(wrap_pyfunction!(happy, m)?)?;
    Ok(())
}
""",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """At most one finding for a class or function."""
        if entry.kind not in (EntryKind.FUNCTION, EntryKind.CLASS):
            return
        is_class = entry.kind is EntryKind.CLASS
        item = program.struct(entry.ref) if is_class else program.function(entry.ref)
        plain = plain_name(item.name)
        if plain is None or has_given_name(item) or not _is_exported(program, entry):
            return
        confidence, named_by_package = _met_by_users(program, entry)
        if confidence is None:
            return
        yield self.finding(
            program,
            (entry.ref.path, item.name_span),
            entry.rust_name,
            f"Python sees this as `{item.name}`",
            help=f'give it a name: `name = "{plain}"`',
            confidence=confidence,
            fix=_fix(entry.ref.path, entry.attribute, plain, safe=not named_by_package),
        )


def _is_exported(program: Program, entry: EntryPoint) -> bool:
    """Under its own name, that is: not only through a wrapper."""
    return any(one.via != "wrapper" for one in program.registrations_of(entry))


def _met_by_users(program: Program, entry: EntryPoint) -> tuple[Confidence | None, bool]:
    """How surely users type the name, None for not at all; and whether the package names it."""
    view = program.python
    places = view.exports.names_of(entry) if view is not None else ()
    if view is None or not places:
        return Confidence.CERTAIN, False
    offers = [(offer_of(view.side, names), names) for names in places]
    named_by_package = any(offer is not Offer.NONE for offer, _ in offers)
    hidden = all(is_private(view.side.module, names) for _, names in offers)
    if any(offer is Offer.OWN for offer, _ in offers):
        return Confidence.CERTAIN, named_by_package
    if hidden and named_by_package:
        return None, True
    unsure = hidden or named_by_package
    return Confidence.SUSPECT if unsure else Confidence.CERTAIN, named_by_package


def _fix(path: str, attribute: Attribute, name: str, *, safe: bool) -> Fix | None:
    edit = named(path, attribute, name)
    safety = Safety.SAFE if safe else Safety.UNSAFE
    return None if edit is None else Fix(f'export it as "{name}"', (edit,), safety)
