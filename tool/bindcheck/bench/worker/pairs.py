"""Pairs of sides, and the timers that run their blocks."""

from __future__ import annotations

import ctypes
import statistics
from collections.abc import Sequence
from typing import Any

from bindcheck.bench.worker.shim import Library, Record, Unmeasurable
from bindcheck.bench.worker.sides import Side

_LEG_NS = 100_000
"""How long one leg of a block takes, unless a single call takes longer."""
_LEAD_BELOW_NS = 50_000
"""A leg of calls shorter than this begins with one that is not timed: the change of sides costs
some hundred nanoseconds of cold branches and caches."""
_KEPT_BYTES = 64 << 20


class Pair:
    """Two sides that are measured against each other."""

    def __init__(self, at: int, sides: tuple[str, str], a: Side, b: Side, *, retained: bool):
        self.at = at
        self.sides = sides
        self.a, self.b = a, b
        self.retained = retained
        self.calls = 1
        self.lead = 0
        self.block_ns = 0.0
        self.warmup_calls = 0
        self.stable = False
        self.records: list[tuple[int, Record]] = []
        self.copies: list[tuple[float, float]] = []
        self.cold: list[list[float]] = []
        self.copy_bytes = 0
        self.of_input = False
        self.remark = ""

    def settle(self, a_ns: float, b_ns: float, result_bytes: int) -> None:
        """Choose how many calls make a leg."""
        longest = max(a_ns, b_ns, 1.0)
        self.calls = max(1, round(_LEG_NS / longest))
        if self.retained and result_bytes:
            self.calls = max(1, min(self.calls, _KEPT_BYTES // result_bytes))
        self.lead = 1 if longest < _LEAD_BELOW_NS else 0
        self.block_ns = 2 * (self.calls + self.lead) * (a_ns + b_ns)


class Timers:
    """The functions of the shim with their types."""

    def __init__(self, library: Library):
        self._blocks = library.timers.bindcheck_blocks
        self._blocks.restype = ctypes.c_int
        self._after = library.timers.bindcheck_after
        self._after.restype = ctypes.c_int
        self._legs: dict[int, Any] = {}
        self._kind = ctypes.PYFUNCTYPE(
            ctypes.c_double, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int
        )

    def leg(self, leg: int, call: int, calls: int, *, retained: bool, lead: int = 0) -> float:
        """Nanoseconds per call of one leg."""
        if leg not in self._legs:
            self._legs[leg] = self._kind(leg)
        took: float = self._legs[leg](call, lead, calls, int(retained))
        if took < 0:
            raise Unmeasurable("a call failed that had worked before")
        return took

    def blocks(self, pair: Pair, orders: bytes) -> list[Record]:
        """Blocks of a pair in the orders given."""
        records = (Record * len(orders))()
        legs = (ctypes.c_void_p * 2)(pair.a.leg, pair.b.leg)
        calls = (ctypes.c_void_p * 2)(pair.a.address, pair.b.address)
        failed = self._blocks(
            legs,
            calls,
            ctypes.c_size_t(pair.lead),
            ctypes.c_size_t(pair.calls),
            ctypes.c_int(pair.retained),
            orders,
            ctypes.c_size_t(len(orders)),
            records,
        )
        if failed:
            raise Unmeasurable("a call failed that had worked before")
        return list(records)

    def after(
        self, pair: Pair, before: Sequence[Side], sides: Sequence[Side], *, alone: bool
    ) -> list[float]:
        """Nanoseconds of a call of each side, right after one of the one of `before` at its place.

        As many calls as in a leg of the pair. `alone`: on one core, so that what others do on it is
        no part of the processor time.
        """
        times = (ctypes.c_double * len(sides))()
        calls = [pointers for some in (before, sides) for pointers in _pointers(some)]
        counts = map(ctypes.c_size_t, (pair.lead, pair.calls, len(sides)))
        failed = self._after(*calls, *counts, ctypes.c_int(alone), times)
        if failed:
            raise Unmeasurable("a call failed that had worked before")
        return list(times)


def _pointers(sides: Sequence[Side]) -> tuple[Any, Any]:
    """Legs and arguments, as an array each."""
    kind = ctypes.c_void_p * len(sides)
    return kind(*(one.leg for one in sides)), kind(*(one.address for one in sides))


def shown(pair: Pair, *, pinned: bool) -> dict[str, Any]:
    """What was measured of a pair; empty calls are subtracted."""
    records = [record for _, record in pair.records]
    empty = (pair.a.empty_ns, pair.b.empty_ns)
    return {
        "pair": pair.at,
        "blocks": [_block(pair, order, record, pinned=pinned) for order, record in pair.records],
        "empty": empty,
        "faults": [
            statistics.fmean(one.a_faults for one in records),
            statistics.fmean(one.b_faults for one in records),
        ],
        "warmup_calls": pair.warmup_calls,
        "stable": pair.stable,
        "cells": [pair.a.cells, pair.b.cells],
        "remark": pair.remark,
        "copy_bytes": pair.copy_bytes,
        "of_input": pair.of_input,
        "copy_ns": max(0.0, middle([copying - plain for plain, copying in pair.copies])),
        "cold_ns": _median([python - native for python, native, _, _ in pair.cold]),
        "cold_copy_ns": _median([copying - plain for _, _, plain, copying in pair.cold]),
    }


def _block(pair: Pair, order: int, record: Record, *, pinned: bool) -> list[Any]:
    """Order, calls, net times of both sides, whether somebody else got the core, and the clock."""
    interrupted = bool(pinned and record.interrupted)
    times = net(pair, record, pinned=pinned)
    return [order, 2 * pair.calls, *times, interrupted, _by_processor(record, pinned=pinned)]


def net(pair: Pair, record: Record, *, pinned: bool) -> tuple[float, float]:
    """Times of both sides without what an empty call costs.

    Of an interrupted block both are processor time, which does not count the others' turn. With
    helping threads there is no such time, and they are put off and on all the time.
    """
    a_ns, b_ns = record.a_ns, record.b_ns
    if _by_processor(record, pinned=pinned):
        a_ns, b_ns = record.a_cpu_ns, record.b_cpu_ns
    return a_ns - pair.a.empty_ns, b_ns - pair.b.empty_ns


def _by_processor(record: Record, *, pinned: bool) -> bool:
    """Whether the times of a block are processor time."""
    known = min(record.a_cpu_ns, record.b_cpu_ns) > 0.0
    return bool(pinned and record.interrupted and known)


def middle(values: Sequence[float]) -> float:
    """The mean of the middle half; 0 of nothing."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    return statistics.fmean(ordered[cut : len(ordered) - cut]) if ordered else 0.0


def _median(values: Sequence[float]) -> float:
    """Of single calls, few of which may be interrupted; 0 of nothing."""
    return statistics.median(values) if values else 0.0
