"""`bindcheck tune`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.cli.bench import PARAM_HELP, assignment, load_crate
from bindcheck.cli.bench_refusals import given_options, is_sweep
from bindcheck.cli.common import PathType, crate_options
from bindcheck.cli.counts import Count, number, numbers
from bindcheck.cli.progress import progress
from bindcheck.cli.signals import terminable
from bindcheck.cli.tune_output import Sheet, finish
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace

if TYPE_CHECKING:
    from bindcheck.bench.cases import Axes
    from bindcheck.bench.looks import Search
    from bindcheck.bench.tunable import Tunable
    from bindcheck.bench.tune import Tuned
    from bindcheck.cli.bench import Loaded

_STATUS = """\b
Exit status:
  0  the constant in the source is right, or there is none
  1  a constant is wrong, whatever cannot be told of others
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
@click.option("--single", is_flag=True, help="Calls on one series, also where there are batches.")
@click.option("--rows", type=Count(1), help="Of a batch (default: 61, or 1 if nothing is swept).")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help=PARAM_HELP,
)
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
@click.option("--processes", type=Count(2), default=5, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="For each size near the crossover, all processes together.",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For everything that is measured; building does not count.",
)
@click.option("--force", is_flag=True, help="Answer although other programs use the cores.")
@click.option("--python", help="Interpreter that has NumPy (default: the one of bindcheck).")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text")
@click.option("--output-file", type=PathType(dir_okay=False), help="Instead of stdout.")
@crate_options
def command(
    names: tuple[str, ...],
    single: bool,
    rows: int | None,
    params: tuple[str, ...],
    smallest: str,
    largest: str,
    sizes: str | None,
    threads: str | None,
    kernel: str | None,
    line: tuple[int, int | None] | None,
    processes: int,
    seconds: float,
    budget: float | None,
    force: bool,
    python: str | None,
    output_format: str,
    output_file: Path | None,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
) -> int:
    """Find the size from which on threads pay, and judge the constant in the source.

    Sequential and parallel run of the same core function alternate in one process: of a batch,
    else of a call on one series.
    """
    from bindcheck.bench.cases import Axes
    from bindcheck.bench.effort import Effort
    from bindcheck.bench.looks import Search

    _refuse_without_effect(params, sizes, single=single)
    low, high = number(smallest, "--from"), number(largest, "--to")
    exactly = tuple(sorted(set(numbers(sizes, "--sizes", ()))))
    if low >= high:
        raise BindcheckError(f"--from {low} must be below --to {high}")
    if len(exactly) == 1:
        raise BindcheckError("--sizes: a crossover lies between two sizes or more")
    counts = numbers(threads, "--threads", ()) or (None,)
    if 1 in counts:
        raise BindcheckError("--threads 1: one thread cannot pay; give 2 or more")
    row, column = line or (None, None)
    effort = Effort(processes, seconds, budget)
    search = Search(low, high, effort, None, row, exactly, force, column)
    axes = Axes(
        sizes=(low,),
        rows=(rows,),
        kernels=(kernel,),
        params=tuple(assignment(one) for one in params),
    )
    sheet = Sheet(output_format, output_file, budget)
    with terminable():
        try:
            loaded = load_crate(manifest_path, features, config_file)
            subjects = _subjects(loaded, names, axes, sheet, single=single)
            if subjects:
                _expect(search, len(subjects) * len(counts))
                sheet.begin(loaded)
                _search(loaded, subjects, search, counts, python or sys.executable, sheet)
        except (KeyboardInterrupt, BindcheckError, OSError) as stop:
            sheet.stopped = stop
        return finish(sheet)


def _refuse_without_effect(params: Sequence[str], sizes: str | None, *, single: bool) -> None:
    """Options that another one makes meaningless."""
    if single:
        _refuse_beside("rows", "--single", "that is for a batch")
    for swept in filter(is_sweep, params):
        _refuse_beside("rows", f"--param {swept}", "the sweep says how many there are")
    if sizes is not None:
        for name in ("smallest", "largest"):
            _refuse_beside(name, "--sizes", "exactly those lengths are measured")


def _refuse_beside(name: str, other: str, why: str) -> None:
    """An option that another one makes meaningless."""
    for option in given_options([name]):
        raise BindcheckError(f"{option}: {why}: leave it out, or leave out {other}")


def _subjects(
    loaded: Loaded, names: Sequence[str], axes: Axes, sheet: Sheet, *, single: bool
) -> list[Tunable]:
    """The cases of all names, so that a wrong name costs no time.

    What cannot be measured leaves the others alone.
    """
    from bindcheck.bench.chosen import known
    from bindcheck.bench.given import for_each
    from bindcheck.bench.tunable import tunable

    program = loaded.inputs.program
    cores, refused = known(program, names)
    for name, error in refused.items():
        sheet.refuse(name, error)
    subjects: list[Tunable] = []
    once = tuple({id(core): core for core in cores.values()}.values())
    for core, own in for_each(program, once, axes):
        try:
            subjects.append(tunable(program, core, own, single=single))
        except NothingToDoError as error:
            sheet.refuse(core.name, error)
    return subjects


def _expect(search: Search, searches: int) -> None:
    """Refuse a budget that cannot do; on stderr, how long it will take, if that is minutes."""
    from bindcheck.bench.looks import expected, refuse_small_budget

    refuse_small_budget(search, searches)
    seconds = expected(search, searches)
    minutes = min(seconds, search.effort.budget or seconds) / 60.0
    if minutes >= 1.5:
        what = "one search" if searches == 1 else f"{searches} searches"
        told = f"{what}: up to about {minutes:.0f} minutes, after the build"
        click.echo(f"bindcheck: {told}", err=True)


def _search(
    loaded: Loaded,
    subjects: Sequence[Tunable],
    search: Search,
    counts: Sequence[int | None],
    python: str,
    sheet: Sheet,
) -> None:
    """One after the other; what is interrupted is the last, what is refused costs no other."""
    from bindcheck.bench.tree import measuring_alone

    # Until the command ends.
    click.get_current_context().with_resource(measuring_alone(loaded.crate))
    left = search.effort.budget
    for at, subject in enumerate(subjects):
        share = None if left is None else left / (len(subjects) - at)
        own = replace(search, effort=replace(search.effort, budget=share))
        began = len(sheet.found)
        try:
            for one in _tunings(loaded, subject, own, counts, python):
                sheet.add(one)
                if one.end is not None:
                    raise one.end
        except BindcheckError as error:
            sheet.refuse(subject.core.name, error)
        taken = sum(one.seconds for one in sheet.found[began:])
        left = None if left is None else max(0.0, left - taken)


def _tunings(
    loaded: Loaded,
    subject: Tunable,
    search: Search,
    counts: Sequence[int | None],
    python: str,
) -> Iterator[Tuned]:
    """One indicator with each number of threads."""
    from bindcheck.bench.tune import tune

    left = search.effort.budget
    for done, count in enumerate(counts):
        share = None if left is None else left / (len(counts) - done)
        with progress() as step:
            one = tune(
                loaded.inputs.program,
                loaded.crate,
                subject.core,
                subject.case,
                replace(search, threads=count, effort=replace(search.effort, budget=share)),
                python,
                step,
            )
        left = None if left is None else max(0.0, left - one.seconds)
        notes = (*subject.notes, *one.tuning.notes)
        yield replace(one, tuning=replace(one.tuning, notes=notes))
        if one.tuning.threads is None:
            break  # The other numbers of threads would be the same again.
