"""Baselines as they should be after a run: with its findings, or without stale entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os.path import realpath

from bindcheck.adoption import crate_key, pruned, written
from bindcheck.baseline import Baseline, Entry
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.run import Audited, Run
from bindcheck.write import Change


@fact
class Rewritten:
    """A baseline and the entries it should have, by package."""

    baseline: Baseline
    crates: Mapping[str, tuple[Entry, ...]]

    @property
    def change(self) -> Change:
        """What is to be written."""
        return self.baseline.change_to(self.crates)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that it should hold."""
        return tuple(entry for entries in self.crates.values() for entry in entries)

    @property
    def added(self) -> int:
        """How many entries are new."""
        held = {entry.fingerprint for entry in self.baseline.all_entries()}
        return sum(1 for entry in self.entries if entry.fingerprint not in held)

    @property
    def dropped(self) -> tuple[Entry, ...]:
        """The entries that are left out."""
        wanted = {entry.fingerprint for entry in self.entries}
        return tuple(one for one in self.baseline.all_entries() if one.fingerprint not in wanted)


def with_findings(run: Run) -> tuple[Rewritten, ...]:
    """The baselines of a run with all that it found."""
    return _rewritten(run, lambda one: written(one.inputs, one.config, one.report))


def without_stale(run: Run) -> tuple[Rewritten, ...]:
    """The baselines of a run without what no longer occurs."""
    return _rewritten(run, lambda one: pruned(one.inputs, one.report))


def _rewritten(run: Run, entries_of: Callable[[Audited], Iterable[Entry]]) -> tuple[Rewritten, ...]:
    files: dict[str, Baseline] = {}
    crates: dict[str, dict[str, tuple[Entry, ...]]] = {}
    for one in run.crates:
        baseline = one.inputs.baseline
        if baseline is None:
            raise BindcheckError(
                "there is no baseline: name one with --baseline, or `baseline` in the configuration"
            )
        file = realpath(baseline.path)
        held = crates.setdefault(file, {})
        name = crate_key(one.inputs)
        if name in held:
            message = f"cannot serve two crates that are both called `{name}`"
            raise BindcheckError(message, baseline.path)
        files.setdefault(file, baseline)
        held[name] = tuple(entries_of(one))
    return tuple(_with_others(files[file], new) for file, new in crates.items())


def _with_others(baseline: Baseline, new: Mapping[str, tuple[Entry, ...]]) -> Rewritten:
    others = {name: tuple(held.values()) for name, held in baseline.crates.items()}
    return Rewritten(baseline, {**others, **new})
