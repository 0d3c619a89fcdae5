"""What a binding takes, with types that are called by their own names."""

from __future__ import annotations

from dataclasses import replace

from bindcheck.analysis.bindings.effective_signature import Argument as Parameter
from bindcheck.analysis.bindings.effective_signature import effective_signature
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint


def taken_by(program: Program, entry: EntryPoint) -> tuple[Parameter, ...] | None:
    """The arguments that Python passes; None where they cannot be told.

    `type Series<'py> = PyReadonlyArray1<'py, f64>` is that array.
    """
    found = effective_signature(program, entry)
    if found is None:
        return None
    params = {one.name: one for one in flow_of(program).signatures.of(entry.ref).params}
    return tuple(
        one if one.param is None else replace(one, param=params.get(one.param.name, one.param))
        for one in found
    )
