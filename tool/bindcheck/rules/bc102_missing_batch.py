"""BC102: a parameter grid that Python cannot run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.cores.bound import (
    batch_functions,
    bindings_of,
    is_called,
    is_left_out,
    no_bindings_reason,
)
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.model import CoreApi, Role, Span
from bindcheck.rules.base import CoreRule, Example
from bindcheck.rules.core_examples import (
    BATCH_INTO,
    CORE,
    GRID,
    INTO,
    SINGLE,
    USES,
    module,
)
from bindcheck.rules.edits import generated


class MissingBatch(CoreRule):
    """An indicator core with a batch over parameters and no batch binding.

    ## What it does

    Reports an indicator that has a range of parameters, or a function that computes a batch, when
    no `#[pyfunction]` of the audited configuration takes ranges for it or calls its batch
    functions.

    ## Why it matters

    From Python a sweep over parameters is then a loop of single calls: each crosses the border,
    allocates its own result and repeats what the rows of a batch share.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: `bindcheck generate` writes the binding, its registration, stub and test.
    """

    code: ClassVar[str] = "BC102"
    name: ClassVar[str] = "missing-batch"
    summary: ClassVar[str] = "batch of a core without a #[pyfunction]"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(USES + CORE + GRID + INTO + SINGLE + module("gain_py")),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            USES + CORE + GRID + INTO + SINGLE + BATCH_INTO + module("gain_py", "gain_batch_py"),
        ),
        Example(USES + CORE + SINGLE + module("gain_py"), title="a core without a batch"),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs cores, and PyO3 to bind them with."""
        return no_bindings_reason(program)

    def check(self, program: Program, core: CoreApi) -> Iterator[Finding]:
        """At most one finding for a core."""
        functions = batch_functions(core)
        if core.range_struct is None and not functions:
            return
        if is_left_out(program, core) or any(bindings_of(program, core, Role.BATCH)):
            return
        bare = (core.batch_bare,) if core.batch_bare is not None else ()
        if is_called(program, (*functions, *bare), Role.BATCH):
            return
        said = any(part == "batch" for part, _ in core.why_not)
        told = bool(functions or bare) or said
        place, item = _place(program, core)
        yield self.finding(
            program,
            place,
            item,
            f"the batch of `{core.name}` has no #[pyfunction]: Python cannot run a grid",
            help=f"`bindcheck generate {core.name}` writes the binding, or says what it lacks"
            if told
            else "`bindcheck generate` has nothing to bind: no function of the core gives vectors",
            missing="batch",
            fix=generated(core.name) if told else None,
        )


def _place(program: Program, core: CoreApi) -> tuple[tuple[str, Span], str]:
    """The name of the range struct, or of the batch function of a core without one."""
    if core.range_struct is not None:
        ref = program.resolve_type(core.range_struct, core.path)
        if ref is not None:
            return (ref.path, program.struct(ref).name_span), core.range_struct
    function = next(iter(batch_functions(core)), None) or core.expand_grid
    if function is None:
        return (core.path, Span(0, 0)), core.range_struct or core.name
    return (function.ref.path, program.function(function.ref).name_span), function.name
