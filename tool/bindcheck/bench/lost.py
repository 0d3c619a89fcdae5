"""What an earlier run has measured, and this one was to measure and has not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.bench.asked import wanted
from bindcheck.bench.history import identity
from bindcheck.bench.outcome import Comparison, Outcome, Trouble


def lost_of(new: Outcome, old: Outcome) -> tuple[Comparison, ...]:
    """Those that something went wrong with, and those that were asked for and are not there."""
    return tuple(
        one for one in _absent(new, old) if _is_told(new, one) or wanted(new.asked, one, old.asked)
    )


def gone_words(new: Outcome, old: Outcome) -> Iterator[str]:
    """A line for each indicator of which something is lost that nothing went wrong with.

    None of a run that was stopped early: it has not come to all of them.
    """
    gone: dict[str, list[Comparison]] = {}
    for one in () if new.interrupted else lost_of(new, old):
        if not _is_told(new, one):
            gone.setdefault(one.case.indicator, []).append(one)
    for indicator, some in gone.items():
        yield f"{indicator}: {_why(new, indicator, some)}"


def wrong_of(new: Outcome, old: Outcome) -> tuple[Trouble, ...]:
    """Sides that do different work, but for those that had no result in the old run either."""
    known = {(one.case, one.sides) for one in old.troubles}
    return tuple(
        one
        for one in new.troubles
        if one.wrong and not {(name, one.sides) for name in _names(one)} & known
    )


def _names(one: Trouble) -> tuple[str, str]:
    """A case and its indicator: what cannot be called at all is told by the name of that."""
    return one.case, one.case.partition("/")[0]


def _absent(new: Outcome, old: Outcome) -> Iterator[Comparison]:
    """What the old run has and the new one has not, or only in another way."""
    measured = set(map(identity, new.comparisons))
    for one in old.comparisons:
        if not one.is_control and identity(one) not in measured:
            yield one


def _is_told(new: Outcome, one: Comparison) -> bool:
    """Whether a trouble says why; what cannot be called at all is told by its indicator's name."""
    troubles = {(trouble.case, trouble.sides) for trouble in new.troubles}
    return any((name, one.sides) in troubles for name in (one.case.name, one.case.indicator))


def _why(new: Outcome, indicator: str, lost: Sequence[Comparison]) -> str:
    there = {one.case.kind for one in new.comparisons if one.case.indicator == indicator}
    kinds = dict.fromkeys(one.case.kind for one in lost)
    if any(kind in there for kind in kinds):
        return "measured in another way than then"
    if there:
        return f"no {' or '.join(kinds)} binding of it is known any more"
    bare = indicator.rpartition("::")[2]
    for one in new.unmeasured:
        if one.binding in (indicator, bare) or f"`{bare}`" in one.reason:
            return f"no core function is known behind the binding {one.binding!r}: {one.reason}"
    return "this run has found no such indicator with a binding"
