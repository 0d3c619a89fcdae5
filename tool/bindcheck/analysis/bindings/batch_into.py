"""Which function of a core can write the rows of a batch into the memory that Python gets."""

from __future__ import annotations

from bindcheck.analysis.cores.shapes import out_element
from bindcheck.analysis.memory.provenance import Origin, results
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint, Function, ItemRef


def fitting_into(program: Program, entry: EntryPoint, into: ItemRef) -> Function | None:
    """`into`, or its twin for the numbers that the binding gives to Python; None if there is none.

    A core of signals may write `bool` in one function and `f64` in another.
    """
    made = {
        one.element
        for one in results(program, entry)
        if one.origin is Origin.MOVED and one.element and not one.grid
    }
    asked = program.function(into)
    if not made or _written(asked) & made:
        return asked
    twins = (
        one
        for one in program.modules[into.path].functions
        if one.name.startswith(asked.name) and len(one.params) == len(asked.params)
    )
    return next((one for one in twins if _written(one) & made), None)


def _written(function: Function) -> set[str]:
    found = [out_element(one.type) for one in function.params if one.type is not None]
    return {one[0] for one in found if one is not None}
