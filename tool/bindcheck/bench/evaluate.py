"""A session of measurements, judged."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from bindcheck.bench.fits import fits
from bindcheck.bench.grids import cell_mismatch
from bindcheck.bench.machinecode import why_faster
from bindcheck.bench.neighbours import crowded_words
from bindcheck.bench.outcome import Comparison, Control, Outcome, Trial, Trouble, Verdict
from bindcheck.bench.samples import NATIVE, PYTHON, Case, Measurement, Session, State
from bindcheck.bench.statistics import (
    FEWEST,
    geometric_mean,
    interval,
    too_short,
    trial,
    typical_ns,
)
from bindcheck.bench.verdicts import MARGIN, floor, judge, ratio_of
from bindcheck.fact import fact


@fact
class _Group:
    """A measurement with its usable processes, reduced to one estimate each."""

    measurement: Measurement
    trials: tuple[Trial, ...]


_Groups = dict[tuple[Case, State], list[_Group]]


def evaluate(session: Session, margin: float = MARGIN) -> Outcome:
    """Intervals, verdicts and fits of all measurements; what has no result is a Trouble."""
    groups: _Groups = {}
    troubles = [Trouble(one.case, one.sides, one.reason, one.wrong) for one in session.failures]
    for measurement in session.measurements:
        found = _trouble(measurement)
        if found is not None:
            troubles.append(found)
            continue
        group = _Group(measurement, tuple(trial(one) for one in measurement.processes))
        groups.setdefault((measurement.case, measurement.state), []).append(group)
    _drop_lonely_controls(groups, troubles)
    comparisons = [
        _comparison(group, margin, together, session.provenance.profile)
        for together in groups.values()
        for group in together
    ]
    return Outcome(
        provenance=session.provenance,
        started=session.started,
        margin=margin,
        interrupted=session.interrupted,
        comparisons=tuple(comparisons),
        fits=fits(comparisons),
        phases=session.phases,
        troubles=tuple(troubles),
        notes=(*session.notes, *crowded_words(session.measurements)),
        budget_s=session.budget_s,
        made_visible=session.made_visible,
        unmeasured=session.unmeasured,
        asked=session.asked,
    )


def _drop_lonely_controls(groups: _Groups, troubles: Sequence[Trouble]) -> None:
    """A control beside a comparison that was lost is no result of its own."""
    lost = {one.case for one in troubles if one.sides == (PYTHON, NATIVE)}
    for (case, state), group in [*groups.items()]:
        if case.name in lost and all(one.measurement.is_control for one in group):
            del groups[case, state]


def _trouble(measurement: Measurement) -> Trouble | None:
    """Why a measurement has no result, if so."""
    case, sides = measurement.case.name, measurement.sides
    mismatch = cell_mismatch(measurement)
    if mismatch is not None:
        return Trouble(case, sides, mismatch, wrong=True)
    number = len(measurement.processes)
    if number < FEWEST:
        reason = f"{number or 'no'} process{'' if number == 1 else 'es'} measured: no interval"
        return Trouble(case, sides, reason, wrong=False)
    if any(too_short(one) for one in measurement.processes):
        return Trouble(case, sides, _too_short(measurement), wrong=False)
    return None


def _too_short(measurement: Measurement) -> str:
    """Which side is too short for a ratio, and what was measured of it nevertheless."""
    measured = [one for one in measurement.processes if one.blocks]
    if len(measured) < len(measurement.processes):
        return "no block was measured in some process"
    short = sum(map(too_short, measured))
    times = [fmean(each) for each in zip(*map(typical_ns, measured), strict=True)]
    empty = [
        fmean(one.empty_a_ns for one in measured),
        fmean(one.empty_b_ns for one in measured),
    ]
    told = ", ".join(
        f"{side} {_ns(ns)} beside {_ns(loop)} for the loop"
        for side, ns, loop in zip(measurement.sides, times, empty, strict=True)
    )
    return (
        f"too short for a ratio: in {short} of {len(measured)} processes a call takes no longer "
        f"than the loop around it ({told})"
    )


def _ns(value: float) -> str:
    return f"{value:,.0f} ns" if value >= 100.0 else f"{value:.2g} ns"


def _comparison(
    group: _Group, margin: float, together: Sequence[_Group], profile: str
) -> Comparison:
    measurement, trials = group.measurement, group.trials
    controls = [] if measurement.is_control else _controls(measurement.sides, together)
    ratio = ratio_of(trials)
    seen = [Control(one.measurement.sides[0], ratio_of(one.trials)) for one in controls]
    judgement = judge(ratio, margin, seen, trials)
    processes = measurement.processes
    return Comparison(
        case=measurement.case,
        sides=measurement.sides,
        state=measurement.state,
        ratio=ratio,
        difference_ns=interval([one.difference_ns for one in trials]),
        a_ns=geometric_mean(one.a_ns for one in trials),
        b_ns=geometric_mean(one.b_ns for one in trials),
        empty_a_ns=fmean(one.empty_a_ns for one in processes),
        empty_b_ns=fmean(one.empty_b_ns for one in processes),
        verdict=judgement.verdict,
        unstable=judgement.unstable,
        reasons=(
            *judgement.reasons,
            *_other_code(profile, measurement, judgement.verdict),
            *_remarks(measurement),
        ),
        floor=floor(seen, [_logs(one.trials) for one in controls], _logs(trials)),
        huge_pages="; ".join(sorted({one.huge_pages for one in processes})),
        copy_bytes=processes[0].copy_bytes,
        trials=trials,
        cores=processes[0].cores,
        of_input=processes[0].of_input,
    )


def _other_code(profile: str, measurement: Measurement, verdict: Verdict) -> list[str]:
    """What it means that a binding came out faster than the function that it calls."""
    if measurement.sides != (PYTHON, NATIVE) or verdict is not Verdict.FASTER:
        return []
    processes = measurement.processes
    faults = (fmean(one.faults_a for one in processes), fmean(one.faults_b for one in processes))
    return [why_faster(profile, *faults)]


def _remarks(measurement: Measurement) -> list[str]:
    """What processes tell of the values, once."""
    return [*dict.fromkeys(one.remark for one in measurement.processes if one.remark)]


def _logs(trials: Sequence[Trial]) -> list[float]:
    return [one.log_ratio for one in trials]


def _controls(sides: tuple[str, str], together: Sequence[_Group]) -> list[_Group]:
    """The A/A measurements of either side for the same case and state."""
    return [
        one for one in together if one.measurement.is_control and one.measurement.sides[0] in sides
    ]
