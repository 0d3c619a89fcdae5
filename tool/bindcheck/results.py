"""What reports show. Plain data; made by `audit`, read by `report`."""

from __future__ import annotations

from enum import StrEnum

from bindcheck.fact import fact
from bindcheck.findings import Finding


class Mark(StrEnum):
    """State of one piece of the pattern for one indicator.

    `present` as the pattern wants it, `flawed` present with findings, `missing`, `absent` where the
    indicator offers no premise for the piece (no stream type, so no stream class).
    """

    PRESENT = "present"
    FLAWED = "flawed"
    MISSING = "missing"
    ABSENT = "absent"


@fact
class IndicatorRow:
    """One line of the conformance table. `pieces` maps the piece's name to its mark; score in 0..1.

    `score` is present / (present + flawed + missing), 1.0 when nothing is expected.
    """

    name: str
    path: str
    pieces: tuple[tuple[str, Mark], ...]
    score: float
    is_reference: bool = False


@fact
class Unreadable:
    """A file that was not audited, or only in part. `fatal` (exit 2) when it is bad input."""

    path: str
    line: int | None
    reason: str
    fatal: bool = True


@fact
class UnanalysedEntry:
    """An entry point that could not be analysed, with its reason."""

    path: str
    line: int
    item: str
    reason: str


@fact
class Ignored:
    """A finding that a comment, the configuration or a baseline suppressed, and what did it."""

    finding: Finding
    by: str
    reason: str


@fact
class StaleEntry:
    """An entry of a baseline whose finding no longer occurs: it fails the run until it is removed.

    `path` is the file it was recorded for, which may be gone; `baseline` the file with the entry.
    """

    code: str
    path: str
    item: str
    message: str
    fingerprint: str
    baseline: str


@fact
class NotApplicable:
    """A rule whose premise is absent, with the reason."""

    code: str
    reason: str


@fact
class Coverage:
    """What was looked at, counted in the reported paths.

    `whole_crate` is the number of indicators and entry points in all of the crate.
    """

    files: int
    indicators: int
    entry_points: int
    other_configuration: int
    not_in_crate: tuple[str, ...]
    whole_crate: int

    @property
    def seen(self) -> int:
        """Indicators and entry points in the reported paths."""
        return self.indicators + self.entry_points


@fact
class CrateSummary:
    """One line about the crate: what was found and how."""

    name: str
    manifest: str | None
    pyo3: str | None
    pyo3_source: str
    features: tuple[str, ...]
    reference: str | None
    reference_note: str


@fact
class AuditReport:
    """The whole result of an audit.

    When paths of several crates were audited in one run, `parts` holds the report of each, in the
    order of the paths; the rest is all of them together, and `crate` the first.
    """

    crate: CrateSummary
    rows: tuple[IndicatorRow, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    skipped: tuple[Unreadable, ...]
    unanalysed: tuple[UnanalysedEntry, ...]
    not_applicable: tuple[NotApplicable, ...]
    coverage: Coverage
    rules_run: tuple[str, ...]
    notes: tuple[str, ...]
    elapsed: float
    stale: tuple[StaleEntry, ...] = ()
    parts: tuple[AuditReport, ...] = ()
