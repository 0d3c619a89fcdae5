"""Arrays that are turned away by the raw flags of their memory, in code without `as_slice`."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.memory.slices import gives_up
from bindcheck.analysis.program import Program
from bindcheck.model import Function, If, ItemRef, MethodCall, Path

_FLAGS = frozenset({"NPY_ARRAY_C_CONTIGUOUS", "NPY_ARRAY_F_CONTIGUOUS", "NPY_ARRAY_CARRAY"})
_CHECKS = frozenset({"PyArray_IS_C_CONTIGUOUS", "PyArray_ISCONTIGUOUS", "PyArray_CHKFLAGS"})
_NAMES = _FLAGS | _CHECKS
_WORDS = tuple(name.encode() for name in sorted(_NAMES))


@once
def flags_refused(program: Program) -> tuple[Place, ...]:
    """Conditions on such flags that end in an error: one for each function."""
    return tuple(_refused(program))


def _refused(program: Program) -> Iterator[Place]:
    for path in program.modules:
        if not program.in_crate(path) or not program.file_mentions(path, _WORDS):
            continue
        for index, function in enumerate(program.modules[path].functions):
            ref = ItemRef(path, index)
            if program.mentions(ref, _WORDS) and _is_reached(program, ref, function):
                anatomy = anatomy_of(program, ref)
                yield from _asked(ref, anatomy) if anatomy is not None else ()


def _asked(ref: ItemRef, anatomy: Anatomy) -> Iterator[Place]:
    for node in anatomy.all(If):
        names = {
            one.last if isinstance(one, Path) else one.method
            for one in node.condition.walk()
            if isinstance(one, (Path, MethodCall))
        }
        if names & _NAMES and (gives_up(node.then) or gives_up(node.otherwise)):
            yield Place(ref, node.condition.span)
            return


def _is_reached(program: Program, ref: ItemRef, function: Function) -> bool:
    """Whether bindings come to a function; PyO3 calls those that extract arguments."""
    if not program.active(function.cfg, ref.path):
        return False
    return "FromPyObject" in function.trait or ref in reach_of(program).ways
