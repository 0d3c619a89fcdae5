"""What runs in a body, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from bindcheck.generate.held.same.terms import Term
from bindcheck.model import Node


@dataclass(slots=True)
class Trace:
    """What runs: steps in order, each with its place, and computations that take time.

    `asked` are readings of the kernel's name, whose order among the other steps is no matter, and
    `written` is what older memory holds in the end.
    """

    steps: list[tuple[Term, Node]] = field(default_factory=list)
    work: list[tuple[Term, Node]] = field(default_factory=list)
    asked: list[tuple[Term, Node]] = field(default_factory=list)
    written: dict[int, Term] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing runs but what is computed in no time."""
        return not (self.steps or self.work or self.asked)

    def term(self, value: Term) -> Term:
        """All of it as one term, with the value in the end."""
        if self.empty:
            return value
        parts = (tuple(sorted((t for t, _ in one), key=repr)) for one in (self.work, self.asked))
        return ("trace", tuple(step for step, _ in self.steps), *parts, value)
