"""Sweeps that a binding takes in parts: `fast_start`, `fast_end` and `fast_step` for one range."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Token = dict[str, Any]
"""What the process that measures makes an argument of."""

RANGE = "_range"
"""What the argument for a whole sweep ends with."""

_PARTS = (("start", "from", "min"), ("end", "stop", "to", "max"), ("step", "by"))


def in_parts(names: Collection[str], known: Mapping[str, Token]) -> dict[str, Token]:
    """What a case can say, with sweeps as a binding with arguments of these names takes them.

    A sweep of one value is that value where the binding takes but one.
    """
    return {name: token for one in known.items() for name, token in _said(names, *one)}


def _said(names: Collection[str], name: str, token: Token) -> Iterator[tuple[str, Token]]:
    values = token.get("value")
    bare = name.removesuffix(RANGE)
    if name in names or bare == name or not isinstance(values, list):
        yield name, token
        return
    parts = [
        next((f"{bare}_{one}" for one in words if f"{bare}_{one}" in names), None)
        for words in _PARTS
    ]
    if bare in names and values[0] == values[1]:
        yield bare, {"value": values[0]}
    elif None not in parts and len(values) == len(parts):
        yield from ((part, {"value": one}) for part, one in zip(parts, values, strict=True) if part)
    else:
        yield name, token
