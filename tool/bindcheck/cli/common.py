"""Options that several commands share, and how results leave the program."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bindcheck.errors import BindcheckError
from bindcheck.findings import Severity

if TYPE_CHECKING:
    from bindcheck.cache import Cache
    from bindcheck.config import Options
    from bindcheck.report.style import Style
    from bindcheck.results import AuditReport

F = TypeVar("F", bound=Callable[..., Any])


class PathType(click.Path):
    """A path. The empty one would be the current folder, which nobody means by it."""

    def __init__(self, *, dir_okay: bool = True, file_okay: bool = True):
        super().__init__(path_type=Path, dir_okay=dir_okay, file_okay=file_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """`value` as a Path."""
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


def paths_argument(command: F) -> F:
    """`PATHS`."""
    return click.argument("paths", nargs=-1, type=PathType())(command)


def _with(command: F, *options: Callable[[F], F]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def crate_options(command: F) -> F:
    """`--manifest-path`, `--features`, `--config`."""
    return _with(
        command,
        click.option(
            "--manifest-path",
            type=PathType(),
            help="Cargo.toml of the crate (default: the nearest one above).",
        ),
        click.option(
            "--features",
            metavar="LIST",
            help="Cargo features to look at, comma separated (default: what maturin builds).",
        ),
        click.option(
            "--config",
            "config_file",
            type=PathType(),
            help="bindcheck.toml or pyproject.toml to use instead of the nearest one.",
        ),
    )


def selection_options(command: F) -> F:
    """`--select`, `--ignore`."""
    return _with(
        command,
        click.option(
            "--select", multiple=True, metavar="CODES", help="Only these codes or prefixes; ALL."
        ),
        click.option(
            "--ignore", multiple=True, metavar="CODES", help="Not these codes or prefixes."
        ),
    )


def baseline_option(command: F) -> F:
    """`--baseline`."""
    return click.option(
        "--baseline",
        type=PathType(dir_okay=False),
        help="Baseline to use instead of that of the configuration.",
    )(command)


def fail_on_options(command: F) -> F:
    """`--fail-on`, `--exit-zero`."""
    return _with(
        command,
        click.option(
            "--fail-on",
            type=click.Choice([severity.value for severity in Severity]),
            help="Lowest severity that makes the exit status 1 (default: warning).",
        ),
        click.option("--exit-zero", is_flag=True, help="Exit 0 in spite of findings."),
    )


def options_of(given: Mapping[str, Any], *, record: bool = False) -> Options:
    """What the options on this page, and others that an audit knows, say together."""
    from bindcheck.config import Options

    lists = {name: split_lists(given[name]) for name in ("select", "ignore") if name in given}
    changed = {
        "paths": given.get("paths") or None,
        "features": split_list(given["features"]),
        "record": record,
    }
    return Options(**{**given, **lists, **changed})


def color_option(command: F) -> F:
    """`--color auto|always|never`."""
    return click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        show_default=True,
        help="Colour on a terminal, always, or never; NO_COLOR is honoured.",
    )(command)


@contextmanager
def no_cycle_search() -> Iterator[None]:
    """Facts hold no cycles, and looking for some would take half of the time.

    What is alive at the end stays out of later searches, the one at exit included.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def user_cache(*, use: bool) -> Cache:
    """The user's cache of results; with `use` false one that keeps nothing."""
    from bindcheck.cache import Cache, user_folder

    return Cache(user_folder(os.environ) if use else None)


def split_list(text: str | None) -> tuple[str, ...] | None:
    """`a,b c` to a tuple; None stays None."""
    if text is None:
        return None
    return tuple(part for part in text.replace(",", " ").split() if part)


def split_lists(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Repeated and comma-separated values to one tuple; no value is None."""
    parts = tuple(part for text in texts for part in split_list(text) or ())
    return parts or None


def style_for(color: str) -> Style:
    """The look of stdout."""
    from bindcheck.report.style import Style

    encoding = (sys.stdout.encoding or "ascii").lower()
    refused = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    allowed = sys.stdout.isatty() and not refused
    return Style(
        color=color == "always" or (color == "auto" and allowed),
        unicode=encoding.startswith("utf"),
    )


def terminal_width() -> int:
    """Columns of the terminal; 100 in a pipe."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100


def emit(text: str, output_file: Path | None) -> None:
    """Write the result to a file, atomically, or to stdout."""
    if output_file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from bindcheck.write import write_text

    if not os.path.isdir(output_file.parent):
        raise BindcheckError("no such folder", output_file.parent)
    write_text(output_file, text)


def explain_problems(report: AuditReport) -> None:
    """One line on stderr for each file that could not be read or parsed."""
    for problem in report.skipped:
        place = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
        kind = "error" if problem.fatal else "warning"
        click.echo(f"bindcheck: {kind}: {place}: {problem.reason}", err=True)
    if not report.coverage.whole_crate:
        left = len(report.unanalysed)
        more = f" (not analysed: {left}, see the report)" if left else ""
        click.echo(
            f"bindcheck: nothing to look at: no indicator and no entry point found{more}", err=True
        )


def is_one_place() -> bool:
    """Whether stdout and stderr go to one terminal, pipe or file."""
    try:
        return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except (OSError, ValueError):
        return False
