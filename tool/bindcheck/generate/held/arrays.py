"""Which entries of a dict are arrays: Python gets a list of a vector that is put there as it is."""

from __future__ import annotations

from collections.abc import Collection

from bindcheck.generate.held.effects import interned
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Closure,
    If,
    Let,
    Literal,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Sequence,
    Try,
    Unary,
)

_MAKERS = frozenset({"into_pyarray", "into_pyarray_bound", "to_pyarray", "to_pyarray_bound"})
_STAY = frozenset(
    {
        *("as_any", "as_ref", "bind", "borrow", "call_method0", "clone", "clone_ref", "expect"),
        *("get_item", "into", "into_any", "into_bound", "into_py", "into_py_any", "map_err"),
        *("ok_or_else", "readonly", "reshape", "transpose", "unbind", "unwrap"),
    }
)
"""Methods that give an array of an array."""


def refuse_lists(held: HeldFunction, outputs: Collection[str]) -> None:
    """Raise where a key of `outputs`, whose value is one of the core's, holds no array."""
    for node in held.body.walk():
        if not isinstance(node, MethodCall) or node.method != "set_item" or len(node.args) != 2:
            continue
        key, value = interned(node.args[0]), node.args[1]
        asked = not isinstance(key, Literal) or key.text in outputs
        if asked and outputs and not _Arrays(held.body).has(value):
            shown = key.text if isinstance(key, Literal) else "a key"
            fact = f"an array that `{held.function.name}` puts under {shown!r}"
            raise Lacking(fact, node.span.start)


class _Arrays:
    """Tells arrays by what a body makes them of."""

    def __init__(self, body: Block):
        self._nodes = tuple(body.walk())

    def has(self, node: Node) -> bool:
        """Whether the value of an expression is an array as Python knows it."""
        if isinstance(node, Path):
            return len(node.segments) == 1 and self._named(node.last, node.span.start)
        if isinstance(node, Try | Unary):
            return self.has(node.value)
        if isinstance(node, MethodCall):
            return self._method(node)
        if isinstance(node, Call):
            return self._call(node)
        ends = _ends(node)
        return bool(ends) and all(map(self.has, ends))

    def _method(self, node: MethodCall) -> bool:
        mapped = node.args[0] if node.method == "map" and node.args else None
        if isinstance(mapped, Closure):
            return self.has(mapped.body)
        return node.method in _MAKERS or (node.method in _STAY and self.has(node.receiver))

    def _call(self, node: Call) -> bool:
        path = node.function.segments if isinstance(node.function, Path) else ()
        if any(one.startswith("PyArray") for one in path):
            return True
        return path[-1:] in (("Ok",), ("Some",)) and all(map(self.has, node.args))

    def _named(self, name: str, before: int) -> bool:
        """Whether a variable holds an array where it is used."""
        lets = [one for one in self._nodes if isinstance(one, Let) and name in one.names]
        lets = [one for one in lets if one.span.end <= before]
        for loop in self._nodes:
            inside = isinstance(loop, Loop) and loop.span.start < before < loop.span.end
            if isinstance(loop, Loop) and inside and name in loop.names:
                return self._gives(loop.over)
        return bool(lets) and self._bound(max(lets, key=lambda one: one.span.start), name)

    def _bound(self, let: Let, name: str) -> bool:
        """Whether a `let` gives a variable an array; one without a value is set later."""
        if let.type is not None:
            return any(one.startswith("PyArray") for one in let.type.names())
        if let.value is None:
            later = [
                one.value
                for one in self._nodes
                if isinstance(one, Assign)
                and isinstance(one.target, Path)
                and one.target.segments == (name,)
            ]
            return bool(later) and all(map(self.has, later))
        parts = [one.strip() for one in let.pattern.strip().strip("()").split(",") if one.strip()]
        ends = _ends(let.value) or (let.value,)
        if let.pattern.strip().startswith("(") and name in parts:
            at = parts.index(name)
            items = [one.items for one in ends if isinstance(one, Sequence)]
            return len(items) == len(ends) and all(
                len(one) == len(parts) and self.has(one[at]) for one in items
            )
        return self.has(let.value)

    def _gives(self, over: Node | None) -> bool:
        """Whether a loop goes over something that is made of arrays."""
        return over is not None and any(
            isinstance(one, MethodCall | Call | Path) and self.has(one) for one in over.walk()
        )


def _ends(node: Node) -> tuple[Node, ...]:
    """The values that a block, a condition or a choice may have."""
    if isinstance(node, Block):
        return _last(node.statements[-1]) if node.tail else ()
    if isinstance(node, If) and node.otherwise is not None:
        return (*_last(node.then), *_last(node.otherwise))
    if isinstance(node, Match):
        return tuple(end for arm in node.arms for end in _last(arm.body))
    return ()


def _last(node: Node) -> tuple[Node, ...]:
    return _ends(node) or (node,)
