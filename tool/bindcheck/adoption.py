"""What a baseline means for a run: which findings it knows, which of its entries are stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bindcheck.baseline import Entry
from bindcheck.config import Config
from bindcheck.discover import display
from bindcheck.fact import fact
from bindcheck.findings import Finding
from bindcheck.fingerprint import identity_root, path_from
from bindcheck.load import Inputs
from bindcheck.reported import Reported
from bindcheck.results import AuditReport, StaleEntry
from bindcheck.selection import Selection


def crate_key(inputs: Inputs) -> str:
    """The name under which a baseline keeps the entries of a crate."""
    return inputs.crate.name if inputs.crate is not None else ""


def known_entries(inputs: Inputs) -> Mapping[str, Entry]:
    """What the baseline of a run has recorded for its crate, by fingerprint."""
    return {} if inputs.baseline is None else inputs.baseline.entries(crate_key(inputs))


def stale_entries(
    inputs: Inputs, config: Config, findings: Iterable[Finding], rules_run: Sequence[str]
) -> tuple[StaleEntry, ...]:
    """Entries that no longer occur, of the files and rules that this run covered.

    `findings` are all that occur, shown or not. A file that could not be read may hide findings in
    all others: then nothing is judged.
    """
    if inputs.baseline is None or any(problem.fatal for problem in inputs.problems):
        return ()
    occurring = {finding.fingerprint for finding in findings}
    run = _Run(inputs, config, frozenset(rules_run))
    return tuple(
        StaleEntry(
            code=entry.code,
            path=run.shown(entry),
            item=entry.item,
            message=entry.message,
            fingerprint=entry.fingerprint,
            baseline=display(inputs.baseline.path),
        )
        for entry in sorted(known_entries(inputs).values(), key=lambda one: (one.path, one.code))
        if entry.fingerprint not in occurring and run.covers(entry)
    )


@fact
class _Run:
    inputs: Inputs
    config: Config
    rules_run: frozenset[str]

    def shown(self, entry: Entry) -> str:
        crate = self.inputs.crate
        return display((self.config.root if crate is None else crate.root) / entry.path)

    def covers(self, entry: Entry) -> bool:
        selection = Selection(self.config.select, self.config.ignore)
        if entry.code not in self.rules_run or not selection.covers(entry.code):
            return False
        return Reported(self.inputs).covers(self.shown(entry), entry.item)


def written(inputs: Inputs, config: Config, report: AuditReport) -> Iterator[Entry]:
    """The entries of a crate after its findings were recorded.

    Those that the run did not cover stay; what a comment or the configuration ignores is left out.
    """
    root = identity_root(inputs.crate, config.root)
    baselined = [one.finding for one in report.ignored if one.by == "baseline"]
    standing = [_entry(finding, root) for finding in (*report.findings, *baselined)]
    gone = {one.finding.fingerprint for one in report.ignored}
    gone.update(entry.fingerprint for entry in report.stale)
    gone.update(entry.fingerprint for entry in standing)
    yield from (entry for key, entry in known_entries(inputs).items() if key not in gone)
    yield from standing


def pruned(inputs: Inputs, report: AuditReport) -> Iterator[Entry]:
    """The entries of a crate without those that are stale."""
    stale = {entry.fingerprint for entry in report.stale}
    yield from (entry for key, entry in known_entries(inputs).items() if key not in stale)


def _entry(finding: Finding, root: Path) -> Entry:
    return Entry(
        path=path_from(root, finding.location.path),
        code=finding.code,
        item=finding.item,
        message=finding.message,
        fingerprint=finding.fingerprint,
    )
