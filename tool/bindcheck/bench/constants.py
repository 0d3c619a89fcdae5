"""Numbers that a source writes as constants: literals, names, what is computed of them."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Const

_INTEGER = r"[ui](?:8|16|32|64|128|size)"
_DIGITS = r"\d[\d_]*(?:\.\d[\d_]*|\.(?![.\w]))?(?:[eE][+-]?[\d_]+)?\w*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<cast>as\s+(?:{_INTEGER}|f32|f64)\b)|(?P<number>0[box]\w+|{_DIGITS})"
    r"|(?P<path>[A-Za-z_]\w*(?:\s*::\s*\w+)*)"
    r"|(?P<sign><<|>>|[-+*/%()]))\s*"
)
_INTEGERS = re.compile(rf"_?{_INTEGER}$")
_SUFFIX = re.compile(rf"_?(?:{_INTEGER}|f32|f64)$")
_LARGEST_SHIFT = 63
_INWARDS = frozenset({"crate", "self", "super"})

Number = int | float

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


@fact
class Place:
    """Where an expression stands: a file, and the inline modules around it."""

    path: str
    scope: tuple[str, ...] = ()


@fact
class Named:
    """A constant with its place."""

    const: Const
    place: Place


def number(
    program: Program, text: str, place: Place, seen: frozenset[str] = frozenset()
) -> Number | None:
    """The value of an expression of numbers; None where it is no such or cannot be told."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at = token.end()
        part = _part(program, token, place, seen)
        if part is None:
            return None
        parts.append(part)
    try:
        return _evaluated(ast.parse(" ".join(parts), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None


def _part(program: Program, token: re.Match[str], place: Place, seen: frozenset[str]) -> str | None:
    """A token as Python writes it; casts are left out."""
    if token["cast"]:
        return ""
    if token["number"]:
        return _literal(token["number"])
    if token["path"]:
        value = named_number(program, re.split(r"\s*::\s*", token["path"]), place, seen)
        return None if value is None else f"({value})"
    return "//" if token["sign"] == "/" else token["sign"]


def _literal(text: str) -> str:
    """A number as Python writes it: without its type, which no digits of a hexadecimal one are."""
    suffix = _INTEGERS if text[:2] == "0x" else _SUFFIX
    return suffix.sub("", text)


def _evaluated(node: ast.expr) -> Number:
    """A ValueError for anything but numbers and what is computed of them."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]  # as was just seen
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return computed(type(node.op), _evaluated(node.left), _evaluated(node.right))
    raise ValueError(node)


def computed(op: type[ast.operator], left: Number, right: Number) -> Number:
    """What an operator gives; a ValueError for a shift that is too far."""
    if op in (ast.LShift, ast.RShift) and not 0 <= right <= _LARGEST_SHIFT:
        raise ValueError(right)
    if op is ast.FloorDiv and float in (type(left), type(right)):
        return left / right
    return _OPERATORS[op](left, right)


def named_number(
    program: Program, segments: Sequence[str], place: Place, seen: frozenset[str] = frozenset()
) -> Number | None:
    """The value of a constant by its path; None also where several fit that have other values."""
    name = "::".join(segments)
    if name in seen:
        return None
    found = constants(program, segments, place)
    values = {number(program, one.const.value, one.place, seen | {name}) for one in found}
    return values.pop() if len(values) == 1 else None


def constants(program: Program, segments: Sequence[str], place: Place) -> list[Named]:
    """The constants that a path can mean: by `use`, in the same module, else all of that name."""
    known = program.names.original(segments, place.path, place.scope)
    everywhere = [
        Named(one, Place(path, one.scope))
        for path, module in program.modules.items()
        for one in module.consts
        if one.name == known[-1] and program.active(one.cfg, path)
    ]
    if len(known) == 1:
        return [one for one in everywhere if one.place == place] or everywhere
    return [one for one in everywhere if _is_meant(program, known, one)] or everywhere


def _is_meant(program: Program, known: Sequence[str], one: Named) -> bool:
    full = (*program.module_path(one.place.path, one.place.scope), one.const.name)
    if known[0] == "crate":
        return full == tuple(known)
    inner = tuple(part for part in known if part not in _INWARDS)
    return full[-len(inner) :] == inner
