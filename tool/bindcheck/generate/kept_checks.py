"""Checks of a kept binding, tried with what its test gives: a test that they refuse is none."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.statements import is_guard
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Binary,
    Block,
    Cast,
    EntryPoint,
    FieldAccess,
    If,
    Literal,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    Unary,
)

Value = bool | int | float | str | None | range | tuple["Value", ...]
"""What Python gives; an array is a `range` as long as it is."""

_COMPUTED: Mapping[str, Callable[[float, float], float | bool]] = {
    **{"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge},
    **{"==": operator.eq, "!=": operator.ne, "+": operator.add, "-": operator.sub},
    **{"*": operator.mul},
}


class _UnknownError(Exception):
    """What a condition comes to is not known."""


def refuse_checked(
    held: HeldFunction, entry: EntryPoint, given: Mapping[str, str], length: int
) -> None:
    """Raise where a check refuses what a test gives: arguments as text, arrays of a length.

    A condition that is more than numbers is taken to hold.
    """
    names: dict[str, Value] = {one.slice: range(length) for one in held.series()}
    names |= {one.name: range(length) for one in held.series()}
    for one in python_signature(entry, held.function):
        text = given.get(one.name, one.default)
        if text is not None and one.name not in names:
            _put(names, one.name, text)
    for check in _refusing(held.body.statements, names):
        shown = held.source[check.span.start : check.condition.span.end].decode("utf-8")
        raise Lacking(f"values that the check `{' '.join(shown.split())}` lets pass")


def _refusing(statements: Sequence[Node], names: Mapping[str, Value]) -> Iterator[If]:
    """The checks whose conditions hold, with those that they stand under."""
    for one in statements:
        if is_guard(one) and isinstance(one, If) and _holds(one.condition, names):
            inside = one.then.statements if isinstance(one.then, Block) else ()
            if any(isinstance(node, Return) for node in inside):
                yield one
            yield from _refusing(inside, names)


def _put(names: dict[str, Value], name: str, text: str) -> None:
    """A literal of Rust or Python; anything else is not known."""
    plain = {"true": "True", "false": "False"}.get(text, text)
    try:
        names[name] = ast.literal_eval(plain)
    except (SyntaxError, ValueError):
        return


def _holds(condition: Node, names: Mapping[str, Value]) -> bool:
    try:
        return _value(condition, names) is True
    except _UnknownError:
        return False


def _value(node: Node, names: Mapping[str, Value]) -> Value:
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise _UnknownError
    return handler(node, names)


def _path(node: Path, names: Mapping[str, Value]) -> Value:
    if node.text not in names:
        raise _UnknownError
    return names[node.text]


def _literal(node: Literal, names: Mapping[str, Value]) -> Value:
    del names
    if node.kind == "str":
        return node.text
    found: dict[str, Value] = {}
    _put(found, "it", node.text)
    if "it" not in found:
        raise _UnknownError
    return found["it"]


def _binary(node: Binary, names: Mapping[str, Value]) -> Value:
    if node.op in ("&&", "||"):
        return _either(node, names)
    left, right = _value(node.left, names), _value(node.right, names)
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if node.op in ("==", "!=") and isinstance(left, str) and isinstance(right, str):
        return (left == right) is (node.op == "==")
    if not numbers or node.op not in _COMPUTED:
        raise _UnknownError
    assert isinstance(left, int | float)
    assert isinstance(right, int | float)
    return _COMPUTED[node.op](left, right)


def _either(node: Binary, names: Mapping[str, Value]) -> bool:
    """One side may be enough."""
    enough = node.op == "||"
    known: list[Value] = []
    for side in (node.left, node.right):
        try:
            known.append(_value(side, names))
        except _UnknownError:
            continue
    if enough in known:
        return enough
    if len(known) < 2:
        raise _UnknownError
    return not enough


def _unary(node: Unary, names: Mapping[str, Value]) -> Value:
    value = _value(node.value, names)
    if node.op in ("&", "*"):
        return value
    if node.op == "!" and isinstance(value, bool):
        return not value
    if node.op == "-" and isinstance(value, int | float):
        return -value
    raise _UnknownError


def _cast(node: Cast, names: Mapping[str, Value]) -> Value:
    value = _value(node.value, names)
    if not isinstance(value, int | float):
        raise _UnknownError
    return float(value) if node.type.text.startswith("f") else int(value)


def _field(node: FieldAccess, names: Mapping[str, Value]) -> Value:
    value = _value(node.base, names)
    if isinstance(value, tuple) and node.name.isdigit() and int(node.name) < len(value):
        return value[int(node.name)]
    raise _UnknownError


def _method(node: MethodCall, names: Mapping[str, Value]) -> Value:
    if node.method == "contains" and isinstance(node.receiver, Range) and len(node.args) == 1:
        return _within(node.receiver, _value(node.args[0], names), names)
    value = _value(node.receiver, names)
    if isinstance(value, range | str) and node.method in ("len", "is_empty"):
        return len(value) if node.method == "len" else not value
    if node.method in ("is_none", "is_some"):
        return (value is None) is (node.method == "is_none")
    if node.method == "unwrap_or" and len(node.args) == 1:
        return _value(node.args[0], names) if value is None else value
    raise _UnknownError


def _within(node: Range, value: Value, names: Mapping[str, Value]) -> bool:
    start = _value(node.start, names) if node.start is not None else value
    end = _value(node.end, names) if node.end is not None else None
    if not isinstance(value, int | float) or not isinstance(start, int | float):
        raise _UnknownError
    if end is None:
        return start <= value
    if not isinstance(end, int | float):
        raise _UnknownError
    return start <= value <= end if node.inclusive else start <= value < end


_HANDLERS: Mapping[type[Node], Callable[..., Value]] = {
    Path: _path,
    Literal: _literal,
    Binary: _binary,
    Unary: _unary,
    Cast: _cast,
    FieldAccess: _field,
    MethodCall: _method,
}
