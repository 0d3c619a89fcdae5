"""`bindcheck bench --write-cases`: cases in a file, to be edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bindcheck.bench.samples import Failure
    from bindcheck.bench.subjects import Selection

_SHOWN = 3


def write_case_file(selection: Selection, path: Path) -> int:
    """Write the cases, and tell what they lack; the exit status, 3 if that is anything.

    `selection` holds the cases that a run would measure, and why it would not measure others.
    """
    from bindcheck.bench.casefile import blanks, case_text
    from bindcheck.report.bench.unmeasured import unmeasured_lines
    from bindcheck.report.bench.words import counted
    from bindcheck.write import write_text

    for line in unmeasured_lines(selection.unmeasured):
        click.echo(f"bindcheck: not measured: {line}", err=True)
    for line in _left_out(selection.failures):
        click.echo(f"bindcheck: warning: left out: {line}", err=True)
    cases = [one.case for one in selection.subjects]
    text = case_text(cases)
    write_text(path, text)
    entries = counted(text.count("[[case]]"), "entry", "entries")
    told = f"{counted(len(cases), 'case')} written to {path}, in {entries} with sizes"
    click.echo(f"bindcheck: {told}", err=True)
    lacking = blanks(cases)
    if lacking:
        told = f"no default is known of {', '.join(lacking)}: write values into {path}"
        click.echo(f"bindcheck: warning: {told}", err=True)
    return 3 if selection.failures or lacking else 0


def _left_out(failures: Iterable[Failure]) -> Iterator[str]:
    """A line for each reason, with the first cases; their sizes do not matter here."""
    from bindcheck.report.bench.words import reason

    found: dict[str, dict[str, None]] = {}
    for one in failures:
        series = one.case.rpartition("/")[0] or one.case
        found.setdefault(reason(one.case, one.reason), {})[series] = None
    for why, cases in found.items():
        more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
        yield f"{', '.join([*cases][:_SHOWN])}{more}: {why}"
