"""BC105: a binding that Python cannot reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.model import EntryKind, EntryPoint, Function, ItemRef, Registration
from bindcheck.rules.base import EntryRule, Example

_ADDED_BY = ("wrap_pyfunction", "add_class")


class NotRegistered(EntryRule):
    """A `#[pyfunction]` or `#[pyclass]` that no reachable `#[pymodule]` exports.

    ## What it does

    Reports functions and classes with a PyO3 attribute that no `#[pymodule]` reached from the root
    of the crate adds, directly, through helper functions or through an exported function that calls
    them; also what is added twice to the same module. A class without `#[new]` may be meant to come
    out of other calls only: that is a suspicion and advice.

    ## Why it matters

    The binding compiles, has tests in Rust perhaps, and does not exist for Python: the import fails
    with an AttributeError in a user's program. An export in a file that no `mod` reaches looks
    right in review and exports nothing.

    ## Example

    ## Instead

    ## Fix safety

    Safe: one line is added at the end of the `#[pymodule]` function, with the full path of the
    binding, when the crate has one such function and the path is visible from it.
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
            yield self._missing(program, entry)
        seen: set[str] = set()
        for one in found:
            if one.via in _ADDED_BY and one.receiver in seen:
                yield self._repeated(program, entry, one)
            if one.via in _ADDED_BY and one.receiver:
                seen.add(one.receiver)

    def _missing(self, program: Program, entry: EntryPoint) -> Finding:
        is_class = entry.kind is EntryKind.CLASS
        what = "class" if is_class else "function"
        item = program.struct(entry.ref) if is_class else program.function(entry.ref)
        made = not is_class or _has_constructor(program, entry.ref)
        return self.finding(
            program,
            (entry.ref.path, item.name_span),
            entry.rust_name,
            f"no reachable `#[pymodule]` exports this {what}: Python cannot reach it"
            if made
            else "this class is not exported: Python can neither name nor document it",
            help=f"add it to the module: `{_line(entry, item.name)}`",
            severity=None if made else Severity.ADVICE,
            confidence=None if made else Confidence.SUSPECT,
            missing="register",
            fix=_fix(program, entry) if made else None,
        )

    def _repeated(self, program: Program, entry: EntryPoint, one: Registration) -> Finding:
        return self.finding(
            program,
            one.location,
            entry.rust_name,
            f"`{entry.python_name}` is added to the same module a second time",
            help="remove one of the two",
        )


def _has_constructor(program: Program, class_ref: ItemRef) -> bool:
    return any(
        entry.constructor and entry.class_ref == class_ref
        for entry in program.entries
        if entry.kind is EntryKind.METHOD
    )


def _line(entry: EntryPoint, path: str, module: str = "m") -> str:
    if entry.kind is EntryKind.CLASS:
        return f"{module}.add_class::<{path}>()?;"
    return f"{module}.add_function(wrap_pyfunction!({path}, {module})?)?;"


def _fix(program: Program, entry: EntryPoint) -> Fix | None:
    """A line before the value of the only `#[pymodule]` function that sees the binding."""
    modules = [e for e in program.entries if e.kind is EntryKind.MODULE and e.active]
    if len(modules) != 1 or not _is_function(program, modules[0]) or _is_taken(program, entry):
        return None
    target = modules[0].ref
    function = program.function(target)
    body = program.body(target)
    if body is None or not body.tail or len(function.params) != 1:
        return None
    path = _visible_path(program, entry, (target.path, function.scope))
    if path is None or function.params[0].name == "":
        return None
    start = body.statements[-1].span.start
    indent = " " * (program.location(target.path, body.statements[-1].span).column - 1)
    line = _line(entry, path, function.params[0].name)
    edit = Edit(target.path, start, start, f"{line}\n{indent}")
    return Fix(f"export `{entry.python_name}`", (edit,), Safety.SAFE)


def _is_taken(program: Program, entry: EntryPoint) -> bool:
    """Whether the module has something else under this name already."""
    return any(
        other.python_name == entry.python_name and program.registrations_of(other)
        for other in program.entries
        if other.kind in (EntryKind.FUNCTION, EntryKind.CLASS) and other.active
    )


def _is_function(program: Program, entry: EntryPoint) -> bool:
    functions = program.modules[entry.ref.path].functions
    if entry.ref.index >= len(functions):
        return False
    function: Function = functions[entry.ref.index]
    return function.attr("pymodule") == entry.attribute


def _visible_path(
    program: Program, entry: EntryPoint, place: tuple[str, tuple[str, ...]]
) -> str | None:
    """The path of a binding as the module at `place` can write it, None if it cannot."""
    is_class = entry.kind is EntryKind.CLASS
    item = program.struct(entry.ref) if is_class else program.function(entry.ref)
    here = program.module_path(*place)
    there = program.module_path(entry.ref.path, item.scope)
    if here == there:
        return item.name
    if not (program.is_visible(there, here) and item.visibility in ("pub", "pub(crate)")):
        return None
    return "::".join((*there, item.name))
