"""Facts to JSON and back, by their annotations: one rule for all types of results.

A fact is an object with a member for each field, a tuple is a list, an enumeration its value. An
unknown member is passed over, so that a file of a later minor version can be read.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, fields
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bindcheck.fact import field_names

T = TypeVar("T")


class Misfit(Exception):
    """A value that is not of the wanted type: where it is, and what is wrong."""

    def __init__(self, place: str, reason: str):
        super().__init__(f"{place or 'the whole'}: {reason}")


def encode(value: Any) -> Any:
    """A fact, or anything inside one, as JSON data."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return {name: encode(getattr(value, name)) for name in field_names(type(value))}


def decode(kind: type[T], data: object, place: str = "") -> T:
    """JSON data as a value of `kind`, a fact; Misfit if it is none."""
    return cast("T", _decode(kind, data, place))


def _decode(kind: Any, data: Any, place: str) -> Any:
    if kind in _CHECKS:
        return _plain(kind, data, place)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), data, place)
    if origin is tuple:
        return _tuple(get_args(kind), data, place)
    if issubclass(kind, Enum):
        if data not in [one.value for one in kind]:
            raise Misfit(place, f"{data!r} is no {kind.__name__.lower()}")
        return kind(data)
    return _fact(kind, data, place)


_CHECKS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
    type(None): ((type(None),), "null"),
}


def _plain(kind: Any, data: Any, place: str) -> Any:
    accepted, name = _CHECKS[kind]
    fits = isinstance(data, accepted) and (kind is bool or not isinstance(data, bool))
    if not fits:
        raise Misfit(place, f"{data!r} is not {name}"[:200])
    return float(data) if kind is float else data


def _union(kinds: tuple[Any, ...], data: Any, place: str) -> Any:
    problem = None
    for kind in kinds:
        try:
            return _decode(kind, data, place)
        except Misfit as error:
            problem = problem or error
    raise problem or Misfit(place, "has no type")


def _tuple(kinds: tuple[Any, ...], data: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise Misfit(place, "is not a list")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(kinds) != len(data):
        raise Misfit(place, f"has {len(data)} entries instead of {len(kinds)}")
    pairs = zip(kinds, data, strict=True)
    return tuple(_decode(kind, one, f"{place}[{n}]") for n, (kind, one) in enumerate(pairs))


def _fact(kind: Any, data: Any, place: str) -> Any:
    if not isinstance(data, dict):
        raise Misfit(place, "is not an object")
    values = {}
    for name, (wanted, optional) in _members(kind).items():
        inside = f"{place}.{name}" if place else name
        if name in data:
            values[name] = _decode(wanted, data[name], inside)
        elif not optional:
            raise Misfit(inside, "is missing")
    return kind(**values)


@cache
def _members(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Type of each field of a fact, and whether it may be left out."""
    hints = get_type_hints(kind)
    return {one.name: (hints[one.name], one.default is not MISSING) for one in fields(kind)}
