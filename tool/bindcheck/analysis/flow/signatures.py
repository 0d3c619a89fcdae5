"""Types without aliases: `type Series<'py> = PyReadonlyArray1<'py, f64>` is that array."""

from __future__ import annotations

from bindcheck.analysis.cores.aliases import Unaliased
from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.model import Function, ItemRef, TypeRef

_MADE_OF = (
    *(ft.NUMPY, ft.NDARRAYS, ft.SEQUENCES, ft.POINTERS, ft.PYTHON_OBJECTS, ft.RESULTS),
    *(ft.SCALARS, {"Option"}),
)


class Signatures:
    """The functions of a program, and the types that they name, without aliases."""

    def __init__(self, program: Program):
        self._program = program
        names = _aliases(program)
        self._unaliased = Unaliased(program, names) if names else None
        self._known: Memo[ItemRef, Function] = Memo()

    def of(self, ref: ItemRef) -> Function:
        """The function that `ref` names."""
        function = self._program.function(ref)
        if self._unaliased is None:
            return function
        return self._known.of(ref, self._unaliased.function, ref.path, function)

    def type(self, kind: TypeRef, ref: ItemRef) -> TypeRef:
        """A type that is written in the body of the function `ref`."""
        if self._unaliased is None:
            return kind
        return self._unaliased.type(kind, ref.path, self._program.function(ref).scope)


def _aliases(program: Program) -> frozenset[str]:
    """The names of aliases of arrays, Python objects, results and numbers."""
    known = frozenset().union(*_MADE_OF)
    targets = [
        (one.name, one.target.peel())
        for module in program.modules.values()
        for one in module.aliases
        if one.name not in known
    ]
    found: set[str] = set()
    while more := {
        name
        for name, target in targets
        if name not in found and (target.kind != "path" or target.name in known | found)
    }:
        found |= more
    return frozenset(found)
