"""What entry points are called with in a trial: ordinary data, and numbers that are chosen.

The arguments are a witness: arrays of one length (but for the one that is longer) with ordinary
data, whole numbers as chosen, and whatever is optional left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from bindcheck.analysis.flow.types import NUMPY, SEQUENCES
from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN, literal
from bindcheck.analysis.trials.values import (
    FLOATS,
    SIGNED,
    UNSIGNED,
    Row,
    Signed,
    Value,
    plain,
    row_of,
)
from bindcheck.model import EntryPoint, Param, TypeRef
from bindcheck.model.fact import fact

LENGTH = 6
LONGER = 48
"""For code that asks for so many values that a few are refused, whatever the numbers are."""
SANE = (2, 3, 4, 5)
_REAL = 0.5
_RANGE = 3


@fact
class Given:
    """What arguments are made of.

    `words` are the whole numbers and `reals` the floats by parameter, `real` is what other floats
    are, `longer` the array that has more than `length` values, `ranges` what ranges are that go
    from one number to another. `gaps`: with how many NaN data begins, `hole`: it has one in the
    middle.
    """

    words: Mapping[str, int] = field(default_factory=dict)
    length: int = LENGTH
    gaps: int = 0
    real: float = _REAL
    longer: str = ""
    reals: Mapping[str, float] = field(default_factory=dict)
    hole: bool = False
    ranges: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)


def argument(entry: EntryPoint, param: Param, given: Given) -> Value:
    """What a parameter is in a trial."""
    type_ = param.type
    if type_ is None:
        return UNKNOWN
    if param.name in given.ranges:
        return given.ranges[param.name]
    if param.name in given.words:
        word = given.words[param.name]
        return (word, word, 0) if held(type_).kind == "tuple" else word
    real = given.reals.get(param.name, given.real)
    if real != _REAL and is_real(type_):
        return _real(held(type_), real)
    default = _default(entry, param.name)
    if default is not None and default is not UNKNOWN:
        return default
    if type_.peel().name == "Option":
        return ABSENT
    longer = given.longer == param.name
    return _sample(type_, given, given.length + longer)


def sane(words: tuple[Param, ...]) -> dict[str, int]:
    """Ordinary numbers, each another one."""
    names = [one.name for one in words]
    return {name: SANE[min(at, len(SANE) - 1)] for at, name in enumerate(names)}


def words_of(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters that are whole numbers, or ranges of them."""
    return tuple(one for one in params if one.type is not None and _is_word(one.type))


def arrays_of(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters that are arrays."""
    return tuple(one for one in params if one.type is not None and is_array(one.type))


def reals_of(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters that are floats, or ranges of them."""
    return tuple(one for one in params if one.type is not None and is_real(one.type))


def is_array(type_: TypeRef) -> bool:
    """Whether a type is a sequence or an array."""
    inner = held(type_)
    listed = inner.kind == "slice" or inner.name in SEQUENCES | NUMPY
    return listed or (
        inner.name in ("Bound", "Py") and bool(inner.args) and is_array(inner.args[0])
    )


def is_real(type_: TypeRef) -> bool:
    """Whether a type is a float, or a range of three."""
    return _is_of(held(type_), FLOATS)


def held(type_: TypeRef) -> TypeRef:
    """The type behind references and `Option`."""
    type_ = type_.peel()
    return held(type_.args[0]) if type_.name == "Option" and type_.args else type_


def shown(word: Param, number: float) -> str:
    """An argument as it is written."""
    return f"`{word.name}` = " + (f"({number}, {number}, 0)" if is_range(word) else f"{number}")


def is_range(param: Param) -> bool:
    """Whether a parameter that is a number, or a range of three, is a range."""
    return param.type is not None and held(param.type).kind == "tuple"


def _is_word(type_: TypeRef) -> bool:
    return _is_of(held(type_), UNSIGNED)


def _is_of(type_: TypeRef, names: frozenset[str]) -> bool:
    parts = type_.args if type_.kind == "tuple" else (type_,)
    return len(parts) in (1, _RANGE) and all(one.name in names for one in parts)


def _real(type_: TypeRef, real: float) -> Value:
    return (real, real, 0.0) if type_.kind == "tuple" else real


def _sample(type_: TypeRef, given: Given, length: int) -> Value:
    """An ordinary value of a type."""
    inner = held(type_)
    if is_array(type_):
        return _array(inner, length, given)
    if is_real(type_):
        return _real(inner, given.real)
    if inner.name in UNSIGNED:
        return SANE[0]
    if inner.name in SIGNED:
        return Signed(SANE[0])
    return False if inner.name == "bool" else UNKNOWN


def _array(type_: TypeRef, length: int, given: Given) -> Value:
    numbers = [one.name for one in type_.walk() if one.name in FLOATS | UNSIGNED | SIGNED]
    if not numbers or "2" in type_.name or "3" in type_.name:
        return UNKNOWN
    if numbers[0] not in FLOATS:
        return row_of([SANE[0]] * length)
    cells: list[Value] = [float(one + 1) for one in range(length)]
    cells[: given.gaps] = [math.nan] * min(given.gaps, length)
    if given.hole:
        cells[length // 2] = math.nan
    return Row(cells, length, fixed=True)


def _default(entry: EntryPoint, name: str) -> Value | None:
    for one in entry.signature or ():
        if one.name == name and one.default is not None:
            return _written(one.default)
    return None


def _written(text: str) -> Value:
    """A default as it is written in a signature."""
    text = text.strip()
    if text == "None":
        return ABSENT
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"'):
        return text.strip('"')
    return plain(literal(text))
