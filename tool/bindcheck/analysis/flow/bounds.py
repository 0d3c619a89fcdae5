"""How large whole numbers can be: by their type, a literal, or a condition that limits them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.flow.limits import raise_floors
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import NOTHING, Size, Value
from bindcheck.analysis.linking.constants import constants
from bindcheck.model import Binary, Cast, Literal, MethodCall, Node, Path, Range, Unary
from bindcheck.model.fact import replace

_WIDTH = {
    **{"u8": 8, "u16": 16, "u32": 32, "u64": 64, "usize": 64, "u128": 128},
    **{"i8": 7, "i16": 15, "i32": 31, "i64": 63, "isize": 63, "i128": 127},
}
_WORD = 64
_NUMBER = re.compile(r"(0x[0-9a-fA-F]+|0b[01]+|\d+)(?:[ui](?:\d+|size))?")
_FALSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "==", "==": "!="}


def width(value: Value) -> int:
    """How many bits the type of a number has; those of a `usize` if it is not known."""
    return _WIDTH.get(value.type.peel().name, _WORD) if value.type is not None else _WORD


def bits_of(node: Node, value: Value, frame: Frame) -> int | None:
    """The number at `node` is smaller than 2 to this power, whatever the caller does."""
    if isinstance(node, Literal) and node.kind == "int":
        return _amount(node.text)
    if isinstance(node, Path) and node.last.isupper():
        return _constant(node, frame)
    if value.type is None or value.type.peel().name not in _WIDTH:
        return value.bits
    return min(width(value), value.bits) if value.bits is not None else width(value)


def overflows(node: Binary, left: Value, right: Value, frame: Frame) -> bool:
    """Whether a product may be larger than its type."""
    bits = combined(node, left, right, frame)
    return bits is None or bits > width(left if left.type is not None else right)


def combined(node: Binary, left: Value, right: Value, frame: Frame) -> int | None:
    """The bits of the result of an operation, if it does not wrap."""
    first, second = bits_of(node.left, left, frame), bits_of(node.right, right, frame)
    if node.op in ("/", ">>", "-"):
        return first
    if node.op in ("%", "&"):
        return min((one for one in (first, second) if one is not None), default=None)
    if first is None or second is None or node.op not in ("+", "*"):
        return None
    return first + second if node.op == "*" else max(first, second) + 1


def cast_bits(value: Value, to: str) -> int | None:
    """What is left of a bound after `as`: a negative number becomes a large one."""
    name = value.type.peel().name if value.type is not None else ""
    if to not in _WIDTH or name not in _WIDTH or (name[0] == "i" and to[0] == "u"):
        return None
    known = min(_WIDTH[name], value.bits) if value.bits is not None else _WIDTH[name]
    return known if known < _WIDTH[to] else None


def limit(condition: Node, frame: Frame, *, holds: bool) -> None:
    """Bound the names that a condition compares with something bounded, or with a number."""
    for name, bits in list(_limits(condition, frame, holds=holds)):
        value = frame.names.get(name)
        if value is not None and (value.bits is None or value.bits > bits):
            frame.names[name] = replace(value, bits=bits)
    raise_floors(condition, frame, holds=holds)


def _limits(node: Node, frame: Frame, *, holds: bool) -> Iterator[tuple[str, int]]:
    if isinstance(node, Unary) and node.op == "!":
        yield from _limits(node.value, frame, holds=not holds)
    elif isinstance(node, MethodCall) and node.method == "contains" and holds and node.args:
        if isinstance(node.receiver, Range) and node.receiver.end is not None:
            yield from _bound(node.args[0], node.receiver.end, frame)
    elif isinstance(node, Binary) and node.op in ("&&", "||"):
        if holds is (node.op == "&&"):
            yield from _limits(node.left, frame, holds=holds)
            yield from _limits(node.right, frame, holds=holds)
    elif isinstance(node, Binary):
        op = node.op if holds else _FALSE.get(node.op, "")
        if op in ("<", "<=", "=="):
            yield from _bound(node.left, node.right, frame)
        if op in (">", ">=", "=="):
            yield from _bound(node.right, node.left, frame)


def _bound(small: Node, large: Node, frame: Frame) -> Iterator[tuple[str, int]]:
    while isinstance(small, (Cast, Unary)):
        small = small.value
    if isinstance(small, Path) and len(small.segments) == 1:
        known = frame.names.get(small.last)
        counts = known is not None and known.size is not Size.CONST and known.closure is None
        bits = _limit_of(large, frame) if counts else None
        if bits is not None and bits < _WORD:
            yield small.last, bits
    elif isinstance(small, MethodCall) and small.method == "max" and small.args:
        yield from _bound(small.receiver, large, frame)
        yield from _bound(small.args[0], large, frame)


def _limit_of(node: Node, frame: Frame) -> int | None:
    plain = isinstance(node, Literal) or (isinstance(node, Path) and node.last.isupper())
    value = NOTHING if plain else frame.world.quiet(frame).expr(node)
    return bits_of(node, value, frame)


def _constant(node: Path, frame: Frame) -> int | None:
    if node.last == "MAX" and len(node.segments) > 1 and node.segments[-2] in _WIDTH:
        return _WIDTH[node.segments[-2]]
    found = constants(frame.world.program).get(node.last, ())
    texts = {one.value for one in found}
    return _amount(texts.pop()) if len(texts) == 1 else None


def _amount(text: str) -> int | None:
    """The bits of a number, or of a product or shift of numbers."""
    total = 0
    base, _, shift = text.partition("<<")
    for part in base.split("*"):
        match = _NUMBER.fullmatch(part.strip().replace("_", ""))
        if match is None:
            return None
        total += int(match[1], 0 if match[1][:2] in ("0x", "0b") else 10).bit_length()
    if not shift:
        return total
    moved = shift.strip()
    return total + int(moved) if moved.isdigit() else None
