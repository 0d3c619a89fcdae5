"""BC105: a binding that Python cannot reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bindcheck.analysis.bindings.registration import are_alternatives
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryKind, EntryPoint, Registration
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.exporting import export_fix, item_of, line, removal_fix
from bindcheck.rules.siblings import exported_siblings, has_constructor

_ADDED_BY = ("wrap_pyfunction", "add_class")


class NotRegistered(EntryRule):
    """A `#[pyfunction]` or `#[pyclass]` that no reachable `#[pymodule]` exports.

    ## What it does

    Reports functions and classes with a PyO3 attribute that no `#[pymodule]` reached from the root
    of the crate adds, directly, through helper functions or through an exported function that calls
    them; also what is added twice to the same module, and what hides another binding of the same
    name there. What is added twice is a warning: the second line changes nothing. A class without
    `#[new]` may be meant to come out of other calls only, and a binding whose name Python knows
    already may be left over: both are suspicions and advice. Likely is that such a class was
    forgotten, where one module has five or more of the enums (or structs) without `#[new]` of its
    file, and four fifths of them.

    ## Why it matters

    The binding compiles, has tests in Rust perhaps, and does not exist for Python: the import fails
    with an AttributeError in a user's program. An export in a file that no `mod` reaches looks
    right in review and exports nothing.

    ## Example

    ## Instead

    ## Fix safety

    Safe: one line is added behind those of the binding's neighbours, or at the end of the only
    `#[pymodule]`, under the same `cfg`, when the binding is visible from there; a line that repeats
    another one is removed. A name with the mark of the binding layer is not exported: the binding
    gets a plain one.
    """

    code: ClassVar[str] = "BC105"
    name: ClassVar[str] = "not-registered"
    summary: ClassVar[str] = "binding that no reachable #[pymodule] exports, or exported twice"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pyfunction(name = "half")]
fn half_py(x: f64) -> f64 {
    0.5 * x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    Ok(())
}
""",
            title="`half` is forgotten",
        ),
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

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    Ok(())
}
""",
            title="a class that Python cannot make, a function added twice",
            findings=2,
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pyfunction(name = "double")]
fn double_slow_py(x: f64) -> f64 {
    x + x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    m.add_function(wrap_pyfunction!(double_slow_py, m)?)?;
    Ok(())
}
""",
            title="the second function hides the first",
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pyfunction(name = "double")]
fn double_old_py(x: f64) -> f64 {
    x + x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    Ok(())
}
""",
            title="left over: Python knows another function by this name",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    2.0 * x
}

#[pyfunction(name = "half")]
fn half_py(x: f64) -> f64 {
    0.5 * x
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    m.add_function(wrap_pyfunction!(half_py, m)?)?;
    Ok(())
}
""",
        ),
        Example(
            """\
use pyo3::prelude::*;

mod scale;

#[pyfunction(name = "double")]
fn double_py(x: f64) -> f64 {
    scale::scaled_py(x, 2.0)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double_py, m)?)?;
    scale::register(m)?;
    let inner = PyModule::new(m.py(), "inner")?;
    inner.add_function(wrap_pyfunction!(double_py, &inner)?)?;
    m.add_submodule(&inner)
}
""",
            title="through a helper, through a wrapper, and in two modules",
            files=(
                (
                    "src/scale.rs",
                    """\
use pyo3::prelude::*;

#[pyfunction]
pub fn scaled_py(x: f64, factor: f64) -> f64 {
    x * factor
}

#[pyfunction(name = "negated")]
fn negated_py(x: f64) -> f64 {
    -x
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(negated_py, m)?)
}
""",
                ),
            ),
        ),
    )

    def premise(self, program: Program) -> str | None:
        """A crate without a module of its own has nowhere to register."""
        modules = (e for e in program.entries if e.kind is EntryKind.MODULE and e.active)
        return None if any(modules) else "no #[pymodule] is reached from the root of the crate"

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """One finding for a missing export, one for each that repeats another."""
        if entry.kind not in (EntryKind.FUNCTION, EntryKind.CLASS):
            return
        found = program.registrations_of(entry)
        if not found:
            known = _namesake(program, entry) is not None
            yield (self._superseded if known else self._missing)(program, entry)
        yield from self._hiding(program, entry, found)
        seen: set[str] = set()
        for one in found:
            if one.via in _ADDED_BY and one.receiver in seen:
                yield self._repeated(program, entry, one)
            if one.via in _ADDED_BY and one.receiver:
                seen.add(one.receiver)

    def _missing(self, program: Program, entry: EntryPoint) -> Finding:
        is_class = entry.kind is EntryKind.CLASS
        what = "class" if is_class else "function"
        item = item_of(program, entry)
        if is_class and not has_constructor(program, entry):
            return self._unnamed(program, entry)
        return self.finding(
            program,
            (entry.ref.path, item.name_span),
            entry.rust_name,
            f"no reachable `#[pymodule]` exports this {what}: Python cannot reach it",
            help=_adding(program, entry, item.name),
            missing="register",
            fix=export_fix(program, entry),
        )

    def _unnamed(self, program: Program, entry: EntryPoint) -> Finding:
        """A class that Python does not make: whether it was forgotten, its siblings tell."""
        item = item_of(program, entry)
        known = exported_siblings(program, entry)
        many = f"{known.exported} of the {known.all} others" if known else ""
        beside = f", but {many} like it in this file are" if many else ""
        return self.finding(
            program,
            (entry.ref.path, item.name_span),
            entry.rust_name,
            f"this class is not exported{beside}: Python can neither name nor document it",
            help=_adding(program, entry, item.name),
            severity=Severity.ADVICE,
            confidence=Confidence.LIKELY if known else Confidence.SUSPECT,
            missing="register",
        )

    def _superseded(self, program: Program, entry: EntryPoint) -> Finding:
        item = item_of(program, entry)
        return self.finding(
            program,
            (entry.ref.path, item.name_span),
            entry.rust_name,
            f"not exported, and Python knows something else as `{entry.python_name}`",
            help="export it under a name of its own, or delete it if Python never gets to see it",
            severity=Severity.ADVICE,
            confidence=Confidence.SUSPECT,
        )

    def _hiding(
        self, program: Program, entry: EntryPoint, found: Sequence[Registration]
    ) -> Iterator[Finding]:
        """One finding for each module in which something else had the name before."""
        if not _is_certain(program, entry):
            return
        order = _order(program)
        for receiver in dict.fromkeys(one.receiver for one in found if one.receiver):
            later = next(one for one in found if one.receiver == receiver)
            before = [
                (order[id(one)], other)
                for other in _namesakes(program, entry)
                for one in program.registrations_of(other)
                if one.receiver == receiver
                and order[id(one)] < order[id(later)]
                and not are_alternatives(program, one, later)
            ]
            if before:
                # What had the name at that point: others may have lost it already.
                _, hidden = max(before, key=lambda one: one[0])
                yield self.finding(
                    program,
                    later.location,
                    entry.rust_name,
                    f"hides `{hidden.rust_name}`: both are added to the same module as "
                    f"`{entry.python_name}`",
                    help="give one of the two another name, or remove it",
                )

    def _repeated(self, program: Program, entry: EntryPoint, one: Registration) -> Finding:
        return self.finding(
            program,
            one.location,
            entry.rust_name,
            f"`{entry.python_name}` is added to the same module a second time",
            help="remove one of the two: the second line changes nothing",
            severity=Severity.WARNING,
            fix=removal_fix(program, one),
        )


def _adding(program: Program, entry: EntryPoint, name: str) -> str:
    vias = {one.via for one in program.registrations}
    if "pymodule_export" in vias and vias.isdisjoint(_ADDED_BY):
        return f"add it to the module: `#[pymodule_export] use {name};`"
    return f"add it to the module: `{line(entry, name, given='m')}`"


@once
def _order(program: Program) -> dict[int, int]:
    """The place of each registration among all, by its identity."""
    return {id(one): number for number, one in enumerate(program.registrations)}


@once
def _known_as(program: Program) -> dict[str, list[EntryPoint]]:
    """Active functions and classes by the name that Python would know them by."""
    found: dict[str, list[EntryPoint]] = {}
    for one in program.entries:
        if one.kind in (EntryKind.FUNCTION, EntryKind.CLASS) and one.active:
            found.setdefault(one.python_name, []).append(one)
    return found


def _namesakes(program: Program, entry: EntryPoint) -> Iterator[EntryPoint]:
    """Other functions and classes that Python would know by the same name."""
    for other in _known_as(program).get(entry.python_name, ()):
        same = other.ref == entry.ref and other.kind is entry.kind
        if not same and _is_certain(program, other):
            yield other


def _namesake(program: Program, entry: EntryPoint) -> EntryPoint | None:
    """Something else that Python reaches under this name."""
    return next(filter(program.registrations_of, _namesakes(program, entry)), None)


def _is_certain(program: Program, entry: EntryPoint) -> bool:
    """Whether the audited configuration decides that an item exists: no two for two targets."""
    cfg = (*program.inherited_cfg(entry.ref.path), *item_of(program, entry).cfg)
    return program.configuration.holds_all(cfg) is True
