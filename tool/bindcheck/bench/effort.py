"""How much is measured, and how a budget is shared out so that every process of a case has a part.

A process takes longer than what it is given: it starts, loads, warms up, and long calls end when
they end. What one took besides is kept back for the next ones of its case, and what is left is
shared out again before each process.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

LEAST_S = 0.3
"""Of one pair in a process: what is planned."""
_SHORTEST_S = 0.2
"""Of one pair in a process: what is still measured, if processes take longer than was planned."""
_STARTING_S = 0.4
"""What a process takes besides, as long as none of its task has been seen."""


@fact
class Effort:
    """How much is measured: `seconds` for one pair in all processes together."""

    processes: int = 5
    seconds: float = 5.0
    budget: float | None = None
    seed: int = 0

    @property
    def share(self) -> float:
        """Seconds of one pair in one process, where no budget says otherwise."""
        return max(self.seconds / self.processes, LEAST_S)


class Shares:
    """Seconds of one pair in the next process, out of what is left of a budget.

    `pairs`: how many each task has, in the order of a round. Where there is not time enough after
    the first round, the task that takes the longest is `left_out`, of like ones the last, until
    the others come to all of their processes.
    """

    def __init__(self, effort: Effort, pairs: Sequence[int]):
        self.effort = effort
        self.pairs = tuple(pairs)
        self._all = range(len(self.pairs))
        self.left_out: set[int] = set()
        self.besides: dict[int, float] = {}

    def next(self, task: int, index: int, spent: float) -> float | None:
        """For process `index` of a task, `spent` seconds after the start; None: it is left out."""
        if self.effort.budget is None:
            return self.effort.share
        left = self.effort.budget - spent
        if index == 0 and left < self._usual() + _SHORTEST_S * self.pairs[task]:
            self.left_out.add(task)
        while task not in self.left_out:
            planned = self._planned(task, index, left)
            # The first round tells how long each takes.
            if planned >= _SHORTEST_S or index == 0:
                return min(self.effort.share, max(planned, _SHORTEST_S))
            self.left_out.add(max(self._kept(), key=lambda one: (round(self._least(one)), one)))
        return None

    def took(self, task: int, share: float, seconds: float) -> None:
        """A process that was given `share` for each pair took so many seconds."""
        self.besides[task] = max(0.0, seconds - share * self.pairs[task])

    def enough(self) -> int:
        """Seconds in which all processes of all tasks fit, as far as is known."""
        needed = self._needed(self._all)
        # A process may take longer than the last one of its task: what was too little stays so.
        if self.left_out and self.effort.budget is not None and needed <= self.effort.budget:
            needed = self.effort.budget + self._needed(self.left_out)
        return math.ceil(needed)

    def _needed(self, tasks: Iterable[int]) -> float:
        each = (LEAST_S * self.pairs[at] + self._besides(at) for at in tasks)
        return self.effort.processes * sum(each)

    def _planned(self, task: int, index: int, left: float) -> float:
        """What is left, without what processes take besides, for each pair that is to come."""
        to_come = {at: self.effort.processes - index - (at < task) for at in self._kept()}
        besides = sum(number * self._besides(at) for at, number in to_come.items())
        return (left - besides) / sum(number * self.pairs[at] for at, number in to_come.items())

    def _kept(self) -> list[int]:
        return [at for at in self._all if at not in self.left_out]

    def _least(self, task: int) -> float:
        """Seconds that one process of a task takes at least."""
        return self._besides(task) + _SHORTEST_S * self.pairs[task]

    def _usual(self) -> float:
        """What a process of the tasks so far took besides."""
        return fmean(self.besides.values()) if self.besides else 0.0

    def _besides(self, task: int) -> float:
        """Of a task that was not measured yet a guess, by which none is left out."""
        return self.besides.get(task, _STARTING_S)


def expected_s(effort: Effort, cases: int, pairs: int) -> float:
    """Seconds that a run takes, if its calls are short: `pairs` of all cases together."""
    seconds = effort.processes * (effort.share * pairs + _STARTING_S * cases)
    return seconds if effort.budget is None else min(seconds, effort.budget)


def lengthened(effort: Effort) -> str | None:
    """What to say of processes that have more time than was asked for; None if none has."""
    wanted = effort.seconds / effort.processes
    if effort.budget is not None or wanted >= LEAST_S:
        return None
    return (
        f"--seconds {effort.seconds:g} is {wanted:.2g} s for each of {effort.processes} processes, "
        f"which says too little: each had {LEAST_S:g} s, so a pair "
        f"{effort.processes * LEAST_S:.2g} s"
    )


def refuse_small_budget(effort: Effort, cases: int, pairs: int) -> None:
    """A BindcheckError that says how much would do, for a budget that gives no interval of all."""
    if effort.budget is None or effort.budget >= effort.processes * LEAST_S * pairs:
        return
    enough = math.ceil(effort.processes * (LEAST_S * pairs + _STARTING_S * cases))
    calls = "1 pair of calls" if pairs == 1 else f"{pairs} pairs of calls"
    of = "1 case" if cases == 1 else f"{cases} cases"
    raise BindcheckError(
        f"--budget {effort.budget:g} is too small: {calls} (of {of}) in {effort.processes} "
        f"processes each {'takes' if pairs == 1 else 'take'} about {enough} s at least; give "
        f"--budget {enough}, fewer cases (--sizes, --single, --exclude), or fewer pairs of each "
        "(--no-control, --pair)"
    )
