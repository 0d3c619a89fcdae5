"""Memory that is asked for by a number which has wrapped: no release build gets as much."""

from __future__ import annotations

from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Fails, Value
from bindcheck.model import Span

CAPACITY = "capacity"
"""What such a panic is called."""
_WHY = "memory is asked for by a difference that wraps for the smallest value of the caller"


def ask(size: Value, span: Span, frame: Frame) -> None:
    """Note that so much memory is asked for, where the size is a difference that may have wrapped.

    Where the difference is one of an entry point itself, that is told at the difference.
    """
    if size.limits is None or not size.limits.below:
        return
    told = len(frame.stack) == 1 and any(
        one.how == "wrap" and one.place.span == size.wraps for one in frame.events.panics
    )
    if not told:
        place = frame.place(span)
        frame.events.panics.append(Panic(CAPACITY, place, Fails.CALLER, _WHY, frame.region))
