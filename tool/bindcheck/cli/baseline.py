"""`bindcheck baseline`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bindcheck.cli.common import (
    baseline_option,
    crate_options,
    explain_problems,
    no_cycle_search,
    options_of,
    paths_argument,
    selection_options,
)
from bindcheck.cli.progress import progress
from bindcheck.errors import BindcheckError, NothingToDoError

if TYPE_CHECKING:
    from bindcheck.baseline import Baseline
    from bindcheck.config import Config, Options
    from bindcheck.run import Run

_STATUS = """\b
Exit status:
  0  done
  2  wrong usage or input, a file that could not be read or parsed: nothing is written
  3  nothing to look at
"""


@click.group(name="baseline")
def command() -> None:
    """Record today's findings, so that later runs report only what is new."""


@command.command(name="write", epilog=_STATUS)
@paths_argument
@selection_options
@baseline_option
@crate_options
def write(**given: Any) -> int:
    """Record the findings under PATHS.

    The file is the one that `baseline` in the configuration names, else bindcheck-baseline.json
    beside the configuration, or in the crate where there is none. Entries of files and rules that
    this run does not cover are kept.
    """
    from bindcheck.recording import with_findings
    from bindcheck.write import apply

    run = _audited(options_of(given, record=True))
    files = with_findings(run)
    apply(one.change for one in files)
    for one in files:
        count = _counted(len(one.entries))
        changes = f"{one.added} new, {len(one.dropped)} dropped"
        click.echo(f"{_shown(one.baseline)}: {count} recorded, {changes}")
    if given["baseline"] is None:
        for config in {one.config.root: one.config for one in run.crates}.values():
            _say_how_to_use(config)
    return 0


@command.command(name="prune", epilog=_STATUS)
@paths_argument
@selection_options
@baseline_option
@crate_options
def prune(**given: Any) -> int:
    """Remove the entries under PATHS that no longer occur."""
    from bindcheck.recording import without_stale
    from bindcheck.write import apply

    files = without_stale(_audited(options_of(given)))
    apply(one.change for one in files)
    for one in files:
        for entry in one.dropped:
            click.echo(f"removed: {entry.path}: {entry.code} {entry.item}: {entry.message}")
        count = _counted(len(one.entries))
        click.echo(f"{_shown(one.baseline)}: {len(one.dropped)} removed, {count} left")
    return 0


@command.command(name="show")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text")
@baseline_option
@crate_options
def show(output_format: str, **given: Any) -> int:
    """List what is recorded, without an audit."""
    from bindcheck.baseline import Baseline
    from bindcheck.config import resolve
    from bindcheck.targets import find_targets

    options = options_of(given)
    configs = [resolve(options, target.start) for target in find_targets(options).crates]
    files = {config.baseline: None for config in configs if config.baseline is not None}
    if not files:
        raise BindcheckError("there is no baseline: name one with --baseline")
    held = [Baseline.read(path) for path in files]
    if output_format == "json":
        rows = [
            {"crate": crate, **asdict(entry)}
            for one in held
            for crate, entries in one.crates.items()
            for entry in entries.values()
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(line for one in held for line in _listed(one)))
    return 0


def _listed(baseline: Baseline) -> Iterator[str]:
    for crate, entries in sorted(baseline.crates.items()):
        yield f"crate {crate}" if crate else "no crate"
        for entry in entries.values():
            yield f"  {entry.path}: {entry.code} {entry.item}: {entry.message}"
    counts = Counter(entry.code for entry in baseline.all_entries())
    parts = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
    total = _counted(counts.total())
    yield f"{_shown(baseline)}: {total} recorded{f' ({parts})' if parts else ''}"


def _audited(options: Options) -> Run:
    """The audit that a baseline is made from: of all files, or it is an error."""
    from bindcheck.run import audit_all

    with no_cycle_search(), progress() as step:
        run = audit_all(options, step)
    fatal = [problem for problem in run.report.skipped if problem.fatal]
    if fatal:
        explain_problems(run.report)
        raise BindcheckError("nothing written: what could not be read may hold findings")
    if not run.report.coverage.whole_crate:
        raise NothingToDoError("nothing to look at: no indicator and no entry point found")
    return run


def _say_how_to_use(config: Config) -> None:
    """Nobody reads a baseline that no configuration names."""
    if config.baseline is None or config.names_baseline:
        return
    name = config.baseline.name
    file = config.path or config.root / "bindcheck.toml"
    click.echo(
        f'bindcheck: not in use yet: add `baseline = "{name}"` to {_relative(file)}', err=True
    )


def _shown(baseline: Baseline) -> str:
    return _relative(baseline.path)


def _relative(path: Path) -> str:
    from bindcheck.discover import display

    return display(path)


def _counted(number: int) -> str:
    return f"{number} finding" if number == 1 else f"{number} findings"
