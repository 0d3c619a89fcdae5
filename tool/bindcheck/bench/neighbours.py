"""What others have left of the cores, in words: the same for `bench` and for `tune`.

Others are programs of this machine, and the host of a virtual one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bindcheck.bench.samples import Busy, Measurement, Process
from bindcheck.bench.worker.machine import HOST

CROWDED = 0.9
"""Where others leave less than this share of the cores that are needed, calls wait for them."""
FEW = 0.2
"""Share of processes, or of sizes, at which that may happen."""
_NAMED = 3


def crowded_words(measurements: Sequence[Measurement]) -> Iterator[str]:
    """A remark on a run whose processes had to share their cores, which is none of most runs."""
    # The pairs of a case have been measured in one process.
    processes = {
        (one.case.name, process.pid): process for one in measurements for process in one.processes
    }
    lacking = [one for one in processes.values() if _left(one) < CROWDED]
    if len(lacking) <= FEW * len(processes):
        return
    worst = min(lacking, key=_left)
    free, cores = worst.free_cores or 0.0, worst.cores or 1
    noun = "process" if len(processes) == 1 else "processes"
    where = f"in {len(lacking)} of {len(processes)} {noun}"
    yield left_words(free, cores, where, [one.busy for one in lacking])


def _left(one: Process) -> float:
    """The share of its cores that others left to a process; all, where that is not known."""
    return 1.0 if one.free_cores is None or not one.cores else one.free_cores / one.cores


def left_words(free: float, cores: int, where: str, busy: Sequence[Iterable[Busy]]) -> str:
    """How many cores others left free, at worst, and who was most at work."""
    noun = "core" if cores == 1 else "cores"
    most = mean_busy(busy)
    told = f"{_who(most)} left {max(0.0, free):.1f} of {cores} {noun} free {where}"
    named = ", ".join(f"{_name(one)} on {max(0.1, one.cores):.1f}" for one in most)
    return f"{told} (most at work: {named})" if named else told


def _who(most: Sequence[Busy]) -> str:
    """Who used the cores: programs, the host, or both."""
    if all(one.name != HOST for one in most):
        return "other programs"
    return HOST if len(most) == 1 else f"other programs and {HOST}"


def _name(one: Busy) -> str:
    return "the host" if one.name == HOST else f"`{one.name}`"


def mean_busy(seen: Sequence[Iterable[Busy]]) -> tuple[Busy, ...]:
    """Who was most at work on average over what was seen several times."""
    used: dict[str, float] = {}
    for some in seen:
        for one in some:
            used[one.name] = used.get(one.name, 0.0) + one.cores / len(seen)
    most = sorted(used.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Busy(name, cores) for name, cores in most[:_NAMED])
