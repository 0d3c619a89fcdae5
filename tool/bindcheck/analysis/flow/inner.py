"""What another crate keeps in an object of Python: a graph, a decoder, a data frame.

Who hands the object over has not chosen in this call what that says of itself: its nodes are those
it has, however they got there. It is the same for `self` and for an argument.
"""

from __future__ import annotations

from bindcheck.analysis.flow.types import Hint, value_of
from bindcheck.analysis.flow.values import Shape, Size
from bindcheck.analysis.program import Program
from bindcheck.model import Enum, ItemRef, Struct, TypeRef

_PLAIN = Hint(Size.CONST, Size.CONST)
_COLLECTIONS = frozenset(
    f"{order}{kind}" for order in ("Hash", "BTree", "Index") for kind in ("Map", "Set")
)


def is_inner(program: Program, ref: ItemRef, owner: Struct, type_: TypeRef) -> bool:
    """Whether a field of a struct is what another crate keeps in an object of Python."""
    if owner.attr("pyclass") is None:
        return False
    value = value_of(type_, _PLAIN)
    held = value.type
    if value.shape is not Shape.STRUCT or value.wrap or held is None or held.kind != "path":
        return False
    known = program.resolve_type(held.path or held.name, ref.path)
    own = known is not None and isinstance(program.struct(known), (Struct, Enum))
    return not own and held.name not in _COLLECTIONS
