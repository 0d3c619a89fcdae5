"""BC106: optional arguments without a signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bindcheck.analysis.arguments import is_option, python_params
from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.model import EntryKind, EntryPoint, Function, Param
from bindcheck.rules.base import EntryRule, Example

_IMPLICIT_DEPRECATED = Version(0, 22, 0)
_LAST_IMPLICIT = Version(0, 23, 0)
_REQUIRED = Version(0, 24, 0)
_FIXED_FORM = ("getter", "setter", "deleter", "classattr")
_MAJORITY = 0.8


class MissingSignature(EntryRule):
    """An `Option` argument of a function without `#[pyo3(signature = (..))]`.

    ## What it does

    Reports functions and methods with `Option<T>` arguments and no signature. Up to PyO3 0.21 such
    arguments had the default `None` when they came last; 0.22 and 0.23 deprecate that; from 0.24 on
    they are required arguments that accept `None`. It is an error where bindings beside it give an
    argument of the same name a default. Magic methods, getters, setters and arguments with
    `from_py_with` are left alone.

    ## Why it matters

    `f(data, 14)` raises a TypeError although the argument reads as optional in Rust, and code that
    worked before an upgrade of PyO3 stops working without a word from the compiler.

    ## Example

    ## Instead

    ## Fix safety

    Safe: the signature is written from the parameter list, with `None` for the optional arguments
    at its end. No call that worked before changes its meaning.
    """

    code: ClassVar[str] = "BC106"
    name: ClassVar[str] = "missing-signature"
    summary: ClassVar[str] = (
        "Option argument without #[pyo3(signature)]: required from PyO3 0.24 on"
    )
    severity: ClassVar[Severity] = Severity.WARNING
    confidence: ClassVar[Confidence] = Confidence.LIKELY
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "scaled")]
fn scaled_py(x: f64, factor: Option<f64>) -> f64 {
    x * factor.unwrap_or(2.0)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled_py, m)?)?;
    Ok(())
}
""",
            title="`scaled(1.0)` is a TypeError",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "scaled")]
#[pyo3(signature = (x, factor=None))]
fn scaled_py(x: f64, factor: Option<f64>) -> f64 {
    x * factor.unwrap_or(2.0)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled_py, m)?)?;
    Ok(())
}
""",
        ),
        Example(
            """\
use pyo3::prelude::*;

fn lenient(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    value.extract()
}

#[pyclass(name = "Gain")]
struct GainPy {
    factor: Option<f64>,
}

#[pymethods]
impl GainPy {
    #[new]
    fn new() -> Self {
        Self { factor: None }
    }

    #[setter]
    fn set_factor(&mut self, factor: Option<f64>) {
        self.factor = factor;
    }

    fn __pow__(&self, exponent: f64, modulo: Option<f64>) -> f64 {
        self.factor.unwrap_or(1.0).powf(exponent) % modulo.unwrap_or(f64::MAX)
    }

    fn assign(&mut self, #[pyo3(from_py_with = lenient)] factor: Option<f64>) {
        self.factor = factor;
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<GainPy>()?;
    Ok(())
}
""",
            title="setters, magic methods and converters have a form of their own",
        ),
        Example(
            """\
use pyo3::prelude::*;

#[pyfunction(name = "scaled")]
fn scaled_py(x: f64, factor: Option<f64>) -> f64 {
    x * factor.unwrap_or(2.0)
}

#[pymodule]
fn example(_py: Python<'_>, m: &PyModule) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled_py, m)?)?;
    Ok(())
}
""",
            title="PyO3 0.20 gives a trailing `Option` the default `None`",
            pyo3="0.20.3",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """At most one finding for a function."""
        if entry.kind not in (EntryKind.FUNCTION, EntryKind.METHOD) or entry.signature is not None:
            return
        function = program.function(entry.ref)
        version = program.pyo3 or _REQUIRED
        if _has_fixed_form(function) or version < _IMPLICIT_DEPRECATED:
            return
        params = python_params(function, entry.kind)
        optional = [p for p in params if is_option(p) and not _is_converted(p)]
        if not optional:
            return
        names = ", ".join(f"`{param.name}`" for param in optional)
        alike = [param for param in optional if _has_default_elsewhere(program, entry, param)]
        severity = Severity.ERROR if alike or _is(version, _LAST_IMPLICIT) else Severity.WARNING
        yield self.finding(
            program,
            (entry.ref.path, function.name_span),
            entry.rust_name,
            _message(version, names, bool(alike), params),
            help=f"add `{_attribute(params)}`",
            severity=severity,
            fix=_fix(program, entry, function, params),
        )


def _is(version: Version, minor: Version) -> bool:
    return (version.major, version.minor) == (minor.major, minor.minor)


def _message(version: Version, names: str, alike: bool, params: Sequence[Param]) -> str:
    if version < _REQUIRED:
        if _is_ambiguous(params):
            return f"without a signature {names} before a required argument does not compile"
        release = "0.22" if version < _LAST_IMPLICIT else "0.23"
        return (
            f"PyO3 {release} deprecates the implicit default `None` of {names}, "
            "0.24 drops it without a word"
        )
    verb = "is a required argument" if names.count("`") == 2 else "are required arguments"
    beside = "; the bindings beside this one give it a default" if alike else ""
    return f"without a signature {names} {verb} for Python{beside}"


def _is_ambiguous(params: Sequence[Param]) -> bool:
    return _trailing(params) < sum(1 for param in params if is_option(param))


def _trailing(params: Sequence[Param]) -> int:
    count = 0
    for param in reversed(params):
        if not is_option(param):
            break
        count += 1
    return count


def _has_fixed_form(function: Function) -> bool:
    magic = function.name.startswith("__") and function.name.endswith("__")
    return function.attr(*_FIXED_FORM) is not None or (magic and function.attr("new") is None)


def _is_converted(param: Param) -> bool:
    return any("from_py_with" in one.tokens for one in param.attrs)


def _has_default_elsewhere(program: Program, entry: EntryPoint, param: Param) -> bool:
    """Whether most bindings of this kind give an argument of this name a default."""
    given = [
        argument.default is not None
        for other in program.entries
        if other.signature is not None and other.active and other.role is entry.role
        for argument in other.signature
        if argument.name == param.name and other.kind is entry.kind
    ]
    return bool(given) and sum(given) >= _MAJORITY * len(given)


def _attribute(params: Sequence[Param]) -> str:
    required = len(params) - _trailing(params)
    arguments = [
        param.name if number < required else f"{param.name}=None"
        for number, param in enumerate(params)
    ]
    return f"#[pyo3(signature = ({', '.join(arguments)}))]"


def _fix(
    program: Program, entry: EntryPoint, function: Function, params: Sequence[Param]
) -> Fix | None:
    """The attribute on a line of its own before the function's head."""
    if entry.attribute.cfg or not all(param.name for param in params):
        return None
    place = program.location(entry.ref.path, function.signature_span)
    start = function.signature_span.start
    text = f"{_attribute(params)}\n{' ' * (place.column - 1)}"
    return Fix("add the signature", (Edit(entry.ref.path, start, start, text),), Safety.SAFE)
