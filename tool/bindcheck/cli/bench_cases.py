"""`bindcheck bench --write-cases`: cases in a file, to be edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.errors import BindcheckError
from bindcheck.fact import replace

if TYPE_CHECKING:
    from bindcheck.analysis.program import Program
    from bindcheck.bench.subjects import Selection


def write_case_file(program: Program, selection: Selection, path: Path, *, everything: bool) -> int:
    """Write the cases, and tell what they lack; the exit status, 3 if that is anything.

    `everything`: nobody has named the indicators, so one that has no such case is left out.
    """
    from bindcheck.bench.casefile import blanks, case_text
    from bindcheck.report.bench.unmeasured import unmeasured_lines
    from bindcheck.write import write_text

    selection = _with_kernels(program, selection, everything=everything)
    for line in unmeasured_lines(selection.unmeasured):
        click.echo(f"bindcheck: not measured: {line}", err=True)
    for failure in selection.failures:
        click.echo(f"bindcheck: warning: left out: {failure.reason}", err=True)
    cases = [one.case for one in selection.subjects]
    text = case_text(cases)
    write_text(path, text)
    entries = text.count("[[case]]")
    told = f"{len(cases)} cases written to {path}, in {entries} entries with sizes"
    click.echo(f"bindcheck: {told}", err=True)
    lacking = blanks(cases)
    if lacking:
        told = f"no default is known of {', '.join(lacking)}: write values into {path}"
        click.echo(f"bindcheck: warning: {told}", err=True)
    return 3 if selection.failures or lacking else 0


def _with_kernels(program: Program, selection: Selection, *, everything: bool) -> Selection:
    """A file of cases is refused for a kernel that there is none of; of all, such are left out."""
    from bindcheck.bench.samples import NATIVE, PYTHON, Failure
    from bindcheck.bench.subjects import check_kernel

    found, failures = [], list(selection.failures)
    for one in selection.subjects:
        try:
            if one.case.kernel is not None:
                check_kernel(program, one)
            found.append(one)
        except BindcheckError as error:
            told = f"--kernels: {one.core.name}: {error.message}"
            if not everything:
                raise BindcheckError(told) from error
            failures.append(Failure(one.case.name, (PYTHON, NATIVE), told))
    if failures and not found:
        raise BindcheckError(failures[0].reason)
    return replace(selection, subjects=tuple(found), failures=tuple(failures))
