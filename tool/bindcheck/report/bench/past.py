"""What a report says of earlier results: changes of level, the gate, times of other tools.

The ratio of a run is compared with the ratio of another run, never a time with a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bindcheck.bench import texts
from bindcheck.bench.changes import Change
from bindcheck.bench.compare import Gate, Moved
from bindcheck.bench.foreign import ForeignRun, ForeignSeries
from bindcheck.bench.history import Run, Trend
from bindcheck.report.bench import words
from bindcheck.report.bench.view import Series

_DAY = 10
_SHOWN = 5
UNCERTAIN = "cannot tell"
"""The mark of a change of which it cannot be told whether it is allowed."""


def below(series: Series) -> tuple[str, ...]:
    """All that stands below the table of a series, a line each."""
    return (*_notes(series), *series.remarks, *trend_lines(series.trends))


def _notes(series: Series) -> Iterator[str]:
    """Each remark on rows once, with their sizes."""
    sizes: dict[str, list[str]] = {}
    for row in series.rows:
        for note in row.notes:
            sizes.setdefault(note, []).append(row.size)
    for note, found in sizes.items():
        everywhere = 1 < len(found) == len(series.rows)
        yield f"{'every size' if everywhere else '; '.join(found)}: {note}"


def trend_lines(trends: Sequence[Trend]) -> Iterator[str]:
    """The history of a series: the sizes that changed, or that none did."""
    longer = [one for one in trends if len(one.runs) > 1]
    together: dict[object, list[Trend]] = {}
    for one in longer:
        if one.changes:
            together.setdefault(_course(one), []).append(one)
    for group in together.values():
        ends = dict.fromkeys(words.size(one.newest) for one in (group[0], group[-1]))
        yield f"history of {' to '.join(ends)}: {_group_words(group)}"
    if longer and not together:
        yield f"history: {trend_words(longer[0])}"


def _course(trend: Trend) -> object:
    """When the level changed, and in which direction."""
    began = trend.runs[0].started
    steps = tuple((one.index, one.after > one.before) for one in trend.changes)
    return began, len(trend.runs), steps


def _group_words(group: Sequence[Trend]) -> str:
    """What several sizes that changed together have to say."""
    first = group[0]
    told = [
        _change([one.changes[number] for one in group], first.runs[change.index])
        for number, change in enumerate(first.changes)
    ]
    return f"{_since(first)}; {'; '.join(told)}"


def trend_words(trend: Trend) -> str:
    """`20 runs since 2026-01-01; since 2026-01-13 (1a2b3c4d5e6f) the ratio is 2.9 % higher`."""
    changes = "; ".join(_change([one], trend.runs[one.index]) for one in trend.changes)
    return f"{_since(trend)}; {changes or 'no change of level'}"


def _since(trend: Trend) -> str:
    return f"{words.counted(len(trend.runs), 'run')} since {trend.runs[0].started[:_DAY]}"


def foreign_words(series: ForeignSeries) -> str:
    """The newest time of another tool, and how it came about."""
    runs = series.runs
    told = f"{words.time(runs[-1].ns)} on {runs[-1].started[:_DAY]}"
    if len(runs) == 1:
        return told
    changes = "; ".join(_change([one], runs[one.index], "time") for one in series.changes)
    return f"{told}, {len(runs)} runs since {runs[0].started[:_DAY]}; {changes or 'no change'}"


def _change(changes: Sequence[Change], run: Run | ForeignRun, what: str = "ratio") -> str:
    """Changes of one direction at one run."""
    steps = [math.expm1(one.after - one.before) for one in changes]
    direction = "higher" if steps[0] > 0.0 else "lower"
    commit = f" ({run.commit[:12]})" if run.commit else ""
    size = texts.shares([abs(one) for one in steps])
    return f"from {run.started[:_DAY]}{commit} on the {what} is {size} {direction}"


def gate_title(gate: Gate) -> str:
    """What the gate compares with and what it allows."""
    if gate.fail_over is None:
        return f"change of the ratio against {gate.baseline}"
    allowed = texts.share(gate.fail_over)
    return f"change of the ratio against {gate.baseline}; fails when certainly over {allowed}"


def gate_rows(gate: Gate) -> Iterator[tuple[str, str, str]]:
    """Case, change with its interval, and the mark of the gate; none without a limit."""
    for one in gate.moved:
        yield _name(one), words.change(one.change), "" if gate.fail_over is None else _mark(one)


def gate_summary(gate: Gate) -> str:
    """All of the gate in a line."""
    failed = sum(one.failed for one in gate.moved)
    told = f"{words.counted(len(gate.moved), 'comparison')} with {gate.baseline}"
    if gate.fail_over is None:
        return told
    uncertain = sum(one.uncertain for one in gate.moved)
    more = f", {uncertain} that cannot be told" if uncertain else ""
    lost = f", {len(gate.lost)} lost" if gate.lost else ""
    return f"{told}: {failed} over {texts.share(gate.fail_over)}{more}{lost}"


def lost_words(gate: Gate) -> str:
    """What the baseline has and this run was to have, a few by name."""
    more = f" and {len(gate.lost) - _SHOWN} more" if len(gate.lost) > _SHOWN else ""
    what = words.counted(len(gate.lost), "comparison")
    return f"{what} that this run was to have and has not: {', '.join(gate.lost[:_SHOWN])}{more}"


def gate_remarks(gate: Gate) -> tuple[str, ...]:
    """What stands below the changes: what could not be compared, and what else differs."""
    return (
        *(f"not compared: {one}" for one in gate.left_out),
        *([f"not passed: {gate.baseline} has {lost_words(gate)}"] if _is_held(gate) else ()),
        *gone_lines(gate),
        *gate.notes,
    )


def gone_lines(gate: Gate) -> tuple[str, ...]:
    """What is not there any more, and what to do if that is on purpose."""
    if not gate.gone or gate.fail_over is None:
        return ()
    return (
        *(f"not there now: {one}" for one in gate.gone),
        "if that is on purpose: leave out its NAME (of --all with --exclude NAME), or compare with "
        "the results of a run that has been made since, without --compare",
    )


def _is_held(gate: Gate) -> bool:
    """Whether the gate asks for something that is lost."""
    return bool(gate.lost) and gate.fail_over is not None


def _mark(one: Moved) -> str:
    if one.uncertain:
        return UNCERTAIN
    return "fails" if one.failed else "passes"


def _name(one: Moved) -> str:
    case = one.new.case
    peer = "" if one.new.sides[1] == "native" else f" over {words.side(one.new.sides[1])}"
    return f"{case.indicator} {case.kind} {words.size(one.new)}{peer}"
