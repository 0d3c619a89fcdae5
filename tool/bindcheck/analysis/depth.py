"""Room for deep recursion while bodies are analysed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Bodies are 110 levels deep at most, calls and closures 26 together, and a level takes up to five
# Python frames: more than the 1,000 that Python allows unasked.
_ROOM = 20_000


@contextmanager
def deep() -> Iterator[None]:
    """Raise the recursion limit of the process, and set it back to what it was."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _ROOM))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
