"""Flags that a call gives as literals, and the branches of the called function that they close.

`chunks_of(series, false)` does not come to what `chunks_of` does where its second argument is true.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.model import (
    Arm,
    Assign,
    Binary,
    Call,
    If,
    ItemRef,
    Let,
    Literal,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Sequence,
    Span,
    Unary,
)

Flags = frozenset[tuple[str, bool]]
"""The parameters of a function that are known to be true or false."""
NO_FLAGS: Flags = frozenset()


def flags_of(program: Program, target: ItemRef, node: Node, given: Flags = NO_FLAGS) -> Flags:
    """The flags of a function that is called at `node`, by one that has been `given` its own."""
    args = node.args if isinstance(node, (Call, MethodCall)) else ()
    known: dict[str, bool] = {}
    for param, arg in zip(program.function(target).params, args, strict=False):
        value = _value(arg, given)
        if value is not None and param.type is not None and param.type.name == "bool":
            known[param.name] = value
    return frozenset(known.items())


def closed(program: Program, ref: ItemRef, flags: Flags) -> tuple[Span, ...]:
    """The parts of a function that do not run for these flags."""
    body = program.body(ref) if flags else None
    nodes = tuple(body.walk()) if body is not None else ()
    bound = {name for one in nodes for name in _bound(one)}
    known = frozenset(one for one in flags if one[0] not in bound)
    return tuple(span for node in nodes for span in _closed_in(node, known)) if known else ()


def _bound(node: Node) -> tuple[str, ...]:
    """The variables to which a node gives another value."""
    if isinstance(node, (Let, Loop, Arm)):
        return node.names
    target = node.target if isinstance(node, Assign) else None
    return (target.last,) if isinstance(target, Path) else ()


def _closed_in(node: Node, flags: Flags) -> Iterator[Span]:
    if isinstance(node, If):
        value = _value(node.condition, flags)
        if value is False:
            yield node.then.span
        elif value is True and node.otherwise is not None:
            yield node.otherwise.span
    elif isinstance(node, Match):
        tuples = isinstance(node.subject, Sequence)
        asked = node.subject.items if isinstance(node.subject, Sequence) else (node.subject,)
        values = [_value(one, flags) for one in asked]
        for arm in node.arms if any(one is not None for one in values) else ():
            parts = _parts(arm.pattern) if tuples else [arm.pattern.strip()]
            if any(_denies(part, one) for part, one in zip(parts, values, strict=False)):
                yield arm.body.span


def _value(node: Node, flags: Flags) -> bool | None:
    """What a condition is; None where that is not known."""
    if isinstance(node, Literal) and node.kind == "bool":
        return node.text == "true"
    if isinstance(node, Path) and len(node.segments) == 1:
        return dict(flags).get(node.last)
    if isinstance(node, Unary) and node.op == "!":
        value = _value(node.value, flags)
        return None if value is None else not value
    if isinstance(node, Binary) and node.op in ("&&", "||"):
        sides = (_value(node.left, flags), _value(node.right, flags))
        decides = node.op == "||"
        if decides in sides:
            return decides
    return None


def _parts(pattern: str) -> list[str]:
    """The parts of a pattern for a tuple; none where they are not plain to see."""
    inner = pattern.strip().removeprefix("(").removesuffix(")")
    plain = not any(mark in inner for mark in "([{|")
    return [one.strip() for one in inner.split(",")] if plain else []


def _denies(part: str, value: bool | None) -> bool:
    return value is not None and part == ("false" if value else "true")
