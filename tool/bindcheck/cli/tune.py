"""`bindcheck tune`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.cli.bench import load_crate, number, numbers
from bindcheck.cli.common import PathType, crate_options, emit
from bindcheck.cli.progress import progress
from bindcheck.errors import BindcheckError

if TYPE_CHECKING:
    from bindcheck.bench.crossover import Tuning
    from bindcheck.bench.samples import Kind

_STATUS = """\b
Exit status:
  0  the constant in the source is right, or there is none
  1  a constant is wrong
  2  wrong usage or input, or a build that failed
  3  nothing to tune, or too unstable to say
"""


@click.command(name="tune", epilog=_STATUS)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--single", is_flag=True, help="Calls on one series instead of batches.")
@click.option("--rows", type=click.IntRange(1), default=61, show_default=True)
@click.option("--from", "smallest", default="100", show_default=True, help="Shortest input.")
@click.option("--to", "largest", default="1e5", show_default=True, help="Longest input.")
@click.option("--sizes", metavar="LIST", help="Exactly these lengths instead of a search.")
@click.option("--threads", metavar="LIST", help="Numbers of threads (default: the crate's choice).")
@click.option("--line", type=int, help="Line of the comparison, if there are several.")
@click.option("--processes", type=click.IntRange(2), default=5, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="For each size near the crossover, all processes together.",
)
@click.option("--python", help="Interpreter that has NumPy (default: the one of bindcheck).")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text")
@click.option("--output-file", type=PathType(dir_okay=False), help="Instead of stdout.")
@crate_options
def command(
    names: tuple[str, ...],
    single: bool,
    rows: int,
    smallest: str,
    largest: str,
    sizes: str | None,
    threads: str | None,
    line: int | None,
    processes: int,
    seconds: float,
    python: str | None,
    output_format: str,
    output_file: Path | None,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
) -> int:
    """Find the size from which on threads pay, and judge the constant in the source.

    Sequential and parallel run of the same core function alternate in one process.
    """
    from bindcheck.bench.cases import Axes, cases_of
    from bindcheck.bench.chosen import chosen
    from bindcheck.bench.engine import Effort
    from bindcheck.bench.samples import Kind
    from bindcheck.bench.tune import Search, tune

    low, high = number(smallest, "--from"), number(largest, "--to")
    exactly = tuple(sorted(set(numbers(sizes, "--sizes", ()))))
    if low >= high:
        raise BindcheckError(f"--from {low} must be below --to {high}")
    if len(exactly) == 1:
        raise BindcheckError("--sizes: a crossover lies between two sizes or more")
    kind = Kind.SINGLE if single else Kind.BATCH
    counts = numbers(threads, "--threads", ()) or (None,)
    loaded = load_crate(manifest_path, features, config_file)
    program, crate = loaded.inputs.program, loaded.crate
    found: list[Tuning] = []
    for core in chosen(program, names):
        [case] = cases_of(program, core, Axes(kinds=(kind,), sizes=(low,), rows=rows))
        _refuse_other(case.kind, kind, core.name)
        for count in counts:
            search = Search(low, high, Effort(processes, seconds), count, line, exactly)
            with progress() as step:
                found.append(
                    tune(program, crate, core, case, search, python or sys.executable, step)
                )
    return _finish(found, output_format, output_file)


def _refuse_other(found: Kind, wanted: Kind, name: str) -> None:
    if found is not wanted:
        raise BindcheckError(f"`{name}` has no {wanted.value} binding")


def _finish(found: list[Tuning], output_format: str, output_file: Path | None) -> int:
    from bindcheck.bench.crossover import Judged
    from bindcheck.report.tuning import as_json, as_text

    write = as_json if output_format == "json" else as_text
    emit(write(found), output_file)
    verdicts = {one.judged for one in found}
    if Judged.OPEN in verdicts or any(one.unstable is not None for one in found):
        return 3
    return 1 if verdicts & {Judged.TOO_LARGE, Judged.TOO_SMALL} else 0
