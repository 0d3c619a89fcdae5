"""Questions that lead to each other, perhaps in a circle, each answered once.

What is found while a question waits for itself may lack what that one will find, and is not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from typing import TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

_NO_CIRCLE = sys.maxsize


class Asking:
    """The questions that are being answered, the outermost first."""

    def __init__(self) -> None:
        self._depths: dict[Hashable, int] = {}
        self._circle = _NO_CIRCLE
        """How far out the outermost question is that was met again."""

    def __bool__(self) -> bool:
        return bool(self._depths)

    def of(
        self, kept: dict[Q, A], question: Q, make: Callable[[], A], meanwhile: Callable[[], A]
    ) -> A:
        """The answer to a question; while that is being made, what is known `meanwhile`."""
        if question in kept:
            return kept[question]
        depth = self._depths.get(question)
        if depth is not None:
            self._circle = min(self._circle, depth)
            return meanwhile()
        self._depths[question] = depth = len(self._depths)
        outer, self._circle = self._circle, _NO_CIRCLE
        found = make()
        del self._depths[question]
        if self._circle >= depth:
            kept[question] = found
            self._circle = _NO_CIRCLE
        self._circle = min(self._circle, outer)
        return found
