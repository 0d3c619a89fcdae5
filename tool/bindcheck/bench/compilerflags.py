"""What reaches the compiler besides the manifest: flags and settings of the environment and files.

Cargo joins settings of files from the home folder down to the workspace. Which `cfg(..)` of a table
holds is left to cargo: all tables are told, so that two runs with the same text had the same flags.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bindcheck.crate.cargo_config import cargo_configs
from bindcheck.crate.tables import Table, TomlFile, read_toml, table, text, texts

_SETTINGS = ("CARGO_PROFILE_", "CARGO_BUILD_TARGET")
_KEY = "rustflags"


def compiler_flags(root: Path, environment: Mapping[str, str]) -> str:
    """Flags and settings for a build in the folder `root` of a crate, as one line.

    Flags of `RUSTFLAGS` replace all others. Then come those of `[build]`, and with their names
    those of `[target.X]`, the profiles of configuration files, and variables of cargo.
    """
    configs = _configs(root, environment)
    written = environment.get("CARGO_ENCODED_RUSTFLAGS", "").replace("\x1f", " ")
    written = written or environment.get("RUSTFLAGS", "")
    flags = [written] if written else [*_flags(configs, environment)]
    return " ".join([*flags, *_settings(configs, environment)])


def _configs(root: Path, environment: Mapping[str, str]) -> list[TomlFile]:
    """The files that cargo joins, the farthest first."""
    near = cargo_configs(root, Path(root.anchor))
    home = Path(environment.get("CARGO_HOME") or Path.home() / ".cargo")
    seen = {os.path.realpath(one.path) for one in near}
    names = (home / "config", home / "config.toml")
    path = next((one for one in names if one.is_file()), None)
    beyond = [] if path is None or os.path.realpath(path) in seen else [read_toml(path)]
    return [*beyond, *reversed(near)]


def _flags(configs: Sequence[TomlFile], environment: Mapping[str, str]) -> Iterator[str]:
    yield from (words for one in configs if (words := _words(table(one.data, "build"))))
    if environment.get("CARGO_BUILD_RUSTFLAGS"):
        yield environment["CARGO_BUILD_RUSTFLAGS"]
    for config in configs:
        for name in table(config.data, "target"):
            words = _words(table(config.data, "target", name))
            if words:
                yield f"[target.{name}] {words}"
    for name in sorted(environment):
        if name.startswith("CARGO_TARGET_") and name.endswith("_RUSTFLAGS"):
            yield f"{name}={environment[name]}"


def _words(found: Table) -> str:
    return text(found, _KEY) or " ".join(texts(found, _KEY))


def _settings(configs: Sequence[TomlFile], environment: Mapping[str, str]) -> Iterator[str]:
    for config in configs:
        profiles = table(config.data, "profile")
        if profiles:
            yield f"[profile] {json.dumps(profiles, sort_keys=True, default=str)}"
        target = table(config.data, "build").get("target")
        if target:
            yield f"build.target={target}"
    for name in sorted(environment):
        if name.startswith(_SETTINGS) and name != "CARGO_BUILD_TARGET_DIR":
            yield f"{name}={environment[name]}"
