"""The names by which a function knows a piece of memory that it is handed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.model import (
    Block,
    Call,
    Cast,
    Closure,
    FieldAccess,
    Index,
    Let,
    Loop,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)

_ROUNDS = 6
_NAMING = frozenset({Call, Let, Loop, MethodCall})


def aliases(body: Node, name: str) -> frozenset[str]:
    """`name`, and what is made of it: slices, rows, pointers, cells, parameters of closures."""
    nodes = [node for node in body.walk() if type(node) in _NAMING]
    closures = {
        one.names[0]: one.value
        for one in nodes
        if isinstance(one, Let) and len(one.names) == 1 and isinstance(one.value, Closure)
    }
    known = {name}
    for _ in range(_ROUNDS):
        found = {new for node in nodes for new in _new(node, known, closures)}
        if found <= known:
            break
        known |= found
    return frozenset(known)


def _new(node: Node, known: set[str], closures: dict[str, Closure]) -> Iterator[str]:
    if isinstance(node, (Let, Loop)):
        if derives(node.value if isinstance(node, Let) else node.over, known):
            yield from node.names
    elif isinstance(node, MethodCall) and derives(node.receiver, known):
        for arg in node.args:
            if isinstance(arg, Closure):
                yield from (name for param in arg.params for name in param.names)
    elif isinstance(node, Call) and isinstance(node.function, Path):
        closure = closures.get(node.function.text)
        params = closure.params if closure is not None else ()
        for param, arg in zip(params, node.args, strict=False):
            if derives(arg, known):
                yield from param.names


def derives(node: Node | None, known: Iterable[str]) -> bool:
    """Whether an expression is the memory known by these names, a part of it or a way to it."""
    known = frozenset(known)
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Path):
            if len(one.segments) == 1 and one.last in known:
                return True
        elif isinstance(one, MethodCall):
            # An iterator over the memory may be the one that another is zipped with.
            todo += [one.receiver, *(arg for arg in one.args if one.method in ("zip", "chain"))]
        elif isinstance(one, Call):
            todo += one.args
        elif isinstance(one, (Index, FieldAccess)):
            todo.append(one.base)
        elif isinstance(one, (Unary, Try, Cast)):
            todo.append(one.value)
        elif isinstance(one, Block) and one.tail:
            todo.append(one.statements[-1])
    return False
