"""Whether the machine has anything else to do (Linux: /proc/stat; elsewhere nothing is known).

Processor time of this process and of the children it has waited for is its own; all other is that
of others.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

IDLE = 0.1
"""Cores that others may use, on average, on a machine that is called idle."""
_LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class Others:
    """What others had of the machine for a while.

    `cores`: how many cores they used on average, None where it is not known. `stolen`: cores that
    the host took. `load`: load averages over a minute before and after.
    """

    cores: float | None
    stolen: float
    load: tuple[float, float]

    @property
    def disturb(self) -> bool:
        """Whether they used more than an idle machine does by itself."""
        return self.cores is not None and self.cores + self.stolen > IDLE


class Watch:
    """Looks from now on."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.ticks = _ticks()
        self.own = _own()
        self.load = os.getloadavg()[0]

    def others(self) -> Others:
        """What others had since then."""
        now, elapsed = _ticks(), max(time.monotonic() - self.began, 1e-3)
        load = (self.load, os.getloadavg()[0])
        if now is None or self.ticks is None:
            return Others(None, 0.0, load)
        used, stolen = now[0] - self.ticks[0], now[1] - self.ticks[1]
        return Others(max(0.0, (used - (_own() - self.own)) / elapsed), stolen / elapsed, load)


def wait_until_idle(patience_s: float) -> Others:
    """What others had in the last look; looks until it is little or the patience is over."""
    end = time.monotonic() + patience_s
    while True:
        watch = Watch()
        time.sleep(_LOOK_S)
        found = watch.others()
        if not found.disturb or time.monotonic() > end:
            return found
        print(f"waiting: others use {found.cores:.1f} cores", file=sys.stderr, flush=True)


def _own() -> float:
    return sum(os.times()[:4])


def _ticks() -> tuple[float, float] | None:
    """Seconds of all cores so far: in use, and taken by the host."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:
        return None
    # User, nice, system; then, after idle and waiting, interrupts.
    used = sum(map(int, (*words[1:4], *words[6:8])))
    scale = os.sysconf("SC_CLK_TCK")
    return used / scale, int(words[8]) / scale
