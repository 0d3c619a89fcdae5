"""Whole numbers on the command line: `1000`, `1e3` or `1_000`, and lists of them."""

from __future__ import annotations

from typing import Any

import click

from bindcheck.cli.common import split_list
from bindcheck.errors import BindcheckError

_TOO_LARGE = 2.0**53
"""No array is as long, and not every whole number is one of floating point."""


class Count(click.IntRange):
    """A whole number from `least` on."""

    def __init__(self, least: int):
        super().__init__(least)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """`value` as an int; what is none is told as click tells it."""
        whole = _whole(value) if isinstance(value, str) else None
        return super().convert(value if whole is None else whole, param, ctx)


def numbers(text: str | None, option: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """A list of whole numbers."""
    if text is None:
        return default
    parts = listed(text, option, "100,1e4")
    return tuple(dict.fromkeys(number(part, option) for part in parts))


def number(text: str, option: str) -> int:
    """A whole number above 0."""
    whole = _whole(text)
    if whole is None or whole < 1:
        raise BindcheckError(
            f"{option}: {text!r} is no whole number above 0: write it as 1000 or 1e3"
        )
    return whole


def _whole(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if abs(value) < _TOO_LARGE and value.is_integer() else None


def listed(text: str, option: str, example: str) -> tuple[str, ...]:
    """The words of a list, which has some, each once."""
    words = tuple(dict.fromkeys(split_list(text) or ()))
    if not words:
        raise BindcheckError(f"{option} {text!r} names nothing: write {option} {example}")
    return words
