"""What is the same in each call: constants, those of a body, functions without parameters."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bindcheck.analysis.program import Program
from bindcheck.bench.constants import Number, Place, computed, constants, number
from bindcheck.fact import fact, replace
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Cast,
    ItemRef,
    Let,
    Literal,
    MethodCall,
    Node,
    Path,
    Unary,
)

_FLOATS = frozenset({"f32", "f64"})
_NUMBERS = _FLOATS | frozenset(
    f"{sign}{size}" for sign in "ui" for size in ("8", "16", "32", "64", "size")
)
_OPERATORS: Mapping[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.FloorDiv,
    "%": ast.Mod,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
_METHODS: Mapping[str, Callable[[Any, Any], Number]] = {
    "max": max,
    "min": min,
    "pow": operator.pow,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.floordiv,
    "rem": operator.mod,
    "shl": lambda left, right: computed(ast.LShift, left, right),
    "shr": lambda left, right: computed(ast.RShift, left, right),
    "div_ceil": lambda left, right: -(-left // right),
}
_KINDS = ("checked_", "saturating_", "wrapping_")
"""The same operations, which differ where a result does not fit: `checked_mul`, .."""
_LARGEST = 2**64
_TAKEN = frozenset({"unwrap", "expect", "unwrap_or", "unwrap_or_default", "unwrap_or_else"})
_KEPT = frozenset({"into", "clone", "to_owned"})
_READ = frozenset({"load", "get_or_init"})
"""What gives the value of a static that is set once, or seldom."""
_TIMES = frozenset({"elapsed", "duration_since", "as_nanos", "as_micros", "as_millis", "as_secs"})
_TIME_TYPES = frozenset({"Duration", "Instant", "SystemTime"})
_CONVERTING = frozenset({"from", "try_from"})
_OWNERS = frozenset({"cmp", "Ord"})
_OF_MACHINE = re.compile(r"thread(?!old)|cpu|core|parallelism")
"""How many threads there are is no size from which on they pay."""
_LARGEST_POWER = 64
_DEEPEST = 3
"""Functions without parameters that ask each other."""


@fact
class Constant:
    """What is the same in each call; `value` None where it cannot be told.

    `floating`: it is no whole number by its type.
    """

    value: Number | None
    floating: bool = False


class Values:
    """What the expressions in the body of a function are worth."""

    def __init__(self, program: Program, ref: ItemRef, depth: int = 0):
        self.program = program
        self.ref = ref
        self.depth = depth
        self.place = Place(ref.path, program.function(ref).scope)
        self.callees = program.callees(ref)
        body = program.body(ref)
        self.lets = [] if body is None else list(_lets(body))

    def written(self, text: str) -> Number | None:
        """The value of a text, such as a bound of a pattern."""
        return number(self.program, text, self.place)

    def number(self, node: Node) -> Number | None:
        """The value of an expression, if it is the same in each call and can be told."""
        found = self.of(node)
        return None if found is None else found.value

    def is_time(self, node: Node) -> bool:
        """Whether something in an expression is a time."""
        return any(
            (isinstance(one, MethodCall) and one.method in _TIMES)
            or (isinstance(one, Path) and self._means_time(one))
            for one in node.walk()
        )

    def of(self, node: Node) -> Constant | None:
        """What an expression is in each call; None where it may be something else each time."""
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, Path):
            return self._named(node)
        if isinstance(node, Cast):
            inner = self.of(node.value)
            return inner and replace(inner, floating=node.type.name in _FLOATS)
        if isinstance(node, Unary):
            return self.of(node.value) if node.op in ("*", "&") else None
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, MethodCall):
            return self._method(node)
        return self._got(node) if isinstance(node, Call) else None

    def _literal(self, node: Literal) -> Constant | None:
        if node.kind not in ("int", "float"):
            return None
        return Constant(self.written(node.text), node.kind == "float")

    def _named(self, node: Path) -> Constant | None:
        """A binding of the body before all others, whose value is looked at in its turn."""
        if len(node.segments) == 1:
            bound = [one for one in self.lets if one.names == (node.last,) and _before(one, node)]
            if bound:
                last = bound[-1]
                return None if last.value is None or last.mutable else self.of(last.value)
        if node.segments[0] in _NUMBERS:
            return Constant(None, node.segments[0] in _FLOATS)
        found = constants(self.program, node.segments, self.place)
        value = self.written(node.text)
        types = {one.const.type.name for one in found}
        known = value is not None or bool(types & _NUMBERS)
        return Constant(value, bool(types & _FLOATS)) if known else None

    def _means_time(self, node: Path) -> bool:
        found = constants(self.program, node.segments, self.place) if node.last.isupper() else []
        return any(one.const.type.name in _TIME_TYPES for one in found)

    def _binary(self, node: Binary) -> Constant | None:
        left, right = self.of(node.left), self.of(node.right)
        operation = _OPERATORS.get(node.op)
        if left is None or right is None or operation is None:
            return None
        return _both(left, right, lambda one, other: computed(operation, one, other))

    def _method(self, node: MethodCall) -> Constant | None:
        if node.method in _READ and isinstance(node.receiver, Path):
            known = constants(self.program, node.receiver.segments, self.place)
            return Constant(None) if known else None
        if node.method in _TAKEN | _KEPT:
            return self.of(node.receiver)
        if len(node.args) != 1:
            return None
        return self._operation(node.method, node.receiver, node.args[0])

    def _operation(self, method: str, first: Node, second: Node) -> Constant | None:
        """What a method of numbers gives, or a function of that name."""
        kind = next((one for one in _KINDS if method.startswith(one)), "")
        operation = _METHODS.get(method.removeprefix(kind))
        left, right = self.of(first), self.of(second)
        if left is None or right is None or operation is None:
            return None
        if method.endswith("pow") and (right.value or 0) > _LARGEST_POWER:
            return Constant(None)
        return _held(_both(left, right, operation), kind)

    def _got(self, node: Call) -> Constant | None:
        """What a function without parameters returns: known where it does nothing but say it."""
        refs = self.callees.get(node.span, ())
        if not refs:
            return self._of_numbers(node)
        if node.args:
            return None
        functions = [self.program.function(one) for one in refs]
        for one in functions:
            named = one.returns.name in _NUMBERS and not _OF_MACHINE.search(one.name.lower())
            if one.params or one.receiver or not named:
                return None
        body = self.program.body(refs[0]) if len(refs) == 1 else None
        simple = body is not None and len(body.statements) == 1 and body.tail
        if body is None or not simple or self.depth >= _DEEPEST:
            return Constant(None)
        return Constant(Values(self.program, refs[0], self.depth + 1).number(body.statements[0]))

    def _of_numbers(self, node: Call) -> Constant | None:
        """`usize::max(FROM, 1000)`, `cmp::min(..)`, `usize::from(FROM)`."""
        if not isinstance(node.function, Path):
            return None
        names = self.program.names.original(
            node.function.segments, self.place.path, self.place.scope
        )
        if len(names) < 2 or names[-2] not in _NUMBERS | _OWNERS:
            return None
        if len(node.args) == 1 and names[-1] in _CONVERTING:
            return self.of(node.args[0])
        return self._operation(names[-1], *node.args) if len(node.args) == 2 else None


def _lets(body: Block) -> Iterator[Let]:
    """Plain bindings, `const` of the body included, in source order."""
    for node in body.walk():
        if isinstance(node, Let) and node.names == (node.pattern,):
            yield node


def _before(let: Let, node: Node) -> bool:
    return let.span.end <= node.span.start


def of_machine(node: Node) -> bool:
    """Whether an expression is about how many threads or cores there are."""
    names = (
        one.last if isinstance(one, Path) else one.method
        for one in node.walk()
        if isinstance(one, (Path, MethodCall))
    )
    return any(_OF_MACHINE.search(one.lower()) for one in names)


def _held(found: Constant, kind: str) -> Constant:
    """A result that does not fit is the nearest one that does, or cannot be told."""
    value = found.value
    if value is None or not kind or found.floating or 0 <= value < _LARGEST:
        return found
    nearest = max(0, min(value, _LARGEST - 1)) if kind == "saturating_" else None
    return replace(found, value=nearest)


def _both(
    left: Constant, right: Constant, operation: Callable[[Number, Number], Number]
) -> Constant:
    floating = left.floating or right.floating
    if left.value is None or right.value is None:
        return Constant(None, floating)
    try:
        return Constant(operation(left.value, right.value), floating)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        return Constant(None, floating)
