"""Methods of a trial: those of numbers and texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from bindcheck.analysis.ranges.values import ABSENT, BINARY_METHODS, METHODS, UNKNOWN
from bindcheck.analysis.trials.values import Panicked, Signed, Tag, Value, is_whole, plain

Args = tuple[Value, ...]
_OF_WORDS = frozenset(
    {
        *("min", "max", "saturating_sub", "checked_sub", "abs_diff", "saturating_add"),
        *("checked_add", "saturating_mul", "checked_mul", "wrapping_sub", "wrapping_add"),
    }
)
_REVERSED = "the bounds of a `clamp` are reversed, or one is NaN"
_TEXTS = frozenset(
    {"as_str", "to_string", "to_owned", "clone", "as_ref", "into", "deref", "unwrap"}
)


def check_bounds(args: Args) -> None:
    """What a `clamp` asks of its bounds, whatever is brought between them."""
    low, high = args if len(args) == 2 else (UNKNOWN, UNKNOWN)
    if isinstance(low, (float, int)) and isinstance(high, (float, int)) and not low <= high:
        raise Panicked(_REVERSED)


def of_number(value: float, name: str, args: Args) -> Value:
    """A method of a number."""
    if name in ("then", "then_some") and isinstance(value, bool):
        return UNKNOWN
    if name in ("partial_cmp", "total_cmp", "cmp") and len(args) == 1:
        return _compared(value, args[0], partly=name == "partial_cmp")
    if isinstance(value, int) and not isinstance(value, bool):
        found = _of_whole(value, name, args)
        if found is not UNKNOWN:
            return found
    elif isinstance(value, float) and not args and name in METHODS:
        return plain(METHODS[name](value))
    if isinstance(value, float) and len(args) == 1 and isinstance(args[0], float):
        known = BINARY_METHODS.get(name) if name in ("min", "max", "copysign") else None
        return plain(known(value, args[0])) if known is not None else UNKNOWN
    if isinstance(value, float) and name == "clamp" and len(args) == 2:
        low, high = args
        if isinstance(low, float) and isinstance(high, float):
            return max(low, min(value, high))
    return _of_floats(value, name, args) if isinstance(value, float) else UNKNOWN


def _compared(value: float, other: Value, *, partly: bool) -> Value:
    if not isinstance(other, (float, int)):
        return UNKNOWN
    if math.isnan(value) or math.isnan(other):
        return ABSENT if partly else UNKNOWN
    return Tag("Equal" if value == other else "Less" if value < other else "Greater")


def _of_whole(value: int, name: str, args: Args) -> Value:
    if len(args) == 2 and name == "clamp" and all(is_whole(arg) for arg in args):
        low, high = (arg for arg in args if isinstance(arg, int))
        return type(value)(max(low, min(value, high)))
    other = args[0] if len(args) == 1 else None
    if other is None:
        return _alone(value, name)
    if not is_whole(other) or not isinstance(other, int):
        return UNKNOWN
    if name == "is_multiple_of":
        return value == 0 if other == 0 else value % other == 0
    if name in ("div_ceil", "checked_div", "checked_rem"):
        return _divided(value, name, other)
    known = BINARY_METHODS.get(name) if name in _OF_WORDS else None
    if known is None:
        return UNKNOWN
    if isinstance(value, Signed):
        return (
            Signed(int(max(value, other) if name == "max" else min(value, other)))
            if (name in ("min", "max"))
            else UNKNOWN
        )
    found = plain(known(value, other))
    return int(found) if isinstance(found, (float, int)) else found


def _alone(value: int, name: str) -> Value:
    if name == "abs":
        return type(value)(abs(value))
    if name in ("count_ones", "leading_zeros", "trailing_zeros"):
        return UNKNOWN
    if name == "is_power_of_two":
        return value > 0 and value & (value - 1) == 0
    return UNKNOWN


def _divided(value: int, name: str, other: int) -> Value:
    if other == 0:
        if name == "div_ceil":
            raise Panicked("a division by 0")
        return ABSENT
    return -(-value // other) if name == "div_ceil" else value // other


def _of_floats(value: float, name: str, args: Args) -> Value:
    """A function of floats; where it has no value nobody asks for one here."""
    numbers = [float(one) for one in args if isinstance(one, (float, int))]
    if len(numbers) != len(args):
        return UNKNOWN
    try:
        if name in ("powi", "powf") and len(numbers) == 1:
            return float(math.pow(value, numbers[0]))
        if name == "mul_add" and len(numbers) == 2:
            return value * numbers[0] + numbers[1]
        known = _FUNCTIONS.get(name) if not numbers else None
        return known(value) if known is not None else UNKNOWN
    except (ValueError, OverflowError):
        return UNKNOWN


_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "ln": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "atan": math.atan,
    "tanh": math.tanh,
    "to_radians": math.radians,
    "to_degrees": math.degrees,
}


# --- texts ----------------------------------------------------------------------------------------


def of_text(text: str, name: str, args: Args) -> Value:
    """A method of a text."""
    if name in ("to_lowercase", "to_ascii_lowercase"):
        return text.lower()
    if name in ("to_uppercase", "to_ascii_uppercase"):
        return text.upper()
    if name == "trim":
        return text.strip()
    if name == "len":
        return len(text.encode())
    if name == "is_empty":
        return not text
    if name == "eq_ignore_ascii_case" and args and isinstance(args[0], str):
        return text.lower() == args[0].lower()
    return text if name in _TEXTS else UNKNOWN
