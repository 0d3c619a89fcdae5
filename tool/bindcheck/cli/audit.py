"""`bindcheck audit`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bindcheck.cli.common import (
    PathType,
    baseline_option,
    color_option,
    crate_options,
    emit,
    explain_problems,
    fail_on_options,
    no_cycle_search,
    options_of,
    paths_argument,
    selection_options,
    style_for,
    terminal_width,
    user_cache,
)
from bindcheck.cli.formats import FORMAT_NAMES
from bindcheck.cli.progress import progress
from bindcheck.errors import BindcheckError
from bindcheck.findings import Severity

if TYPE_CHECKING:
    from bindcheck.cache import Cache
    from bindcheck.config import Options
    from bindcheck.prepare import Step
    from bindcheck.recall import Recalled
    from bindcheck.results import AuditReport
    from bindcheck.run import Run

_STATUS = """\b
Exit status, the highest that applies in the order 2, 3, 1, 0:
  0  clean
  1  findings at or above --fail-on, or stale entries in the baseline
  2  wrong usage or input, a file that could not be read or parsed
  3  nothing to look at
"""


@click.command(name="audit", epilog=_STATUS)
@paths_argument
@click.option(
    "--output-format",
    type=click.Choice(FORMAT_NAMES),
    default="text",
    show_default=True,
    help="What stdout carries.",
)
@click.option(
    "--output-file",
    type=PathType(dir_okay=False),
    help="Write the report there instead of to stdout.",
)
@selection_options
@fail_on_options
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Exit 0, not 3, where there is nothing to look at: for hooks that get every Rust file.",
)
@baseline_option
@click.option("--no-baseline", is_flag=True, help="Report what the baseline has recorded, too.")
@click.option(
    "--target-pyo3",
    metavar="VERSION",
    help="Report names that a planned PyO3 release has renamed or removed.",
)
@click.option("--reference", metavar="NAME", help="Indicator or file that sets the pattern.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes first, like `bindcheck fix`.")
@click.option("--unsafe-fixes", "unsafe", is_flag=True, help="With --fix: apply the others too.")
@click.option(
    "--no-cache", is_flag=True, help="Do everything anew, and keep nothing for the next run."
)
@click.option("--all", "show_all", is_flag=True, help="Every finding, not ten per rule.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule.")
@click.option("-q", "--quiet", is_flag=True, help="Findings and summary, no table.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Say on stderr what was read and what is ignored."
)
@color_option
@crate_options
def command(
    output_format: str,
    output_file: Path | None,
    exit_zero: bool,
    allow_empty: bool,
    fix: bool,
    unsafe: bool,
    no_cache: bool,
    show_all: bool,
    statistics: bool,
    quiet: bool,
    verbose: bool,
    color: str,
    **given: Any,
) -> int:
    """Compare the bindings under PATHS with the reference pattern.

    PATHS (default: those of the configuration, else the current folder) limit what is reported; the
    crate is always read whole.
    """
    from bindcheck.report import FORMATS, ReportOptions, Sources

    options = options_of(given)
    with no_cycle_search(), progress() as step:
        if fix:
            from bindcheck.cli.fix import fixed
            from bindcheck.run import audit_all

            run: Run | Recalled = fixed(audit_all(options, step), unsafe=unsafe, step=step)
        else:
            run = _audited(options, step, user_cache(use=not no_cache), verbose=verbose)
    look = ReportOptions(
        style=style_for("never" if output_file and color == "auto" else color),
        width=terminal_width(),
        per_rule=None if show_all else 10,
        statistics=statistics,
        quiet=quiet,
        fail_on=Severity(run.crates[0].config.fail_on),
    )
    emit(FORMATS[output_format](run.report, Sources(run.sources), look), output_file)
    if verbose:
        _tell_more(run)
    explain_problems(run.report)
    return exit_status(run, exit_zero=exit_zero, allow_empty=allow_empty)


def _audited(options: Options, step: Step, cache: Cache, *, verbose: bool) -> Run | Recalled:
    """The audit as it was done before, where nothing has changed, or done now."""
    from bindcheck.prepare import prepare_all
    from bindcheck.recall import CHECK_VARIABLE, Recall, differing

    plan = prepare_all(options, step)
    recall = Recall(cache, options, plan)
    known = recall.find()
    checks = bool(os.environ.get(CHECK_VARIABLE))
    if known is not None and not checks:
        return known
    if verbose and recall.why:
        click.echo(f"bindcheck: all is audited anew: {recall.why}", err=True)
    # Rules and all that they need are loaded only when there is something to do.
    from bindcheck.ahead import read_tests_ahead

    tests = read_tests_ahead(plan)
    from bindcheck.run import audit_plan

    run = audit_plan(plan, options, step, tests)
    other = None if known is None else differing(known.report, run.report)
    if other is not None:
        raise BindcheckError(f"the cache differs in its {other} from an audit that is done now")
    recall.keep(run)
    return run


def _tell_more(run: Run | Recalled) -> None:
    """What was used, and what is not shown with the reason."""
    for one in run.crates:
        name = one.report.crate.name or "no crate"
        used = one.config.path or "no configuration file"
        click.echo(f"bindcheck: {name}: {used}, {one.report.elapsed:.2f} s", err=True)
        if one.baseline is not None:
            click.echo(f"bindcheck: {name}: baseline {one.baseline.path}", err=True)
        for ignored in one.report.ignored:
            place = ignored.finding.location
            told = f"{place.path}:{place.line}: {ignored.finding.code} {ignored.finding.item}"
            reason = ignored.reason or "no reason given"
            click.echo(f"bindcheck: ignored: {told}: {ignored.by}: {reason}", err=True)


def exit_status(run: Run | Recalled, *, exit_zero: bool = False, allow_empty: bool = False) -> int:
    """The exit status of an audit: 2, 3, 1 or 0, the first that applies."""
    if any(problem.fatal for problem in run.report.skipped):
        return 2
    if not run.report.coverage.whole_crate and not allow_empty:
        return 3
    bad = any(_fails(one.report, Severity(one.config.fail_on)) for one in run.crates)
    return 1 if bad and not exit_zero else 0


def _fails(report: AuditReport, fail_on: Severity) -> bool:
    if report.stale:
        return True
    return any(finding.severity.rank >= fail_on.rank for finding in report.findings)
