"""BC106: optional arguments without a signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bindcheck.analysis.bindings.arguments import (
    is_option,
    means_option,
    python_params,
)
from bindcheck.analysis.bindings.neighbours import defaults_beside
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.evidence import declared, left_out, meant_required
from bindcheck.crate import Version
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.model import EntryKind, EntryPoint, Function, Param
from bindcheck.rules.base import EntryRule, Example

_IMPLICIT_DEPRECATED = Version(0, 22, 0)
_LAST_IMPLICIT = Version(0, 23, 0)
_REQUIRED = Version(0, 24, 0)
_FIXED_FORM = ("getter", "setter", "deleter", "classattr")
_WIDTH = 100
_RUST = {"None": "None", "True": "true", "False": "false"}
_OPEN = ("..", "None")


class MissingSignature(EntryRule):
    """An `Option` argument of a function without `#[pyo3(signature = (..))]`.

    ## What it does

    Reports functions and methods with `Option<T>` arguments and no signature. Up to PyO3 0.21 such
    arguments had the default `None` when they came last; 0.22 and 0.23 deprecate that; from 0.24 on
    they are required arguments that accept `None`. It is an error where Python code relies on the
    default: a test or the package calls the binding without the argument, or the stub lets others
    do so; and where bindings beside it (of the same indicator, else of the same sort for others,
    or with the same arguments) give an argument of the same name a default. Where a required
    argument comes last it is advice, suspected, but an error if Python code relies on the default.
    Silent is an argument that the stub requires, unless a call leaves it out: that is how it is
    meant. Magic methods, getters, setters and arguments with `from_py_with` are left alone.

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
            title="a test and the stub leave the argument out",
            files=(
                (
                    "example.pyi",
                    "def scaled(x: float, factor: float | None = None) -> float: ...\n",
                ),
                (
                    "tests/test_scaled.py",
                    """\
import example


def test_the_factor_is_two() -> None:
    assert example.scaled(1.0) == 2.0
""",
                ),
            ),
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
        optional = [p for p in params if _is_optional(program, entry, p, version)]
        if version >= _REQUIRED and optional:
            meant = meant_required(program, entry, params, optional)
            optional = [p for p in optional if p.name not in meant]
        late = [p for p in params[_required(params, optional) :] if not _is_converted(p)]
        if version >= _REQUIRED:
            if optional and not late:
                yield self._early(program, entry, params, optional)
            optional = late
        if not optional:
            return
        beside = defaults_beside(program, entry, [param.name for param in optional])
        relied = None if version < _REQUIRED else left_out(program, entry, params, optional)
        wrong = bool(beside or relied) or _is(version, _LAST_IMPLICIT)
        required = _required(params, optional)
        ambiguous = len(params) - required < len(optional)
        yield self.finding(
            program,
            (entry.ref.path, function.name_span),
            entry.rust_name,
            _message(version, optional, beside, ambiguous) + (f"; {relied}" if relied else ""),
            help=f"add `{_attribute(params, required)}`",
            severity=Severity.ERROR if wrong else Severity.WARNING,
            fix=_fix(program, entry, function, params, required),
        )

    def _early(
        self,
        program: Program,
        entry: EntryPoint,
        params: Sequence[Param],
        optional: Sequence[Param],
    ) -> Finding:
        """Only a required argument comes last: defaults are for all behind the first, or none."""
        relied = left_out(program, entry, params, optional)
        first = min(params.index(one) for one in optional)
        behind = [one for one in params[first:] if one not in optional]
        known = _defaults(program, entry)
        written = [
            *(one.name for one in params[:first]),
            *(
                f"{one.name}={known.get(one.name, _OPEN[one in optional])}"
                for one in params[first:]
            ),
        ]
        return self.finding(
            program,
            (entry.ref.path, program.function(entry.ref).name_span),
            entry.rust_name,
            f"{_named(optional)}: `Option` before a required argument, without a default"
            + (f"; {relied}" if relied else ""),
            help=f"only with a default for {_named(behind)} as well: "
            f"`#[pyo3(signature = ({', '.join(written)}))]`",
            severity=Severity.ERROR if relied else Severity.ADVICE,
            confidence=Confidence.LIKELY if relied else Confidence.SUSPECT,
        )


def _defaults(program: Program, entry: EntryPoint) -> dict[str, str]:
    """The defaults that the stub declares, as Rust writes them, where both are known."""
    return {
        one.name: _RUST[one.default]
        for function in declared(program, entry)
        for one in function.arguments
        if one.default in _RUST
    }


def _is(version: Version, minor: Version) -> bool:
    return (version.major, version.minor) == (minor.major, minor.minor)


def _message(
    version: Version, optional: Sequence[Param], beside: str | None, ambiguous: bool
) -> str:
    names = _named(optional)
    if version < _REQUIRED:
        if ambiguous:
            return f"without a signature {names} before a required argument does not compile"
        release = "0.22" if version < _LAST_IMPLICIT else "0.23"
        return (
            f"PyO3 {release} deprecates the implicit default `None` of {names}, "
            "0.24 drops it without a word"
        )
    verb = "is a required argument" if len(optional) == 1 else "are required arguments"
    usual = f"; {beside}" if beside else ""
    return f"without a signature {names} {verb} for Python{usual}"


def _named(params: Sequence[Param]) -> str:
    return ", ".join(f"`{param.name}`" for param in params)


def _is_optional(program: Program, entry: EntryPoint, param: Param, version: Version) -> bool:
    """Up to 0.23 PyO3 itself knows an `Option` by its name alone."""
    if _is_converted(param):
        return False
    return is_option(param) or (version >= _REQUIRED and means_option(program, entry.ref, param))


def _required(params: Sequence[Param], optional: Sequence[Param]) -> int:
    """How many arguments there are up to the last that is not optional."""
    count = len(params)
    while count and params[count - 1] in optional:
        count -= 1
    return count


def _has_fixed_form(function: Function) -> bool:
    magic = function.name.startswith("__") and function.name.endswith("__")
    return function.attr(*_FIXED_FORM) is not None or (magic and function.attr("new") is None)


def _is_converted(param: Param) -> bool:
    return any("from_py_with" in one.tokens for one in param.attrs)


def _attribute(params: Sequence[Param], required: int) -> str:
    return f"#[pyo3(signature = ({', '.join(_arguments(params, required))}))]"


def _arguments(params: Sequence[Param], required: int) -> list[str]:
    return [
        param.name if number < required else f"{param.name}=None"
        for number, param in enumerate(params)
    ]


def _spread(arguments: Sequence[str], indent: str) -> str:
    """The attribute with a line for each argument."""
    inside = "".join(f"{indent}    {one}," for one in arguments)
    return f"#[pyo3(signature = ({inside}{indent}))]"


def _fix(
    program: Program,
    entry: EntryPoint,
    function: Function,
    params: Sequence[Param],
    required: int,
) -> Fix | None:
    """The attribute before the function's head, on a line of its own if the head has one."""
    if entry.attribute.cfg or not all(param.name for param in params):
        return None
    # The edit depends on how the lines are laid out.
    program.quoted(entry.ref.path)
    start = function.signature_span.start
    place = program.location(entry.ref.path, function.signature_span)
    lines = program.modules[entry.ref.path].lines
    above = max((one.span.end for one in function.attrs), default=0)
    shared = lines.position(above)[0] == place.line
    indent = "\n" + " " * (place.column - 1)
    text = _attribute(params, required)
    if not shared and place.column + len(text) > _WIDTH:
        text = _spread(_arguments(params, required), indent)
    edit = Edit(entry.ref.path, start, start, text + (" " if shared else indent))
    return Fix("add the signature", (edit,), Safety.SAFE)
