"""The body IR, further: operators, access to parts, literals of several values, ways out."""

from __future__ import annotations

from bindcheck.model.body import Node, present
from bindcheck.model.fact import fact
from bindcheck.model.source import TypeRef


@fact
class Index(Node):
    """`base[index]`; a Range as index is a slicing."""

    base: Node
    index: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.base, self.index)


@fact
class FieldAccess(Node):
    """`base.name` (`name` is a number for tuples)."""

    base: Node
    name: str

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.base,)


@fact
class Range(Node):
    """`start..end`, `start..=end`."""

    start: Node | None
    end: Node | None
    inclusive: bool

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return present(self.start, self.end)


@fact
class Binary(Node):
    """`left op right`."""

    left: Node
    op: str
    right: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.left, self.right)


@fact
class Unary(Node):
    """`op value`: `-`, `!`, `*`, `&`, `&mut`, `&raw const`, `&raw mut`."""

    op: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Try(Node):
    """`value?`."""

    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Await(Node):
    """`value.await`."""

    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class Return(Node):
    """`return value`."""

    value: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return present(self.value)


@fact
class Jump(Node):
    """`break value` or `continue`."""

    kind: str
    value: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return present(self.value)


@fact
class Cast(Node):
    """`value as type`."""

    value: Node
    type: TypeRef

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class FieldInit(Node):
    """One field of a struct literal; `value` is a Path of the same name for the short form."""

    name: str
    value: Node

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return (self.value,)


@fact
class StructLiteral(Node):
    """`path { fields, ..base }`."""

    path: str
    inits: tuple[FieldInit, ...]
    base: Node | None

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.inits if self.base is None else (*self.inits, self.base)


@fact
class Sequence(Node):
    """`kind`: `tuple` `(a, b)`, `array` `[a, b]`, `repeat` `[a; n]` (items: value and length)."""

    kind: str
    items: tuple[Node, ...]

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.items


@fact
class Opaque(Node):
    """A construct the IR has no node for; its readable sub-expressions are kept."""

    kind: str
    parts: tuple[Node, ...] = ()

    def children(self) -> tuple[Node, ...]:
        """Direct sub-nodes in source order."""
        return self.parts
