"""What a run is about, before anything is understood of it: crates, configuration, bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bindcheck.baseline import Baseline
from bindcheck.config import Config, Options, resolve
from bindcheck.crate import Crate
from bindcheck.discover import Discovery, discover
from bindcheck.errors import BindcheckError, ConfigError
from bindcheck.fact import fact
from bindcheck.targets import Target, find_targets

Step = Callable[[str, int, int], None]
"""Is told what begins, and how much of how much is done (0 of 0: not known)."""


def no_step(what: str, done: int, total: int) -> None:
    """Tell nobody."""
    del what, done, total


@fact
class Prepared:
    """A crate (None: files outside any crate) with its configuration and its sources."""

    target: Target
    crate: Crate | None
    config: Config
    found: Discovery
    baseline: Baseline | None = None


@fact
class Plan:
    """The crates of a run in the order of the paths, and what is wrong with others."""

    crates: tuple[Prepared, ...]
    errors: tuple[BindcheckError, ...] = ()


def prepare_all(
    options: Options, step: Step = no_step, known_codes: frozenset[str] | None = None
) -> Plan:
    """Read what the paths of a command line are about.

    What is wrong with the manifest or configuration of one crate of several is an error beside the
    others; with none left, the first is raised.
    """
    targets = find_targets(options)
    done: list[Prepared] = []
    errors = list(targets.errors)
    for target in targets.crates:
        try:
            done.append(prepare(target, options, step, known_codes=known_codes))
        except BindcheckError as error:
            if error.path is None:
                raise
            errors.append(error)
    if not done:
        raise errors[0]
    return Plan(tuple(done), tuple(errors))


def prepare(
    target: Target,
    options: Options,
    step: Step = no_step,
    *,
    whole_crate: bool = False,
    known_codes: frozenset[str] | None = None,
) -> Prepared:
    """Resolve the configuration of a crate and read its sources.

    `known_codes` are the codes that rules have; without them codes are checked as to form only.
    """
    crate = target.crate
    config = resolve(target.applied_to(options), target.start, known_codes)
    baseline = _read_baseline(config, missing_ok=options.record)
    paths = (crate.root,) if whole_crate and crate else _paths(config, options, crate)
    crate = config.applied_to(crate) if crate else None
    step("reading", 0, 0)
    return Prepared(target, crate, config, discover(crate, paths, config.exclude), baseline)


def _paths(config: Config, options: Options, crate: Crate | None) -> tuple[Path, ...]:
    """What to report: as typed or configured; without either, the crate that was named."""
    named_crate = options.manifest_path is not None and crate is not None
    if options.paths is None and named_crate and config.path is None:
        assert crate is not None
        return (crate.root,)
    return config.paths


def _read_baseline(config: Config, *, missing_ok: bool) -> Baseline | None:
    if config.baseline is None:
        return None
    if not missing_ok and config.names_baseline and not os.path.lexists(config.baseline):
        message = f"no such baseline: {config.baseline}; `bindcheck baseline write` records one"
        raise ConfigError(message, config.path, config.baseline_line)
    return Baseline.read(config.baseline, missing_ok=missing_ok)
