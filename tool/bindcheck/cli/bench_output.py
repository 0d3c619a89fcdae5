"""What happens with a measured session: judged, written, compared.

`output_options` adds the options to a command; `finish` takes their values.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bindcheck.cli.common import PathType, emit

if TYPE_CHECKING:
    from bindcheck.bench.samples import Session

F = TypeVar("F", bound=Callable[..., Any])


def output_options(command: F) -> F:
    """`--output-format`, `--output-file`."""
    for option in reversed(
        (
            click.option("--output-format", type=click.Choice(("text", "json")), default="text"),
            click.option("--output-file", type=PathType(dir_okay=False)),
        )
    ):
        command = option(command)
    return command


def finish(session: Session, *, output_format: str, output_file: Path | None) -> int:
    """Judge a session and write it; the exit status."""
    from bindcheck.bench.document import to_json
    from bindcheck.bench.evaluate import evaluate

    outcome = evaluate(session)
    emit(to_json(outcome) if output_format == "json" else f"{outcome}\n", output_file)
    return 0
