"""`bindcheck fix`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from bindcheck.cli.common import (
    baseline_option,
    color_option,
    crate_options,
    explain_problems,
    fail_on_options,
    no_cycle_search,
    options_of,
    paths_argument,
    selection_options,
    style_for,
    terminal_width,
)
from bindcheck.cli.progress import progress
from bindcheck.fact import fact
from bindcheck.findings import Finding, Safety

if TYPE_CHECKING:
    from bindcheck.config import Options
    from bindcheck.fix import FixRun
    from bindcheck.prepare import Step
    from bindcheck.report import Style
    from bindcheck.results import AuditReport
    from bindcheck.run import Run

_PER_RULE = 10

_STATUS = """\b
Exit status, the highest that applies in the order 2, 3, 1, 0: that of an audit of
the files as they are afterwards (with --diff: as they are).
  0  clean
  1  findings at or above --fail-on remain, or stale entries in the baseline
  2  wrong usage or input, a file that could not be read, parsed or written
  3  nothing to look at
"""


@fact
class FixLook:
    """What to do and how to tell of it."""

    unsafe: bool = False
    diff: bool = False
    exit_zero: bool = False
    show_all: bool = False
    color: str = "auto"


@click.command(name="fix", epilog=_STATUS)
@paths_argument
@click.option("--diff", is_flag=True, help="Print what would change as a patch; write nothing.")
@click.option(
    "--unsafe-fixes",
    "unsafe",
    is_flag=True,
    help="Apply fixes too that may change what the program does: look at each.",
)
@selection_options
@fail_on_options
@baseline_option
@click.option("--no-baseline", is_flag=True, help="Fix what the baseline has recorded, too.")
@click.option(
    "--target-pyo3",
    metavar="VERSION",
    help="Adapt the sources to a planned PyO3 release, in all configurations.",
)
@click.option("--reference", metavar="NAME", help="Indicator or file that sets the pattern.")
@click.option("--all", "show_all", is_flag=True, help="Every line, not ten per rule.")
@color_option
@crate_options
def command(
    diff: bool,
    unsafe: bool,
    exit_zero: bool,
    show_all: bool,
    color: str,
    **given: Any,
) -> int:
    """Apply the safe fixes of the findings under PATHS, and report what remains.

    Each file is replaced whole, all files or none. A fix that leaves its finding in place, brings a
    new one or does not parse is not applied. Findings that a comment or the baseline ignores are
    not fixed.
    """
    look = FixLook(unsafe, diff, exit_zero, show_all, color)
    return fix_and_report(options_of(given), look)


def fix_and_report(options: Options, look: FixLook) -> int:
    """Fix, or show as a patch what would be fixed; the result is the exit status."""
    from bindcheck.cli.audit import exit_status
    from bindcheck.fix import FixRequest, fix_all
    from bindcheck.run import audit_all
    from bindcheck.write import apply, unified_diff

    with no_cycle_search(), progress() as step:
        outcome = fix_all(audit_all(options, step), FixRequest(unsafe=look.unsafe), step)
    style = style_for(look.color)
    if look.diff:
        click.echo(unified_diff(outcome.changes, style.color), nl=False, color=style.color)
        for line in (*_refusals(outcome), _summary(outcome, look)):
            click.echo(f"bindcheck: {line}", err=True)
    else:
        apply(outcome.changes)
        click.echo(_told(outcome, look, style), nl=False, color=style.color)
    for line in _upgrades(outcome):
        click.echo(f"bindcheck: {line}", err=True)
    run = outcome.before if look.diff else outcome.after
    explain_problems(run.report)
    return exit_status(run, exit_zero=look.exit_zero)


def fixed(run: Run, *, unsafe: bool, step: Step) -> Run:
    """The run as it is with its fixes, which are written; stderr tells of them."""
    from bindcheck.fix import FixRequest, fix_all
    from bindcheck.write import apply

    outcome = fix_all(run, FixRequest(unsafe=unsafe), step)
    apply(outcome.changes)
    for line in (*_refusals(outcome), _summary(outcome, FixLook(unsafe=unsafe))):
        click.echo(f"bindcheck: {line}", err=True)
    return outcome.after


def _told(outcome: FixRun, look: FixLook, style: Style) -> str:
    """What was fixed, what was not and why, and what remains."""
    done = [
        f"{style.paint('fixed', 'green', 'bold')} {line}"
        for line in _lines(outcome.fixed, None if look.show_all else _PER_RULE)
    ]
    parts = ["\n".join(done), "\n".join(_refusals(outcome)), _remaining(outcome, look, style)]
    return "\n\n".join((*filter(None, parts), _summary(outcome, look))) + "\n"


def _upgrades(outcome: FixRun) -> Iterator[str]:
    """What has to follow the renames of a planned upgrade."""
    if not any(finding.code == "BC401" for finding in outcome.fixed):
        return
    for one in outcome.after.crates:
        crate, target = one.inputs.crate, one.config.target_pyo3
        now = crate.pyo3.version if crate is not None and crate.pyo3 is not None else None
        if crate is not None and target is not None and now is not None and now < target:
            wanted = f"{target.major}.{target.minor}"
            yield f"{crate.name}: raise pyo3 and what depends on it to {wanted} in Cargo.toml"


def _lines(fixed: tuple[Finding, ...], per_rule: int | None) -> Iterator[str]:
    shown: Counter[str] = Counter()
    for finding in fixed:
        shown[finding.code] += 1
        if finding.fix is not None and (per_rule is None or shown[finding.code] <= per_rule):
            yield f"{_place(finding)}: {finding.code} {finding.name}: {finding.fix.title}"
    for code, count in sorted(shown.items()):
        if per_rule is not None and count > per_rule:
            yield f"{code}: {count - per_rule} more, shown with --all"


def _refusals(outcome: FixRun) -> Iterator[str]:
    for one in outcome.refused:
        finding = one.finding
        yield f"not fixed {_place(finding)}: {finding.code} {finding.name}: {one.reason}"


def _place(finding: Finding) -> str:
    return f"{finding.location.path}:{finding.location.line}"


def _remaining(outcome: FixRun, look: FixLook, style: Style) -> str:
    from bindcheck.report import FORMATS, ReportOptions, Sources

    options = ReportOptions(
        style=style,
        width=terminal_width(),
        per_rule=None if look.show_all else _PER_RULE,
        quiet=True,
    )
    sources = Sources(outcome.after.sources)
    return FORMATS["text"](outcome.after.report, sources, options).rstrip("\n")


def _summary(outcome: FixRun, look: FixLook) -> str:
    """`12 findings fixed in 3 files, 4 remain`, and what could still be done about those."""
    files = _count(len(outcome.changes), "file")
    verb = "would be fixed" if look.diff else "fixed"
    fixed = f"{_count(len(outcome.fixed), 'finding')} {verb} in {files}"
    report = outcome.after.report
    left = len(report.findings)
    remain = f"{left} would remain" if look.diff else f"{left} remain{'s' if left == 1 else ''}"
    return ", ".join((fixed, remain, *_hints(report, look)))


def _hints(report: AuditReport, look: FixLook) -> Iterator[str]:
    fixes = [finding.fix for finding in report.findings if finding.fix is not None]
    unsafe = sum(1 for fix in fixes if fix.safety is Safety.UNSAFE)
    if unsafe and not look.unsafe:
        yield f"{unsafe} of them with a fix that --unsafe-fixes applies"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
