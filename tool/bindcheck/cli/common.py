"""Options that several commands share, and how results leave the program."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from bindcheck.errors import BindcheckError
from bindcheck.report.style import Style

F = TypeVar("F", bound=Callable[..., Any])


def crate_options(command: F) -> F:
    """`--manifest-path`, `--features`, `--config`."""
    for option in reversed(
        (
            click.option(
                "--manifest-path",
                type=click.Path(path_type=Path),
                help="Cargo.toml of the crate (default: found from PATH).",
            ),
            click.option(
                "--features",
                metavar="LIST",
                help="Cargo features to look at, comma separated (default: what maturin builds).",
            ),
            click.option(
                "--config",
                "config_file",
                type=click.Path(path_type=Path),
                help="bindcheck.toml or pyproject.toml to use instead of the nearest one.",
            ),
        )
    ):
        command = option(command)
    return command


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
