"""What the system lets a process do, and says about it."""

from __future__ import annotations

import os
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
