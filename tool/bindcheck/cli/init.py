"""`bindcheck init`."""

from __future__ import annotations

from pathlib import Path

import click

from bindcheck.cli.common import PathType
from bindcheck.errors import BindcheckError


@click.command(name="init")
@click.argument("path", type=PathType(), default=".")
@click.option("--pyproject", is_flag=True, help="Add [tool.bindcheck] to pyproject.toml instead.")
def command(path: Path, pyproject: bool) -> int:
    """Write a bindcheck.toml for the crate at PATH, with every key explained and commented out."""
    from bindcheck.config import find_config, starter
    from bindcheck.crate import find_crate
    from bindcheck.discover import display
    from bindcheck.write import Change, appended, apply

    if not path.is_dir():
        raise BindcheckError("no such folder", path)
    crate = find_crate(path)
    root = path if crate is None else crate.root
    held = find_config(root)
    if held is not None:
        raise BindcheckError("is there already: nothing written", display(held))
    if pyproject:
        beside = root / "pyproject.toml"
        target = crate.maturin.pyproject if crate and crate.maturin else beside
        change = appended(target, starter("tool.bindcheck"))
    else:
        target = root / "bindcheck.toml"
        change = Change(target, None, starter().encode())
    apply([change])
    click.echo(f"{display(target)} written: every key with an example, commented out")
    return 0
