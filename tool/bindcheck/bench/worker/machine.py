"""What the system lets a process do, and says about it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress

_LOOK_S = 0.1
_ALIKE = 0.2
"""Shares of use that near to each other are the same: the system counts in hundredths of a second,
of which a look has ten."""
_AS_FAST = 0.9
_NAMED = 3
_IDLE = 0.05
"""Cores of which a program that uses fewer is not named."""
HOST = "the host of this virtual machine"
"""Stands among the names of programs, none of which is as long."""
_STOLEN = 7
"""Place of the time that a host took in what the system counts of a core."""
_USER, _SYSTEM = 11, 12
"""Places of processor times behind the name in the line that the system has of a process."""
_CPU = "/sys/devices/system/cpu/cpu"


class Look:
    """A look at what others do on the cores, from now on until one of them is chosen.

    Loading what a measurement needs meanwhile takes long enough; what this process does itself is
    known, for it stays on one core. `cores` is how many are wanted (0: all that are allowed), and
    `turn` counts the processes of a measurement.
    """

    def __init__(self, cores: int, turn: int = 0):
        self.cores = cores if hasattr(os, "sched_setaffinity") else 0
        self.turn = turn
        self.allowed = sorted(os.sched_getaffinity(0)) if self.cores else []
        self.fast = _fast(self.allowed) if self.cores == 1 else []
        self.home = self.fast[turn % len(self.fast)] if self.fast else None
        if self.home is not None:
            _stay([self.home])
        self.began, self.before, self.own = time.monotonic(), _used(), _own()

    def keep(self) -> int | None:
        """Stay on the cores that are wanted; the core, if it is one.

        One core is chosen by what others do on it, several are the last ones.
        """
        if not self.cores:
            return None
        if self.cores > 1:
            _stay(self.allowed[-self.cores :])
            return None
        if len(self.fast) > 1:
            time.sleep(max(0.0, self.began + _LOOK_S - time.monotonic()))
        core = quiet_core(self._use(), self.turn)
        return core if _stay([core]) else None

    def _use(self) -> dict[int, float]:
        """The share of the look that others have used of each fast core, or of its twin."""
        after, elapsed = _used(), max(time.monotonic() - self.began, 1e-3)
        used = {core: seconds - self.before.get(core, 0.0) for core, seconds in after.items()}
        if self.home in used:
            used[self.home] -= _own() - self.own
        return {
            core: max(used.get(one, 0.0) for one in (core, *_twins(core))) / elapsed
            for core in self.fast
        }


def quiet_core(use: dict[int, float], turn: int) -> int:
    """The core that others use least; of several such, each in its turn.

    So a neighbour that comes later spoils some processes rather than all of them.
    """
    least = min(use.values())
    quiet = [core for core in reversed([*use]) if use[core] <= least + _ALIKE]
    return quiet[turn % len(quiet)]


def _stay(cores: Sequence[int]) -> bool:
    with suppress(OSError):
        os.sched_setaffinity(0, cores)
        return True
    return False


def _own() -> float:
    """Seconds of processor time of this process so far."""
    return sum(os.times()[:2])


def _fast(cores: list[int]) -> list[int]:
    """Without those of a slower kind; all, where the system does not tell."""
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        speeds = {core: int(_text(f"{_CPU}{core}/{name}") or 0) for core in cores}
        if min(speeds.values()):
            return [core for core in cores if speeds[core] >= _AS_FAST * max(speeds.values())]
    return cores


def _twins(core: int) -> list[int]:
    """The cores that are one physical core with another one."""
    return _listed(_text(f"{_CPU}{core}/topology/thread_siblings_list"))


def _listed(text: str) -> list[int]:
    """The numbers in `0-1,8`."""
    ranges = [part.partition("-") for part in text.split(",") if part]
    return [one for low, _, high in ranges for one in range(int(low), int(high or low) + 1)]


def _text(path: str) -> str:
    with suppress(OSError), open(path, encoding="ascii") as file:
        return file.read().strip()
    return ""


def allowed_cores() -> int | None:
    """How many cores this process may use; None where the system does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


class Neighbours:
    """How much of the cores that this process may use is left to it, from now on."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.others = _others()
        self.stolen = _stolen()
        self.programs = _programs()

    def free_cores(self) -> float | None:
        """Cores that nobody else used, on average; None where the system does not tell."""
        others = _others()
        if others is None or self.others is None:
            return None
        elapsed = max(time.monotonic() - self.began, 1e-3)
        return len(os.sched_getaffinity(0)) - (others - self.others) / elapsed

    def busy(self) -> list[tuple[str, float]]:
        """The names of other programs that were most at work, and how many cores each used.

        One of them is the host of a virtual machine, for the time that it gave to others.
        """
        elapsed = max(time.monotonic() - self.began, 1e-3)
        used: dict[str, float] = {HOST: (_stolen() - self.stolen) / elapsed}
        for process, (name, seconds) in _programs().items():
            before = self.programs.get(process, (name, 0.0))[1]
            used[name] = used.get(name, 0.0) + max(0.0, seconds - before) / elapsed
        most = sorted(used.items(), key=lambda one: (-one[1], one[0]))
        return [(name, round(cores, 3)) for name, cores in most[:_NAMED] if cores >= _IDLE]


def _programs() -> dict[str, tuple[str, float]]:
    """By process, without this one: its name, and seconds of processor time so far."""
    found: dict[str, tuple[str, float]] = {}
    with suppress(OSError, AttributeError, ValueError):
        tick = os.sysconf("SC_CLK_TCK")
        for process in filter(str.isdecimal, os.listdir("/proc")):
            # A name may have brackets and blanks in it.
            head, _, rest = _text(f"/proc/{process}/stat").rpartition(")")
            fields = rest.split()
            if len(fields) > _SYSTEM and int(process) != os.getpid():
                seconds = (int(fields[_USER]) + int(fields[_SYSTEM])) / tick
                found[process] = (head.partition("(")[2], seconds)
    return found


def _others() -> float | None:
    """Seconds that other programs have used the cores of this process so far."""
    used = _used()
    if not used or not hasattr(os, "sched_getaffinity"):
        return None
    return sum(used.get(core, 0.0) for core in os.sched_getaffinity(0)) - _own()


def _used() -> dict[int, float]:
    """Seconds that each core has been in use so far; none where the system does not tell."""
    # User, nice and system; then, after idle and waiting, interrupts and what a host took.
    return {core: sum((*one[:3], *one[5:8])) for core, one in _seconds().items()}


def _stolen() -> float:
    """Seconds that a host gave to others than the cores of this process so far."""
    if not hasattr(os, "sched_getaffinity"):
        return 0.0
    seconds = _seconds()
    return sum(sum(seconds.get(core, ())[_STOLEN:][:1]) for core in os.sched_getaffinity(0))


def _seconds() -> dict[int, tuple[float, ...]]:
    """By core what the system counts of its time, in seconds; none where it does not tell."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
        tick = os.sysconf("SC_CLK_TCK")
        return {
            int(one[0][3:]): tuple(int(count) / tick for count in one[1:])
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
