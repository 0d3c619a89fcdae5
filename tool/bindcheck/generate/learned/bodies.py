"""The bodies of the reference's bindings: what a variable stands for in them."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.paths_as_methods import OF_PYTHON, with_methods
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Cast,
    Closure,
    CoreApi,
    EntryKind,
    Index,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Role,
    Try,
    Unary,
)

_DEEPEST = 12
_MAPPING = frozenset({"map", "filter_map", "flat_map"})
_ADDING = frozenset({"push", "extend"})


@fact
class Body:
    """One function of a binding."""

    program: Program
    ref: ItemRef
    block: Block

    def let(self, name: str) -> Node | None:
        """What a variable was made of, by the last `let` of its name."""
        lets = (one for one in self.block.walk() if isinstance(one, Let))
        values = [one.value for one in lets if one.names == (name,)]
        return values[-1] if values else None

    def chain(self, node: Node | None) -> Iterator[Node]:
        """What a value is made from: receivers, variables, and what is put into them.

        Closures that make each of its values are among it, other arguments are not.
        """
        todo, seen = [node], set[str]()
        for _ in range(_DEEPEST):
            if not todo:
                return
            one = todo.pop(0)
            if one is None:
                continue
            yield one
            todo += self._behind(one, seen)

    def _behind(self, node: Node, seen: set[str]) -> list[Node | None]:
        if isinstance(node, MethodCall):
            mapped = node.args if node.method in _MAPPING else ()
            return [*(arg for arg in mapped if isinstance(arg, Closure)), node.receiver]
        if isinstance(node, Try | Unary | Cast):
            return [node.value]
        if isinstance(node, Index):
            return [node.base]
        if isinstance(node, Block) and node.tail:
            return list(node.statements[-1:])
        if isinstance(node, Call):
            return list(node.args[-1:])
        if isinstance(node, Path) and len(node.segments) == 1 and node.last not in seen:
            seen.add(node.last)
            return [self.let(node.last), *self._put_into(node.last)]
        return []

    def _put_into(self, name: str) -> Iterator[Node]:
        """What is pushed into a vector."""
        for one in self.block.walk():
            adds = isinstance(one, MethodCall) and one.method in _ADDING
            if isinstance(one, MethodCall) and adds and one.args and _is(one.receiver, name):
                yield one.args[0]


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Path) and node.text == name


def bodies_of(program: Program, reference: CoreApi, role: Role) -> tuple[Body, ...]:
    """The functions of the reference's bindings in a role; of a class its constructor."""
    entries = [one for one in program.entries_of(reference) if one.active and one.role is role]
    refs = [one.ref for one in entries if one.kind is EntryKind.FUNCTION]
    classes = {one.ref for one in entries if one.kind is EntryKind.CLASS}
    refs += [
        one.ref
        for one in program.entries
        if one.constructor and one.active and one.class_ref in classes
    ]
    found = ((ref, program.body(ref)) for ref in refs)
    return tuple(
        Body(program, ref, with_methods(block, OF_PYTHON))
        for ref, block in found
        if block is not None
    )
