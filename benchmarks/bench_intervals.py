"""Which interval to trust with five processes: coverage, width, false alarms and power.

    python benchmarks/bench_intervals.py [--runs 4000] [--processes 5] [--blocks 60]

Simulates runs of a benchmark under several kinds of noise (all in percent of the call's time) and
compares three 95 % intervals of the log ratio: a t interval over the estimates of the processes,
and a bootstrap over processes, then blocks, read off as percentiles or studentised. Then it says
how often the verdict of bindcheck is wrong or finds a planted slow-down. Needs numpy.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from bindcheck.bench.outcome import Interval, Verdict
from bindcheck.bench.statistics import exponential, trimmed_mean
from bindcheck.bench.student import quantile
from bindcheck.bench.verdicts import decide

Array = np.ndarray


@dataclass(frozen=True)
class Noise:
    """Standard deviations in percent.

    `preempted` and `moved` are the probabilities of a hit of about 30 % in a block, and of one of
    1.8 % in a whole process.
    """

    name: str
    bias: float
    block: float
    preempted: float = 0.0
    drift: float = 0.0
    moved: float = 0.0

    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
        """Log ratios in percent: runs × processes × blocks, true value 0."""
        per_process = (*shape[:2], 1)
        bias = rng.normal(0.0, self.bias, per_process)
        bias += (rng.random(per_process) < self.moved) * 1.8 * rng.choice([-1.0, 1.0], per_process)
        drift = self.drift * rng.normal(size=per_process) * np.linspace(-1.0, 1.0, shape[2])
        hit = (rng.random(shape) < self.preempted) * rng.exponential(30.0, shape)
        hit *= rng.choice([-1.0, 1.0], shape)
        return bias + drift + hit + rng.normal(0.0, self.block, shape)


NOISES = (
    Noise("calm", 0.02, 0.3),
    Noise("processes differ by 0.15 %", 0.15, 0.3),
    Noise("5 % of blocks preempted, drift", 0.05, 0.5, preempted=0.05, drift=0.1),
    Noise("all of it", 0.15, 1.0, preempted=0.05, drift=0.3),
    Noise("one process in 20 off by 1.8 %", 0.05, 0.5, preempted=0.03, drift=0.1, moved=0.05),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--blocks", type=int, default=60)
    parser.add_argument("--resamples", type=int, default=399)
    options = parser.parse_args()
    shape = (options.runs, options.processes, options.blocks)
    rng = np.random.default_rng(20260101)
    print(f"{'coverage (median width, %)':34}{'t':>16}{'percentile':>16}{'bootstrap-t':>16}")
    for noise in NOISES:
        values = noise.draw(rng, shape)
        found = [t_interval(values), *bootstrap(values, rng, options.resamples)]
        cells = (
            f"{np.mean((low <= 0) & (high >= 0)):.3f} ({np.median(high - low):.2f})"
            for low, high in found
        )
        print(f"{noise.name:34}" + "".join(f"{cell:>16}" for cell in cells))
    print()
    plants = (0.0, 0.5, 1.0)
    print(
        f"{'share of verdicts at margin 0.3 %':34}"
        + "".join(f"{f'{plant:g} %: slower/none/?':>24}" for plant in plants)
    )
    for noise in NOISES:
        values = noise.draw(rng, shape)
        print(f"{noise.name:34}" + "".join(f"{verdicts(values + p):>24}" for p in plants))


def location(values: Array) -> Array:
    """The trimmed mean over blocks, as `bindcheck.bench.statistics` does it."""
    return _trimmed(np.sort(values, axis=-1))


def _trimmed(ordered: Array) -> Array:
    cut = int(0.25 * ordered.shape[-1])
    return ordered[..., cut : ordered.shape[-1] - cut].mean(-1)


def t_interval(values: Array) -> tuple[Array, Array]:
    means = location(values)
    count = means.shape[1]
    reach = quantile(0.975, count - 1) * means.std(1, ddof=1) / np.sqrt(count)
    return means.mean(1) - reach, means.mean(1) + reach


def bootstrap(
    values: Array, rng: np.random.Generator, resamples: int
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    runs, processes, blocks = values.shape
    means, errors = np.empty((resamples, runs)), np.empty((resamples, runs))
    rows = np.arange(runs)[:, None]
    for number in range(resamples):
        drawn = values[rows, rng.integers(0, processes, (runs, processes))]
        drawn = np.take_along_axis(drawn, rng.integers(0, blocks, values.shape), 2)
        estimates = location(drawn)
        means[number] = estimates.mean(1)
        errors[number] = estimates.std(1, ddof=1) / np.sqrt(processes)
    own = location(values)
    middle, error = own.mean(1), own.std(1, ddof=1) / np.sqrt(processes)
    student = (means - middle) / np.maximum(errors, 1e-9)
    low, high = np.percentile(student, [2.5, 97.5], axis=0)
    percentile = np.percentile(means, [2.5, 97.5], axis=0)
    return (percentile[0], percentile[1]), (middle - high * error, middle - low * error)


def verdicts(values: Array) -> str:
    low, high = t_interval(values)
    counts = dict.fromkeys(Verdict, 0)
    for one, other in zip(low / 100, high / 100, strict=True):
        counts[decide(exponential(Interval((one + other) / 2, one, other)), 0.003)] += 1
    share = [counts[one] / len(low) for one in (Verdict.SLOWER, Verdict.SAME, Verdict.UNDECIDED)]
    return "/".join(f"{one:.3f}" for one in share)


def agree() -> None:
    """The vectorised location is that of the tool."""
    values = np.random.default_rng(1).normal(size=61)
    assert np.isclose(location(values), trimmed_mean(list(values)))


if __name__ == "__main__":
    agree()
    main()
