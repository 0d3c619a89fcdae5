"""How grids, arguments and shares are written, in errors as in reports."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bindcheck.bench.samples import Argument, Case


def share(value: float) -> str:
    """`1 %`, `0.35 %`: a share of 1 to two digits."""
    percent = value * 100.0
    if percent <= 0.0:
        return "0 %"
    places = max(0, 1 - math.floor(math.log10(percent)))
    text = f"{percent:,.{places}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def shares(values: Sequence[float]) -> str:
    """One share, or from which to which they go."""
    low, high = (share(one) for one in (min(values), max(values)))
    return high if low == high else f"{low} to {high}"


def grid_text(case: Case) -> str:
    """`61 × 10,000 = 610,000 cells`."""
    return f"{case.rows:,} × {case.cols:,} = {case.cells:,} cells"


def arguments_text(case: Case) -> str:
    """`period=5..35 step 0.5, kernel=auto`."""
    texts = [argument_text(one) for one in case.arguments]
    if case.kernel is not None and all(one.name != "kernel" for one in case.arguments):
        texts.append(f"kernel={case.kernel}")
    return ", ".join(texts) or "no arguments"


def argument_text(argument: Argument) -> str:
    """`period=30`, or `period=5..35 step 0.5`."""
    value = argument.value
    if isinstance(value, tuple):
        start, stop, step = value
        if start == stop or not step:
            return f"{argument.name}={start:g}"
        return f"{argument.name}={start:g}..{stop:g} step {step:g}"
    return f"{argument.name}={value}"
