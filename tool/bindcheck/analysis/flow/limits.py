"""How far checks have settled a number of the caller: from above, and from below.

`steps == 0` says nothing of how many steps there may be, and `used + size > capacity` nothing of a
`size` for which the sum wraps. `sigma < 0.005` says that `sigma - 0.01` may still be negative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.types import FLOATS
from bindcheck.analysis.flow.values import Limits, Proof, Root, Shape, Value
from bindcheck.analysis.linking.constants import constants
from bindcheck.model import Binary, Literal, MethodCall, Node, Path, Range, Unary
from bindcheck.model.fact import replace

WIDE = Limits(wide=True)
_OPEN = Limits()
_WORDS = frozenset({"usize", "u64"})
_ORDER = frozenset({"<", ">", "<=", ">="})
_EQUAL = frozenset({"==", "!="})
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_FALSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ASKS = frozenset(
    {"is_nan", "is_finite", "is_infinite", "is_normal", "is_sign_negative", "is_some", "is_none"}
)
_NUMBER = re.compile(r"(-?\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?)(?:_?[fiu](?:\d+|size))?")
_DEEPEST = 3


def argued(value: Value) -> Value:
    """A number as it comes from Python: a whole one may be as large as its type."""
    if value.shape is not Shape.SCALAR or value.type is None:
        return value
    if _is_word(value):
        return replace(value, limits=WIDE)
    return replace(value, limits=_OPEN) if value.type.peel().name in FLOATS else value


def is_wide(value: Value) -> bool:
    """Whether a whole number may be as large as its type, so that adding to it wraps."""
    return value.limits is not None and value.limits.wide and _is_word(value)


def _is_word(value: Value) -> bool:
    return value.type is not None and value.type.peel().name in _WORDS


def fits(node: Node, frame: Frame) -> None:
    """Note that something can be added to a number: it was tried."""
    name = node.last if isinstance(node, Path) else ""
    if name in frame.names:
        frame.names[name] = replace(frame.names[name], limits=None)


def passed_of(value: Value) -> Limits | None:
    """What is known of a number that was checked by a sum or product of it that may wrap."""
    limits = value.limits
    return limits if limits is not None and limits.passed is not None else None


# --- what a condition leaves open -----------------------------------------------------------------


def kept(condition: Node, nodes: Iterable[Node], frame: Frame) -> dict[str, Limits]:
    """The names whose numbers are no better known from above, or from below, than before.

    `nodes` are all those of the condition.
    """
    if not _any_limits(frame):
        return {}
    asked = {one.last for one in nodes if isinstance(one, Path) and _limits_of(one, frame)}
    found = {}
    for name in asked:
        limits = _left(condition, name, frame)
        if limits is not None:
            found[name] = limits
    return found


def _any_limits(frame: Frame) -> bool:
    return any(value.limits is not None for value in frame.names.values())


def _limits_of(node: Node, frame: Frame) -> Limits | None:
    known = frame.names.get(node.last) if isinstance(node, Path) else None
    return known.limits if known is not None else None


def _left(node: Node, name: str, frame: Frame) -> Limits | None:
    """What a condition leaves of the limits of a name; None where it may have settled it."""
    limits = frame.names[name].limits
    assert limits is not None  # only such names are asked for
    for part in _questions(node):
        if not any(isinstance(one, Path) and one.last == name for one in part.walk()):
            continue
        here = _left_by(part, name, limits, frame)
        if here is None:
            return None
        limits = here
    return limits


def _questions(node: Node) -> Iterator[Node]:
    """The parts of a condition that are true or false for themselves."""
    if isinstance(node, Unary) and node.op == "!":
        yield from _questions(node.value)
    elif isinstance(node, Binary) and node.op in ("&&", "||"):
        yield from _questions(node.left)
        yield from _questions(node.right)
    else:
        yield node


def _left_by(part: Node, name: str, limits: Limits, frame: Frame) -> Limits | None:
    if limits.below:
        return None
    if isinstance(part, MethodCall):
        if part.method in _ASKS:
            return limits
        bounds = part.receiver if part.method == "contains" else None
        if not isinstance(bounds, Range) or limits.wide:
            return None
        return limits if number_of(bounds.start, frame) is not None else None
    if not isinstance(part, Binary) or part.op not in _ORDER | _EQUAL:
        return None
    for side, other, op in _sides(part):
        if _is_name(side, name) and number_of(other, frame) is not None:
            above = limits.wide and op in (">", ">=")
            return None if above else limits
        if limits.wide and _wraps(side, name, frame) and not _names(other, name):
            return replace(limits, passed=(frame.ref, side.span))
    return None


def _sides(node: Binary) -> Iterator[tuple[Node, Node, str]]:
    yield node.left, node.right, node.op
    yield node.right, node.left, _MIRRORED.get(node.op, node.op)


def _is_name(node: Node, name: str) -> bool:
    return isinstance(node, Path) and node.segments == (name,)


def _names(node: Node, name: str) -> bool:
    return any(_is_name(one, name) for one in node.walk())


def _wraps(node: Node, name: str, frame: Frame) -> bool:
    """Whether a sum or a product of a number that may be as large as its type is asked about."""
    if not isinstance(node, Binary) or node.op not in ("+", "*") or not is_wide(frame.names[name]):
        return False
    checked = frozenset({spelling(node.left), spelling(node.right)}) in frame.multiplied
    return not checked and any(_is_name(one, name) for one in (node.left, node.right))


# --- numbers that are known -----------------------------------------------------------------------


def number_of(node: Node | None, frame: Frame, depth: int = 0) -> float | None:
    """A number that is written down, in a constant, or under a name of either."""
    if isinstance(node, Unary) and node.op == "-":
        inner = number_of(node.value, frame, depth)
        return None if inner is None else -inner
    if isinstance(node, Literal):
        return _parsed(node.text)
    if not isinstance(node, Path) or depth > _DEEPEST:
        return None
    if node.last.isupper():
        texts = {one.value for one in constants(frame.world.program).get(node.last, ())}
        return _parsed(texts.pop()) if len(texts) == 1 else None
    anatomy = anatomy_of(frame.world.program, frame.ref)
    bound = anatomy.binding(node.last, node) if anatomy is not None else None
    written = bound[0] if bound is not None and not bound[1] else None
    return number_of(written, frame, depth + 1)


def _parsed(text: str) -> float | None:
    match = _NUMBER.fullmatch(text.strip())
    return float(match[1].replace("_", "")) if match is not None else None


# --- floors ---------------------------------------------------------------------------------------


def raise_floors(condition: Node, frame: Frame, *, holds: bool) -> None:
    """Note what floats are not less than, where a condition compares them with numbers."""
    if _any_limits(frame):
        for name, least in list(_floors(condition, frame, holds=holds)):
            settle_floor(name, least, frame)


def floors_of(frame: Frame) -> frozenset[tuple[Root, float]]:
    """What the floats that a function was handed are known not to be less than."""
    return frozenset(
        (value.root, value.limits.floor)
        for value in frame.names.values()
        if value.limits is not None and value.limits.floor is not None and value.root is not None
    )


def learn_floors(proof: Proof | None, frame: Frame) -> None:
    """Take over what a function that succeeded has found floats not to be less than."""
    floors = dict(proof.floors) if proof is not None else {}
    for name, value in list(frame.names.items()) if floors else ():
        if value.root in floors and value.shape is Shape.SCALAR:
            # Whatever else was asked of it, this holds.
            settle_floor(name, floors[value.root], frame)


def settle_floor(name: str, least: float, frame: Frame) -> None:
    """Note that a float of the caller is not less than a number."""
    value = frame.names[name]
    known = value.limits.floor if value.limits is not None else None
    if known is None or known < least:
        frame.names[name] = replace(value, limits=Limits(floor=least))


def raised_to(node: MethodCall, value: Value, frame: Frame) -> Limits | None:
    """`x.clamp(0.001, 5.0)`: a float that is not less than the first number."""
    chosen = value.caller or value.limits is not None
    floats = value.type is not None and value.type.peel().name in FLOATS
    least = number_of(node.args[0], frame) if chosen and floats and node.args else None
    return None if least is None else Limits(floor=least)


def _floors(node: Node, frame: Frame, *, holds: bool) -> Iterator[tuple[str, float]]:
    if isinstance(node, Unary) and node.op == "!":
        yield from _floors(node.value, frame, holds=not holds)
    elif isinstance(node, Binary) and node.op in ("&&", "||"):
        if holds is (node.op == "&&"):
            yield from _floors(node.left, frame, holds=holds)
            yield from _floors(node.right, frame, holds=holds)
    elif isinstance(node, Binary) and node.op in _ORDER:
        op = node.op if holds else _FALSE[node.op]
        name, least = (node.left, node.right) if op in (">", ">=") else (node.right, node.left)
        yield from _floor(name, least, frame)
    elif isinstance(node, MethodCall) and node.method == "contains" and holds and node.args:
        asked = node.args[0]
        name = asked.value if isinstance(asked, Unary) else asked
        if isinstance(node.receiver, Range):
            yield from _floor(name, node.receiver.start, frame)


def _floor(name: Node, least: Node | None, frame: Frame) -> Iterator[tuple[str, float]]:
    limits = _limits_of(name, frame)
    if isinstance(name, Path) and limits is not None and not (limits.wide or limits.below):
        number = number_of(least, frame)
        if number is not None:
            yield name.last, number


def after(node: Binary, left: Value, right: Value, frame: Frame) -> Limits | None:
    """What is open of the result of an operation."""
    if node.op in ("+", "*") and (is_wide(left) or is_wide(right)):
        return WIDE
    floor = left.limits.floor if left.limits is not None else None
    number = number_of(node.right, frame) if floor is not None else None
    if floor is None or number is None or node.op not in ("+", "-"):
        return None
    return Limits(floor=floor - number if node.op == "-" else floor + number)


def may_be_less(node: Binary, left: Value, right: Value, frame: Frame) -> bool:
    """Whether a comparison asks for less than what a check before has let through."""
    small, value, bound = node.op[0] == "<", left, node.right
    if node.op not in _ORDER:
        return False
    if not small:
        value, bound = right, node.left
    floor = value.limits.floor if value.limits is not None else None
    number = number_of(bound, frame) if floor is not None else None
    return floor is not None and number is not None and floor < number
