"""`bindcheck tune`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.cli.bench import load_crate, number, numbers
from bindcheck.cli.bench_refusals import given_options
from bindcheck.cli.common import PathType, crate_options, emit
from bindcheck.cli.progress import progress
from bindcheck.cli.signals import status_of, terminable
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace

if TYPE_CHECKING:
    from bindcheck.bench.crossover import Tuning
    from bindcheck.bench.subjects import Subject
    from bindcheck.bench.tune import Search
    from bindcheck.cli.bench import Loaded

_Stop = KeyboardInterrupt | BindcheckError | OSError

_STATUS = """\b
Exit status:
  0  the constant in the source is right, or there is none
  1  a constant is wrong
  2  wrong usage or input, or a build that failed
  3  nothing to tune, too unstable to say, a comparison with no constant that
     could be read, or no cargo or interpreter
  130, 143  interrupted, or ended by SIGTERM; what was measured by then is shown
"""


def _line(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int | None] | None:
    """`32` or `32:15`."""
    if value is None:
        return None
    line, _, column = value.partition(":")
    if not line.isdecimal() or (":" in value and not column.isdecimal()):
        raise click.BadParameter(f"{value!r} is no line, such as 32 or 32:15", ctx, param)
    return int(line), int(column) if column else None


@click.command(name="tune", epilog=_STATUS)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--single", is_flag=True, help="Calls on one series instead of batches.")
@click.option("--rows", type=click.IntRange(1), default=61, show_default=True)
@click.option("--from", "smallest", default="100", show_default=True, help="Shortest input.")
@click.option("--to", "largest", default="1e5", show_default=True, help="Longest input.")
@click.option("--sizes", metavar="LIST", help="Exactly these lengths instead of a search.")
@click.option("--threads", metavar="LIST", help="Numbers of threads (default: the crate's choice).")
@click.option("--kernel", metavar="NAME", help="Kernel by name (default: that of the binding).")
@click.option(
    "--line",
    metavar="LINE[:COLUMN]",
    callback=_line,
    help="Where the comparison is, if there are several.",
)
@click.option("--processes", type=click.IntRange(2), default=5, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="For each size near the crossover, all processes together.",
)
@click.option("--force", is_flag=True, help="Answer although other programs use the cores.")
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
    kernel: str | None,
    line: tuple[int, int | None] | None,
    processes: int,
    seconds: float,
    force: bool,
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
    from bindcheck.bench.effort import Effort
    from bindcheck.bench.tune import Search

    if single:
        _refuse_beside("rows", "--single", "that is for a batch")
    if sizes is not None:
        for name in ("smallest", "largest"):
            _refuse_beside(name, "--sizes", "exactly those lengths are measured")
    low, high = number(smallest, "--from"), number(largest, "--to")
    exactly = tuple(sorted(set(numbers(sizes, "--sizes", ()))))
    if low >= high:
        raise BindcheckError(f"--from {low} must be below --to {high}")
    if len(exactly) == 1:
        raise BindcheckError("--sizes: a crossover lies between two sizes or more")
    counts = numbers(threads, "--threads", ()) or (None,)
    if 1 in counts:
        raise BindcheckError("--threads 1: one thread cannot pay; give 2 or more")
    if output_file is not None:
        _refuse(output_file)
    row, column = line or (None, None)
    search = Search(low, high, Effort(processes, seconds), None, row, exactly, force, column)
    found: list[Tuning] = []
    stopped: _Stop | None = None
    with terminable():
        try:
            loaded = load_crate(manifest_path, features, config_file)
            subjects = _subjects(loaded, names, low, rows, kernel, single=single)
            for one in _tunings(loaded, subjects, search, counts, python or sys.executable):
                found.append(one)
        except (KeyboardInterrupt, BindcheckError, OSError) as stop:
            stopped = stop
        return _finish(found, output_format, output_file, stopped)


def _refuse_beside(name: str, other: str, why: str) -> None:
    """An option that another one makes meaningless."""
    for option in given_options([name]):
        raise BindcheckError(f"{option}: {why}: leave it out, or leave out {other}")


def _refuse(output_file: Path) -> None:
    """A file that cannot be written is told before minutes go into what it shall hold."""
    from bindcheck.bench.targets import refuse_unwritable

    if not output_file.absolute().parent.is_dir():
        raise BindcheckError("no such folder", output_file.parent)
    refuse_unwritable(output_file)


def _subjects(
    loaded: Loaded,
    names: Sequence[str],
    cols: int,
    rows: int,
    kernel: str | None,
    *,
    single: bool,
) -> list[Subject]:
    """The cases of all names, so that a wrong name costs no time."""
    from bindcheck.bench.cases import Axes, cases_of
    from bindcheck.bench.chosen import chosen
    from bindcheck.bench.samples import Kind
    from bindcheck.bench.subjects import Subject

    kind = Kind.SINGLE if single else Kind.BATCH
    program = loaded.inputs.program
    found = []
    for core in chosen(program, names):
        axes = Axes(kinds=(kind,), sizes=(cols,), rows=(rows,), kernels=(kernel,))
        [case] = cases_of(program, core, axes)
        if case.kind is not kind:
            raise BindcheckError(f"`{core.name}` has no {kind.value} binding")
        found.append(Subject(case, core))
    return found


def _tunings(
    loaded: Loaded,
    subjects: Sequence[Subject],
    search: Search,
    counts: Sequence[int | None],
    python: str,
) -> Iterator[Tuning]:
    """One after the other; that which was interrupted is the last."""
    from bindcheck.bench.tree import measuring_alone
    from bindcheck.bench.tune import tune

    # Until the command ends.
    click.get_current_context().with_resource(measuring_alone(loaded.crate))
    for subject in subjects:
        for count in counts:
            with progress() as step:
                one = tune(
                    loaded.inputs.program,
                    loaded.crate,
                    subject.core,
                    subject.case,
                    replace(search, threads=count),
                    python,
                    step,
                )
            yield one.tuning
            if one.end is not None:
                raise one.end
            if one.tuning.threads is None:
                break  # The other numbers of threads would be the same again.


def _finish(
    found: list[Tuning], output_format: str, output_file: Path | None, stopped: _Stop | None
) -> int:
    """Show what there is, whatever came then; before all else there is nothing to show."""
    from bindcheck.report.tuning import as_json, as_text

    if stopped is not None and not found:
        raise stopped
    text = (as_json if output_format == "json" else as_text)(found)
    try:
        emit(text, output_file)
    except (BindcheckError, OSError) as error:
        if output_file is None:
            raise
        emit(text, None)
        told = f"{error}: " if stopped is not None else ""
        click.echo(f"bindcheck: {told}the results are on stdout instead", err=True)
        stopped = stopped or error
    if isinstance(stopped, KeyboardInterrupt):
        click.echo("bindcheck: interrupted: what was measured by then is shown", err=True)
        return status_of(stopped)
    if stopped is not None:
        raise stopped
    return _status(found)


def _status(found: list[Tuning]) -> int:
    from bindcheck.bench.crossover import Judged

    wrong = [one.judged in (Judged.TOO_LARGE, Judged.TOO_SMALL) for one in found]
    open_ = [
        one.judged is Judged.OPEN or one.unstable is not None or bool(one.passed) for one in found
    ]
    if any(unknown and not certain for unknown, certain in zip(open_, wrong, strict=True)):
        return 3
    return 1 if any(wrong) else 0
