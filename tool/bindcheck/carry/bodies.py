"""Two bodies that are the same code."""

from __future__ import annotations

from bindcheck.fact import field_names, is_fact
from bindcheck.model import Span
from bindcheck.parse import token_spans


def same_code(old: object, new: object) -> bool:
    """Whether two facts are equal in everything but places."""
    todo = [(old, new)]
    while todo:
        one, two = todo.pop()
        if type(one) is not type(two):
            return False
        if isinstance(one, Span):
            continue
        if isinstance(one, tuple) and isinstance(two, tuple):
            if len(one) != len(two):
                return False
            todo.extend(zip(one, two, strict=True))
        elif is_fact(type(one)):
            todo.extend((getattr(one, name), getattr(two, name)) for name in field_names(type(one)))
        elif one != two:
            return False
    return True


def token_moves(old: bytes, one: Span, new: bytes, two: Span) -> list[tuple[Span, int]] | None:
    """The tokens of a stretch with their new starts, None if they are others."""
    before = [Span(*span) for span in token_spans(old, *one)]
    after = [Span(*span) for span in token_spans(new, *two)]
    if [old[a:b] for a, b in before] != [new[a:b] for a, b in after]:
        return None
    return [(span, there.start) for span, there in zip(before, after, strict=True)]
