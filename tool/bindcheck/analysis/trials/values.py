"""Values of a trial: numbers and memory as they are, everything else as far as it is known.

A whole number is unsigned, for lengths, indices and periods are; `Signed` ones are those that the
code says are. `Ok(x)` and `Some(x)` are `x` itself, `None` and errors are ABSENT.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bindcheck.analysis.ranges.values import UNKNOWN, Absent, Unknown
from bindcheck.analysis.ranges.values import Value as Replayed
from bindcheck.model import Closure, TypeRef
from bindcheck.model.fact import fact

if TYPE_CHECKING:
    from bindcheck.analysis.trials.machine import Frame

WORD = 2**64
_BITS = 64
HUGE = 2**60
"""More bytes than there are: who asks for as much panics."""
NO_MEMORY = "there is not as much memory"
"""How that is told."""
BEHIND = "memory behind that of an array is read or written"
BLANK = Unknown()
"""What lies where nobody has written: who reads it knows nothing."""
MOST = 512
"""Longer memory has a length, but nobody looks into it."""
LONG = 4_096
"""A range of more numbers is none that anybody goes through."""
SIGNED = frozenset({"isize", "i64", "i32", "i16", "i8", "i128"})
UNSIGNED = frozenset({"usize", "u64", "u32", "u16", "u8"})
FLOATS = frozenset({"f64", "f32"})
_VALUES = {f"{sign}{bits}": 2**bits for sign in "iu" for bits in (8, 16, 32)}
"""How many values the narrow types have."""


class Signed(int):
    """A whole number that may be negative."""


class Items(list["Value"]):
    """What an iterator gives."""


class Fields(dict[str, "Value"]):
    """A struct. `name` and `path` tell its type, and the file in which it was made."""

    name: str = ""
    path: str = ""


@dataclass(slots=True, eq=False)
class Row:
    """Memory in a row: a slice, a `Vec`, an array; `cells` is None where it is not looked into.

    `room` is how far a pointer may go where that is more than `size`, as for a `Vec` that grows.
    `fixed`: nobody writes to it, as to the data of the caller. `fresh`: it was made without values.
    """

    cells: list[Value] | None
    size: int
    start: int = 0
    room: int = 0
    fixed: bool = False
    fresh: bool = False

    def at(self, index: int) -> Value:
        """What lies at an index, which is inside."""
        value = UNKNOWN if self.cells is None else self.cells[self.start + index]
        return UNKNOWN if value is BLANK else value

    def put(self, index: int, value: Value) -> None:
        """Write to an index, which is inside."""
        if self.cells is not None:
            self.cells[self.start + index] = value

    def part(self, start: int, end: int) -> Row:
        """A slice, which is inside."""
        return Row(self.cells, end - start, self.start + start, 0, self.fixed, self.fresh)

    def items(self) -> Items | None:
        """All that lies in it; None if it is too much."""
        if self.cells is None:
            return None
        cells = self.cells[self.start : self.start + self.size]
        if self.fresh:
            cells = [UNKNOWN if one is BLANK else one for one in cells]
        return Items(cells)

    def lent(self) -> Items | None:
        """The same for who may write to it: of what was made without values nobody looks where."""
        items = self.items()
        if self.fresh:
            self.blur()
        return items

    def blank(self) -> int | None:
        """The first index at which nobody has written."""
        cells = self.cells[self.start : self.start + self.size] if self.cells is not None else ()
        return next((at for at, one in enumerate(cells) if one is BLANK), None)

    def blur(self) -> None:
        """Somebody writes to it, and nobody looks what; what has parts is written to itself."""
        if self.cells is not None and not self.fixed:
            end = self.start + self.size
            kept = [
                one if isinstance(one, (dict, Row)) else UNKNOWN
                for one in self.cells[self.start : end]
            ]
            self.cells[self.start : end] = kept


@dataclass(slots=True, eq=False)
class Pointer:
    """A raw pointer into memory; where it goes further, something else is read or written."""

    row: Row
    offset: int = 0

    def read(self) -> Value:
        """What lies there."""
        return self.row.at(self.offset) if self._is_inside() else UNKNOWN

    def write(self, value: Value) -> None:
        """Write there."""
        if self._is_inside():
            self.row.put(self.offset, value)

    def place(self) -> Value:
        """Where it points to in memory that is looked into."""
        return UNKNOWN if self.row.cells is None else Signed(self.row.start + self.offset)

    def _is_inside(self) -> bool:
        if not 0 <= self.offset < max(self.row.size, self.row.room):
            raise Panicked(BEHIND)
        return self.offset < self.row.size


@fact
class Tag:
    """A variant of an enum, with what it holds."""

    name: str
    parts: tuple[Value, ...] = ()


@dataclass(slots=True, eq=False)
class Code:
    """A closure, and the frame whose variables it sees."""

    code: Closure
    frame: Frame


Value: TypeAlias = (
    float
    | int
    | str
    | tuple["Value", ...]
    | dict[str, "Value"]
    | Row
    | Items
    | Pointer
    | Tag
    | Code
    | Unknown
    | Absent
)


class Panicked(Exception):
    """The code panics. `how` says what does not hold."""

    def __init__(self, how: str):
        super().__init__(how)
        self.how = how


def row_of(values: list[Value]) -> Row:
    """New memory with these values in it."""
    return Row(values, len(values))


def repeated(value: Value, count: int) -> Row:
    """New memory with as many of one value."""
    if count >= HUGE:
        raise Panicked(NO_MEMORY)
    return Row([value] * count if count <= MOST else None, count)


def is_whole(value: Value) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Value) -> bool:
    """Whether a value is a number or a truth."""
    return isinstance(value, (float, int))


def plain(value: Replayed) -> Value:
    """A number as a replay knows it, or that there is none."""
    return value if isinstance(value, (float, int, Unknown, Absent)) else UNKNOWN


def is_known(value: Value) -> bool:
    """Whether anything is known of a value, so that following it may tell something."""
    return value is not UNKNOWN


def typed(value: Value, type_: TypeRef | None) -> Value:
    """A value in a place of a type: it tells what sort of number a literal is."""
    if type(value) is not int or type_ is None:
        return value
    name = type_.peel().name
    if name in SIGNED:
        return Signed(value)
    return float(value) if name in FLOATS else value


def cast(value: Value, to: str) -> Value:
    """`value as to`: floats towards zero and saturating, whole numbers by their bits."""
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (float, int)):
        return value
    if to in FLOATS:
        return float(value)
    if isinstance(value, float):
        return _truncated(value, to)
    if to not in SIGNED | UNSIGNED:
        return UNKNOWN
    values = _VALUES.get(to, WORD)
    low = int(value) % values
    if to in UNSIGNED:
        return low
    return Signed(low - values if low >= values // 2 else low)


def _truncated(value: float, to: str) -> Value:
    if to not in SIGNED | UNSIGNED:
        return UNKNOWN
    signed = to in SIGNED
    values = _VALUES.get(to, WORD)
    least, most = (-(values // 2), values // 2 - 1) if signed else (0, values - 1)
    if math.isnan(value):
        number = 0
    elif value <= least:
        number = least
    else:
        number = most if value >= most else int(value)
    return Signed(number) if signed else number


# --- operators ------------------------------------------------------------------------------------


def _divided(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


def _remainder(left: float, right: float) -> float:
    return math.nan if right == 0 or math.isinf(left) else math.fmod(left, right)


_COMPARES: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
_FLOATS: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": _remainder,
}
_WHOLE: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: abs(left) // abs(right) * (-1 if (left < 0) != (right < 0) else 1),
    "%": lambda left, right: abs(left) % abs(right) * (-1 if left < 0 else 1),
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    ">>": lambda left, right: left >> right,
    "<<": lambda left, right: (left << right) % WORD,
}


def binary(op: str, left: Value, right: Value) -> Value:
    """The result of an operator, not yet brought into the range of its type; see `wrapped`."""
    if isinstance(left, Tag) and isinstance(right, Tag) and op in ("==", "!="):
        return (left.name == right.name) is (op == "==")
    if isinstance(left, str) and isinstance(right, str) and op in ("==", "!="):
        return (left == right) is (op == "==")
    if (
        isinstance(left, Pointer)
        and isinstance(right, Pointer)
        and left.row.cells is right.row.cells
    ):
        left, right = left.place(), right.place()
    if not isinstance(left, (float, int)) or not isinstance(right, (float, int)):
        return UNKNOWN
    compared = _COMPARES.get(op)
    if compared is not None:
        return compared(left, right)
    if isinstance(left, float) or isinstance(right, float):
        known = _FLOATS.get(op)
        return known(left, right) if known is not None else UNKNOWN
    return _whole(op, left, right)


def _whole(op: str, left: int, right: int) -> Value:
    if op in ("/", "%") and right == 0:
        raise Panicked("a division by 0")
    known = _WHOLE.get(op)
    if known is None or (op in ("<<", ">>") and not 0 <= right < _BITS):
        return UNKNOWN
    result = known(left, right)
    if isinstance(left, bool) and isinstance(right, bool):
        return bool(result)
    signed = isinstance(left, Signed) or (isinstance(right, Signed) and op not in ("<<", ">>"))
    return Signed((result + WORD // 2) % WORD - WORD // 2) if signed else result


def wraps(value: Value) -> bool:
    """Whether a result is none that its type has."""
    return type(value) is int and not 0 <= value < WORD
