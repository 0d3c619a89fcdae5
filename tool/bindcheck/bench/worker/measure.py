"""Measures the pairs of one job in turns."""

from __future__ import annotations

import ctypes
import os
import random
import statistics
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np

from bindcheck.bench.worker.data import dtype_of
from bindcheck.bench.worker.machine import Look, Neighbours, allowed_cores, huge_pages
from bindcheck.bench.worker.pairs import Pair, Timers, net, shown
from bindcheck.bench.worker.shim import NATIVE, PYTHON, Library, Unmeasurable
from bindcheck.bench.worker.sides import Side, Sides
from bindcheck.bench.worker.work import NOTHING, Outputs, disagreement, uncompared

_BURST_S = 0.01
_STABLE = 0.01
_WINDOW_NS = 5e6
_WINDOWS = 4
_LONG_NS = 1e8
"""A block for which it is enough to know once what the caches do to a short call after it."""
_PATIENT = 4
"""How many times as long as it should a warm-up takes on a busy core."""


class Worker:
    """Carries out one job."""

    def __init__(self, job: dict[str, Any]):
        self.job = job
        self.random = random.Random(job["order_seed"])
        look = Look(job["cores"], job["turn"])
        self.library = Library(job)
        self.core = look.keep()
        self.neighbours = Neighbours()
        self.timers = Timers(self.library)
        self.sides = Sides(job, self.library)
        self.failures: list[dict[str, Any]] = []
        self.given_back = False
        self.copying = self._copying(self.sides)
        self.short = self._short()
        self.pairs = [pair for pair in map(self._pair, range(len(job["pairs"]))) if pair]

    def _copying(self, sides: Sides) -> tuple[Side, Side] | None:
        """The native call without and with a copy of its result, by one function."""
        if NATIVE not in self.job or not self.job["copied"]:
            return None
        symbol = f"bindcheck_copying_{self.job[NATIVE]['symbol']}"
        try:
            plain, copying = sides.side(NATIVE), sides.side(NATIVE)
        except Unmeasurable:
            return None
        plain.leg = copying.leg = self.library.address(symbol)
        copying.call.copies = 1
        return plain, copying

    def _short(self) -> tuple[Side, ...]:
        """Calls on the shortest input that can be called: Python, native, without and with a copy.

        A core may refuse what is too short for its parameters.
        """
        if self.copying is None:
            return ()
        for cols in self.job["shorter"]:
            case = self.job["case"] | {"cols": cols}
            self.shorter = Sides(self.job | {"case": case}, self.library)
            with suppress(Unmeasurable):
                own = self.shorter.side(PYTHON), self.shorter.side(NATIVE)
                copying = self._copying(self.shorter)
                return () if copying is None else (*own, *copying)
        return ()

    def _pair(self, at: int) -> Pair | None:
        wanted = self.job["pairs"][at]
        names = (wanted["sides"][0], wanted["sides"][1])
        try:
            a, b = self.sides.side(names[0]), self.sides.side(names[1])
            self._same_cells(names, a, b)
            made = Pair(at, names, a, b, retained=wanted["state"] == "retained")
            made.remark = self._same_values(names, a, b)
            return made
        except Unmeasurable as error:
            self.failures.append({"pair": at, "reason": str(error), "wrong": error.wrong})
            return None

    def _same_cells(self, names: tuple[str, str], a: Side, b: Side) -> None:
        case = self.job["case"]
        # What one series becomes may have another length; a grid, and a given buffer, may not.
        free = case["kind"] == "single" and not case["out"] and a.cells > 0
        if a.cells == b.cells and (free or a.cells == case["rows"] * case["cols"]):
            return
        if a.cells == b.cells == 0:
            raise Unmeasurable("both sides give no values for these inputs: choose others")
        grid_a, grid_b, wanted = (
            grid_of(cells, case["cols"])
            for cells in (a.cells, b.cells, case["rows"] * case["cols"])
        )
        raise Unmeasurable(
            f"the sides compute different grids: {names[0]} {grid_a}, {names[1]} {grid_b}; "
            f"the case has {wanted}",
            # A peer that computes something else costs its own results only.
            wrong=not any(name.startswith("peer:") for name in names),
        )

    def _same_values(self, names: tuple[str, str], a: Side, b: Side) -> str:
        """What to keep in mind of the values of both sides; those of our own must be the same."""
        if names[0] == names[1]:
            return ""
        case = self.job["case"]
        single = case["kind"] == "single"
        grid = (1, a.cells) if single else (case["rows"], case["cols"])
        found, left_out = different(a, b, grid, names)
        if not found and left_out:
            return f"not compared, the other side has no such name: {', '.join(left_out)}"
        if not found:
            return ""
        if found == NOTHING:
            return "no arrays of numbers: the values of both sides were not compared"
        for name, side in zip(names, (a, b), strict=True):
            if different(side, side, grid, (name, name))[0]:
                return f"{name} gives other values in each call: they were not compared"
        told = f"these are not the same computation: {found}"
        if not any(name.startswith("peer:") for name in names):
            raise Unmeasurable(told, wrong=True)
        return told

    def run(self) -> None:
        """Warm up, then measure all pairs in turns until the time is over."""
        for pair in self.pairs:
            self._prepare(pair)
        while self.pairs and not self._is_over():
            for pair in self.random.sample(self.pairs, len(self.pairs)):
                self._burst(pair)

    def _is_over(self) -> bool:
        fewest = min(len(pair.records) for pair in self.pairs)
        return is_over(self.job, time.time() - self.job["deadline"], fewest)

    def _prepare(self, pair: Pair) -> None:
        result_bytes = pair.a.cells * dtype_of(self.job["element"]).itemsize
        if self.job["numbers"]:
            # What is copied beside the call, and kept where results are: its first input.
            [first, *_] = self.job["series"]
            result_bytes = self.job["case"]["cols"] * dtype_of(first["element"]).itemsize
        for side in (pair.a, pair.b):
            side.empty_ns = self._empty(side)
        self._warm_up(pair, result_bytes)
        self.given_back = pair.retained
        pair.copy_bytes = result_bytes
        pair.of_input = self.job["numbers"]

    def _empty(self, side: Side) -> float:
        address = ctypes.addressof(side.nothing)
        legs = [self.timers.leg(side.empty, address, 500, retained=False) for _ in range(15)]
        return statistics.median(legs)

    def _warm_up(self, pair: Pair, result_bytes: int) -> None:
        """Both sides in turns until their times no longer fall, or the time for it is over.

        On one core that is processor time: to wait for the core warms nothing up.
        """
        clock = time.perf_counter if self.core is None else time.process_time
        budget = self.job["warmup_s"]
        until, latest = clock() + budget, time.time() + _PATIENT * budget
        windows: list[tuple[float, float]] = []
        pair.settle(1e9, 1e9, result_bytes)
        while len(windows) < _WINDOWS or not pair.stable:
            began = clock()
            fitting = int(_WINDOW_NS / max(1.0, pair.block_ns))
            pairs = [self._warm_block(pair) for _ in range(min(max(fitting, 1), 8))]
            windows.append((min(a for a, _ in pairs), min(b for _, b in pairs)))
            pair.settle(*windows[-1], result_bytes)
            pair.stable = settled(windows)
            over = len(windows) >= _WINDOWS and (clock() > until or time.time() > latest)
            if over or clock() - began > budget:
                break

    def _warm_block(self, pair: Pair) -> tuple[float, float]:
        [record] = self.timers.blocks(pair, b"\0")
        pair.warmup_calls += 2 * (pair.calls + pair.lead)
        return record.a_ns, record.b_ns

    def _burst(self, pair: Pair) -> None:
        if self.given_back and not pair.retained:
            # The memory that it would use again went to the system with what was retained before.
            self._warm_block(pair)
        self.given_back = pair.retained
        count = max(1, int(_BURST_S * 1e9 / max(1.0, pair.block_ns)))
        orders = self._orders(count)
        records = self.timers.blocks(pair, orders)
        known = len(pair.records)
        pair.records += zip(orders, records, strict=True)
        # What a copy costs is asked of the binding alone.
        if self.copying is None or pair.sides != (PYTHON, NATIVE):
            return
        share = self.job["copied"]
        copies = -(-len(pair.records) // share) + -known // share
        if copies:
            self._copy(pair, *self.copying, copies)
        if copies and self.short and not (pair.cold and pair.block_ns > _LONG_NS):
            before = (pair.a, pair.b, *self.copying)
            alone = self.core is not None
            pair.cold.append(self.timers.after(pair, before, self.short, alone=alone))

    def _copy(self, pair: Pair, native: Side, copying: Side, count: int) -> None:
        """Some blocks of the native call and the same one with a copy of its result."""
        both = Pair(-1, (NATIVE, NATIVE), native, copying, retained=pair.retained)
        both.calls, both.lead = pair.calls, pair.lead
        orders = self._orders(count)
        records = self.timers.blocks(both, orders)
        pair.copies += [net(both, record, pinned=self.core is not None) for record in records]

    def _orders(self, count: int) -> bytes:
        return bytes(self.random.getrandbits(1) for _ in range(count))

    def _seen(self) -> int:
        """What the source compared with its threshold, in a build to be tuned."""
        seen = self.library.timers.bindcheck_seen
        seen.restype = ctypes.c_size_t
        found: int = seen()
        return found

    def report(self) -> dict[str, Any]:
        """What was measured."""
        return {
            "pid": os.getpid(),
            "core": self.core,
            "cores": allowed_cores(),
            "free_cores": self.neighbours.free_cores(),
            "busy": self.neighbours.busy(),
            "huge_pages": huge_pages(),
            "numpy": np.__version__,
            "python": sys.version.split()[0],
            "seen": self._seen(),
            "failures": self.failures,
            "pairs": [shown(pair, pinned=self.core is not None) for pair in self.pairs],
        }


def different(
    a: Side, b: Side, grid: tuple[int, int], names: tuple[str, str]
) -> tuple[str, list[str]]:
    """Where the values of two sides differ, empty if they do not; the outputs not compared."""

    def beside(left: Outputs) -> tuple[str, list[str]]:
        found: tuple[str, list[str]] = b.look(
            lambda right: (
                disagreement(left, right, grid, names),
                uncompared(left, right, grid, names),
            )
        )
        return found

    told: tuple[str, list[str]] = a.look(beside)
    return told


def grid_of(cells: int, cols: int) -> str:
    """`61 × 10,000 = 610,000 cells`; the cells alone where they make no whole rows."""
    rows = f"{cells // cols:,} × {cols:,} = " if cols and cells and cells % cols == 0 else ""
    return f"{rows}{cells:,} cells"


def is_over(job: dict[str, Any], late_s: float, fewest: int) -> bool:
    """Whether to end, so late and with so few blocks of a pair: overtime is for a useful number."""
    if late_s < 0.0:
        return False
    wanted: int = job["least_blocks" if late_s > job["overtime_s"] else "wanted_blocks"]
    return fewest >= wanted


def settled(windows: list[tuple[float, float]]) -> bool:
    """Whether the two newest windows are no faster on either side than those before.

    What is cold is slow and becomes faster. A window that is slower again was disturbed, which
    says nothing of the warm-up: to wait until windows agree is to wait for a quiet machine.
    """
    if len(windows) < _WINDOWS:
        return False
    best = [(min(before), min(now)) for before, now in _by_side(windows)]
    return all(now >= before * (1.0 - _STABLE) for before, now in best)


def _by_side(windows: list[tuple[float, float]]) -> list[tuple[list[float], list[float]]]:
    sides = [[window[side] for window in windows] for side in (0, 1)]
    return [(times[:-2], times[-2:]) for times in sides]
