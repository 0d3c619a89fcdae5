"""Where a search for a crossover looks: from coarse to fine, within its time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from bindcheck.bench.crossover import Point, bracket
from bindcheck.bench.effort import LEAST_S, Effort, expected_s
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace

_COARSE = 4.0
_COARSE_S = 2.0
_FINE = 5

Look = Callable[[Sequence[int], Effort], KeyboardInterrupt | None]


@fact
class Search:
    """Where to look, and how hard: at `sizes`, else from the smallest to the largest.

    `force`: answer although other programs use the cores. `line` and `column`: of the comparison.
    The budget of `effort` is that of this search.
    """

    smallest: int
    largest: int
    effort: Effort
    threads: int | None
    line: int | None
    sizes: tuple[int, ...] = ()
    force: bool = False
    column: int | None = None


def look_everywhere(
    look: Look, points: Mapping[int, Point], search: Search
) -> KeyboardInterrupt | None:
    """From coarse to fine, or at the sizes that were given; who ended it before, if so."""
    if search.sizes:
        return look(search.sizes, search.effort)
    began = time.monotonic()
    end = look(_spread(search), _quick(search))
    found = bracket([points[cols] for cols in sorted(points)])
    if end is not None or found is None:
        return end
    closely, budget = _closely(*found), search.effort.budget
    left = None if budget is None else max(0.0, budget - (time.monotonic() - began))
    return look(closely, replace(search.effort, budget=left))


def expected(search: Search, searches: int) -> float:
    """Seconds that so many searches take if all of them look closely, and calls are short."""
    effort = replace(search.effort, budget=None)
    if search.sizes:
        return searches * _seconds(effort, len(search.sizes))
    coarse = _seconds(_shortened(effort), len(_spread(search)))
    return searches * (coarse + _seconds(effort, _FINE + 2))


def refuse_small_budget(search: Search, searches: int) -> None:
    """A BindcheckError that says how much would do, for one in which not all can be looked at."""
    budget, processes = search.effort.budget, search.effort.processes
    least = replace(search, effort=Effort(processes, LEAST_S * processes))
    enough = math.ceil(expected(least, searches))
    if budget is None or budget >= enough:
        return
    sizes = len(search.sizes) or len(_spread(search)) + _FINE + 2
    what, verb = ("one search", "takes") if searches == 1 else (f"{searches} searches", "take")
    raise BindcheckError(
        f"--budget {budget:g} is too small: {what} at {sizes} sizes in {processes} processes each "
        f"{verb} about {enough} s at least; give --budget {enough}, or fewer sizes (--sizes), "
        "names or numbers of threads"
    )


def _seconds(effort: Effort, sizes: int) -> float:
    return expected_s(effort, sizes, sizes)


def _shortened(effort: Effort) -> Effort:
    return replace(effort, seconds=min(_COARSE_S, effort.seconds))


def _quick(search: Search) -> Effort:
    """For the coarse look: of a budget that part which it would take of the whole without one."""
    budget, quick = search.effort.budget, _shortened(search.effort)
    if budget is None:
        return quick
    coarse = _seconds(replace(quick, budget=None), len(_spread(search)))
    return replace(quick, budget=budget * coarse / expected(search, 1))


def _spread(search: Search) -> list[int]:
    """Sizes from the smallest to the largest, each about four times the one before."""
    smallest, largest = search.smallest, search.largest
    steps = max(1, math.ceil(math.log(largest / smallest, _COARSE)))
    ratio = (largest / smallest) ** (1.0 / steps)
    return sorted({round(smallest * ratio**at) for at in range(steps + 1)})


def _closely(low: int, high: int) -> list[int]:
    """Both ends once more, with some sizes between them."""
    ratio = (high / low) ** (1.0 / (_FINE + 1))
    return sorted({round(low * ratio**at) for at in range(_FINE + 2)})
