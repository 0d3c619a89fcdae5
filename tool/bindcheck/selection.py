"""Which findings are shown: selection by code, one finding per cause."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.config import covers
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Finding, Severity

# A finding of a later code at the same place and item is the consequence of the earlier one.
PRECEDENCE: tuple[tuple[str, ...], ...] = (
    ("BC210", "BC211", "BC201", "BC208"),
    ("BC210", "BC212", "BC211"),
    ("BC202", "BC206"),
    ("BC202", "BC207"),
    ("BC305", "BC310"),
)


@fact
class Selection:
    """Codes and prefixes to show. Empty `select`: errors and warnings that are not suspects."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, finding: Finding) -> bool:
        """Whether the finding is selected: the longest matching prefix decides, a tie ignores."""
        if not self.covers(finding.code):
            return False
        if self.select:
            return True
        shown = finding.severity is not Severity.ADVICE
        return shown and finding.confidence is not Confidence.SUSPECT

    def covers(self, code: str) -> bool:
        """Whether findings of a rule can be selected at all."""
        chosen = _longest(self.select, code)
        if _longest(self.ignore, code) >= max(chosen, 0):
            return False
        return chosen >= 0 or not self.select


def _longest(prefixes: Iterable[str], code: str) -> int:
    lengths = [0 if prefix == "ALL" else len(prefix) for prefix in prefixes if covers(prefix, code)]
    return max(lengths, default=-1)


def one_per_cause(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Drop duplicates and, per item, the findings that another one explains."""
    unique = sorted(set(findings), key=lambda f: (f.location, f.code, f.item, f.message))
    kept: list[Finding] = []
    codes: dict[tuple[str, str], set[str]] = {}
    for finding in unique:
        codes.setdefault((finding.location.path, finding.item), set()).add(finding.code)
    for finding in unique:
        present = codes[finding.location.path, finding.item]
        if not _explained(finding.code, present):
            kept.append(finding)
    return tuple(kept)


def _explained(code: str, present: set[str]) -> bool:
    return any(
        code in chain and present.intersection(chain[: chain.index(code)]) for chain in PRECEDENCE
    )
