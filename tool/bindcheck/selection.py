"""Which findings are shown: selection by code, one finding per cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bindcheck.config import covers
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Finding, Location, Severity
from bindcheck.model import Module

# A finding of a later code at the same place is the consequence of the earlier one.
AT_ONE_PLACE: tuple[tuple[str, ...], ...] = (
    ("BC210", "BC211", "BC201", "BC208"),
    ("BC305", "BC310"),
)
# So is one of the same item, wherever it stands: cause and consequence are apart by their nature.
IN_ONE_ITEM: tuple[tuple[str, ...], ...] = (
    ("BC210", "BC212", "BC211"),
    ("BC202", "BC206"),
    ("BC202", "BC207"),
)
_DOUBTS = (Confidence.CERTAIN, Confidence.LIKELY, Confidence.SUSPECT)


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
    unique = sorted(_surest(findings), key=lambda f: (f.location, f.code, f.item, f.message))
    together: dict[tuple[str, str], list[Finding]] = {}
    for finding in unique:
        together.setdefault((finding.location.path, finding.item), []).append(finding)
    return tuple(
        finding
        for finding in unique
        if not _explained(finding, together[finding.location.path, finding.item])
    )


def once_at_a_place(
    findings: Iterable[Finding], modules: Mapping[str, Module]
) -> Iterator[Finding]:
    """What is said of a place once, though several entry points come to it.

    Of the text of a macro, which each call makes anew, it is told for the first of them.
    """
    known: set[tuple[str, Location, str]] = set()
    firsts: dict[tuple[str, Location], str] = {}
    rules: dict[str, frozenset[int]] = {}
    for one in sorted(findings, key=_by_place):
        path = one.location.path
        if path not in rules:
            rules[path] = _lines_of_rules(modules.get(path))
        made = one.location.line in rules[path]
        first = not made or firsts.setdefault((one.code, one.location), one.item) == one.item
        if first and (one.code, one.location, one.message) not in known:
            known.add((one.code, one.location, one.message))
            yield one


def _by_place(one: Finding) -> tuple[Location, int, str, str]:
    return one.location, _DOUBTS.index(one.confidence), one.item, one.message


def _lines_of_rules(module: Module | None) -> frozenset[int]:
    """The lines of macros whose calls are read as items."""
    if module is None or not module.calls:
        return frozenset()
    spans = [one.span for one in module.macros if one.defines]
    ends = [
        (module.lines.position(one.start)[0], module.lines.position(one.end)[0]) for one in spans
    ]
    return frozenset(line for first, last in ends for line in range(first, last + 1))


def _surest(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Each finding once: a helper's may be likely for one entry point and certain for another."""
    found: dict[tuple[Location, str, str, str], Finding] = {}
    for one in sorted(findings, key=lambda f: (_DOUBTS.index(f.confidence), -f.severity.rank)):
        found.setdefault((one.location, one.code, one.item, one.message), one)
    return found.values()


def _explained(finding: Finding, beside: Iterable[Finding]) -> bool:
    return any(
        _precedes(IN_ONE_ITEM, other, finding)
        or (_precedes(AT_ONE_PLACE, other, finding) and _overlap(other.location, finding.location))
        for other in beside
    )


def _precedes(chains: tuple[tuple[str, ...], ...], first: Finding, second: Finding) -> bool:
    return any(
        second.code in chain and first.code in chain[: chain.index(second.code)] for chain in chains
    )


def _overlap(first: Location, second: Location) -> bool:
    ends_before = (first.end_line, first.end_column) <= (second.line, second.column)
    starts_after = (second.end_line, second.end_column) <= (first.line, first.column)
    return not (ends_before or starts_after)
