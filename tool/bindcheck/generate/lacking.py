"""Why a piece cannot be generated: the fact that is missing, in one line."""

from __future__ import annotations


class Lacking(Exception):
    """Raised while template data is put together; `plan` turns it into a value."""

    def __init__(self, fact: str):
        super().__init__(fact)
        self.fact = fact


class Untested(Lacking):
    """A test cannot be written for want of a value to call with; the binding can."""
