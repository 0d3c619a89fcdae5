"""The inputs of generated tests: series of small fractions that every machine makes alike.

A test makes them with NumPy, the recording of a core's values without it: prices are multiples of
1/64, so that both are exact, and nothing asks the platform's mathematics or a random generator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import series_of
from bindcheck.generate.lengths import lengths_of, shorter
from bindcheck.generate.pythonview import numpy_type
from bindcheck.model import CoreApi

WALK = "100.0 + (abs(at % 190 - 95) * 8 + abs(at % 38 - 19) * 5 + at * at * 37 % 101) / 64.0"
"""A price at the position `at`, as a test writes it; `walk` is the same."""

_APART = 17
"""Series of the same kind begin so many positions apart: one taken for another is noticed."""

_FEW = 5

Number = float | int


def walk(at: int) -> float:
    """A price around 108 at a position."""
    return 100.0 + (abs(at % 190 - 95) * 8 + abs(at % 38 - 19) * 5 + at * at * 37 % 101) / 64.0


def _open(at: int) -> float:
    return walk(at) - 0.25


def _high(at: int) -> float:
    return walk(at) + 1.0 + at * 29 % 64 / 64.0


def _low(at: int) -> float:
    # Not as far from the close as the high: their middle is another price.
    return walk(at) - 1.0 - at * 43 % 64 / 64.0


def _volume(at: int) -> float:
    return 1000.0 + at % 7 * 100.0


def _later(shift: int, at: int) -> float:
    return walk(at + shift)


def _steps(step: int, at: int) -> int:
    return at * step


def _below(most: int, at: int) -> int:
    return at % most


_VOLUME = ("1000.0 + at % 7 * 100.0", _volume)
_SHAPES: Mapping[str, tuple[str, Callable[[int], float]]] = {
    "open": ("walk(at) - 0.25", _open),
    "high": ("walk(at) + 1.0 + at * 29 % 64 / 64.0", _high),
    "low": ("walk(at) - 1.0 - at * 43 % 64 / 64.0", _low),
    "close": ("walk(at)", walk),
    "volume": _VOLUME,
}
"""Series that their names tell about: what a test writes, and the same as a function."""


@fact
class Drawn:
    """A series of the test: its name, the expression over positions `at`, its types in
    NumPy and Rust, and the number at a position. `few` is how many there are at most, where the
    series need not be as long as others; else 0.
    """

    name: str
    expression: str
    element: str
    rust: str
    value: Callable[[int], Number]
    few: int = 0

    def numbers(self, length: int) -> list[Number]:
        """The first numbers of the series."""
        return [self.value(at) for at in range(min(length, self.few or length))]


def drawn(program: Program, core: CoreApi) -> tuple[Drawn, ...]:
    """The series of a core's test."""
    found = tuple(_drawn(at, one.name, one.element) for at, one in enumerate(series_of(core)))
    short = shorter(program, core)
    return tuple(_cut(one) if one.name in short else one for one in found)


def cells(program: Program, core: CoreApi) -> str:
    """How long the results of a single call in a test are; empty where nothing says so."""
    result = lengths_of(program, core).result
    few = {one.name: one.few for one in drawn(program, core)}
    return str(few.get(result) or "LENGTH") if result else ""


def _cut(one: Drawn) -> Drawn:
    """A series of a few numbers: weights, quantiles, places. As fractions that rise, or numbers
    from 0 on, they may be any of these.
    """
    text, value = one.expression, one.value
    if one.rust not in ("f64", "f32"):
        text = "at" if one.rust == "i64" else f"at.astype(np.{one.element})"
        return replace(one, expression=f"{text}[:{_FEW}]", value=_place, few=_FEW)
    if _told(one.name) is None:
        text, value = "(at + 1) / 8.0", _fraction
        text = text if one.rust == "f64" else f"({text}).astype(np.{one.element})"
    return replace(one, expression=f"({text})[:{_FEW}]", value=value, few=_FEW)


def _place(at: int) -> int:
    return at


def _fraction(at: int) -> float:
    return (at + 1) / 8.0


def _drawn(index: int, name: str, element: str) -> Drawn:
    kind = numpy_type(element)
    if element not in ("f64", "f32"):
        step = 60_000 if element in ("i64", "u64", "isize", "usize") else 1
        scaled = "at * 60_000" if step > 1 else "at % 100"
        text = scaled if element == "i64" else f"({scaled}).astype(np.{kind})"
        value = partial(_steps, step) if step > 1 else partial(_below, 100)
        return Drawn(name, text, kind, element, value)
    text, price = _told(name) or _other(index)
    shown = text if element == "f64" else f"({text}).astype(np.{kind})"
    return Drawn(name, shown, kind, element, price)


def _told(name: str) -> tuple[str, Callable[[int], float]] | None:
    """What the words of a name tell: `input_high` and `highs` are highs."""
    for word in (name, *name.split("_")):
        found = _SHAPES.get(word) or _SHAPES.get(word.removesuffix("s"))
        if found is not None:
            return found
    return None


def _other(index: int) -> tuple[str, Callable[[int], float]]:
    shift = index * _APART
    text = f"walk(at + {shift})" if shift else "walk(at)"
    return text, partial(_later, shift)


def unfed(core: CoreApi, fed: Sequence[str]) -> tuple[str, ...]:
    """The series that a single call can do without, and that a stream is not fed with."""
    return tuple(one.name for one in series_of(core) if one.optional and one.name not in fed)
