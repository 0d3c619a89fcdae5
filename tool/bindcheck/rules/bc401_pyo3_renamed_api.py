"""BC401: names that PyO3 has renamed or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Finding, Fix, Safety, Severity
from bindcheck.model import NOWHERE
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.manifest_findings import moved_to
from bindcheck.rules.numpy_fields import field_changes
from bindcheck.rules.pyo3_changes import Change, activity, changes, older_ndarray
from bindcheck.rules.pyo3_classes import class_changes
from bindcheck.rules.pyo3_names import Renamed
from bindcheck.rules.pyo3_uses import Used, used_names

_MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(total_py, m)?)?;
    Ok(())
}
"""


@fact
class _Verdict:
    """How a name stands in one release of PyO3."""

    renamed: Renamed
    version: Version

    @property
    def is_gone(self) -> bool:
        return self.renamed.gone is not None and self.version >= self.renamed.gone

    def message(self) -> str:
        """What happened to the name, and when."""
        name = self.renamed.name
        crate = self.renamed.crate
        if self.is_gone:
            gone = _short(self.renamed.gone)
            return f"`{name}` is gone since {crate} {gone}: this does not compile"
        later = f" and gone in {_short(self.renamed.gone)}" if self.renamed.gone else ""
        return f"`{name}` is deprecated since {crate} {_short(self.renamed.deprecated)}{later}"


class Pyo3RenamedApi(CrateRule):
    """A name that the resolved PyO3 has deprecated or no longer has.

    ## What it does

    Reports methods, associated functions, macros and types by the names that PyO3 gave up, for the
    release that the crate resolves to: deprecated names as warnings, names that are gone as errors.
    Names of releases that the crate does not use yet are not reported. With `--target-pyo3` they
    are, in all configurations and in test modules, because an upgrade concerns those too.

    Also reported is what a release changed under a name that stayed: classes taken by value that do
    not say so (0.28), `FromPyObject` with one lifetime (0.27), decoding errors that become no
    `PyErr` (0.29), fields of NumPy's C structs (numpy 0.30), and an `ndarray` of the crate that is
    older than the one numpy will be built with.

    ## Why it matters

    A deprecated name compiles today and stops the upgrade two releases later, usually together with
    a dozen others. With a name that is gone the crate does not build against its own lock file.

    ## Example

    ## Instead

    ## Fix safety

    Safe where the new name takes and gives the same as the old one: a type is renamed in all places
    of a file, with its import. Other changes are described and left to a person.
    """

    code: ClassVar[str] = "BC401"
    name: ClassVar[str] = "pyo3-renamed-api"
    summary: ClassVar[str] = "name deprecated or gone in the resolved PyO3"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "total")]
fn total_py(py: Python<'_>, n: u64) -> u64 {
    py.allow_threads(|| (0..n).sum())
}
"""
            + _MODULE,
            title="deprecated in 0.26",
            pyo3="0.26.0",
        ),
        Example(
            """\
use pyo3::prelude::*;
use pyo3::types::PyList;

#[pyfunction(name = "total")]
fn total_py(values: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok(values.downcast::<PyList>()?.len())
}
"""
            + _MODULE,
            title="gone in 0.29",
            pyo3="0.29.0",
        ),
        Example(
            """\
use pyo3::prelude::*;
use pyo3::PyObject;

#[pyfunction(name = "total")]
fn total_py(py: Python<'_>, values: PyObject) -> PyResult<PyObject> {
    values.call_method0(py, "sum")
}
"""
            + _MODULE,
            title="a type with its import",
            pyo3="0.28.0",
            findings=2,
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyclass]
#[derive(Clone)]
struct Range {
    start: u64,
    end: u64,
}

#[pymethods]
impl Range {
    #[new]
    fn new(start: u64, end: u64) -> Self {
        Self { start, end }
    }
}

#[pyfunction(name = "total")]
fn total_py(range: Range) -> u64 {
    range.end.max(range.start)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Range>()?;
    m.add_function(wrap_pyfunction!(total_py, m)?)?;
    Ok(())
}
""",
            title="a class taken by value",
            pyo3="0.30.0",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "total")]
fn total_py(py: Python<'_>, n: u64) -> u64 {
    py.detach(|| (0..n).sum())
}
"""
            + _MODULE,
            pyo3="0.26.0",
        ),
        Example(
            """\
use std::any::Any;

use pyo3::prelude::*;

struct Gate;

impl Gate {
    fn allow_threads(&self, n: u64) -> u64 {
        n
    }
}

#[pyfunction(name = "total")]
fn total_py(n: u64) -> u64 {
    let boxed: Box<dyn Any> = Box::new(n);
    let value = boxed.downcast::<u64>().map(|v| *v).unwrap_or_default();
    let gate = Gate;
    gate.allow_threads(value)
}
"""
            + _MODULE,
            title="methods of the same names on other types",
            pyo3="0.29.0",
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "total")]
fn total_py(py: Python<'_>, n: u64) -> u64 {
    py.allow_threads(|| (0..n).sum())
}
"""
            + _MODULE,
            title="PyO3 0.25 knows the old name only",
            pyo3="0.25.0",
        ),
        Example(
            """\
use pyo3::prelude::*;

struct Factor(f64);

impl<'py> FromPyObject<'_, 'py> for Factor {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> Result<Self, Self::Error> {
        Ok(Factor(value.extract()?))
    }
}

#[pyfunction(name = "total")]
fn total_py(factor: Factor) -> f64 {
    factor.0
}
"""
            + _MODULE,
            title="a conversion in the form of 0.27",
            pyo3="0.30.0",
        ),
    )

    def premise(self, program: Program) -> str | None:
        """The rule compares with a release."""
        return None if program.target_pyo3 is not None else "the version of PyO3 is not known"

    def check(self, program: Program) -> Iterator[Finding]:
        """One finding for each place that uses an old name."""
        version = program.target_pyo3
        if version is None:
            return
        # An upgrade concerns every configuration; what holds today, the one that is built.
        planned = version != program.pyo3
        for used in used_names(program):
            yield self._report(program, used, _Verdict(used.renamed, version))
        active = activity(program, everywhere=planned)
        for change in (
            *changes(program, version, active),
            *class_changes(program, version, active),
            *field_changes(program, version, active),
        ):
            yield self._changed(program, change)
        yield from self._second_ndarray(program, version)

    def _changed(self, program: Program, change: Change) -> Finding:
        fix = Fix(change.help, change.edits, Safety.SAFE) if change.edits else None
        return self.finding(
            program,
            (change.path, change.span),
            change.item,
            change.message,
            help=change.help,
            severity=change.severity,
            confidence=Confidence.CERTAIN if change.certain else Confidence.LIKELY,
            fix=fix,
        )

    def _second_ndarray(self, program: Program, version: Version) -> Iterator[Finding]:
        """The upgrade brings a newer `ndarray` than the one that the sources name."""
        own = older_ndarray(program, version)
        if own is None or own.declared is None:
            return
        finding = self.finding(
            program,
            (str(own.declared.path), NOWHERE),
            own.key or own.name,
            f"`ndarray` {own.requirement} is not the one that numpy {_short(version)} is built "
            "with: its arrays cannot be handed over",
            help='raise it to "0.17" together with numpy',
            severity=Severity.ERROR,
            confidence=Confidence.LIKELY,
        )
        yield moved_to(finding, own.declared)

    def _report(self, program: Program, used: Used, verdict: _Verdict) -> Finding:
        return self.finding(
            program,
            (used.path, used.span),
            used.item,
            verdict.message(),
            help=f"use {used.renamed.instead}",
            severity=Severity.ERROR if verdict.is_gone else Severity.WARNING,
            confidence=Confidence.CERTAIN if used.certain else Confidence.LIKELY,
            fix=_fix(used),
        )


def _short(version: Version | None) -> str:
    return "" if version is None else f"{version.major}.{version.minor}"


def _fix(used: Used) -> Fix | None:
    if not used.edits:
        return None
    return Fix(f"rename to {used.renamed.instead}", used.edits, Safety.SAFE)
