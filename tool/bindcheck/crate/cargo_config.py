"""`.cargo/config.toml`: settings that Cargo takes besides the manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from os.path import isfile
from pathlib import Path

from bindcheck.crate.tables import TomlFile, read_toml, table
from bindcheck.crate.types import PanicFlag

_NAMES = ("config", "config.toml")
_PANIC = re.compile(r"(?:-C\s*|--codegen[= ])panic=(abort|unwind)")
_NOT_PYTHON = re.compile(r"wasm32-unknown-unknown|wasi|-none(?:-|$)")
"""Targets for which nobody builds an extension."""


def cargo_configs(start: Path, top: Path) -> tuple[TomlFile, ...]:
    """The configuration files for a build in `start`, the nearest first, up to the folder `top`.

    Of two in one folder Cargo reads the one without an extension. Those of the home folder and of
    the environment belong to a machine, not to the crate.
    """
    found = []
    for folder in (start, *start.parents):
        named = (folder / ".cargo" / name for name in _NAMES)
        path = next((one for one in named if isfile(one)), None)
        if path is not None:
            found.append(read_toml(path))
        if folder == top or not folder.is_relative_to(top):
            break
    return tuple(found)


def panic_flags(configs: Sequence[TomlFile]) -> tuple[PanicFlag, ...]:
    """`-C panic=..` among the flags for the compiler, one for each table that has any.

    Flags for a target replace those of `[build]` for it. Cargo joins those of one table in several
    files, the nearest last, and the last flag decides. `[env]` does not count: Cargo sets that for
    the programs it starts, and reads the flags before.
    """
    decided: dict[str, PanicFlag] = {}
    for config in reversed(configs):
        for target, keys in _tables(config):
            flag = _PANIC.findall(_flags(config, keys))
            place = config.place(*keys) if flag else None
            if place is not None:
                decided[target] = PanicFlag(flag[-1], target, place)
    return tuple(decided.values())


def _tables(config: TomlFile) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "", ("build", "rustflags")
    for target in table(config.data, "target"):
        if not _NOT_PYTHON.search(target):
            yield target, ("target", target, "rustflags")


def _flags(config: TomlFile, keys: tuple[str, ...]) -> str:
    value = table(config.data, *keys[:-1]).get(keys[-1])
    if isinstance(value, str):
        return value
    return " ".join(str(one) for one in value) if isinstance(value, list) else ""
