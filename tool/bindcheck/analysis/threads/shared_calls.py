"""Calls that all processes of a crew have to know, each found where it is at home."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bindcheck.analysis.linking.linked import Linked
from bindcheck.crew import Crew
from bindcheck.model import ItemRef


def follow_calls(
    linked: Linked, crew: Crew, starts: Iterable[ItemRef], enters: Callable[[ItemRef], bool]
) -> None:
    """Make known the calls of functions, and of those they lead to that `enters` accepts."""
    if crew.is_alone:
        # Nobody to tell: calls are found when they are asked for.
        return
    level = list(dict.fromkeys(starts))
    seen = set(level)
    while level:
        share_calls(linked, crew, level)
        called = dict.fromkeys(one for ref in level for one in linked.called(ref))
        level = [one for one in called if one not in seen and enters(one)]
        seen.update(level)


def share_calls(linked: Linked, crew: Crew, refs: Iterable[ItemRef]) -> None:
    """Make known the calls of functions, each found where it is at home."""
    if crew.is_alone:
        return
    calls = linked.parts.calls
    new = [ref for ref in refs if calls.is_new(ref)]
    found = crew.share(new, lambda ref: ref.path, linked.callees)
    calls.learn(dict(zip(new, found, strict=True)))
    # What another process has read counts here as well: that process may be lost later on.
    linked.parts.bodies.asked.bodies.update(new)
