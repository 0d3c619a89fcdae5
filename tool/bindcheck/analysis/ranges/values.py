"""Values of a replay: numbers as they are, everything else as far as it is known."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bindcheck.model import Closure
from bindcheck.model.fact import fact


@fact
class Leaf:
    """Something that comes in from outside: a parameter, or a field of one (`range.offset.2`)."""

    path: str


@fact
class Code:
    """A closure. It sees the variables of the place that runs it, which is near enough."""

    code: Closure


class Unknown:
    """What a replay cannot tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


class Absent:
    """`None` or `Err(..)`."""

    def __repr__(self) -> str:
        return "ABSENT"


UNKNOWN = Unknown()
ABSENT = Absent()
Number: TypeAlias = float | int
Value: TypeAlias = (
    float | int | tuple["Value", ...] | dict[str, "Value"] | Leaf | Code | Unknown | Absent
)
# `Ok(x)` and `Some(x)` are `x` itself: a replay only asks whether something is there.

_LARGEST = 2**64 - 1
_SPECIAL = {
    "EPSILON": math.ulp(1.0),
    "MAX": 1.7976931348623157e308,
    "MIN": -1.7976931348623157e308,
    "MIN_POSITIVE": 2.2250738585072014e-308,
    "INFINITY": math.inf,
    "NEG_INFINITY": -math.inf,
    "NAN": math.nan,
}
_LITERAL = re.compile(r"^(-?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?)_?([iuf]\w+)?$")


class Panics(Exception):
    """The replayed code panics."""


def is_number(value: Value) -> bool:
    """Whether a value is a number or a truth."""
    return isinstance(value, (float, int))


def literal(text: str, kind: str = "") -> Value:
    """The number a literal stands for."""
    match = _LITERAL.match(text.strip())
    if match is None:
        return UNKNOWN
    digits, suffix = match[1].replace("_", ""), match[2] or ""
    if kind == "float" or suffix.startswith("f") or any(char in digits for char in ".eE"):
        return float(digits)
    return int(digits)


def special(owner: str, name: str) -> Value:
    """`f64::EPSILON` and its like."""
    if owner in ("f64", "f32", "std", "core", "consts") and name in _SPECIAL:
        return _SPECIAL[name]
    if name == "MAX" and owner in ("usize", "u64"):
        return _LARGEST
    return UNKNOWN


def cast(value: Value, to: str) -> Value:
    """`value as to`: towards zero and saturating, as Rust does it."""
    if not isinstance(value, (float, int)):
        return value
    if to in ("f64", "f32"):
        return float(value)
    if not isinstance(value, float):
        return int(value)
    if math.isnan(value):
        return 0
    least = 0 if to.startswith("u") else -(2**63)
    return int(max(float(least), min(value, float(_LARGEST))))


def binary(op: str, left: Value, right: Value) -> Value:
    """The result of an operator on two numbers; unknown if one of them is."""
    if not isinstance(left, (float, int)) or not isinstance(right, (float, int)):
        return UNKNOWN
    known = _OPERATORS.get(op)
    return known(left, right) if known is not None else UNKNOWN


def _divided(left: Number, right: Number) -> Value:
    if isinstance(left, float) or isinstance(right, float):
        if right == 0:
            return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
        return left / right
    if right == 0:
        raise Panics
    return left // right


def _remainder(left: Number, right: Number) -> Value:
    if isinstance(left, float) or isinstance(right, float):
        return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)
    if right == 0:
        raise Panics
    return left % right


def _times(left: Number, right: Number) -> Value:
    return left * right


_OPERATORS: Mapping[str, Callable[[Number, Number], Value]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": _times,
    "/": _divided,
    "%": _remainder,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}


def _rounded(how: Callable[[float], int]) -> Callable[[Number], Value]:
    return lambda value: float(how(value)) if math.isfinite(value) else value


METHODS: Mapping[str, Callable[[Number], Value]] = {
    "abs": abs,
    "is_finite": math.isfinite,
    "is_infinite": math.isinf,
    "is_nan": math.isnan,
    "is_normal": lambda value: math.isfinite(value) and abs(value) >= _SPECIAL["MIN_POSITIVE"],
    "is_sign_negative": lambda value: math.copysign(1.0, value) < 0,
    "is_sign_positive": lambda value: math.copysign(1.0, value) > 0,
    "is_positive": lambda value: value > 0,
    "is_negative": lambda value: value < 0,
    "signum": lambda value: value if math.isnan(value) else math.copysign(1.0, value),
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "trunc": _rounded(math.trunc),
    "round": _rounded(round),
    "recip": lambda value: _divided(1.0, value),
    "neg": lambda value: -value,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
}


def _least(left: Number, right: Number) -> Value:
    return right if math.isnan(left) else (left if math.isnan(right) else min(left, right))


def _most(left: Number, right: Number) -> Value:
    return right if math.isnan(left) else (left if math.isnan(right) else max(left, right))


def _checked(value: int) -> Value:
    return value if 0 <= value <= _LARGEST else ABSENT


BINARY_METHODS: Mapping[str, Callable[[Number, Number], Value]] = {
    "min": _least,
    "max": _most,
    "copysign": math.copysign,
    "saturating_add": lambda left, right: min(left + right, _LARGEST),
    "saturating_sub": lambda left, right: max(left - right, 0),
    "saturating_mul": lambda left, right: min(left * right, _LARGEST),
    "checked_add": lambda left, right: _checked(int(left + right)),
    "checked_sub": lambda left, right: _checked(int(left - right)),
    "checked_mul": lambda left, right: _checked(int(left * right)),
    "wrapping_add": lambda left, right: (int(left + right)) % (_LARGEST + 1),
    "wrapping_sub": lambda left, right: (int(left - right)) % (_LARGEST + 1),
    "abs_diff": lambda left, right: abs(left - right),
}


def method(receiver: Number, name: str, args: list[Value]) -> Value:
    """A method of a number."""
    if not args and name in METHODS:
        return METHODS[name](receiver)
    numbers = [arg for arg in args if isinstance(arg, (float, int))]
    if len(numbers) != len(args):
        return UNKNOWN
    if len(args) == 1 and name in BINARY_METHODS:
        return BINARY_METHODS[name](receiver, numbers[0])
    if len(args) == 2 and name == "clamp":
        return _least(float(_most_of(receiver, numbers[0])), numbers[1])
    return UNKNOWN


def _most_of(left: Number, right: Number) -> Number:
    value = _most(left, right)
    return value if isinstance(value, (float, int)) else right
