"""BC103: a stream that Python cannot feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.cores.bound import (
    bindings_of,
    counts_as_binding,
    is_left_out,
    no_bindings_reason,
    single_functions,
)
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Role, StreamApi, Struct
from bindcheck.rules.base import CoreRule, Example
from bindcheck.rules.core_examples import (
    CORE,
    SINGLE,
    STREAM,
    STREAM_CLASS,
    USES,
    module,
)
from bindcheck.rules.edits import generated

_CLASS = """
#[pyclass(name = "GainStream")]
struct GainStreamPy {
    kept: Vec<f64>,
    factor: f64,
}

#[pymethods]
impl GainStreamPy {
    #[new]
    fn new(factor: f64) -> Self {
        Self { kept: Vec::new(), factor }
    }

    fn update(&mut self, value: f64) -> PyResult<Option<f64>> {
        BODY
    }
}
"""
_BESIDE = _CLASS.replace("BODY", "Ok(Some(value * self.factor))")
_ANEW = _CLASS.replace(
    "BODY",
    """\
self.kept.push(value);
        let params = GainParams { factor: Some(self.factor) };
        let out = gain(&GainInput::from_slice(&self.kept, params)).map_err(PyValueError::new_err)?;
        Ok(out.values.last().copied())""",
)


class MissingStream(CoreRule):
    """An indicator core with a stream and no `#[pyclass]` around it.

    ## What it does

    Reports the stream struct of an indicator when no `#[pyclass]` of the audited configuration is
    that struct or has it in a field. A class for the indicator that computes the values itself
    counts as one, unless it goes through what it has kept for each value (likely): a method calls
    the core for whole series, or removes the first value of a `Vec`.

    ## Why it matters

    Who receives values one at a time must then compute the whole series anew for each of them: work
    that grows with the square of the length, where the core has an update in constant time.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: `bindcheck generate` writes the class, its registration, stub and test.
    """

    code: ClassVar[str] = "BC103"
    name: ClassVar[str] = "missing-stream"
    summary: ClassVar[str] = "stream of a core without a #[pyclass]"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            USES + CORE + STREAM + SINGLE + _ANEW + module("gain_py", "GainStreamPy"),
            title="all computed anew for each value",
            also=("BC201",),
        ),
        Example(USES + CORE + STREAM + SINGLE + module("gain_py")),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            USES + CORE + STREAM + SINGLE + _BESIDE + module("gain_py", "GainStreamPy"),
            title="a class that computes in constant time itself",
        ),
        Example(
            USES + CORE + STREAM + SINGLE + STREAM_CLASS + module("gain_py", "GainStreamPy"),
        ),
        Example(USES + CORE + SINGLE + module("gain_py"), title="a core without a stream"),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs cores, and PyO3 to bind them with."""
        return no_bindings_reason(program)

    def check(self, program: Program, core: CoreApi) -> Iterator[Finding]:
        """At most one finding for a core."""
        stream = core.stream
        if stream is None or is_left_out(program, core):
            return
        if _is_held(program, stream):
            return
        bound = tuple(bindings_of(program, core, Role.STREAM))
        if bound:
            yield from self._made_anew(program, core, stream, bound)
            return
        yield self.finding(
            program,
            (stream.ref.path, program.struct(stream.ref).name_span),
            stream.name,
            f"`{stream.name}` has no #[pyclass]: Python cannot feed it value by value",
            help=f"`bindcheck generate {core.name}` writes the class, or says what it lacks",
            missing="stream",
            fix=generated(core.name),
        )

    def _made_anew(
        self, program: Program, core: CoreApi, stream: StreamApi, bound: tuple[EntryPoint, ...]
    ) -> Iterator[Finding]:
        """A class beside the stream that does not compute in constant time."""
        slow = next((one for one in bound if _goes_through(program, core, one)), None)
        if slow is not None:
            yield self.finding(
                program,
                (slow.ref.path, program.function(slow.ref).name_span),
                item_of(program, slow.ref),
                f"this goes through all it has kept for each value: `{stream.name}` is not used",
                help=f"hold a `{stream.name}` and call its `update`",
                confidence=Confidence.LIKELY,
            )


def _goes_through(program: Program, core: CoreApi, entry: EntryPoint) -> bool:
    """Whether a method computes whole series, or moves all values that it has kept by one."""
    if entry.kind is not EntryKind.METHOD:
        return False
    series = {function.ref for function in single_functions(core)}
    if series.intersection(program.called(entry.ref)):
        return True
    return program.mentions(entry.ref, (b".remove(0)",))


def _is_held(program: Program, stream: StreamApi) -> bool:
    """Whether a class has the stream in a field, whatever indicator the class is for."""
    # It mostly stands in the same file: then no other one is looked at.
    near = (one for one in program.entries if one.ref.path == stream.ref.path)
    if any(stream.name in _held_by(program, one) and _holds(program, one, stream) for one in near):
        return True
    return any(_holds(program, one, stream) for one in _holders(program).get(stream.name, ()))


@once
def _holders(program: Program) -> dict[str, tuple[EntryPoint, ...]]:
    """The classes by the names of the types that they have in fields."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in program.entries:
        for name in _held_by(program, entry):
            found[name] = (*found.get(name, ()), entry)
    return found


def _held_by(program: Program, entry: EntryPoint) -> set[str]:
    """The names of the types that a class for the CPU has in fields."""
    if entry.kind is not EntryKind.CLASS or not counts_as_binding(program, entry):
        return set()
    item = program.struct(entry.ref)
    fields = item.fields if isinstance(item, Struct) else ()
    return {part.name for field in fields for part in field.type.walk()}


def _holds(program: Program, entry: EntryPoint, stream: StreamApi) -> bool:
    """Whether a field of a class is of the type of the stream, not of another one of its name."""
    item = program.struct(entry.ref)
    return isinstance(item, Struct) and any(
        part.name == stream.name
        and program.resolve_type(part.path, entry.ref.path, item.scope) == stream.ref
        for field in item.fields
        for part in field.type.walk()
    )
