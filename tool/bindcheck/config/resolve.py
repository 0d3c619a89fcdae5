"""Options and the nearest configuration file to a Config."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from os.path import abspath, exists, isdir, isfile
from pathlib import Path

from bindcheck.config.codes import code_complaint
from bindcheck.config.globs import Glob, glob_complaint
from bindcheck.config.section import SEVERITIES, Section
from bindcheck.config.types import Config, Options
from bindcheck.config.versions import version_complaint
from bindcheck.crate import Version, read_toml
from bindcheck.errors import ConfigError

DEFAULT_BASELINE = "bindcheck-baseline.json"
STYLES = ("strict", "reference")
DEFAULTS = ("params", "none")

KEYS = (
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
    "baseline",
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
        section.only(KEYS)
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
            if isdir(path):
                raise ConfigError("is a folder, not a configuration file", path)
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
    paths = section.strings("paths")
    return Config(
        root=root,
        path=section.file.path,
        paths=(Path(),) if paths is None else tuple(root / one for one in paths),
        reference=section.string("reference"),
        select=section.codes("select", known) or (),
        ignore=section.codes("ignore", known) or (),
        severity=section.severities("severity", known),
        per_file_ignores=section.glob_table("per-file-ignores", known),
        features=section.strings("features"),
        features_line=section.line("features"),
        target_pyo3=section.target("target-pyo3"),
        templates=section.folder("templates"),
        style=section.choice("style", STYLES),
        defaults=section.choice("defaults", DEFAULTS),
        python_module=section.module("python-module"),
        exclude=section.globs("exclude"),
        fail_on=section.choice("fail-on", SEVERITIES) or "warning",
        baseline=section.path("baseline"),
        baseline_line=section.line("baseline") if "baseline" in section.data else None,
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
        baseline=_baseline(config, options),
        baseline_line=None if options.baseline else config.baseline_line,
    )


def _baseline(config: Config, options: Options) -> Path | None:
    if options.no_baseline:
        return None
    chosen = options.baseline or config.baseline
    if chosen is None and options.record:
        return (config.root if isdir(config.root) else config.root.parent) / DEFAULT_BASELINE
    return chosen


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
    for name, complaint in _complaints(options):
        if complaint is not None:
            raise ConfigError(f"{name} {complaint}")
    if options.templates is not None and not isdir(options.templates):
        raise ConfigError("--templates: no such folder", options.templates)
    if options.baseline is not None and options.no_baseline:
        raise ConfigError("--baseline and --no-baseline exclude each other")


def _complaints(options: Options) -> Iterator[tuple[str, str | None]]:
    if options.target_pyo3 is not None:
        yield "--target-pyo3", version_complaint(options.target_pyo3)
    for pattern in options.exclude or ():
        yield "--exclude", glob_complaint(pattern)
