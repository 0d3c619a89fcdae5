"""Options and the nearest configuration file to a Config."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from os.path import abspath, exists, isdir, isfile
from pathlib import Path

from bindcheck.config.globs import Glob
from bindcheck.config.section import SEVERITIES, Section, code_complaint
from bindcheck.config.types import Config, Options
from bindcheck.crate import Version, read_toml
from bindcheck.errors import ConfigError

STYLES = ("strict", "reference")
DEFAULTS = ("params", "none")

_KEYS = (
    "paths",
    "reference",
    "select",
    "ignore",
    "severity",
    "per-file-ignores",
    "features",
    "target-pyo3",
    "templates",
    "style",
    "defaults",
    "python-module",
    "exclude",
    "fail-on",
)


def resolve(options: Options, start: Path, known_codes: Collection[str] | None = None) -> Config:
    """The configuration for the crate at `start`.

    `known_codes` are the codes that rules have; without them codes are checked as to form only.
    """
    _check_options(options, known_codes)
    section = _section(options, start)
    if section is None:
        config = Config(root=Path(abspath(start)))
    else:
        section.only(_KEYS)
        config = _from_file(section, known_codes)
    return _overridden(config, options)


def find_config(start: Path) -> Path | None:
    """The nearest configuration file at or above `start`, not looking beyond the repository."""
    section = _nearest(Path(abspath(start)))
    return None if section is None else section.file.path


def _section(options: Options, start: Path) -> Section | None:
    if options.config_file is None:
        return _nearest(Path(abspath(start)))
    path = Path(abspath(options.config_file))
    if not isfile(path):
        raise ConfigError("no such configuration file", options.config_file)
    found = _in_file(path)
    if found is None:
        raise ConfigError("has no [tool.bindcheck]", options.config_file)
    return found


def _nearest(start: Path) -> Section | None:
    for directory in (start, *start.parents):
        for name in ("bindcheck.toml", "pyproject.toml"):
            path = directory / name
            found = _in_file(path) if isfile(path) else None
            if found is not None:
                return found
        if exists(directory / ".git"):
            return None
    return None


def _in_file(path: Path) -> Section | None:
    file = read_toml(path)
    if path.name != "pyproject.toml":
        return Section(file, ())
    tool = file.data.get("tool")
    if not isinstance(tool, dict) or "bindcheck" not in tool:
        return None
    if not isinstance(tool["bindcheck"], dict):
        raise ConfigError("tool.bindcheck must be a table", path, file.line("tool", "bindcheck"))
    return Section(file, ("tool", "bindcheck"))


def _from_file(section: Section, known: Collection[str] | None) -> Config:
    root = section.file.path.parent
    per_file = section.code_table("per-file-ignores", known)
    paths = section.strings("paths")
    return Config(
        root=root,
        path=section.file.path,
        paths=(Path(),) if paths is None else tuple(root / one for one in paths),
        reference=section.string("reference"),
        select=section.codes("select", known) or (),
        ignore=section.codes("ignore", known) or (),
        severity=section.severities("severity", known),
        per_file_ignores=tuple((Glob(root, glob), codes) for glob, codes in per_file.items()),
        features=section.strings("features"),
        features_line=section.line("features"),
        target_pyo3=section.version("target-pyo3"),
        templates=section.folder("templates"),
        style=section.choice("style", STYLES),
        defaults=section.choice("defaults", DEFAULTS),
        python_module=section.module("python-module"),
        exclude=tuple(Glob(root, glob) for glob in section.strings("exclude") or ()),
        fail_on=section.choice("fail-on", SEVERITIES) or "warning",
    )


def _overridden(config: Config, options: Options) -> Config:
    here = Path.cwd()
    exclude, target, features = options.exclude, options.target_pyo3, options.features
    return dataclasses.replace(
        config,
        paths=config.paths if options.paths is None else options.paths,
        reference=options.reference or config.reference,
        select=config.select if options.select is None else options.select,
        ignore=config.ignore if options.ignore is None else options.ignore,
        features=config.features if features is None else features,
        features_line=config.features_line if features is None else None,
        target_pyo3=config.target_pyo3 if target is None else Version.parse(target),
        templates=options.templates or config.templates,
        style=options.style or config.style,
        defaults=options.defaults or config.defaults,
        python_module=options.python_module or config.python_module,
        exclude=config.exclude if exclude is None else tuple(Glob(here, one) for one in exclude),
        fail_on=options.fail_on or config.fail_on,
    )


def _check_options(options: Options, known: Collection[str] | None) -> None:
    for name, codes in (("--select", options.select), ("--ignore", options.ignore)):
        complaint = code_complaint(codes or (), known)
        if complaint is not None:
            raise ConfigError(f"{name}: {complaint}")
    for name, value, allowed in (
        ("--style", options.style, STYLES),
        ("--defaults", options.defaults, DEFAULTS),
        ("--fail-on", options.fail_on, SEVERITIES),
    ):
        if value is not None and value not in allowed:
            raise ConfigError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
    if options.target_pyo3 is not None and Version.parse(options.target_pyo3) is None:
        raise ConfigError(f"--target-pyo3 must be a version, not {options.target_pyo3!r}")
    if options.templates is not None and not isdir(options.templates):
        raise ConfigError("--templates: no such folder", options.templates)
