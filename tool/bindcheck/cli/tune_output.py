"""What becomes of the results of `bindcheck tune`: kept, shown, and the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.cli.common import emit, is_one_place
from bindcheck.cli.signals import status_of, told_of
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace

if TYPE_CHECKING:
    from bindcheck.bench.crossover import Tuning
    from bindcheck.bench.samples import Provenance
    from bindcheck.bench.tune import Tuned
    from bindcheck.bench.tunings import Tunings
    from bindcheck.cli.bench import Loaded

RESULTS = "tune.json"
INTERRUPTED = "tune-interrupted.json"

_WORST = (0, 3, 1, 2)
"""Statuses of a command, the one that goes before all others last."""

Stop = KeyboardInterrupt | BindcheckError | OSError


class Sheet:
    """The results of a command while it runs, where they go, and what ended it before its end."""

    def __init__(self, output_format: str, output_file: Path | None, budget: float | None):
        if output_file is not None:
            _refuse(output_file)
        self.output_format = output_format
        self.output_file = output_file
        self.budget = budget
        self.found: list[Tuned] = []
        self.refused: dict[str, BindcheckError] = {}
        self.stopped: Stop | None = None
        self.started = datetime.now().astimezone().isoformat(timespec="milliseconds")
        self.folder = Path()
        self.provenance: Provenance | None = None

    def begin(self, loaded: Loaded) -> None:
        """Note the state of the crate as it was read; a mistake shall not cost minutes."""
        from bindcheck.bench.provenance import provenance
        from bindcheck.bench.targets import refuse_unwritable
        from bindcheck.bench.tree import bench_folder

        self.folder = bench_folder(loaded.crate)
        refuse_unwritable(self.folder / RESULTS)
        written = [self.folder / RESULTS, *([self.output_file] if self.output_file else [])]
        self.provenance = provenance(loaded.crate, loaded.inputs.sources, written)

    def add(self, one: Tuned) -> None:
        """One more result."""
        self.found.append(one)

    def refuse(self, indicator: str, error: BindcheckError) -> None:
        """Note why there is no result of an indicator, or none with another number of threads."""
        self.refused.setdefault(indicator, error)

    def run(self) -> Tunings | None:
        """All results by now; None if there is none."""
        from bindcheck.bench.tunings import Refused, Tunings

        if self.provenance is None or not self.found:
            return None
        python, numpy = self.found[0].versions
        whole = self.stopped is None and all(one.whole for one in self.found)
        return Tunings(
            provenance=replace(self.provenance, python=python, numpy=numpy),
            started=self.started,
            budget_s=self.budget,
            interrupted=not whole,
            tunings=tuple(one.tuning for one in self.found),
            refused=tuple(
                Refused(name, str(error), error.exit_code) for name, error in self.refused.items()
            ),
        )


def _refuse(output_file: Path) -> None:
    """A file that cannot be written is told before minutes go into what it shall hold."""
    from bindcheck.bench.targets import refuse_unwritable

    if not output_file.absolute().parent.is_dir():
        raise BindcheckError("no such folder", output_file.parent)
    refuse_unwritable(output_file)


def finish(sheet: Sheet) -> int:
    """Keep and show what there is, whatever came then; before all else there is nothing to show."""
    run, stopped = sheet.run(), sheet.stopped
    if run is None:
        raise _nothing(sheet)
    if not _is_beside(sheet):
        _tell_refused(sheet.refused.items())
    errors = [one for one in (_kept(run, sheet), _shown(run, sheet)) if one is not None]
    if stopped is None and errors:
        stopped = errors.pop(0)
    for error in errors:
        click.echo(f"bindcheck: error: {error}", err=True)
    if isinstance(stopped, KeyboardInterrupt):
        click.echo(f"bindcheck: {told_of(stopped)}: what was measured by then is shown", err=True)
        return status_of(stopped)
    if stopped is not None:
        raise stopped
    refused = [one.status for one in run.refused]
    return max((status(run.tunings), *refused), key=_WORST.index)


def _nothing(sheet: Sheet) -> Stop:
    """What ended a command without a result: the worst that was refused, after all others."""
    if sheet.stopped is not None:
        _tell_refused(sheet.refused.items())
        return sheet.stopped
    if not sheet.refused:
        raise ValueError("a search without a result ends with an error")
    by_status = sorted(sheet.refused.items(), key=lambda one: _WORST.index(one[1].exit_code))
    *others, (name, last) = by_status
    _tell_refused(others)
    if not others:
        return last
    kind = NothingToDoError if last.exit_code == NothingToDoError.exit_code else BindcheckError
    return kind(f"{name}: {last}")


def _tell_refused(refused: Iterable[tuple[str, BindcheckError]]) -> None:
    """On stderr, by reason, what has no result."""
    names: dict[str, list[str]] = {}
    for name, error in refused:
        names.setdefault(str(error), []).append(name)
    for reason, of in names.items():
        click.echo(f"bindcheck: error: {', '.join(of)}: {reason}", err=True)


def _is_beside(sheet: Sheet) -> bool:
    """Whether a report that says it all stands where errors are told."""
    return sheet.output_format == "text" and sheet.output_file is None and is_one_place()


def _kept(run: Tunings, sheet: Sheet) -> Stop | None:
    """Write the results file; one that was broken off goes beside the last whole one."""
    from bindcheck.bench.tunings import to_json
    from bindcheck.write import write_text

    try:
        write_text(sheet.folder / (INTERRUPTED if run.interrupted else RESULTS), to_json(run))
    except (BindcheckError, OSError) as error:
        return error
    return None


def _shown(run: Tunings, sheet: Sheet) -> Stop | None:
    """Write the report; on stdout if the file for it cannot be written any more."""
    from bindcheck.bench.tunings import to_json
    from bindcheck.report.tuning import as_text

    text = to_json(run) if sheet.output_format == "json" else as_text(run)
    try:
        emit(text, sheet.output_file)
    except (BindcheckError, OSError) as error:
        if sheet.output_file is None:
            raise
        emit(text, None)
        click.echo("bindcheck: the results are on stdout instead", err=True)
        return error
    return None


def status(found: Sequence[Tuning]) -> int:
    """1 if a constant is certainly wrong, whatever of others; 3 if something cannot be told."""
    from bindcheck.bench.crossover import Judged

    if any(one.judged in (Judged.TOO_LARGE, Judged.TOO_SMALL) for one in found):
        return 1
    unknown = (
        one.judged is Judged.OPEN or one.unstable is not None or bool(one.passed) for one in found
    )
    return 3 if any(unknown) else 0
