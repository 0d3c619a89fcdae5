"""What the system lets a process do, and says about it."""

from __future__ import annotations

import os
import time
from contextlib import suppress

_LOOK_S = 0.1
_ALIKE = 0.2
"""Shares of use that near to each other are the same: the system counts in hundredths of a second,
of which a look has ten."""
_AS_FAST = 0.9
_CPU = "/sys/devices/system/cpu/cpu"


def keep_on(cores: int, turn: int = 0) -> int | None:
    """Stay on some of the cores that are allowed (0: on all); the core, if it is one.

    One core is chosen by what others do on it, several are the last ones. `turn` counts the
    processes of a measurement.
    """
    if not cores or not hasattr(os, "sched_setaffinity"):
        return None
    with suppress(OSError):
        allowed = sorted(os.sched_getaffinity(0))
        chosen = [quiet_core(allowed, turn)] if cores == 1 else allowed[-cores:]
        os.sched_setaffinity(0, chosen)
        return chosen[0] if cores == 1 else None
    return None


def quiet_core(allowed: list[int], turn: int) -> int:
    """The core that others use least, of the fast ones; of several such, each in its turn.

    So a neighbour that comes later spoils some processes rather than all of them.
    """
    fast = _fast(allowed)
    if len(fast) == 1:
        return fast[0]
    before = _used()
    time.sleep(_LOOK_S)
    after = _used()
    use = {core: _use(core, before, after) for core in fast}
    least = min(use.values())
    quiet = [core for core in reversed(fast) if use[core] <= least + _ALIKE]
    return quiet[turn % len(quiet)]


def _fast(cores: list[int]) -> list[int]:
    """Without those of a slower kind; all, where the system does not tell."""
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        speeds = {core: int(_text(f"{_CPU}{core}/{name}") or 0) for core in cores}
        if min(speeds.values()):
            return [core for core in cores if speeds[core] >= _AS_FAST * max(speeds.values())]
    return cores


def _use(core: int, before: dict[int, float], after: dict[int, float]) -> float:
    """The share of time that a core, or its twin of the same physical core, was in use."""
    twins = [core, *_listed(_text(f"{_CPU}{core}/topology/thread_siblings_list"))]
    return max(after.get(one, 0.0) - before.get(one, 0.0) for one in twins) / _LOOK_S


def _listed(text: str) -> list[int]:
    """The numbers in `0-1,8`."""
    ranges = [part.partition("-") for part in text.split(",") if part]
    return [one for low, _, high in ranges for one in range(int(low), int(high or low) + 1)]


def _text(path: str) -> str:
    with suppress(OSError), open(path, encoding="ascii") as file:
        return file.read().strip()
    return ""


class Neighbours:
    """How much of the cores that this process may use is left to it, from now on."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.others = _others()

    def free_cores(self) -> float | None:
        """Cores that nobody else used, on average; None where the system does not tell."""
        others = _others()
        if others is None or self.others is None:
            return None
        elapsed = max(time.monotonic() - self.began, 1e-3)
        return len(os.sched_getaffinity(0)) - (others - self.others) / elapsed


def _others() -> float | None:
    """Seconds that other programs have used the cores of this process so far."""
    used = _used()
    if not used or not hasattr(os, "sched_getaffinity"):
        return None
    return sum(used.get(core, 0.0) for core in os.sched_getaffinity(0)) - sum(os.times()[:2])


def _used() -> dict[int, float]:
    """Seconds that each core has been in use so far; none where the system does not tell."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
        tick = os.sysconf("SC_CLK_TCK")
        # User, nice and system; then, after idle and waiting, interrupts and what a host took.
        return {
            int(one[0][3:]): sum(map(int, (*one[1:4], *one[6:9]))) / tick
            for one in lines
            if one[0] != "cpu"
        }
    except (OSError, AttributeError, ValueError):
        return {}


def huge_pages() -> str:
    """The chosen mode of transparent huge pages, and how much of this process they hold."""
    mode, held = "", ""
    with suppress(OSError, IndexError):
        with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
            mode = file.read().split("[")[1].split("]")[0]
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            held = next((line for line in file if line.startswith("AnonHugePages")), "")
    kilobytes = held.split()[1] if held else "0"
    return f"{mode}, {kilobytes} kB in use" if mode else ""
