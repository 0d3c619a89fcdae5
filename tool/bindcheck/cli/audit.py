"""`bindcheck audit`."""

from __future__ import annotations

from pathlib import Path

import click

from bindcheck.cli.common import (
    color_option,
    crate_options,
    emit,
    no_cycle_search,
    split_list,
    split_lists,
    style_for,
    terminal_width,
)
from bindcheck.findings import Severity
from bindcheck.results import AuditReport

_EXAMPLES = """\b
Exit status, the highest that applies in the order 2, 3, 1, 0:
  0  clean
  1  findings at or above --fail-on
  2  wrong usage or input, a file that could not be read or parsed
  3  nothing to look at
"""


@click.command(name="audit", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--output-format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="What stdout carries.",
)
@click.option(
    "--output-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report there instead of to stdout.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes or prefixes; ALL.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these codes or prefixes.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Lowest severity that makes the exit status 1 (default: warning).",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 in spite of findings.")
@click.option(
    "--target-pyo3",
    metavar="VERSION",
    help="Report names that a planned PyO3 release has renamed or removed.",
)
@click.option("--reference", metavar="NAME", help="Indicator or file that sets the pattern.")
@click.option("--all", "show_all", is_flag=True, help="Every finding, not ten per rule.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule.")
@click.option("-q", "--quiet", is_flag=True, help="Findings and summary, no table.")
@color_option
@crate_options
def command(
    paths: tuple[Path, ...],
    output_format: str,
    output_file: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    exit_zero: bool,
    target_pyo3: str | None,
    reference: str | None,
    show_all: bool,
    statistics: bool,
    quiet: bool,
    color: str,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
) -> int:
    """Compare the bindings under PATHS with the reference pattern.

    PATHS (default: those of the configuration, else the current folder) limit what is reported; the
    crate is always read whole.
    """
    from bindcheck.audit import audit
    from bindcheck.config import Options
    from bindcheck.load import load
    from bindcheck.report import FORMATS, Sources, TextOptions

    options = Options(
        paths=paths or None,
        manifest_path=manifest_path,
        config_file=config_file,
        features=split_list(features),
        select=split_lists(select),
        ignore=split_lists(ignore),
        fail_on=fail_on,
        reference=reference,
        target_pyo3=target_pyo3,
    )
    with no_cycle_search():
        inputs, config = load(options)
        report = audit(inputs, config)
    look = TextOptions(
        style=style_for("never" if output_file and color == "auto" else color),
        width=terminal_width(),
        per_rule=None if show_all else 10,
        statistics=statistics,
        quiet=quiet,
    )
    emit(FORMATS[output_format](report, Sources(inputs.sources), look), output_file)
    _explain_problems(report)
    return exit_status(report, Severity(config.fail_on), exit_zero=exit_zero)


def _explain_problems(report: AuditReport) -> None:
    """One line on stderr for each file that could not be read or parsed."""
    for problem in report.skipped:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        kind = "error" if problem.fatal else "warning"
        click.echo(f"bindcheck: {kind}: {place}: {problem.reason}", err=True)
    if not report.coverage.whole_crate:
        click.echo("bindcheck: nothing to look at: no indicator and no entry point found", err=True)


def exit_status(report: AuditReport, fail_on: Severity, *, exit_zero: bool = False) -> int:
    """The exit status of an audit: 2, 3, 1 or 0, the first that applies."""
    if any(problem.fatal for problem in report.skipped):
        return 2
    if not report.coverage.whole_crate:
        return 3
    bad = any(finding.severity.rank >= fail_on.rank for finding in report.findings)
    return 1 if bad and not exit_zero else 0
