"""What a parallel iterator runs over, as far as the function itself tells: numbers or rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bindcheck.analysis.costs.contexts import Placed
from bindcheck.analysis.flow import types as ft
from bindcheck.fact import fact
from bindcheck.model import (
    Call,
    Function,
    Index,
    Let,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Range,
    TypeRef,
    Unary,
)
from bindcheck.model import Sequence as Listed
from bindcheck.model import Try as Tried

_LISTS = ft.SEQUENCES | ft.NDARRAYS | ft.NUMPY
_DEEPEST = 8


class Element(StrEnum):
    """What one job gets."""

    NUMBER = "number"
    ROW = "row"
    UNKNOWN = "unknown"


@fact
class Names:
    """What the names of a function stand for: types of parameters, `let` of the rest.

    `rows` are the names by which closures know a row of what they run over.
    """

    types: Mapping[str, TypeRef]
    lets: Mapping[str, Let]
    rows: set[str]

    @classmethod
    def of(cls, function: Function, nodes: Sequence[Placed]) -> Names:
        """The names of a function; of several `let` with one name the last counts."""
        types = {one.name: one.type for one in function.params if one.type is not None}
        lets = {
            node.names[0]: node
            for node, _ in nodes
            if isinstance(node, Let) and len(node.names) == 1
        }
        return cls(types, lets, set())

    def element(self, node: Node | None, depth: int = 0) -> Element:
        """What the elements of an expression are."""
        if node is None or depth > _DEEPEST:
            return Element.UNKNOWN
        if isinstance(node, Path):
            return self._named(node, depth)
        if isinstance(node, Range):
            return self._indices(node, depth)
        if isinstance(node, Index) and isinstance(node.index, Range):
            return self.element(node.base, depth + 1)
        if isinstance(node, (Unary, Tried)):
            return self.element(node.value, depth + 1)
        if isinstance(node, MethodCall):
            return self.element(node.receiver, depth + 1) if not node.args else Element.UNKNOWN
        return _made(node)

    def _named(self, node: Path, depth: int) -> Element:
        if node.text in self.rows:
            return Element.NUMBER
        let = self.lets.get(node.text)
        if let is None:
            return element_of(self.types.get(node.text))
        if let.type is not None and let.type.kind != "infer":
            return element_of(let.type)
        same = isinstance(let.value, Path) and let.value.text == node.text
        return Element.UNKNOWN if same else self.element(let.value, depth + 1)

    def _indices(self, node: Range, depth: int) -> Element:
        """`0..data.len()`: the indices of numbers, or of rows."""
        end = node.end
        if isinstance(end, Path) and end.text in self.lets:
            end = self.lets[end.text].value
        if isinstance(end, MethodCall) and end.method == "len":
            return self.element(end.receiver, depth + 1)
        return Element.UNKNOWN


def element_of(type_: TypeRef | None) -> Element:
    """The elements of a collection type."""
    if type_ is None:
        return Element.UNKNOWN
    peeled = type_.peel()
    if peeled.name in ft.ARROW_ARRAYS:
        return Element.NUMBER
    listed = peeled.kind in ("slice", "array") or peeled.name in _LISTS
    item = peeled.args[0].peel() if listed and peeled.args else None
    if item is None:
        return Element.UNKNOWN
    if item.name in ft.NUMBERS:
        return Element.NUMBER
    return Element.ROW if element_of(item) is Element.NUMBER else Element.UNKNOWN


def _made(node: Node) -> Element:
    """`vec![0.0; n]`, `vec![vec![0.0; n]; m]`."""
    if isinstance(node, MacroCall) and node.path == "vec" and len(node.args) == 1:
        return _made(node.args[0])
    if isinstance(node, Listed) and node.kind == "repeat" and node.items:
        first = node.items[0]
        if isinstance(first, Literal) and first.kind in ("float", "int"):
            return Element.NUMBER
        return Element.ROW if _made(first) is Element.NUMBER else Element.UNKNOWN
    if isinstance(node, Call) and node.args and isinstance(node.function, Path):
        return _made(node.args[0])
    return Element.UNKNOWN
