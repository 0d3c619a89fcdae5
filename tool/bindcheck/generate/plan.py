"""What each indicator has, what is missing, what can be made, and which fact is lacking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from bindcheck.fact import fact


class State(StrEnum):
    """State of one piece of one indicator.

    `present` by hand; `current` generated and up to date; `edited` generated, edited by hand and up
    to date; `missing` can be written; `replace` stands there by hand and can be replaced; `stale`
    would come out differently now; `conflict` stale and edited in the same lines; `lacking` cannot
    be made for want of a fact; `kept` is left alone, as it depends on one of the latter two;
    `absent` has no premise; a test is `left out` where there are no values to call with.
    """

    PRESENT = "present"
    CURRENT = "current"
    EDITED = "edited"
    MISSING = "missing"
    REPLACED = "replace"
    STALE = "stale"
    CONFLICT = "conflict"
    LACKING = "lacking"
    KEPT = "kept"
    ABSENT = "absent"
    OMITTED = "left out"

    @property
    def due(self) -> bool:
        """Whether writing would change something."""
        return self in (State.MISSING, State.REPLACED, State.STALE)

    @property
    def failed(self) -> bool:
        """Whether writing does not bring it up to date."""
        return self in (State.CONFLICT, State.LACKING, State.KEPT)

    @property
    def wrong(self) -> bool:
        """Whether a check fails for it: what nobody can generate is not out of date."""
        return self.due or self in (State.CONFLICT, State.KEPT)


_WRITTEN = {State.MISSING: "written", State.REPLACED: "replaced", State.STALE: "updated"}


@fact
class PiecePlan:
    """One line of the plan: `detail` is a path or the fact that is lacking, `text` the new text."""

    indicator: str
    piece: str
    state: State
    detail: str = ""
    text: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it was generated; lines of the module do not say who wrote them."""
        here = self.state is State.PRESENT and self.piece == "register"
        return here or self.state in (State.CURRENT, State.EDITED)

    def line(self, width: int, *, done: bool) -> str:
        """The line that is printed; `done` when it was written."""
        word = _WRITTEN.get(self.state, self.state.value) if done else self.state.value
        return f"{self.indicator:<{width}}  {self.piece:<16}  {word:<8}  {self.detail}".rstrip()


def lines_of(plans: Iterable[PiecePlan], *, done: bool) -> tuple[str, ...]:
    """One line per piece, aligned; pieces without a premise are left out."""
    shown = [one for one in plans if one.state is not State.ABSENT]
    shown.sort(key=lambda one: one.indicator)
    width = max((len(one.indicator) for one in shown), default=0)
    return tuple(one.line(width, done=done) for one in shown)


def plan_of(plans: Iterable[PiecePlan]) -> tuple[str, ...]:
    """One line per piece, those without a premise included, and the counts of each piece."""
    listed = sorted(plans, key=lambda one: one.indicator)
    width = max((len(one.indicator) for one in listed), default=0)
    counts: dict[str, Counter[State]] = {}
    for one in listed:
        counts.setdefault(one.piece, Counter())[one.state] += 1
    totals = [
        f"{piece}: {', '.join(f'{number} {state}' for state, number in sorted(of.items()))}"
        for piece, of in counts.items()
    ]
    return (*(one.line(width, done=False) for one in listed), *totals)


def counts_of(plans: Iterable[PiecePlan]) -> str:
    """`2 indicators, 14 pieces up to date, 1 by hand, 2 not generated`."""
    there = [one for one in plans if one.state is not State.ABSENT]
    indicators = len({one.indicator for one in there})
    parts = [_count(indicators, "indicator")]
    parts.append(f"{_count(sum(one.is_ours for one in there), 'piece')} up to date")
    by_hand = sum(one.state is State.PRESENT and not one.is_ours for one in there)
    lacking = sum(one.state in (State.LACKING, State.OMITTED) for one in there)
    parts += [f"{by_hand} by hand"] if by_hand else []
    parts += [f"{lacking} not generated"] if lacking else []
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
