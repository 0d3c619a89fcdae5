"""Whether a binding and its core read arrays of one type: both sides are given the same array."""

from __future__ import annotations

from bindcheck.analysis.bindings.effective_signature import Argument as Parameter
from bindcheck.analysis.program import Program
from bindcheck.bench.outputs import INTEGERS
from bindcheck.errors import NothingToDoError
from bindcheck.model import CoreApi, EntryPoint

_EXACT = frozenset({"PyReadonlyArray1", "PyReadwriteArray1", "PyArray1"})
"""Arguments that NumPy does not convert: another type of array is refused."""
_ELEMENTS = INTEGERS | {"f32", "f64", "bool"}


def refuse_other_elements(
    program: Program, core: CoreApi, entry: EntryPoint, argument: Parameter, wanted: str
) -> None:
    """A NothingToDoError if an argument is an array of numbers of another type than `wanted`."""
    kind = argument.param.type if argument.param is not None else None
    for one in () if kind is None else kind.walk():
        given = one.args[-1].name if one.name in _EXACT and one.args else ""
        if given in _ELEMENTS and wanted in _ELEMENTS and given != wanted:
            place = program.location(entry.ref.path, program.function(entry.ref).name_span)
            raise NothingToDoError(
                f"`{entry.python_name}` takes `{argument.name}` as an array of {given}, and "
                f"`{core.name}` one of {wanted}: both sides are given the same array, so what "
                "that conversion costs cannot be measured",
                place.path,
                place.line,
            )
