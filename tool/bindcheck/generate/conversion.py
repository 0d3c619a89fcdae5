"""Vectors of one element type as vectors of another."""

from __future__ import annotations

from collections.abc import Callable

from bindcheck.generate.lacking import Lacking

_FLOATS = ("f64", "f32")


def converted(vector: str, element: str, wanted: str) -> str:
    """A vector as one with elements of another type."""
    if element == wanted or not wanted:
        return vector
    make = _conversion(element, wanted)("value")
    return f"{vector}.into_iter().map(|value| {make}).collect::<Vec<_>>()"


def _conversion(element: str, wanted: str) -> Callable[[str], str]:
    if element == "bool":
        return lambda name: (
            f"{wanted}::from(u8::from({name}))" if wanted in _FLOATS else f"{wanted}::from({name})"
        )
    if wanted == "bool":
        raise Lacking(f"when a number of type {element} is true")
    return lambda name: f"{name} as {wanted}"
