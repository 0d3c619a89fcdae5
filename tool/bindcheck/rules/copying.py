"""What helps against a copy into a fresh array: it depends on what is copied, and what for."""

from __future__ import annotations

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.memory.writers import CopiedInto
from bindcheck.analysis.program import Program
from bindcheck.model import Let, Node, Span
from bindcheck.rules.edits import statement_of, uses_after

_MOVE = (
    "move the result with `into_pyarray(py)`, or let the core write into the array's slice; "
    "`reshape` makes it two-dimensional without a copy"
)
_PARTS = (
    "let the core write into the arrays' slices: what it gives holds several results in one piece, "
    "of which `into_pyarray(py)` can move none alone"
)
_STACKED = "let the core write into the parts of this array's slice, which `split_at_mut` gives"
_GATHERED = "let the core write into the array's slice, in the order in which Python gets it"
_UNUSED = "delete the array and the copy: nothing uses it"


def remedy(program: Program, copied: CopiedInto, *, movable: bool) -> str:
    """The one-line remedy; `movable` where the array can be made of the result itself."""
    write = copied.write
    if movable:
        return _MOVE
    if _is_unused(program, copied):
        return _UNUSED
    if write.how == "loop":
        return _GATHERED
    if write.target.part:
        return _STACKED
    return _PARTS if write.value.part else _MOVE


def _is_unused(program: Program, copied: CopiedInto) -> bool:
    """Whether the copy is all that ever happens to the array."""
    place, root = copied.write.place, copied.write.target.root
    anatomy = anatomy_of(program, place.ref)
    if anatomy is None or root is None or root[0] != place.ref.path:
        return False
    made = _binding(anatomy, root[1])
    name = made.names[0] if made is not None and len(made.names) == 1 else ""
    statement = _statement(anatomy, place.span)
    if made is None or not name or statement is None:
        return False
    uses = uses_after(anatomy, name, made.span.end)
    return all(statement.span.contains(one.span) for one in uses)


def _binding(anatomy: Anatomy, allocation: Span) -> Let | None:
    lets = (one for one in anatomy.all(Let) if one.value and one.value.span.contains(allocation))
    return next(lets, None)


def _statement(anatomy: Anatomy, copy: Span) -> Node | None:
    node = next((one for one in anatomy.body.walk() if one.span == copy), None)
    found = statement_of(anatomy, node) if node is not None else None
    return found[1] if found is not None else None
