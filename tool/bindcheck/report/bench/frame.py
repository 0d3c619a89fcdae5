"""What stands around the series of a report: what was measured, where, how, and what was lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bindcheck import __version__
from bindcheck.bench import texts
from bindcheck.bench.outcome import Outcome, Trouble, Verdict
from bindcheck.bench.samples import NATIVE, PYTHON, Phases, Provenance
from bindcheck.bench.statistics import interval
from bindcheck.fact import fact
from bindcheck.report.bench import words

_SHOWN = 5
_NUMBER = re.compile(r"-?(?:\d[\d,.]*(?:e[+-]?\d+)?|\b(?:nan|inf)\b)")


@fact
class Lost:
    """Measurements that have no result for the same reason. `wrong` if the input is at fault."""

    cases: str
    reason: str
    wrong: bool


def lost(outcome: Outcome) -> tuple[Lost, ...]:
    """What has no result, a line for each reason.

    Controls of what is lost itself are left out. Sizes of one indicator whose reasons differ in
    numbers alone have that of the first.
    """
    found: dict[tuple[bool, str], list[Trouble]] = {}
    alike: dict[tuple[bool, str, str], str] = {}
    for one in _troubles(outcome):
        reason = words.reason(one.case, one.reason)
        key = (one.wrong, one.case.partition("/")[0], _NUMBER.sub("0", reason))
        found.setdefault((one.wrong, alike.setdefault(key, reason)), []).append(one)
    return tuple(_lost(reason, group) for (_, reason), group in found.items())


def _troubles(outcome: Outcome) -> list[Trouble]:
    """Without the controls of what has no result itself."""
    main = {one.case for one in outcome.troubles if one.sides == (PYTHON, NATIVE)}
    return [one for one in outcome.troubles if one.sides[0] != one.sides[1] or one.case not in main]


def _lost(reason: str, group: Sequence[Trouble]) -> Lost:
    by_sides: dict[str, list[str]] = {}
    for one in group:
        sides = " over ".join(map(words.side, one.sides))
        by_sides.setdefault(sides, []).append(one.case)
    if any(words.reason(one.case, one.reason) != reason for one in group):
        reason = f"{reason} (numbers of {group[0].case})"
    return Lost(_cases(by_sides), reason, group[0].wrong)


def _cases(by_sides: dict[str, list[str]]) -> str:
    """`a, b (python over native)`; pairs that were lost for the same cases stand together."""
    pairs: dict[tuple[str, ...], list[str]] = {}
    for sides, cases in by_sides.items():
        pairs.setdefault(tuple(cases), []).append(sides)
    return "; ".join(f"{_sizes(cases)} ({', '.join(sides)})" for cases, sides in pairs.items())


def _sizes(cases: Iterable[str]) -> str:
    """`kama/single/100, 1000`: of several sizes what they have in common stands once."""
    sizes: dict[str, list[str]] = {}
    for one in cases:
        series, slash, size = one.rpartition("/")
        sizes.setdefault(series + slash, []).append(size)
    return ", ".join(f"{series}{', '.join(some)}" for series, some in sizes.items())


def headline(outcome: Outcome) -> str:
    """What was measured."""
    return titled("bench", outcome.provenance)


def titled(what: str, one: Provenance) -> str:
    """The version of the tool, what it did, and to which state of a crate."""
    crate = " ".join(part for part in (one.crate, one.crate_version) if part)
    commit = f" at {one.commit[:12]}" if one.commit else ""
    changed = " with uncommitted changes" if one.dirty else ""
    return f"bindcheck {__version__} · {what} of {crate or 'no crate'}{commit}{changed}"


def setting(outcome: Outcome) -> tuple[str, ...]:
    """Where and how it was measured, a line each."""
    return (*surroundings(outcome.provenance), " · ".join([outcome.started, *_method(outcome)]))


def surroundings(one: Provenance) -> tuple[str, ...]:
    """Machine, software, and what is not committed, a line each."""
    machine = [
        one.cpu,
        words.counted(one.cores, "core"),
        one.governor and f"governor {one.governor}",
        one.kernel,
    ]
    software = [
        one.python and f"Python {one.python}",
        one.numpy and f"NumPy {one.numpy}",
        one.rustc and f"rustc {one.rustc.removeprefix('rustc ')}",
        one.profile and f"profile {one.profile}",
        one.rustflags,
        f"features {', '.join(one.features)}" if one.features else "",
    ]
    return _line(machine), _line(software), *_changed(one)


def _changed(one: Provenance) -> Iterator[str]:
    """Which files differ from the commit that the head names."""
    if one.dirty and one.changed:
        more = " and others" if len(one.changed) > _SHOWN else ""
        yield f"uncommitted changes: {', '.join(one.changed[:_SHOWN])}{more}"


def _line(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _method(outcome: Outcome) -> list[str]:
    counts = sorted({len(one.trials) for one in outcome.comparisons})
    method = []
    if counts:
        number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        noun = "process" if counts == [1] else "processes"
        method.append(f"{number} fresh {noun} for each pair")
    method += ["95 % intervals", f"margin ±{texts.share(outcome.margin)}"]
    return method


def empty_calls(outcome: Outcome) -> str | None:
    """What was subtracted from all times."""
    empty: dict[str, list[float]] = {}
    for one in outcome.comparisons:
        for name, ns in zip(one.sides, (one.empty_a_ns, one.empty_b_ns), strict=True):
            empty.setdefault(words.side(name), []).append(ns)
    if not empty:
        return None
    told = (f"{name} {words.time(sum(each) / len(each))}" for name, each in empty.items())
    return f"subtracted from each call, as the cost of an empty one: {', '.join(told)}"


def summary(outcome: Outcome) -> str:
    """All verdicts in a line."""
    found = outcome.judged
    counts = Counter(one.verdict for one in found)
    parts = [f"{counts[one]} {one}" for one in Verdict if counts[one]]
    unstable = len(outcome.unstable)
    if unstable:
        parts[-1] += f" ({unstable} for want of precision)"
    text = f"{words.counted(len(found), 'comparison')}: {', '.join(parts)}" if found else ""
    lost = words.counted(len(_troubles(outcome)), "measurement") + " without a result"
    told = [text or "nothing was measured", *([lost] if outcome.troubles else [])]
    if outcome.unmeasured:
        told.append(f"{words.counted(len(outcome.unmeasured), 'binding')} not measured")
    if outcome.interrupted:
        told.append("stopped early")
    return "; ".join(told)


def phase_rows(phases: Phases) -> tuple[tuple[str, str], ...]:
    """Name and time of each phase of a Python call."""
    named = (
        ("arguments", phases.arguments_ns),
        ("release", phases.release_ns),
        ("compute", phases.compute_ns),
        ("acquire", phases.acquire_ns),
        ("result", phases.result_ns),
    )
    return tuple(
        (name, words.times(interval(values)) if len(values) > 1 else words.time(sum(values)))
        for name, values in named
    )
