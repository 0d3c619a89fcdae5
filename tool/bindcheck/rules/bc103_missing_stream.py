"""BC103: a stream that Python cannot feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.cores.bound import (
    bindings_of,
    counts_as_binding,
    is_left_out,
    no_bindings_reason,
)
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
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


class MissingStream(CoreRule):
    """An indicator core with a stream and no `#[pyclass]` around it.

    ## What it does

    Reports the stream struct of an indicator when no `#[pyclass]` of the audited configuration is
    that struct or has it in a field.

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
        Example(USES + CORE + STREAM + SINGLE + module("gain_py")),
    )
    good: ClassVar[tuple[Example, ...]] = (
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
        if any(bindings_of(program, core, Role.STREAM)):
            return
        if any(_holds(program, entry, stream) for entry in program.entries):
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


def _holds(program: Program, entry: EntryPoint, stream: StreamApi) -> bool:
    """Whether a class has the stream in a field, whatever indicator the class is for."""
    if entry.kind is not EntryKind.CLASS or not counts_as_binding(program, entry):
        return False
    item = program.struct(entry.ref)
    if not isinstance(item, Struct):
        return False
    return any(
        part.name == stream.name
        and program.resolve_type(part.path, entry.ref.path, item.scope) == stream.ref
        for field in item.fields
        for part in field.type.walk()
    )
