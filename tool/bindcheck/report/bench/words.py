"""Numbers of a benchmark as a person reads them, with Unicode signs; `plain` spells them out."""

from __future__ import annotations

import math

from bindcheck.bench import texts
from bindcheck.bench.outcome import Comparison, Interval, Verdict
from bindcheck.bench.samples import PEER

_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_PLAIN = str.maketrans({"µ": "u", "×": "x", "±": "+-", "−": "-", "…": "..", "·": "|"})
_DIGITS = 3


def plain(text: str) -> str:
    """The text for an output that carries ASCII only."""
    return text.translate(_PLAIN)


def time(ns: float) -> str:
    """`812 ns`, `41.2 µs`, `−3.1 ms`: three digits."""
    for scale, unit in _UNITS:
        if round(abs(ns) / scale, _DIGITS) >= 1.0 or unit == "ns":
            return f"{_digits(ns / scale)} {unit}"
    raise AssertionError("the last unit fits everything")


def times(interval: Interval) -> str:
    """`405 ns (390 … 421)`: all three in the unit of the value."""
    largest = max(abs(interval.value), interval.reach)
    scale, unit = next(
        ((scale, unit) for scale, unit in _UNITS if round(largest / scale, _DIGITS) >= 1.0),
        _UNITS[-1],
    )
    value, low, high = (
        _to(one / scale, interval.reach / scale)
        for one in (interval.value, interval.low, interval.high)
    )
    return f"{value} {unit} ({low} … {high})"


def cost(ratio: Interval, verdict: Verdict, margin: float) -> str:
    """How much longer A takes: in percent, from the double on as a factor.

    A difference inside the margin is none, whatever its sign.
    """
    if verdict is Verdict.SAME:
        return f"within ±{texts.share(margin)}"
    if ratio.value >= 2.0:
        return f"{_to(ratio.value, ratio.reach)}×"
    return f"{_signed(ratio.value - 1.0, ratio.reach)} %"


def bounds(ratio: Interval) -> str:
    """The interval of `cost`, in its unit."""
    if ratio.value >= 2.0:
        return f"{_to(ratio.low, ratio.reach)} … {_to(ratio.high, ratio.reach)}"
    low, high = (_signed(one - 1.0, ratio.reach) for one in (ratio.low, ratio.high))
    return f"{low} … {high}"


def change(ratio: Interval) -> str:
    """A change of a ratio in percent, with its interval."""
    low, high = (_signed(one - 1.0, ratio.reach) for one in (ratio.low, ratio.high))
    return f"{_signed(ratio.value - 1.0, ratio.reach)} % ({low} … {high})"


def side(name: str) -> str:
    """`python`, `native`, and `module.function` of a peer."""
    if not name.startswith(PEER):
        return name
    return name.removeprefix(PEER).split("(", 1)[0].replace(":", ".")


def size(one: Comparison) -> str:
    """`10,000` or `61 × 10,000`."""
    case = one.case
    return f"{case.cols:,}" if case.rows == 1 else f"{case.rows:,} × {case.cols:,}"


def number(interval: Interval) -> str:
    """`8.0 (7.6 … 8.4)`."""
    parts = (interval.value, interval.low, interval.high)
    value, low, high = (_to(one, interval.reach) for one in parts)
    return f"{value} ({low} … {high})"


def span(interval: Interval) -> str:
    """`7.6 … 8.4`: where a number lies of which no more is known."""
    low, high = (_to(one, interval.reach) for one in (interval.low, interval.high))
    return f"{low} … {high}"


def reason(case: str, told: str) -> str:
    """Why there is no result of a case, to stand behind its name: without that of its indicator."""
    return told.removeprefix(f"`{case.partition('/')[0]}`: ")


def counted(count: int, noun: str, several: str | None = None) -> str:
    """`1 run`, `2 runs`; `several` where an s is not all."""
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"


def _digits(value: float) -> str:
    rounded = float(f"{value:.{_DIGITS}g}")
    if rounded == 0.0:
        return "0"
    places = max(0, _DIGITS - 1 - math.floor(math.log10(abs(rounded))))
    return _without_sign(f"{rounded:,.{min(places, _DIGITS)}f}")


def _to(value: float, reach: float) -> str:
    """`value` to one digit of its uncertainty, and to no more than four places."""
    return _without_sign(f"{value:,.{_places(reach if reach > 0.0 else abs(value) / 100, 4)}f}")


def _places(finest: float, most: int) -> int:
    """How many places show a difference of `finest`."""
    return 0 if finest <= 0.0 else min(most, max(0, -math.floor(math.log10(finest))))


def _signed(value: float, reach: float) -> str:
    """A share of 1 in percent, to one digit of its uncertainty, and to two places at most."""
    return _without_sign(f"{value * 100.0:+,.{_places(max(reach * 100.0, 1e-9), 2)}f}")


def _without_sign(text: str) -> str:
    """The text of a number with a true minus; a zero has no sign."""
    return text.replace("-", "−") if text.strip("+-0.,") else text.lstrip("+-")
