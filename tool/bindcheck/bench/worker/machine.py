"""What the system lets a process do, and says about it."""

from __future__ import annotations

import os
import time
from contextlib import suppress


def keep_on(cores: int) -> int | None:
    """Stay on the last `cores` cores that are allowed (0: on all); the core, if it is one."""
    if not cores or not hasattr(os, "sched_setaffinity"):
        return None
    with suppress(OSError):
        allowed = sorted(os.sched_getaffinity(0))[-cores:]
        os.sched_setaffinity(0, allowed)
        return allowed[0] if cores == 1 else None
    return None


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
    try:
        with open("/proc/stat", encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
        allowed = {f"cpu{core}" for core in os.sched_getaffinity(0)}
        # User, nice and system; then, after idle and waiting, interrupts and what a host took.
        ticks = sum(sum(map(int, (*one[1:4], *one[6:9]))) for one in lines if one[0] in allowed)
        return ticks / os.sysconf("SC_CLK_TCK") - sum(os.times()[:2])
    except (OSError, AttributeError, ValueError):
        return None


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
