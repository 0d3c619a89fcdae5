"""The indicator whose bindings set the pattern."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.model import CoreApi

_USUAL = "alma"


def candidates(program: Program) -> list[CoreApi]:
    """Indicators with a binding in the audited configuration."""
    return [core for core in program.cores if any(one.active for one in program.entries_of(core))]


def reference_core(program: Program, wanted: str | None) -> CoreApi | None:
    """The one of the name, stem or path `wanted`; without one that of the only `alma.rs`."""
    bound = candidates(program)
    if wanted is None:
        usual = [core for core in bound if core.stem == _USUAL]
        return usual[0] if len(usual) == 1 else None
    named = [core for core in bound if wanted in (core.name, core.stem, core.path)]
    named = named or [core for core in bound if core.path.endswith(f"/{wanted}")]
    return named[0] if named else None
