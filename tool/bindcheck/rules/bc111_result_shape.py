"""BC111: a binding that is called, or answers, in another way than its siblings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.bindings.conventions import Deviation, Norm, Topic, deviations
from bindcheck.analysis.bindings.interface import bare, interface, interfaces
from bindcheck.analysis.program import Program
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint, Literal, MethodCall, Span
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.core_examples import USES, module

_KINDS = {"array": "an array", "matrix": "a matrix", "dict": "a dict", "tuple": "a tuple"}
_CORE = """
pub struct {X}Params {
    pub period: Option<usize>,
    pub offset: Option<f64>,
}

pub struct {X}Input<'a> {
    data: &'a [f64],
    params: {X}Params,
}

impl<'a> {X}Input<'a> {
    pub fn from_slice(data: &'a [f64], params: {X}Params) -> Self {
        Self { data, params }
    }
}

pub struct {X}Output {
    pub values: Vec<f64>,
}

pub fn {x}(input: &{X}Input) -> Result<{X}Output, String> {
    let period = input.params.period.unwrap_or(2) as f64;
    let offset = input.params.offset.unwrap_or(0.0);
    Ok({X}Output { values: input.data.iter().map(|v| v * period + offset).collect() })
}

#[pyfunction(name = "{x}")]
#[pyo3(signature = ({order}))]
fn {x}_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
    offset: f64,
) -> PyResult<{type}> {
    let params = {X}Params { period: Some(period), offset: Some(offset) };
    let input = {X}Input::from_slice(data.as_slice()?, params);
    let output = py.allow_threads(|| {x}(&input)).map_err(PyValueError::new_err)?;
{result}}
"""
_ARRAY = ("Bound<'py, PyArray1<f64>>", "    Ok(output.values.into_pyarray(py))\n")
_DICT = (
    "Bound<'py, PyDict>",
    """\
    let dict = PyDict::new(py);
    dict.set_item("values", output.values.into_pyarray(py))?;
    Ok(dict)
""",
)


def _indicator(
    name: str, order: str = "data, period, offset", result: tuple[str, str] = _ARRAY
) -> str:
    text = _CORE.replace("{X}", name.capitalize()).replace("{x}", name)
    return (
        text.replace("{order}", order).replace("{type}", result[0]).replace("{result}", result[1])
    )


def _crate(other: str, *, of: str = "alma") -> tuple[str, tuple[tuple[str, str], ...]]:
    """A crate with the indicator `other` in `src/lib.rs` and `alma` in a file of its own."""
    uses = f"{USES}use pyo3::types::PyDict;\n"
    mods = f"mod {of};\n"
    reference = uses + _indicator("alma").replace("\nfn alma_py", "\npub fn alma_py")
    main = uses + mods + other + module("gain_py", f"{of}::alma_py")
    return main, ((f"src/{of}.rs", reference),)


def _example(other: str, title: str, *, of: str = "alma", findings: int = 1) -> Example:
    code, files = _crate(other, of=of)
    return Example(code, title, files, findings=findings)


class ResultShape(EntryRule):
    """A binding whose arguments or result are arranged otherwise than in the rest of the crate.

    ## What it does

    Compares single and batch bindings of indicators. The reference (the one that is configured,
    else `alma.rs`) decides whether the kernel is the last argument, whether parameters and input
    arrays come in the order in which the core has them, and what a binding with one output gives
    (an array, a dict). Where there is no reference, and for bindings with several outputs (tuple or
    dict, one key for each output or all stacked in `values`), the keys of swept parameters and the
    place of fixed parameters among swept ones, at least four fifths of five or more bindings have
    to agree (likely); where they do not, the rule is silent. Keys that a loop or a helper sets are
    not known, and types like `PyAny` are not compared.

    ## Why it matters

    Who drives a hundred indicators does so in a loop: positional arguments in another order are
    computed without complaint, `result["periods"]` is a `KeyError` for one of them, and a tuple
    where the others give an array breaks at the next step.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: the order of arguments and the shape of a result are what callers rely on.
    """

    code: ClassVar[str] = "BC111"
    name: ClassVar[str] = "result-shape"
    summary: ClassVar[str] = "arguments or result arranged otherwise than in the rest of the crate"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        _example(_indicator("gain", result=_DICT), "a dict where the reference gives an array"),
        _example(_indicator("gain", "data, offset, period"), "parameters in another order"),
    )
    good: ClassVar[tuple[Example, ...]] = (
        _example(_indicator("gain"), "as in the reference"),
        _example(_indicator("gain", result=_DICT), "two bindings are no majority", of="first"),
    )

    def premise(self, program: Program) -> str | None:
        """Only where indicators have bindings."""
        return None if interfaces(program) else "no indicator with a single or batch binding"

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each way in which the binding differs."""
        one = interface(program, entry)
        for found in deviations(program, one) if one is not None else ():
            message, remedy = _words(found)
            yield self.finding(
                program,
                (entry.ref.path, _place(program, entry, found.key)),
                entry.rust_name,
                message,
                help=remedy,
                confidence=Confidence.CERTAIN if found.norm.reference else Confidence.LIKELY,
            )


def _place(program: Program, entry: EntryPoint, key: str) -> Span:
    """Where a key is set, else the name of the function."""
    anatomy = anatomy_of(program, entry.ref) if key else None
    for node in anatomy.all(MethodCall) if anatomy is not None else ():
        first = node.args[0] if node.method == "set_item" and node.args else None
        if isinstance(first, Literal) and first.text == key:
            return first.span
    return program.function(entry.ref).name_span


def _words(found: Deviation) -> tuple[str, str]:
    """Message and help."""
    names = ", ".join(f"`{name}`" for name in found.names)
    who = _who(found.norm)
    if found.topic is Topic.KERNEL:
        return f"`kernel` is not the last argument, as in {who}", "move `kernel` to the end"
    if found.topic in (Topic.FIELDS, Topic.MINGLED, Topic.SERIES):
        what = "input arrays" if found.topic is Topic.SERIES else "parameters"
        message = f"{what} come as {names}, not in the order of the core as in {who}"
        return message, f"give the {what} in the order in which the core has them"
    if found.topic is Topic.STACK:
        message = f"all outputs are stacked in `values`; there is a key for each in {who}"
        return message, "give each output a key of its own"
    if found.topic is Topic.KEY:
        where = "under the same name" if found.key else "not under their name"
        every = ", ".join(f"`{name}`" for name in (*found.names, *found.beside))
        message = f"values of {every} are {where}; the key is the plural in {who}"
        keys = ", ".join(f"`{bare(name)}s`" for name in found.names)
        called = "the key" if len(found.names) == 1 else "the keys"
        others = ", and the others after their parameters, too" if found.beside else ""
        return message, f"call {called} {keys}{others}: who loops will look for that"
    given, usual = _KINDS.get(found.given, "a list"), _KINDS.get(found.norm.answer, "a list")
    return f"gives {given}; it is {usual} in {who}", f"return {usual}"


def _who(norm: Norm) -> str:
    if norm.reference:
        return f"the reference `{norm.reference}`"
    return f"{norm.count} of {norm.total} like it"
