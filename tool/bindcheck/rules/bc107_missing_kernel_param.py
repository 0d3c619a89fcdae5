"""BC107: a binding that hides the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.signature import KWARGS
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.model import CoreApi, CoreFunction, EntryKind, EntryPoint, Role
from bindcheck.rules.base import EntryRule, Example

_FUNCTIONS = (Role.SINGLE, Role.BATCH)
_CORE = """\
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
}

pub struct GainParams {
    pub factor: Option<f64>,
}

pub struct GainInput<'a> {
    data: &'a [f64],
    params: GainParams,
}

impl<'a> GainInput<'a> {
    pub fn from_slice(data: &'a [f64], params: GainParams) -> Self {
        Self { data, params }
    }
}

pub struct GainOutput {
    pub values: Vec<f64>,
}

pub fn gain_with_kernel(input: &GainInput, _kernel: Kernel) -> Result<GainOutput, String> {
    let factor = input.params.factor.unwrap_or(2.0);
    Ok(GainOutput { values: input.data.iter().map(|x| x * factor).collect() })
}

pub fn gain(input: &GainInput) -> Result<GainOutput, String> {
    gain_with_kernel(input, Kernel::Auto)
}
"""
_MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(gain_py, m)?)?;
    Ok(())
}
"""


class MissingKernelParam(EntryRule):
    """A binding without a `kernel` argument although the core takes one.

    ## What it does

    Reports single and batch bindings of an indicator whose core has a function that takes a kernel,
    when Python cannot choose the kernel.

    ## Why it matters

    Without the argument nobody can compare the scalar with the vectorised kernel from Python, work
    around a faulty one, or time them against each other: the tests always run the same code path.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: the argument has to be validated and passed on, which is written by generating
    the binding anew.
    """

    code: ClassVar[str] = "BC107"
    name: ClassVar[str] = "missing-kernel-param"
    summary: ClassVar[str] = "no kernel argument where the core takes one"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _CORE
            + """
#[pyfunction(name = "gain")]
#[pyo3(signature = (x, factor=None))]
fn gain_py(py: Python<'_>, x: f64, factor: Option<f64>) -> PyResult<f64> {
    let data = [x];
    let input = GainInput::from_slice(&data, GainParams { factor });
    let output = py
        .allow_threads(|| gain(&input))
        .map_err(pyo3::exceptions::PyValueError::new_err)?;
    Ok(output.values.iter().sum())
}
"""
            + _MODULE,
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _CORE
            + """
fn parse_kernel(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None | Some("auto") => Ok(Kernel::Auto),
        Some("scalar") => Ok(Kernel::Scalar),
        Some(other) => Err(pyo3::exceptions::PyValueError::new_err(other.to_string())),
    }
}

#[pyfunction(name = "gain")]
#[pyo3(signature = (x, factor=None, kernel=None))]
fn gain_py(py: Python<'_>, x: f64, factor: Option<f64>, kernel: Option<&str>) -> PyResult<f64> {
    let kernel = parse_kernel(kernel)?;
    let data = [x];
    let input = GainInput::from_slice(&data, GainParams { factor });
    let output = py
        .allow_threads(|| gain_with_kernel(&input, kernel))
        .map_err(pyo3::exceptions::PyValueError::new_err)?;
    Ok(output.values.iter().sum())
}
"""
            + _MODULE,
        ),
        Example(
            _CORE
            + """
#[pyfunction(name = "gain")]
#[pyo3(signature = (x, **kwargs))]
fn gain_py(
    py: Python<'_>,
    x: f64,
    kwargs: Option<&Bound<'_, pyo3::types::PyDict>>,
) -> PyResult<f64> {
    let scalar = match kwargs {
        Some(given) => given.contains("kernel")?,
        None => false,
    };
    let kernel = if scalar { Kernel::Scalar } else { Kernel::Auto };
    let data = [x];
    let input = GainInput::from_slice(&data, GainParams { factor: None });
    let output = py
        .allow_threads(|| gain_with_kernel(&input, kernel))
        .map_err(pyo3::exceptions::PyValueError::new_err)?;
    Ok(output.values.iter().sum())
}
"""
            + _MODULE,
            title="any keyword argument is taken",
        ),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs a core that takes a kernel."""
        if not program.cores:
            return "no indicator core was found"
        if any(_takes_kernel(core, role) for core in program.cores for role in _FUNCTIONS):
            return None
        return "no indicator core takes a kernel"

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """At most one finding for a function."""
        core = program.core(entry.indicator) if entry.indicator is not None else None
        if core is None or entry.kind is not EntryKind.FUNCTION or entry.role not in _FUNCTIONS:
            return
        taker = _takes_kernel(core, entry.role)
        function = program.function(entry.ref)
        names = {name for p in python_params(function, entry.kind) for name in p.names}
        if taker is None or any("kernel" in name for name in names) or _takes_anything(entry):
            return
        yield self.finding(
            program,
            (entry.ref.path, function.name_span),
            entry.rust_name,
            f"`{taker}` takes a kernel, but Python cannot choose it here",
            help="add a last argument `kernel: Option<&str>` with the default `None`",
        )


def _takes_anything(entry: EntryPoint) -> bool:
    """`**kwargs` may well hold the kernel."""
    return any(argument.kind == KWARGS for argument in entry.signature or ())


def _candidates(core: CoreApi, role: Role) -> tuple[CoreFunction | None, ...]:
    if role is Role.BATCH:
        return core.batch_with_kernel, core.batch_inner_into, core.batch_inner
    return core.with_kernel, core.into_slice, core.into_uninit, core.single


def _takes_kernel(core: CoreApi, role: Role) -> str | None:
    """The name of the core's function for `role` that takes a kernel."""
    for function in _candidates(core, role):
        if function is not None and "kernel" in function.roles:
            return function.name
    return None
