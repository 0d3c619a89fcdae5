"""The command line. A command is imported only when it runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from bindcheck import __version__
from bindcheck.errors import BindcheckError

_COMMANDS = {
    "audit": ("Compare bindings with the reference pattern.", "bindcheck.cli.audit"),
    "explain": ("Explain a rule: what, why, example, instead.", "bindcheck.cli.explain"),
    "generate": ("Write the binding code that is missing.", "bindcheck.cli.generate"),
    "rules": ("List the rules.", "bindcheck.cli.rules"),
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
    try:
        status: Any = cli.main(args=args, prog_name="bindcheck", standalone_mode=False)
    except BindcheckError as error:
        click.echo(f"bindcheck: error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("bindcheck: interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status if isinstance(status, int) else 0
