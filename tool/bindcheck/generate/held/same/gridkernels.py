"""The kernel that the core of a grid is given, for each that may be named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bindcheck.generate.held.same.terms import NEVER, UNIT, Term, within

AUTO = "Auto"
STOPS: Term = ("stops",)
"""Where a choice has no way for a kernel: it panics, or raises."""


@dataclass(slots=True)
class Chosen:
    """Follows choices by a kernel's name: `given` is named, `best` what Auto would be here.

    `kernels` are those for grids; `asked` collects the functions that choose for Auto.
    """

    kernels: frozenset[str]
    given: str
    best: str
    asked: set[Term] = field(default_factory=set)

    def of(self, term: Term) -> Term:
        """What a term comes to: a kernel by name, or what is left of the term."""
        if term[:1] == ("event",):
            return self.of(term[1])
        if term[0] == "ok of" and term[1][:1] == ("kernel",):
            return ("named", self.given)
        if term[0] == "call" and term[1][:1] == ("function",) and not term[3]:
            self.asked.add(term[1])
            return ("named", self.best)
        if term[0] in ("matched", "released"):
            return self.of(term[-1])
        if term[0] == "type" and len(term) == 4:
            return ("named", term[3])
        if term[0] == "match":
            return self._arm(self.of(term[1]), term[2], term[3])
        return term

    def _arm(self, subject: Term, asked: Sequence[Term], ways: Sequence[Term]) -> Term:
        """The way that a choice takes."""
        if subject[0] != "named":
            return subject if subject == STOPS else ("match", subject, asked, ways)
        for (shape, guard, _), way in zip(asked, ways, strict=True):
            rest = shape in ("$0", "_")
            named = {part.rpartition("::")[2] for part in shape.split("|")}
            if not rest and subject[1] not in named:
                continue
            if guard == UNIT or self._holds(guard, subject[1]):
                return self._taken(way[0], rest=rest)
        return STOPS

    def _holds(self, guard: Term, name: str) -> bool:
        negated = guard[:2] == ("unary", "!")
        return negated != (name in self.kernels)

    def _taken(self, made: Term, *, rest: bool) -> Term:
        if made == NEVER:
            return STOPS
        if made[0] != "trace":
            return self.of(made)
        ends = any(step[0] in ("return", "text") for step in made[1])
        return STOPS if rest and ends else self.of(made[-1])


def alike(one: Term, other: Term, kernels: Iterable[str]) -> bool:
    """Whether two terms come to the same kernel, whichever is named.

    Where the first one panics or raises, as for kernels that no binding is handed, it is no matter.
    """
    if one == other:
        return True
    every = frozenset(kernels)
    cases = [(name, name) for name in every] + [(AUTO, name) for name in every]
    for given, best in cases:
        had, has = Chosen(every, given, best), Chosen(every, given, best)
        before, after = had.of(one), has.of(other)
        if before != STOPS and (before != after or had.asked != has.asked):
            return False
    return bool(cases)


def guards_known(term: Term) -> bool:
    """Whether all choices ask no more than `is_batch()` beside the name."""
    guards = (
        guard
        for part in within(term)
        if part[:1] == ("match",) and len(part) == 4
        for _, guard, _ in part[2]
        if guard != UNIT
    )
    return all(_asks_batch(one) for one in guards)


def _asks_batch(guard: Term) -> bool:
    inner = guard[2] if guard[:2] == ("unary", "!") else guard
    return bool(inner[:2] == ("method", "is_batch"))
