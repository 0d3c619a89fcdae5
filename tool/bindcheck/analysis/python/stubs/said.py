"""What a stub says wrongly, and how much that hurts who trusts it."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.fact import fact
from bindcheck.findings import Confidence


@fact
class Said:
    """One thing in words.

    Certain where calls that the stub allows fail, or get something else than it promises. Where it
    is only narrower than the binding, calls that work are marked as mistakes: likely an oversight,
    suspect where somebody has to write it down to have it so.
    """

    text: str
    confidence: Confidence = Confidence.CERTAIN


_SUREST_FIRST = (Confidence.CERTAIN, Confidence.LIKELY, Confidence.SUSPECT)


def surest(found: Iterable[Confidence]) -> Confidence:
    """The confidence of a finding that says all of it."""
    return min(found, key=_SUREST_FIRST.index)
