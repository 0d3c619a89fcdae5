"""Which crates a command line is about: paths may lead into several of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path

from bindcheck.config import Options, resolve
from bindcheck.crate import Crate, find_crate, read_crate
from bindcheck.errors import BindcheckError, NoSingleCrateError
from bindcheck.fact import fact, record


@fact
class Target:
    """A crate (None: files outside any crate) and the paths of it that were named, if any were."""

    crate: Crate | None
    paths: tuple[Path, ...] | None

    @property
    def start(self) -> Path:
        """Where the configuration is looked for, from there upwards."""
        if self.crate is not None:
            return self.crate.root
        return self.paths[0] if self.paths else Path()

    def applied_to(self, options: Options) -> Options:
        """The options of a run over this crate alone."""
        return replace(options, paths=self.paths)


@fact
class Targets:
    """The crates of a run, and what is wrong with others: each error names its file."""

    crates: tuple[Target, ...]
    errors: tuple[BindcheckError, ...] = ()


def find_targets(options: Options) -> Targets:
    """The crates of the paths, typed or configured, in the order of the paths.

    Without any crate the first error is raised.
    """
    start = options.paths[0] if options.paths else Path()
    if options.manifest_path is not None:
        return Targets((Target(find_crate(start, options.manifest_path), options.paths),))
    if options.paths is not None:
        return _Groups().of(options.paths)
    crate = find_crate(start)
    config = resolve(options, crate.root if crate else start)
    if config.path is None or config.paths == (Path(),):
        return Targets((Target(crate, None),))
    return _Groups().of(config.paths)


@record
class _Groups:
    """Crates by root with the paths in each."""

    crates: dict[Path | None, Crate | None] = field(default_factory=dict)
    paths: dict[Path | None, list[Path]] = field(default_factory=dict)
    by_folder: dict[Path, Crate | BindcheckError | None] = field(default_factory=dict)
    errors: dict[str, BindcheckError] = field(default_factory=dict)

    def of(self, paths: Sequence[Path]) -> Targets:
        there = [path for path in paths if os.path.lexists(path)]
        for path in there or paths[:1]:
            crate = self._crate(path)
            if isinstance(crate, BindcheckError):
                self.errors.setdefault(str(crate), crate)
            else:
                self._add(crate, path)
        errors = tuple(self.errors.values())
        if not self.paths:
            raise errors[0]
        for crate in list(self.crates.values()):
            self._move_to_binding(crate)
        # A path that is not there belongs to no crate; whoever looks for it says so.
        first = next(iter(self.paths.values()))
        first += [path for path in paths if path not in there and path not in first]
        targets = (Target(self.crates[root], tuple(held)) for root, held in self.paths.items())
        return Targets(tuple(targets), errors)

    def _add(self, crate: Crate | None, path: Path) -> None:
        root = None if crate is None else crate.root
        self.crates.setdefault(root, crate)
        self.paths.setdefault(root, []).append(path)

    def _crate(self, path: Path) -> Crate | BindcheckError | None:
        """The crate of a path; files of one folder are in one crate, if no link leads elsewhere."""
        key = path if os.path.isdir(path) or os.path.islink(path) else path.parent
        if key not in self.by_folder:
            try:
                self.by_folder[key] = find_crate(path)
            except NoSingleCrateError as error:
                # A file beside the members of a workspace is in none of them.
                self.by_folder[key] = error if os.path.isdir(path) else None
            except BindcheckError as error:
                self.by_folder[key] = error
        return self.by_folder[key]

    def _move_to_binding(self, crate: Crate | None) -> None:
        """The paths of a crate without bindings are read through the one that is built from it."""
        bound = None if crate is None or crate.pyo3 is not None else self._binding(crate)
        if crate is not None and bound is not None:
            for path in self.paths.pop(crate.root):
                self._add(bound, path)

    def _binding(self, crate: Crate) -> Crate | None:
        """The crate with bindings that is built from a crate without: it is read through that."""
        near = [other for other in self.crates.values() if other is not None]
        return next((one for one in (*near, *_bound(crate)) if _builds_on(one, crate)), None)


def _bound(crate: Crate) -> tuple[Crate, ...]:
    """The one member with bindings of the workspace of a crate, if there is one."""
    if crate.workspace_root is None:
        return ()
    try:
        found = find_crate(crate.workspace_root)
    except NoSingleCrateError:
        return ()
    return () if found is None else (found,)


def _builds_on(crate: Crate, other: Crate) -> bool:
    """Whether a crate with bindings depends on another one by path, be it through a third."""
    if crate.pyo3 is None:
        return False
    seen: set[Path] = set()
    queue = list(crate.path_dependencies.values())
    while queue:
        root = queue.pop()
        if root in seen:
            continue
        seen.add(root)
        if root == other.root:
            return True
        try:
            queue += read_crate(root / "Cargo.toml").path_dependencies.values()
        except BindcheckError:
            # Whoever reads that crate says what is wrong with it.
            continue
    return False


# --- crates below a folder -----------------------------------------------------------------------


def manifests_below(folder: Path, beside: str = "") -> Iterator[Path]:
    """The Cargo.toml files at and below a folder, in path order; those beside a file `beside`.

    Build output, hidden folders and what package managers install are left out.
    """
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _may_hold_crates(place, name))
        if "Cargo.toml" in files and os.path.exists(os.path.join(place, beside)):
            yield Path(place, "Cargo.toml")


def _may_hold_crates(place: str, name: str) -> bool:
    if name.startswith(".") or name in ("node_modules", "site-packages"):
        return False
    if name == "bindcheck" and os.path.basename(place) == "target":
        # Copies of crates, to build. Only a folder that cargo has made is marked.
        return False
    return not (name == "target" and os.path.isfile(os.path.join(place, name, "CACHEDIR.TAG")))
