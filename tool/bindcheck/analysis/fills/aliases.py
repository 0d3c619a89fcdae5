"""Names of a body that stand for a piece of memory, or for a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from bindcheck.analysis.fills.reading import Reading
from bindcheck.analysis.ranges.values import literal
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Cast,
    Closure,
    FieldAccess,
    If,
    Index,
    Let,
    Literal,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Sequence,
    Try,
    Unary,
)
from bindcheck.model.fact import fact

_LATER = frozenset({"skip", "add", "offset", "step_by", "split_off", "wrapping_add"})
_MAKERS = frozenset(
    {"from_raw_parts_mut", "from_raw_parts", "from_mut", "new", "from", "transmute"}
)
_OTHER = frozenset(
    {
        *("len", "shape", "dims", "is_empty", "capacity", "dim", "nrows", "ncols", "ndim"),
        *("strides", "to_vec", "sum", "count", "position", "py", "is_contiguous"),
    }
)


class Reach(IntEnum):
    """Which cells of the memory a name reaches: all from the first on, or only later ones."""

    FIRST = 0
    LATER = 1


@fact
class Alias:
    """What a name stands for. `element` for a single cell at a time, as in an iteration."""

    reach: Reach
    element: bool = False


class Aliases:
    """The aliases of one piece of memory in a body."""

    def __init__(self, seeds: dict[str, Alias]):
        self.known = dict(seeds)
        self._values: dict[str, Node] = {}

    def spread(self, reading: Reading) -> None:
        """Find all names, until nothing new is found."""
        local = reading.local_calls()
        before = -1
        while len(self.known) != before:
            before = len(self.known)
            for node in reading.binds:
                self._take(node)
            for call, params in local:
                for param, arg in zip(params, call.args, strict=False):
                    self._all(param.names, self.of(arg))

    def _take(self, node: Node) -> None:
        if isinstance(node, Let) and node.value is not None:
            self._bind(node.names, node.value)
        elif isinstance(node, Loop) and node.over is not None and node.kind == "for":
            self._yielded(node.names, node.over)
        elif isinstance(node, MethodCall):
            self._closures(node)
        elif isinstance(node, Match):
            alias = self.of(node.subject)
            for arm in node.arms if alias is not None else ():
                self._all(arm.names, alias)

    def _bind(self, names: tuple[str, ...], value: Node) -> None:
        self._values.update(dict.fromkeys(names[:1], value) if len(names) == 1 else {})
        if isinstance(value, Sequence) and len(value.items) == len(names):
            for name, item in zip(names, value.items, strict=True):
                self._all((name,), self.of(item))
        elif _splits(value) and len(names) == 2 and self.of(value) is not None:
            self._all(names[:1], self.of(value))
            self._all(names[1:], Alias(Reach.LATER))
        else:
            self._all(names, self.of(value))

    def _closures(self, node: MethodCall) -> None:
        """The closures of an iteration over the memory get its parts or elements."""
        for arg in node.args:
            if isinstance(arg, Closure):
                for param in arg.params:
                    self._yielded(param.names, node.receiver)

    def _yielded(self, names: tuple[str, ...], over: Node) -> None:
        """What an iteration gives: `(row, cells)` of `out.chunks_mut(cols).enumerate()`."""
        alias = self.of(over)
        if alias is None:
            return
        inner = Alias(alias.reach, element=not _by_parts(over))
        given = self._parts(over)
        fits = len(given) == len(names)
        for name, is_memory in zip(names, given if fits else [True] * len(names), strict=True):
            if is_memory:
                self._all((name,), inner)

    def _parts(self, over: Node) -> list[bool]:
        """For each part of what an iteration gives, whether it lies in the memory."""
        if isinstance(over, MethodCall) and over.method == "enumerate":
            return [False, *self._parts(over.receiver)]
        if isinstance(over, MethodCall) and over.method == "zip" and over.args:
            return [*self._parts(over.receiver), *self._parts(over.args[0])]
        if isinstance(over, MethodCall) and self.of(over) is not None:
            return self._parts(over.receiver)
        return [self.of(over) is not None]

    def _all(self, names: tuple[str, ...], alias: Alias | None) -> None:
        for name in names if alias is not None else ():
            if name not in self.known and alias is not None:
                self.known[name] = alias

    def of(self, node: Node | None) -> Alias | None:
        """What an expression stands for, None if it is something else."""
        if isinstance(node, Path):
            return self.known.get(node.last) if len(node.segments) == 1 else None
        if isinstance(node, (Try, Unary, Cast)):
            return self.of(node.value)
        if isinstance(node, FieldAccess):
            return self.of(node.base)
        if isinstance(node, Index):
            return self._indexed(node)
        if isinstance(node, MethodCall):
            return self._method(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Block):
            return self.of(node.statements[-1]) if node.tail and node.statements else None
        if isinstance(node, If):
            return self.of(node.then) or self.of(node.otherwise)
        return self._first(node.items) if isinstance(node, Sequence) else None

    def _indexed(self, node: Index) -> Alias | None:
        alias = self.of(node.base)
        if alias is None or not isinstance(node.index, Range):
            return alias
        return alias if self.from_start(node.index.start) else Alias(Reach.LATER)

    def from_start(self, node: Node | None) -> bool:
        """Whether a range starts at the first cell, or that of a row: at nothing, 0, a product."""
        if isinstance(node, Path) and len(node.segments) == 1:
            value = self._values.get(node.last)
            return value is not None and not isinstance(value, Path) and self.from_start(value)
        if isinstance(node, (Cast, Try)):
            return self.from_start(node.value)
        if isinstance(node, MethodCall):
            return node.method.endswith("_mul") or self.from_start(node.receiver)
        return node is None or is_zero(node) or (isinstance(node, Binary) and node.op == "*")

    def _method(self, node: MethodCall) -> Alias | None:
        if node.method in _OTHER:
            return None
        alias = self.of(node.receiver)
        if alias is None:
            # `data.iter().zip(out)`, `(0..rows).zip(out.chunks_mut(cols))`
            return self._first(node.args) if node.method in ("zip", "chain") else None
        later = node.method in _LATER and not all(is_zero(arg) for arg in node.args)
        return Alias(Reach.LATER) if later else alias

    def _call(self, node: Call) -> Alias | None:
        path = node.function
        made = isinstance(path, Path) and (path.last in _MAKERS or path.last[:1].isupper())
        return self._first(node.args) if made else None

    def _first(self, nodes: tuple[Node, ...]) -> Alias | None:
        return next((found for one in nodes if (found := self.of(one)) is not None), None)


def _splits(node: Node) -> bool:
    return isinstance(node, MethodCall) and node.method.startswith("split_at")


def _by_parts(chain: Node) -> bool:
    """Whether an iteration yields rows and not cells."""
    for node in _chain(chain):
        if node.method.startswith(("chunks", "par_chunks", "rows", "outer_iter", "axis_iter")):
            return True
    return False


def _chain(node: Node) -> Iterator[MethodCall]:
    while isinstance(node, MethodCall):
        yield node
        node = node.receiver


def is_zero(node: Node | None) -> bool:
    """Whether a node is the literal 0."""
    return isinstance(node, Literal) and literal(node.text) == 0
