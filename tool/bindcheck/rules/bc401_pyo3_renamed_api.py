"""BC401: names that PyO3 has renamed or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.model import Span
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.pyo3_names import RENAMED, Renamed
from bindcheck.rules.pyo3_uses import Used, used_names

_MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(total_py, m)?)?;
    Ok(())
}
"""


@dataclass(frozen=True, slots=True)
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
        if self.is_gone:
            return f"`{name}` is gone since PyO3 {_short(self.renamed.gone)}: this does not compile"
        later = f" and gone in {_short(self.renamed.gone)}" if self.renamed.gone else ""
        return f"`{name}` is deprecated since PyO3 {_short(self.renamed.deprecated)}{later}"


class Pyo3RenamedApi(CrateRule):
    """A name that the resolved PyO3 has deprecated or no longer has.

    ## What it does

    Reports methods, associated functions, macros and types by the names that PyO3 gave up, for the
    release that the crate resolves to: deprecated names as warnings, names that are gone as errors.
    Names of releases that the crate does not use yet are not reported.

    ## Why it matters

    A deprecated name compiles today and stops the upgrade two releases later, usually together with
    a dozen others. With a name that is gone the crate does not build against its own lock file.

    ## Example

    ## Instead

    ## Fix safety

    Safe where the new name takes and gives the same as the old one; other changes are described and
    left to a person.
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
    )

    def premise(self, program: Program) -> str | None:
        """The rule compares with a release."""
        return None if program.target_pyo3 is not None else "the version of PyO3 is not known"

    def check(self, program: Program) -> Iterator[Finding]:
        """One finding for each place that uses an old name."""
        version = program.target_pyo3
        if version is None:
            return
        wanted = [one for one in RENAMED if version >= one.deprecated]
        for used in used_names(program, wanted):
            yield self._report(program, used, _Verdict(used.renamed, version))

    def _report(self, program: Program, used: Used, verdict: _Verdict) -> Finding:
        return self.finding(
            program,
            (used.path, used.span),
            used.item,
            verdict.message(),
            help=f"use {used.renamed.instead}",
            severity=Severity.ERROR if verdict.is_gone else Severity.WARNING,
            confidence=Confidence.CERTAIN if used.certain else Confidence.LIKELY,
            fix=_fix(used.path, used.exact, used.renamed),
        )


def _short(version: Version | None) -> str:
    return "" if version is None else f"{version.major}.{version.minor}"


def _fix(path: str, exact: Span | None, renamed: Renamed) -> Fix | None:
    if exact is None or renamed.text is None:
        return None
    edit = Edit(path, exact.start, exact.end, renamed.text)
    return Fix(f"rename to {renamed.instead}", (edit,), Safety.SAFE)
