"""`bindcheck generate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bindcheck.cli.common import (
    PathType,
    color_option,
    crate_options,
    no_cycle_search,
    split_list,
    split_lists,
    style_for,
)
from bindcheck.cli.progress import progress
from bindcheck.errors import BindcheckError, NoSingleCrateError, NothingToDoError

if TYPE_CHECKING:
    from bindcheck.analysis.program import Program
    from bindcheck.config import Options
    from bindcheck.crate import Crate
    from bindcheck.crew import Crew
    from bindcheck.generate.recording import Runner
    from bindcheck.generate.run import GenerateResult, Request
    from bindcheck.prepare import Step
    from bindcheck.results import Unreadable

_SHOWN = 3

_PIECES = ("single", "batch_inner_into", "batch", "stream", "register", "stub", "test")

_STATUS = """\b
Exit status:
  0  everything asked for is there
  1  out of sync (--check), a hand-edited region in conflict, a fact is lacking,
     or there is nothing to make what is to be printed from (--stdout)
  2  wrong usage or input
  3  no crate, or no indicator in it
"""


@click.command(name="generate", epilog=_STATUS)
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every indicator of the crate; --plan and --diff need no --all.",
)
@click.option(
    "--plan",
    is_flag=True,
    help="Write nothing; print for each piece whether it exists, can be written, or which fact is "
    "lacking. Without NAME: of every indicator.",
)
@click.option(
    "--diff",
    is_flag=True,
    help="Write nothing; print what would change. Without NAME: of every indicator.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; name what is missing or stale, and exit 1 if anything is. "
    "Without NAME: every indicator that has generated regions, in the crate here and in those "
    "below.",
)
@click.option(
    "--stdout",
    "piece",
    type=click.Choice((*_PIECES, "imports")),
    help="Print this one piece; write nothing.",
)
@click.option(
    "--piece",
    "pieces",
    multiple=True,
    metavar="PIECES",
    help=f"Only these pieces: {', '.join(_PIECES)}.",
)
@click.option(
    "--replace",
    "replaces",
    is_flag=True,
    help="Also replace bindings by hand; their Python interface stays.",
)
@click.option(
    "--interface",
    type=click.Choice(("keep", "new")),
    help="With --replace: keep the Python interface of what is replaced, or use our own.",
)
@click.option(
    "--rewrite-core",
    is_flag=True,
    help="Let a _batch_inner call the _batch_inner_into that is split out of it.",
)
@click.option(
    "--keep-edits",
    is_flag=True,
    help="Where you and the generator changed the same lines of a region, keep yours and take the "
    "rest.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Run cargo check after the write; put everything back unless the crate compiles.",
)
@click.option(
    "--values",
    "records",
    is_flag=True,
    help="Also build the crate with cargo, run its cores without the bindings, and keep what they "
    "give beside the Python tests, which compare with it.",
)
@click.option("--style", type=click.Choice(("strict", "reference")), help="Default: by the crate.")
@click.option(
    "--defaults",
    type=click.Choice(("params", "none")),
    help="Python defaults: those of Params::default(), or none.",
)
@click.option(
    "--templates",
    type=PathType(file_okay=False),
    help="Folder with templates that replace ours, one by one.",
)
@click.option(
    "--disagreements",
    "report",
    type=PathType(file_okay=True, dir_okay=False),
    metavar="REPORT",
    help="JUnit report of the generated tests: where it shows that a core contradicts itself (its "
    "stream gives other values than its single call), they are expected to fail from now on.",
)
@color_option
@crate_options
def command(
    names: tuple[str, ...],
    everything: bool,
    plan: bool,
    diff: bool,
    check: bool,
    piece: str | None,
    pieces: tuple[str, ...],
    replaces: bool,
    interface: str | None,
    rewrite_core: bool,
    keep_edits: bool,
    verify: bool,
    records: bool,
    style: str | None,
    defaults: str | None,
    templates: Path | None,
    report: Path | None,
    color: str,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
) -> int:
    """Write the binding code that indicators lack.

    NAME is a module (file) name or the name of the core function. What was written before is
    replaced; what was edited by hand is merged; hand-written bindings are touched with --replace
    alone.
    """
    from bindcheck.config import Options
    from bindcheck.generate.replacing import Replacing
    from bindcheck.generate.run import Mode, Request

    mode = _mode(plan=plan, diff=diff, check=check, piece=piece)
    everything = everything or (not names and mode in ("plan", "diff"))
    _refuse_contradictions(names, everything, mode)
    if verify and mode != "write":
        raise BindcheckError(f"--verify checks what is written; --{mode} writes nothing")
    if records and mode != "write":
        raise BindcheckError(f"--values records what cores give; --{mode} writes nothing")
    if interface is not None and not replaces:
        raise BindcheckError("--interface says what --replace keeps: give both")
    wanted = split_lists(pieces) or ()
    _refuse_unknown(wanted)
    if records and wanted and "test" not in wanted:
        raise BindcheckError("--values is for the piece test, which --piece leaves out")
    options = Options(
        manifest_path=manifest_path,
        config_file=config_file,
        features=split_list(features),
        style=style,
        defaults=defaults,
        templates=templates,
    )
    request = Request(
        names=names,
        mode=Mode(mode),
        everything=everything,
        pieces=(piece,) if piece else wanted,
        verify=verify,
        rewrite_core=rewrite_core,
        keep_edits=keep_edits,
        report=report,
        replacing=Replacing(replaces, interface != "new"),
    )
    if mode == "check" and not names and not everything:
        return _check_all(options, request, color)
    return _generate(options, request, color, records=records).status


def _generate(
    options: Options, request: Request, color: str, *, records: bool = False
) -> GenerateResult:
    """Do what was asked for in one crate, and say what came of it."""
    from bindcheck.crew import Crew
    from bindcheck.generate.run import Mode

    crew = Crew.of_machine()
    try:
        with no_cycle_search(), progress() as step:
            result = _generated(options, request, step, crew, records=records)
    finally:
        # Whatever happens, one process goes on from here.
        crew.leave()
    if result.plans or result.status or request.mode is not Mode.CHECK:
        _print(result.output, color, is_diff=request.mode is Mode.DIFF)
    for note in result.notes:
        click.echo(f"bindcheck: {note}", err=True)
    return result


def _generated(
    options: Options, request: Request, step: Step, crew: Crew, *, records: bool
) -> GenerateResult:
    from bindcheck.generate.run import generate
    from bindcheck.load import load

    inputs, config = load(options, whole_crate=True, step=step, crew=crew)
    if inputs.crate is None:
        raise NothingToDoError(_no_crate())
    _refuse_unread(inputs.problems)
    if records:
        request = replace(request, runner=_runner(inputs.program, inputs.crate, step))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request, crew)


def _runner(program: Program, crate: Crate, step: Step) -> Runner:
    """What builds the crate and runs its cores, with the interpreter that runs this."""
    from bindcheck.bench.values import CoreRunner

    return CoreRunner(program, crate, sys.executable, step)


def _check_all(options: Options, request: Request, color: str) -> int:
    """Check whatever was generated: in the crate here, and in those below that keep its texts.

    A hook runs at the root of a repository, which need not be a crate, nor have anything generated.
    """
    named = options.manifest_path
    manifests = [named] if named else [one for one in _manifests() if _has_generated(one)]
    statuses = [0]
    checked = False
    for manifest in manifests:
        if len(manifests) > 1:
            click.echo(f"{_shown(manifest)}:")
        try:
            result = _generate(replace(options, manifest_path=manifest), request, color)
        except BindcheckError as error:
            if len(manifests) == 1:
                raise
            click.echo(f"bindcheck: error: {error}", err=True)
            statuses.append(error.exit_code)
        else:
            checked = checked or bool(result.plans) or result.status != 0
            statuses.append(result.status)
    if not checked and max(statuses) == 0:
        where = "in this crate" if named else "here or below"
        click.echo(f"bindcheck: nothing was generated {where}: nothing to check", err=True)
    return max(statuses)


def _manifests() -> Iterator[Path]:
    """Of the crate that the working directory is in, and of crates below it with a store."""
    from bindcheck.crate import find_crate
    from bindcheck.generate.store import NAME
    from bindcheck.targets import manifests_below

    own = None
    with suppress(NoSingleCrateError):
        crate = find_crate(Path())
        own = None if crate is None else crate.manifest
    if own is not None:
        yield own
    for manifest in manifests_below(Path.cwd(), str(NAME)):
        if manifest != own:
            yield manifest


def _has_generated(manifest: Path) -> bool:
    """Whether a crate has generated texts, told from its bytes: a no must not take long."""
    from bindcheck.crate import read_crate
    from bindcheck.discover import discover
    from bindcheck.generate.store import NAME

    if (manifest.parent / NAME).exists():
        return True
    crate = read_crate(manifest)
    return any(b"bindcheck: begin" in file.source for file in discover(crate, (crate.root,)).files)


def _no_crate() -> str:
    from bindcheck.targets import manifests_below

    text = "no Cargo.toml here or above"
    below = [_shown(one) for one in islice(manifests_below(Path.cwd()), _SHOWN)]
    if not below:
        return f"{text}: run it in a crate"
    return f"{text}: choose a crate with --manifest-path, such as {', '.join(below)}"


def _shown(path: Path) -> str:
    from bindcheck.discover import display

    return display(path)


def _mode(*, plan: bool, diff: bool, check: bool, piece: str | None) -> str:
    """The one thing to do with the result."""
    given = {"plan": plan, "diff": diff, "check": check, "stdout": piece is not None}
    chosen = [mode for mode, wanted in given.items() if wanted]
    if len(chosen) > 1:
        raise BindcheckError(f"{' and '.join(f'--{mode}' for mode in chosen)} exclude each other")
    return chosen[0] if chosen else "write"


def _refuse_contradictions(names: tuple[str, ...], everything: bool, mode: str) -> None:
    if names and everything:
        raise BindcheckError("name indicators or ask for --all, not both")
    if not names and not everything and mode != "check":
        raise BindcheckError("name an indicator, or ask for --all (--plan shows what there is)")


def _refuse_unread(problems: tuple[Unreadable, ...]) -> None:
    """A file that cannot be read whole may hold what looks missing: write nothing beside it."""
    for problem in problems:
        if problem.fatal:
            raise BindcheckError(problem.reason, problem.path, problem.line)


def _refuse_unknown(pieces: tuple[str, ...]) -> None:
    for piece in pieces:
        if piece not in _PIECES:
            raise BindcheckError(f"no piece `{piece}`: one of {', '.join(_PIECES)}")


def _print(output: str, color: str, *, is_diff: bool) -> None:
    style = style_for(color)
    if not (is_diff and style.color):
        click.echo(output, nl=False)
        return
    looks = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    for line in output.splitlines():
        click.echo(style.paint(line, *looks[line[0]]) if line[:1] in looks else line, color=True)
