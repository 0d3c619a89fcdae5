"""BC101: an indicator that Python cannot call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.cores.bound import (
    bindings_of,
    is_called,
    is_left_out,
    no_bindings_reason,
    single_functions,
)
from bindcheck.analysis.program import Program
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import CoreApi, Role
from bindcheck.rules.base import CoreRule, Example
from bindcheck.rules.core_examples import CORE, SINGLE, USES, module
from bindcheck.rules.edits import generated


class MissingSingle(CoreRule):
    """An indicator core whose function has no `#[pyfunction]`.

    ## What it does

    Reports a core function that takes series and parameters when no entry point of the audited
    configuration binds it. A binding that delegates to a helper counts; so does one under another
    name that calls the core itself. Builds for a GPU or for WebAssembly do not.

    ## Why it matters

    The indicator is tested and documented in Rust, and does not exist for Python: the gap shows
    only when a user looks for it.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: `bindcheck generate` writes the binding, its registration, stub and test.
    """

    code: ClassVar[str] = "BC101"
    name: ClassVar[str] = "missing-single"
    summary: ClassVar[str] = "core function without a #[pyfunction]"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(CORE.lstrip()),
        Example(
            "pub mod drift;\n",
            title="a plain function",
            files=(
                (
                    "src/drift.rs",
                    """\
/// Each value less the one `lag` before it.
pub fn drift(data: &[f64], lag: usize) -> Vec<f64> {
    let head = std::iter::repeat(f64::NAN).take(lag.min(data.len()));
    head.chain(data.iter().skip(lag).zip(data).map(|(now, then)| now - then)).collect()
}
""",
                ),
            ),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(USES + CORE + SINGLE + module("gain_py")),
        Example(
            USES
            + CORE
            + SINGLE.replace("gain(&input)", "run(&input)")
            + """
fn run(input: &GainInput) -> Result<GainOutput, String> {
    gain(input)
}
"""
            + module("gain_py"),
            title="through a helper",
        ),
        Example(
            """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn drift(data: &[f64]) -> Vec<f64> {
    differences(data)
}

pub fn differences(data: &[f64]) -> Vec<f64> {
    data.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[pyfunction(name = "drift")]
fn drift_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let values = py.allow_threads(|| drift(data));
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(drift_py, m)?)?;
    Ok(())
}
""",
            title="a helper beside a bound function",
        ),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs cores, and PyO3 to bind them with."""
        return no_bindings_reason(program)

    def check(self, program: Program, core: CoreApi) -> Iterator[Finding]:
        """At most one finding for a core."""
        functions = single_functions(core)
        if not functions or is_left_out(program, core):
            return
        if any(bindings_of(program, core, Role.SINGLE)):
            return
        if is_called(program, functions, Role.SINGLE):
            return
        shown = functions[0]
        yield self.finding(
            program,
            (shown.ref.path, program.function(shown.ref).name_span),
            shown.name,
            f"`{shown.name}` has no #[pyfunction]: Python cannot call it",
            help=f"`bindcheck generate {core.name}` writes the binding, or says what it lacks",
            confidence=Confidence.CERTAIN if core.input is not None else Confidence.LIKELY,
            missing="single",
            fix=generated(core.name),
        )
