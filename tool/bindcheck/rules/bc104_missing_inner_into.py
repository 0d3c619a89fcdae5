"""BC104: a batch that can only return a vector of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.cores.bound import batch_functions, no_bindings_reason
from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.model import CoreApi
from bindcheck.rules.base import CoreRule, Example
from bindcheck.rules.core_examples import (
    BATCH_INTO,
    BATCH_OWNING,
    CORE,
    GRID,
    INTO,
    SINGLE,
    USES,
    module,
)

_EXPORTS = ("gain_py", "gain_batch_py")

_INNER = """
fn gain_batch_inner(data: &[f64], range: &GainBatchRange) -> Result<GainBatchOutput, String> {
    gain_batch(data, range)
}
"""


class MissingInnerInto(CoreRule):
    """A batch core that cannot write into the caller's buffer.

    ## What it does

    Reports an indicator that computes batches but has no function that writes the rows into a slice
    it is given (`kama_batch_inner_into`). Silent for a core without parameters that writes its one
    series into a slice: that is the only row of its batch.

    ## Why it matters

    A binding cannot let the core write straight into NumPy memory: the largest result that a crate
    produces is allocated by the core, cannot be reused between calls, and cannot be computed in
    blocks that let a Ctrl-C through.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: `bindcheck generate` splits the function out of a `_batch_inner` whose rows
    are computed by one closure. Elsewhere it is written by hand.
    """

    code: ClassVar[str] = "BC104"
    name: ClassVar[str] = "missing-inner-into"
    summary: ClassVar[str] = "batch core that cannot write into a caller's buffer"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(USES + CORE + GRID + SINGLE + BATCH_OWNING + module(*_EXPORTS)),
        Example(
            USES + CORE + GRID + _INNER + SINGLE + BATCH_OWNING + module(*_EXPORTS),
            "a `_batch_inner` that the generator can split",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(USES + CORE + GRID + INTO + SINGLE + BATCH_INTO + module(*_EXPORTS)),
    )

    def premise(self, program: Program) -> str | None:
        """The rule needs cores, and PyO3 to bind them with."""
        return no_bindings_reason(program)

    def check(self, program: Program, core: CoreApi) -> Iterator[Finding]:
        """At most one finding for a core."""
        functions = batch_functions(core)
        if not functions or core.batch_inner_into is not None or _writes_its_one_row(core):
            return
        shown = functions[0]
        yield self.finding(
            program,
            (shown.ref.path, program.function(shown.ref).name_span),
            shown.name,
            f"`{shown.name}` has no counterpart that writes into the caller's buffer",
            help=_remedy(core),
            missing="batch_inner_into",
        )


def _writes_its_one_row(core: CoreApi) -> bool:
    fixed = not core.params and not any(one.param for one in core.ranges)
    return fixed and (core.into_slice is not None or core.into_uninit is not None)


def _remedy(core: CoreApi) -> str:
    wanted = f"`{core.name}_batch_inner_into`"
    written = f"write {wanted}: it fills the slice it is given, and the batch functions call it"
    if core.batch_inner is not None:
        return f"{written}; `bindcheck generate` can split it out of one that keeps to the pattern"
    return written
