"""Why a piece cannot be generated: the fact that is missing, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bindcheck.model import Node


class Lacking(Exception):
    """Raised while template data is put together; `plan` turns it into a value.

    `at` is the byte offset of what it is about in the text of a binding by hand, where that is more
    than the binding as a whole.
    """

    def __init__(self, fact: str, at: int | None = None):
        super().__init__(fact)
        self.fact = fact
        self.at = at


class Untested(Lacking):
    """A test cannot be written for want of a value to call with; the binding can."""


@contextmanager
def placed(node: Node) -> Iterator[None]:
    """What is lacking meanwhile is about this node, unless a part of it was named."""
    try:
        yield
    except Lacking as error:
        if error.at is None:
            error.at = node.span.start
        raise
