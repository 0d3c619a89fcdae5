"""`bindcheck bench`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bindcheck.cli.bench_cases import write_case_file
from bindcheck.cli.bench_output import Prepared, finish, output_options, prepare
from bindcheck.cli.bench_refusals import (
    refuse_contradictions,
    refuse_unused,
    refuse_without_effect,
)
from bindcheck.cli.common import PathType, crate_options, no_cycle_search, split_list
from bindcheck.cli.counts import Count, listed, numbers
from bindcheck.cli.progress import progress
from bindcheck.cli.signals import terminable
from bindcheck.config import nearest
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace

if TYPE_CHECKING:
    from bindcheck.bench.cases import Axes
    from bindcheck.bench.measure import Request
    from bindcheck.bench.subjects import Selection
    from bindcheck.crate import Crate
    from bindcheck.load import Inputs

PARAM_HELP = (
    "A parameter, of each indicator that has one of this name; of one alone: INDICATOR.NAME=VALUE. "
    "START:STOP:STEP is a sweep (default: those of the core)."
)

_STATUS = """\b
Exit status:
  0  measured; with --fail-over: no ratio has grown by more
  1  a gate failed (--fail-over), whatever else could not be told
  2  wrong usage or input, or a build that failed
  3  nothing to measure, too unstable to say, or no cargo or interpreter;
     with --fail-over: the gate cannot tell, or something of it was lost
  130  interrupted (143: by SIGTERM); what was measured by then is kept
"""


@fact
class Loaded:
    """A crate that was read."""

    inputs: Inputs
    crate: Crate


@fact
class _Given:
    """Which cases a command line means; with `exclude` those of all indicators but these."""

    names: tuple[str, ...]
    axes: Axes
    case_file: Path | None
    exclude: tuple[str, ...] | None


@click.command(name="bench", epilog=_STATUS)
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Every indicator of the crate.")
@click.option(
    "--exclude",
    multiple=True,
    metavar="NAME",
    help="With --all: but this module, core function or binding, or an indicator that only "
    "--compare knows; may be repeated.",
)
@click.option("--single", is_flag=True, help="Only calls on one series.")
@click.option("--batch", is_flag=True, help="Only batch calls.")
@click.option("--sizes", metavar="LIST", help="Lengths of the input (default: 1e2 to 1e6).")
@click.option("--rows", metavar="LIST", help="Numbers of rows of a batch (default: 61).")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help=PARAM_HELP,
)
@click.option("--kernels", metavar="LIST", help="Kernels by name (default: the choice of each).")
@click.option("--threads", metavar="LIST", help="Numbers of threads of calls that use some.")
@click.option("--layouts", metavar="LIST", help="contiguous, strided, or both.")
@click.option("--outs", metavar="LIST", help="new, given (`out=`), or both.")
@click.option("--states", metavar="LIST", help="Results are recycled, retained, or both.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="MODULE:FUNCTION",
    help="Compare with another function too: 'talib:KAMA(data, timeperiod=period)'.",
)
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar="A/B",
    help="Only these pairs: python/native, python/python, native/native, python/peer.",
)
@click.option("--control/--no-control", default=True, help="A/A runs beside each measurement.")
@click.option("--phases", is_flag=True, help="Split the call, in a build with measuring points.")
@click.option("--processes", type=Count(1), default=5, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="For each pair, all processes together (0.3 s each at least).",
)
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="For everything that is measured; building does not count.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="For the order of blocks.")
@click.option("--cases", "case_file", type=PathType(dir_okay=False), help="Cases from a file.")
@click.option(
    "--write-cases", type=PathType(dir_okay=False), help="Write the cases for editing, and end."
)
@click.option("--python", help="Interpreter that has NumPy (default: the one of bindcheck).")
@output_options
@crate_options
def command(
    names: tuple[str, ...],
    everything: bool,
    exclude: tuple[str, ...],
    single: bool,
    batch: bool,
    sizes: str | None,
    rows: str | None,
    params: tuple[str, ...],
    kernels: str | None,
    threads: str | None,
    layouts: str | None,
    outs: str | None,
    states: str | None,
    peers: tuple[str, ...],
    pairs: tuple[str, ...],
    control: bool,
    phases: bool,
    processes: int,
    seconds: float,
    budget: float | None,
    seed: int,
    case_file: Path | None,
    write_cases: Path | None,
    python: str | None,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
    **output: Any,
) -> int:
    """Measure what a binding costs over the native call of the same core function.

    NAME is a module (file) name, or the name of the core function or of its binding. Both sides are
    built into one library below target/bindcheck; the sources are not changed.
    """
    from bindcheck.bench.cases import SIZES, Axes
    from bindcheck.bench.effort import Effort
    from bindcheck.bench.measure import Request
    from bindcheck.bench.pythoncall import peer_parts
    from bindcheck.bench.tree import bench_folder

    refuse_contradictions(names, exclude, everything=everything, case_file=case_file)
    refuse_without_effect(case_file, write_cases, params, single=single and not batch)
    if "python/peer" in pairs and not peers:
        raise BindcheckError("--pair python/peer: name the other function with --peer")
    for peer in peers:
        peer_parts(peer)
    axes = Axes(
        kinds=_kinds(single=single, batch=batch),
        sizes=numbers(sizes, "--sizes", SIZES),
        rows=numbers(rows, "--rows", ()) or (None,),
        kernels=(None,) if kernels is None else listed(kernels, "--kernels", "auto,scalar"),
        threads=numbers(threads, "--threads", ()) or (None,),
        layouts=_layouts(layouts),
        outs=_outs(outs),
        params=tuple(assignment(one) for one in params),
        peers=bool(peers),
        blanks=write_cases is not None,
    )
    request = Request(
        python=python or sys.executable,
        effort=Effort(processes, seconds, budget, seed),
        states=_states(states),
        controls=control,
        pairs=_pairs(pairs),
        peers=peers,
        threads_asked=threads is not None,
        phases=phases,
    )
    loaded = load_crate(manifest_path, features, config_file)
    given = _Given(names, axes, case_file, exclude if everything else None)
    if write_cases is not None:
        return write_case_file(_measurable(loaded, _selection(loaded, given)), write_cases)
    prepared = prepare(loaded.crate.root, bench_folder(loaded.crate), **output)
    selection = _callable(loaded, _selection(loaded, given, prepared.indicators))
    own = () if case_file is None else (case_file,)
    request = replace(request, written=(*prepared.written, *own))
    return _measure(loaded, selection, request, prepared)


def _callable(loaded: Loaded, selection: Selection) -> Selection:
    """The cases that can be called; the others are failures, with their reasons."""
    from bindcheck.bench.subjects import callable_ones

    refuse_unused([one.case for one in selection.subjects])
    return callable_ones(loaded.inputs.program, selection)


def _measurable(loaded: Loaded, selection: Selection) -> Selection:
    """The cases that a run would find a result of, as far as the sources tell."""
    from bindcheck.bench.subjects import timed_ones

    return timed_ones(loaded.inputs.program, loaded.crate, _callable(loaded, selection))


def _measure(loaded: Loaded, selection: Selection, request: Request, prepared: Prepared) -> int:
    from bindcheck.bench.compare import refuse_other_machine
    from bindcheck.bench.measure import measure
    from bindcheck.bench.provenance import provenance
    from bindcheck.bench.tree import measuring_alone
    from bindcheck.bench.watch import watcher

    if prepared.baseline is not None:
        # Minutes of measuring would only be refused.
        runs, name = prepared.baseline
        here = provenance(loaded.crate, loaded.inputs.sources, request.written)
        refuse_other_machine(runs, here, name)
    _announce(selection, request)
    with terminable(), measuring_alone(loaded.crate):
        with progress() as step:
            watch = watcher(step)
            session = measure(loaded.inputs, loaded.crate, selection, request, step, watch)
        return finish(session, prepared)


def _announce(selection: Selection, request: Request) -> None:
    """On stderr, how long it will take, if that is minutes."""
    from bindcheck.bench.effort import expected_s
    from bindcheck.bench.measure import extent
    from bindcheck.report.bench.words import counted

    cases, pairs = extent(selection, request)
    minutes = expected_s(request.effort, cases, pairs) / 60.0
    if minutes >= 1.5:
        what = f"{counted(cases, 'case')}, {counted(pairs, 'pair')} of calls"
        told = f"{what}: about {minutes:.0f} minutes, after the build"
        click.echo(f"bindcheck: {told}", err=True)


def load_crate(
    manifest_path: Path | None, features: str | None, config_file: Path | None
) -> Loaded:
    """Read the crate that a command line means, whole: plain functions that are bound are cores."""
    from bindcheck.bench.plain import with_plain
    from bindcheck.config import Options
    from bindcheck.load import load

    options = Options(
        manifest_path=manifest_path, config_file=config_file, features=split_list(features)
    )
    with no_cycle_search(), progress() as step:
        inputs, _ = load(options, whole_crate=True, step=step)
    if inputs.crate is None:
        raise NothingToDoError("no Cargo.toml here or above: choose one with --manifest-path")
    for one in (problem for problem in inputs.problems if problem.fatal):
        place = one.path if one.line is None else f"{one.path}:{one.line}"
        told = f"{one.reason}: what is in the file may not be seen"
        click.echo(f"bindcheck: warning: {place}: {told}", err=True)
    return Loaded(replace(inputs, program=with_plain(inputs.program)), inputs.crate)


def _selection(loaded: Loaded, given: _Given, gone: Sequence[str] = ()) -> Selection:
    """The cases; `gone` are indicators that an earlier run has measured."""
    from bindcheck.bench.casereading import read_cases
    from bindcheck.bench.subjects import of_all, of_names

    program = loaded.inputs.program
    if given.case_file is not None:
        return read_cases(program, given.case_file)
    if given.exclude is not None:
        return of_all(program, given.axes, given.exclude, gone)
    return of_names(program, given.names, given.axes)


# --- options -----------------------------------------------------------------------------------


def _kinds(*, single: bool, batch: bool) -> tuple[Any, ...]:
    from bindcheck.bench.samples import Kind

    if single == batch:
        return (Kind.SINGLE, Kind.BATCH)
    return (Kind.SINGLE,) if single else (Kind.BATCH,)


def assignment(text: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BindcheckError(f"--param {text!r}: write NAME=VALUE")
    return name, value


def _layouts(text: str | None) -> tuple[Any, ...]:
    from bindcheck.bench.samples import Layout

    return tuple(
        Layout(one) for one in _words(text, "--layouts", [one.value for one in Layout])
    ) or (Layout.CONTIGUOUS,)


def _states(text: str | None) -> tuple[Any, ...]:
    from bindcheck.bench.samples import State

    return tuple(State(one) for one in _words(text, "--states", [one.value for one in State])) or (
        State.RECYCLED,
    )


def _outs(text: str | None) -> tuple[bool, ...]:
    return tuple(one == "given" for one in _words(text, "--outs", ["new", "given"])) or (False,)


def _words(text: str | None, option: str, allowed: Sequence[str]) -> tuple[str, ...]:
    if text is None:
        return ()
    words = listed(text, option, ",".join(allowed))
    for word in words:
        if word not in allowed:
            near = nearest(word, allowed)
            raise BindcheckError(f"{option}: {word!r} is none of {', '.join(allowed)}{near}")
    return words


def _pairs(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...] | None:
    """The pairs asked for, `python/peer` left out: peers are paired with Python anyhow."""
    if not texts:
        return None
    return tuple(dict.fromkeys(_pair(one) for one in texts if one != "python/peer"))


def _pair(text: str) -> tuple[str, str]:
    a, _, b = text.partition("/")
    if text not in ("python/native", "python/python", "native/native"):
        raise BindcheckError(
            f"--pair {text!r}: write python/native, python/python, native/native or python/peer"
        )
    return a, b
