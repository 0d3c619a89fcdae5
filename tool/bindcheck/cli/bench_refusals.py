"""What the command line of `bench` says against itself, and options that would do nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from bindcheck.errors import BindcheckError

if TYPE_CHECKING:
    from bindcheck.bench.samples import Case

_IN_CASES = frozenset(
    ("single", "batch", "sizes", "rows", "params", "kernels", "threads", "layouts", "outs")
)
"""Parameters of the command that say what cases are: a file of cases says it instead."""

_MEASURING = frozenset(
    (
        *("states", "peers", "pairs", "control", "phases", "processes", "seconds", "budget"),
        *("seed", "margin", "compare", "fail_over", "history_file", "no_history", "other_times"),
        *("output_format", "output_file"),
    )
)
"""Parameters of a run, which no file of cases holds."""


def refuse_contradictions(
    names: tuple[str, ...],
    exclude: tuple[str, ...],
    *,
    everything: bool,
    case_file: Path | None,
) -> None:
    """Exactly one way of saying what is measured."""
    given = [bool(names), everything, case_file is not None]
    if sum(given) > 1:
        raise BindcheckError("name indicators, ask for --all, or give --cases: one of the three")
    if not any(given):
        raise BindcheckError("name an indicator, ask for --all, or give --cases")
    if exclude and not everything:
        raise BindcheckError("--exclude: that is for --all: leave it out, or ask for --all")
    for name in names:
        _refuse_path(name)


def _refuse_path(name: str) -> None:
    """Other commands take paths, this one names."""
    if not {"/", os.sep} & set(name) and not name.endswith((".rs", ".toml", ".json")):
        return
    path = Path(name)
    if path.suffix == ".toml" and path.name != "Cargo.toml":
        told = f"give a file of cases with --cases {name}"
    elif path.suffix == ".rs":
        told = f"name the indicator: bindcheck bench {path.stem}"
    else:
        told = "name an indicator, and choose the crate with --manifest-path"
    raise BindcheckError(f"{name!r} is a path, NAME is an indicator: {told}")


def refuse_without_effect(
    case_file: Path | None, write_cases: Path | None, params: Iterable[str], *, single: bool
) -> None:
    """Options that another one makes meaningless."""
    if case_file is not None:
        _refuse(_IN_CASES, f"the cases of --cases {case_file} say that, edit them there")
    if single:
        _refuse({"rows"}, "that is for a batch: leave it out, or leave out --single")
    for swept in filter(is_sweep, params):
        _refuse({"rows"}, f"the sweep of --param {swept} says how many there are")
    if write_cases is not None:
        _refuse(
            _MEASURING,
            f"nothing is measured with --write-cases {write_cases}, and the file has no place for "
            "that",
        )
        if not write_cases.absolute().parent.is_dir():
            raise BindcheckError("no such folder", write_cases.parent)


def is_sweep(text: str) -> bool:
    """Whether a `--param` gives START:STOP:STEP."""
    return text.partition("=")[2].count(":") == 2


def refuse_unused(cases: Sequence[Case]) -> None:
    """`--rows` and `--threads`, where no case is one that they could change.

    One thread is what calls have that start none.
    """
    from bindcheck.bench.samples import Kind

    if not cases:
        return
    if all(one.kind is Kind.SINGLE for one in cases):
        _refuse({"rows"}, "no batch is measured, and a single call has one row: leave it out")
    one_thread = click.get_current_context().params.get("threads") == "1"
    if all(one.threads is None for one in cases) and not one_thread:
        _refuse(
            {"threads"},
            "no call that is measured starts threads, as far as the sources tell: leave it out; "
            "for threads of other crates say `threads` of a case in a file (--write-cases)",
        )


def _refuse(names: Iterable[str], why: str) -> None:
    given = given_options(names)
    if given:
        raise BindcheckError(f"{', '.join(given)}: {why}")


def given_options(names: Iterable[str]) -> list[str]:
    """The options among the parameters `names` that are on the command line."""
    context = click.get_current_context()
    wanted = set(names)
    return [
        max(one.opts, key=len)
        for one in context.command.params
        if one.name in wanted
        and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE
    ]
