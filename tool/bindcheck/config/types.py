"""What was typed, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from bindcheck.config.codes import covers
from bindcheck.config.globs import Glob
from bindcheck.crate import Crate, Version, with_features
from bindcheck.fact import fact


@fact
class Options:
    """What a person typed on the command line; None: not given. Paths are as typed.

    `record` says that the run is about to write a baseline: there may be none yet.
    """

    paths: tuple[Path, ...] | None = None
    manifest_path: Path | None = None
    config_file: Path | None = None
    reference: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    target_pyo3: str | None = None
    templates: Path | None = None
    style: str | None = None
    defaults: str | None = None
    python_module: str | None = None
    exclude: tuple[str, ...] | None = None
    fail_on: str | None = None
    baseline: Path | None = None
    no_baseline: bool = False
    record: bool = False


@fact
class Config:
    """Resolved and complete.

    `path` is the file it was read from, if any; `root` the folder that its globs and paths are
    relative to. `names_baseline` says that the file names `baseline`, in line `baseline_line`.
    `features` is None when the crate's own choice holds; `select` is empty when the
    default selection holds. None of `reference`, `style`, `defaults`: chosen from the crate.
    """

    root: Path
    path: Path | None = None
    paths: tuple[Path, ...] = (Path(),)
    reference: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    per_file_ignores: tuple[tuple[Glob, tuple[str, ...]], ...] = ()
    features: tuple[str, ...] | None = None
    features_line: int | None = None
    target_pyo3: Version | None = None
    templates: Path | None = None
    style: str | None = None
    defaults: str | None = None
    python_module: str | None = None
    exclude: tuple[Glob, ...] = ()
    fail_on: str = "warning"
    baseline: Path | None = None
    baseline_line: int | None = None

    @property
    def names_baseline(self) -> bool:
        """Whether the configuration file names the baseline in use."""
        return self.baseline_line is not None

    def ignored_for_file(self, path: Path | str, code: str) -> str | None:
        """The pattern of `per-file-ignores` that switches `code` off for a file, if one does."""
        for glob, codes in self.per_file_ignores:
            if any(covers(one, code) for one in codes) and glob.matches(path):
                return glob.pattern
        return None

    def applied_to(self, crate: Crate) -> Crate:
        """`crate` under the module name and in the configuration that were asked for."""
        if self.python_module is not None:
            crate = replace(crate, module_name=self.python_module)
        if self.features is None:
            return crate
        place = self.path if self.features_line is not None else None
        return with_features(crate, self.features, place, self.features_line)
