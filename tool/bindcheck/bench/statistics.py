"""From blocks of paired calls to an interval of their ratio.

The unit is a fresh process: what biases a process (where its code and its buffers lie) stays the
same in all of its blocks, so that more blocks do not help against it. A process gives one number,
robust against blocks that something else disturbed; the interval comes from the spread of these
numbers between processes, as a t interval.

A bootstrap over processes, then blocks, was the obvious choice. Coverage of the 95 % interval for
a true difference of 0 and its median width in percent, 4,000 simulated runs of five processes and
60 blocks each (printed by `benchmarks/bench_intervals.py`):

    noise                                            t      percentile     bootstrap-t
    calm                                  0.953 (0.11)    0.976 (0.10)    0.947 (0.11)
    processes differ by 0.15 %            0.948 (0.36)    0.860 (0.23)    0.943 (0.41)
    5 % of blocks preempted, drift        0.959 (0.20)    0.974 (0.18)    0.951 (0.21)
    all of it                             0.950 (0.48)    0.949 (0.40)    0.945 (0.49)
    one process in 20 off by 1.8 %        0.966 (0.23)    0.960 (0.19)    0.963 (0.24)

The percentile bootstrap draws from five processes and forgets that they are few: where they differ
its interval is too narrow by a third and misses the truth in one run of seven. Bootstrap-t covers
as well as the t interval, is wider where processes differ, and depends on random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, stdev

from bindcheck.bench.outcome import Interval, Trial
from bindcheck.bench.samples import Block, Process
from bindcheck.bench.student import quantile

LEVEL = 0.95
_TRIMMED = 0.25
_FEWEST_BLOCKS = 4
FEWEST = 2
"""Processes of which there is an interval."""


def interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Mean and t interval of at least two independent values."""
    middle = fmean(values)
    freedom = len(values) - 1
    reach = quantile((1.0 + level) / 2.0, freedom) * standard_error(values)
    return Interval(middle, middle - reach, middle + reach)


def standard_error(values: Sequence[float]) -> float:
    """Of the mean of at least two independent values."""
    return stdev(values) / math.sqrt(len(values))


def difference(new: Sequence[float], old: Sequence[float], level: float = LEVEL) -> Interval:
    """Mean of `new` less mean of `old` with Welch's interval: two groups with spreads of their own.

    Each group needs at least two values.
    """
    middle = fmean(new) - fmean(old)
    parts = [standard_error(one) ** 2 for one in (new, old)]
    total = sum(parts)
    if total == 0.0:
        return Interval(middle, middle, middle)
    groups = zip(parts, (new, old), strict=True)
    freedom = total**2 / sum(part**2 / (len(group) - 1) for part, group in groups)
    reach = quantile((1.0 + level) / 2.0, freedom) * math.sqrt(total)
    return Interval(middle, middle - reach, middle + reach)


def exponential(logarithm: Interval) -> Interval:
    """The interval of a ratio from that of its logarithm."""
    return Interval(*map(math.exp, (logarithm.value, logarithm.low, logarithm.high)))


def trimmed_mean(values: Sequence[float], share: float = _TRIMMED) -> float:
    """The mean of what is left when the lowest and the highest `share` are cut off.

    It ignores what a scheduler does to a block now and then, and wastes less than a median.
    """
    ordered = sorted(values)
    cut = int(share * len(ordered))
    return fmean(ordered[cut : len(ordered) - cut])


def undisturbed(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks without interrupt, where enough are left (long calls are always hit).

    Else those whose processor time is known too, else all.
    """
    enough = max(_FEWEST_BLOCKS, len(blocks) / 4)
    calm = [block for block in blocks if not block.interrupted]
    known = [block for block in blocks if not block.interrupted or block.processor_time]
    return next((some for some in (calm, known) if len(some) >= enough), blocks)


def typical_ns(process: Process) -> tuple[float, float]:
    """What a call of either side takes without the loop around it; there are blocks."""
    return _typical(undisturbed(process.blocks))


def _typical(blocks: Sequence[Block]) -> tuple[float, float]:
    a_ns, b_ns = ([one.a_ns for one in blocks], [one.b_ns for one in blocks])
    return trimmed_mean(a_ns), trimmed_mean(b_ns)


def too_short(process: Process) -> bool:
    """Whether a call takes no longer than the loop around it, or no block was measured.

    A single block may: the clock has steps, and something may have slowed the empty loop.
    """
    return not process.blocks or min(typical_ns(process)) <= 0.0


def _log_ratio(blocks: Sequence[Block], a_ns: float, b_ns: float) -> float:
    """Block by block, unless some block of a very short call has no logarithm."""
    if all(min(block.a_ns, block.b_ns) > 0.0 for block in blocks):
        return trimmed_mean([math.log(block.a_ns / block.b_ns) for block in blocks])
    return math.log(a_ns / b_ns)


def _sides(blocks: Sequence[Block], log_ratio: float) -> tuple[float, float]:
    """The times of both sides that a table shows: they are apart by the ratio, block by block.

    A typical time of each side by itself need not be: other blocks may be typical of the other.
    """
    if all(min(block.a_ns, block.b_ns) > 0.0 for block in blocks):
        middle = trimmed_mean([math.log(block.a_ns * block.b_ns) / 2.0 for block in blocks])
    else:
        a_ns, b_ns = _typical(blocks)
        middle = math.log(a_ns * b_ns) / 2.0
    return math.exp(middle + log_ratio / 2.0), math.exp(middle - log_ratio / 2.0)


def geometric_mean(values: Iterable[float]) -> float:
    """Of times: those of two sides are then as far apart as their ratios are on average."""
    return math.exp(fmean(map(math.log, values)))


def _drift(blocks: Sequence[Block]) -> float:
    """By how much the logarithm of the ratio is higher in the second half; 0 for few blocks."""
    half = len(blocks) // 2
    if half < _FEWEST_BLOCKS:
        return 0.0
    times = [_typical(part) for part in (blocks[:half], blocks[half:])]
    if min(map(min, times)) <= 0.0:
        return 0.0
    return _log_ratio(blocks[half:], *times[1]) - _log_ratio(blocks[:half], *times[0])


def trial(process: Process) -> Trial:
    """The estimates of one process; it must not be `too_short`."""
    blocks = undisturbed(process.blocks)
    log_ratio = _log_ratio(blocks, *typical_ns(process))
    a_ns, b_ns = _sides(blocks, log_ratio)
    return Trial(
        index=process.index,
        log_ratio=log_ratio,
        a_ns=a_ns,
        b_ns=b_ns,
        difference_ns=trimmed_mean([block.a_ns - block.b_ns for block in blocks]),
        blocks=len(blocks),
        interrupted=len(process.blocks) - len(blocks),
        stable=process.stable,
        faults_a=process.faults_a,
        faults_b=process.faults_b,
        copy_ns=process.copy_ns,
        cold_ns=process.cold_ns,
        cold_copy_ns=process.cold_copy_ns,
        drift=_drift(blocks),
        disturbed=sum(one.interrupted for one in blocks),
        processor_time=sum(one.processor_time for one in blocks),
    )
