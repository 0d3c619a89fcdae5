"""Quantiles of Student's t distribution, which the standard library lacks.

Intervals over five processes need them, and nothing else of a numerical library.
"""

from __future__ import annotations

import math
from functools import cache

_TINY = 1e-300
_ROUNDS = 300
_CLOSE = 1e-15


@cache
def quantile(probability: float, freedom: float) -> float:
    """The value that a t variable with `freedom` > 0 degrees stays below with `probability`.

    `probability` lies inside 0..1. Accurate to about 1e-10 of the value.
    """
    if not 0.0 < probability < 1.0 or not freedom > 0.0:
        raise ValueError(f"no quantile for probability {probability}, {freedom} degrees of freedom")
    if probability < 0.5:
        return -quantile(1.0 - probability, freedom)
    low, high = 0.0, 1.0
    while cumulative(high, freedom) < probability and high < 1e300:
        low, high = high, high * 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if cumulative(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def cumulative(value: float, freedom: float) -> float:
    """The probability that a t variable with `freedom` degrees stays below `value`."""
    tail = _beta_share(freedom / 2.0, 0.5, freedom / (freedom + value * value)) / 2.0
    return tail if value < 0.0 else 1.0 - tail


def _beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function (Abramowitz and Stegun, 26.5.8)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by the method of Lentz."""
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _ROUNDS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value


def _away(value: float) -> float:
    """`value`, kept off zero."""
    return value if abs(value) > _TINY else _TINY
