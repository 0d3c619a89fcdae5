"""What an interval says, given a margin, and what its controls allow it to say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bindcheck.bench.outcome import Control, Floor, Interval, Trial, Verdict
from bindcheck.bench.statistics import exponential, interval, standard_error
from bindcheck.bench.student import quantile
from bindcheck.bench.texts import share
from bindcheck.fact import fact

MARGIN = 0.01
FEWEST_PROCESSES = 5
_POWER = 0.8


@fact
class Judgement:
    """A verdict, whether it is open for want of precision, and remarks."""

    verdict: Verdict
    unstable: bool
    reasons: tuple[str, ...]


def decide(ratio: Interval, margin: float) -> Verdict:
    """The verdict on a ratio of times: the whole interval has to lie on one side of the margin.

    A ratio below 1 inside the margin is no difference, not a negative overhead.
    """
    if ratio.low > 1.0 + margin:
        return Verdict.SLOWER
    if ratio.high < 1.0 - margin:
        return Verdict.FASTER
    if ratio.low >= 1.0 - margin and ratio.high <= 1.0 + margin:
        return Verdict.SAME
    return Verdict.UNDECIDED


def judge(
    ratio: Interval, margin: float, controls: Sequence[Control], trials: Sequence[Trial]
) -> Judgement:
    """The verdict on a comparison.

    A control that fails, that is, the same call that differs from itself by more than the margin,
    widens the interval by what it is off: the comparison may be off by as much. Beside a control
    that is known so little that the same call may differ from itself as much as both sides do, a
    difference is open.
    """
    reasons = list(_remarks(trials))
    if len(trials) < FEWEST_PROCESSES:
        reasons.append(f"{len(trials)} processes: a verdict takes {FEWEST_PROCESSES}")
        return Judgement(Verdict.UNDECIDED, True, tuple(reasons))
    failed = failed_controls(controls, margin)
    reasons += map(control_words, failed)
    bias = max((abs(math.log(one.ratio.value)) for one in failed), default=0.0)
    widened = Interval(ratio.value, ratio.low * math.exp(-bias), ratio.high * math.exp(bias))
    verdict = decide(widened, margin)
    reasons += _drifted(trials, verdict, margin, bias)
    blind = blind_controls(controls, ratio) if verdict in _DIFFERENT else []
    if blind:
        reasons += map(blind_words, blind)
        return Judgement(Verdict.UNDECIDED, True, tuple(reasons))
    unstable = verdict is Verdict.UNDECIDED and widened.reach > margin
    if verdict is Verdict.UNDECIDED:
        reasons.append(_open(widened, margin))
    return Judgement(verdict, unstable, tuple(reasons))


_DIFFERENT = (Verdict.SLOWER, Verdict.FASTER)


def failed_controls(controls: Sequence[Control], margin: float) -> list[Control]:
    """Those that came out different although both sides are the same call."""
    return [one for one in controls if decide(one.ratio, margin) in _DIFFERENT]


def blind_controls(controls: Sequence[Control], ratio: Interval) -> list[Control]:
    """Those that could not have seen a difference: by their intervals, none or one as large."""
    size = abs(math.log(ratio.value))
    return [one for one in controls if one.ratio.holds(1.0) and _reach(one.ratio) >= size]


def blind_words(one: Control) -> str:
    """How little is known of a control."""
    low, high = one.ratio.low, one.ratio.high
    return (
        f"unstable: {one.side} against itself is known to lie in {low:.2f} to {high:.2f} only, "
        "which is as far as both sides are apart"
    )


def _reach(ratio: Interval) -> float:
    return max(abs(math.log(ratio.low)), abs(math.log(ratio.high)))


def control_words(one: Control) -> str:
    """By how much a control is off."""
    word = "slower" if one.ratio.value > 1.0 else "faster"
    return f"{one.side} against itself came out {share(abs(one.ratio.value - 1.0))} {word}"


def floor(
    controls: Sequence[Control], log_ratios: Sequence[Sequence[float]], own: Sequence[float]
) -> Floor | None:
    """What could have been found, by the controls of a case and by the comparison itself.

    `log_ratios` are those of the processes of each control, `own` those of the comparison: in a
    control both sides run the same code, so how processes place two codes is to be seen in `own`
    alone.
    """
    if not controls:
        return None
    noise = max(max(abs(one.ratio.low - 1.0), abs(one.ratio.high - 1.0)) for one in controls)
    return Floor(tuple(controls), noise, max(_detectable(log_ratios), _detectable([own])))


def _detectable(log_ratios: Sequence[Sequence[float]]) -> float:
    """The smallest difference that an interval as wide as these tells from none."""
    variance = sum(standard_error(one) ** 2 for one in log_ratios) / len(log_ratios)
    freedom = sum(len(one) - 1 for one in log_ratios)
    single = min(len(one) for one in log_ratios) - 1
    steps = quantile(0.975, single) + quantile(_POWER, freedom)
    return math.expm1(steps * math.sqrt(variance))


def ratio_of(trials: Sequence[Trial]) -> Interval:
    """Time of side A over that of side B, over at least two processes."""
    return exponential(interval([one.log_ratio for one in trials]))


def _open(ratio: Interval, margin: float) -> str:
    if ratio.reach > margin:
        return f"unstable: known to ±{share(ratio.reach)} only, the margin is {share(margin)}"
    return f"the difference is about as large as the margin of {share(margin)}"


def _drifted(
    trials: Sequence[Trial], verdict: Verdict, margin: float, bias: float
) -> Iterator[str]:
    """Whether the ratio changes in the course of a process so much that the verdict is at stake.

    It is where all processes agree on the drift, and their second halves would be judged otherwise.
    """
    drift = interval([one.drift for one in trials])
    if drift.holds(0.0):
        return
    late = interval([one.log_ratio + one.drift / 2.0 for one in trials])
    later = decide(exponential(Interval(late.value, late.low - bias, late.high + bias)), margin)
    if later is not verdict:
        word = "rises" if drift.value > 0.0 else "falls"
        change = share(abs(math.expm1(drift.value)))
        yield (
            f"never became steady: the ratio {word} by {change} in the course of a process; its "
            f"second half alone says: {later}"
        )


def _remarks(trials: Sequence[Trial]) -> list[str]:
    left_out = sum(one.interrupted for one in trials)
    counted = sum(one.disturbed for one in trials)
    everything = left_out + sum(one.blocks for one in trials)
    if not counted and left_out * 2 <= everything:
        return []
    told = f"{share((left_out + counted) / everything)} of the blocks were interrupted"
    return [f"{told}; {_clock(trials)}" if counted else told]


def _clock(trials: Sequence[Trial]) -> str:
    """By which clock interrupted blocks count, in processes that have too few others."""
    hit = [one for one in trials if one.disturbed]
    where = "" if len(hit) == len(trials) else f" in {len(hit)} of {len(trials)} processes"
    if any(one.processor_time < one.disturbed for one in hit):
        return f"they count{where}, with the time on the clock, the turns of others included"
    return f"they count{where}, with processor time"
