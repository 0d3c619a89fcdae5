"""Cargo.toml, Cargo.lock and pyproject.toml: what a crate is and how it is built."""

from bindcheck.crate.configuration import Configuration, host_target
from bindcheck.crate.features import with_features
from bindcheck.crate.find import crate_from, dependency_crate, find_crate, path_crates, read_crate
from bindcheck.crate.tables import TomlFile, parse_toml, read_toml
from bindcheck.crate.types import (
    Crate,
    Dependency,
    ManifestPlace,
    Maturin,
    PanicFlag,
    Profile,
    Version,
)

__all__ = [
    "Configuration",
    "Crate",
    "Dependency",
    "ManifestPlace",
    "Maturin",
    "PanicFlag",
    "Profile",
    "TomlFile",
    "Version",
    "crate_from",
    "dependency_crate",
    "find_crate",
    "host_target",
    "parse_toml",
    "path_crates",
    "read_crate",
    "read_toml",
    "with_features",
]
