"""`bindcheck generate`."""

from __future__ import annotations

from pathlib import Path

import click

from bindcheck.cli.common import (
    color_option,
    crate_options,
    no_cycle_search,
    split_list,
    split_lists,
    style_for,
)
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.results import Unreadable

_PIECES = ("single", "batch_inner_into", "batch", "stream", "register", "stub", "test")

_STATUS = """\b
Exit status:
  0  everything asked for is there
  1  out of sync (--check), a hand-edited region in conflict, or a fact is lacking
  2  wrong usage or input
  3  no crate, or no indicator in it
"""


@click.command(name="generate", epilog=_STATUS)
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Every indicator of the crate.")
@click.option("--diff", is_flag=True, help="Print what would change; write nothing.")
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; name what is missing or stale, and exit 1 if anything is. "
    "Without NAME: every indicator that has generated regions.",
)
@click.option(
    "--stdout",
    "piece",
    type=click.Choice(_PIECES),
    help="Print this one piece; write nothing.",
)
@click.option(
    "--piece",
    "pieces",
    multiple=True,
    metavar="PIECES",
    help=f"Only these pieces: {', '.join(_PIECES)}.",
)
@click.option("--style", type=click.Choice(("strict", "reference")), help="Default: by the crate.")
@click.option(
    "--defaults",
    type=click.Choice(("params", "none")),
    help="Python defaults: those of Params::default(), or none.",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with templates that replace ours.",
)
@color_option
@crate_options
def command(
    names: tuple[str, ...],
    everything: bool,
    diff: bool,
    check: bool,
    piece: str | None,
    pieces: tuple[str, ...],
    style: str | None,
    defaults: str | None,
    templates: Path | None,
    color: str,
    manifest_path: Path | None,
    features: str | None,
    config_file: Path | None,
) -> int:
    """Write the binding code that indicators lack.

    NAME is a module (file) name or the name of the core function. What was written before is
    replaced; what was edited by hand is merged; hand-written bindings are never touched.
    """
    from bindcheck.config import Options
    from bindcheck.generate.run import Mode, Request, generate
    from bindcheck.load import load

    mode = _mode(diff=diff, check=check, piece=piece)
    _refuse_contradictions(names, everything, mode)
    wanted = split_lists(pieces) or ()
    _refuse_unknown(wanted)
    options = Options(
        manifest_path=manifest_path,
        config_file=config_file,
        features=split_list(features),
        style=style,
        defaults=defaults,
        templates=templates,
    )
    with no_cycle_search():
        inputs, config = load(options, whole_crate=True)
    if inputs.crate is None:
        raise NothingToDoError("no Cargo.toml here or above: run it in a crate")
    _refuse_unread(inputs.problems)
    request = Request(
        names=names,
        mode=Mode(mode),
        everything=everything,
        pieces=(piece,) if piece else wanted,
    )
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    _print(result.output, color, is_diff=request.mode is Mode.DIFF)
    for note in result.notes:
        click.echo(f"bindcheck: {note}", err=True)
    return result.status


def _mode(*, diff: bool, check: bool, piece: str | None) -> str:
    """The one thing to do with the result."""
    given = {"diff": diff, "check": check, "stdout": piece is not None}
    chosen = [mode for mode, wanted in given.items() if wanted]
    if len(chosen) > 1:
        raise BindcheckError(f"{' and '.join(f'--{mode}' for mode in chosen)} exclude each other")
    return chosen[0] if chosen else "write"


def _refuse_contradictions(names: tuple[str, ...], everything: bool, mode: str) -> None:
    if names and everything:
        raise BindcheckError("name indicators or ask for --all, not both")
    if not names and not everything and mode != "check":
        raise BindcheckError("name an indicator, or ask for --all")


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
