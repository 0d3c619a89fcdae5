"""The command line. A command is imported only when it runs."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from bindcheck import __version__
from bindcheck.cli.signals import status_of, told_of
from bindcheck.errors import BindcheckError

_COMMANDS = {
    "audit": ("Compare bindings with the reference pattern.", "bindcheck.cli.audit"),
    "baseline": ("Record today's findings; report only new ones.", "bindcheck.cli.baseline"),
    "bench": ("Measure what a binding costs over the native call.", "bindcheck.cli.bench"),
    "explain": ("Explain a rule: what, why, example, instead.", "bindcheck.cli.explain"),
    "fix": ("Apply the fixes of findings, or show them as a patch.", "bindcheck.cli.fix"),
    "generate": ("Write the binding code that is missing.", "bindcheck.cli.generate"),
    "init": ("Write a configuration with every key explained.", "bindcheck.cli.init"),
    "rules": ("List the rules.", "bindcheck.cli.rules"),
    "tune": ("Find the size from which on threads pay.", "bindcheck.cli.tune"),
}


class _LazyGroup(click.Group):
    """Lists all commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name][1]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in sorted(_COMMANDS.items())])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bindcheck")
def cli() -> None:
    """Check, generate and test the Python bindings of PyO3 + NumPy crates."""


def main(args: list[str] | None = None) -> int:
    """Run the command line; the return value is the exit status."""
    _write_anything()
    try:
        status: Any = cli.main(args=args, prog_name="bindcheck", standalone_mode=False)
    except BindcheckError as error:
        click.echo(f"bindcheck: error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort as abort:
        cause = abort.__cause__
        return _interrupted(cause if isinstance(cause, KeyboardInterrupt) else KeyboardInterrupt())
    except KeyboardInterrupt as end:
        return _interrupted(end)
    except BrokenPipeError:
        _silence_stdout()
        return 141
    except OSError as error:
        place = "stdout" if error.filename is None else error.filename
        click.echo(f"bindcheck: error: {place}: {error.strerror or error}", err=True)
        _silence_stdout()
        return 2
    return status if isinstance(status, int) else 0


def _interrupted(end: KeyboardInterrupt) -> int:
    click.echo(f"bindcheck: {told_of(end)}", err=True)
    return status_of(end)


def _write_anything() -> None:
    """A terminal that lacks a character gets an escape for it, not a traceback."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for the whole run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Nobody reads any more (`| head`): the interpreter must not complain about it at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
