"""What a crate is, as far as its manifests tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.fact import fact

_NUMBERS = re.compile(r"\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_COMPARATOR = re.compile(r"\s*(\^|~|=|>=|>|<=|<)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release; what follows the patch number is left out."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """`0.25`, `0.25.1`, `0.25.1-beta.2`; None for anything else."""
        match = _NUMBERS.match(text)
        return None if match is None else cls(int(match[1]), int(match[2] or 0), int(match[3] or 0))

    @classmethod
    def floor(cls, requirement: str) -> Version | None:
        """Lowest version that a Cargo requirement admits; None when it has no lower bound."""
        bounds = [_lower_bound(part) for part in requirement.split(",")]
        return max((bound for bound in bounds if bound is not None), default=None)

    @classmethod
    def ceiling(cls, requirement: str) -> Version | None:
        """Lowest version above all that a Cargo requirement admits; None without upper bound."""
        bounds = [_upper_bound(part) for part in requirement.split(",")]
        return min((bound for bound in bounds if bound is not None), default=None)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def _lower_bound(comparator: str) -> Version | None:
    match = _COMPARATOR.match(comparator)
    if match is None or match[1] in ("<", "<="):
        return None
    numbers = [int(part) for part in match.group(2, 3, 4) if part is not None]
    if match[1] == ">":
        numbers[-1] += 1
    major, minor, patch = (*numbers, 0, 0)[:3]
    return Version(major, minor, patch)


def _upper_bound(comparator: str) -> Version | None:
    match = _COMPARATOR.match(comparator)
    if match is None or match[1] in (">", ">="):
        return None
    numbers = [int(part) for part in match.group(2, 3, 4) if part is not None]
    if match[1] == "<":
        return Version(*(*numbers, 0, 0)[:3])
    if match[1] in ("=", "<="):
        return _next(numbers, len(numbers) - 1)
    if match[1] == "~" or "*" in comparator:
        return _next(numbers, min(1, len(numbers) - 1))
    significant = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return _next(numbers, significant)


def _next(numbers: list[int], at: int) -> Version:
    """The version with the number at a position raised by one, the rest 0."""
    major, minor, patch = (*numbers[:at], numbers[at] + 1, 0, 0)[:3]
    return Version(major, minor, patch)


@fact
class ManifestPlace:
    """A range on one line of a TOML file: 1-based line and columns, the end exclusive."""

    path: Path
    line: int
    column: int
    end_column: int


@fact
class Dependency:
    """A normal dependency.

    `name` is the package, `key` what the manifest and the code call it. `source` tells where
    `version` comes from: `lock`, `floor` (of `requirement`) or `unknown`. `path` is the root of
    the crate it names by path; `line` is the line in the crate's own manifest, `declared` the place
    that sets the requirement, which is in the workspace's manifest when it is inherited.
    """

    name: str
    version: Version | None = None
    source: str = "unknown"
    requirement: str = ""
    line: int | None = None
    key: str = ""
    optional: bool = False
    features: frozenset[str] = frozenset()
    default_features: bool = True
    path: Path | None = None
    declared: ManifestPlace | None = None

    @property
    def code_name(self) -> str:
        """The name in Rust paths, unless the dependency's own `[lib] name` differs."""
        return (self.key or self.name).replace("-", "_")


@fact
class Maturin:
    """`[tool.maturin]` of the pyproject.toml that builds the crate.

    `profile` builds wheels, `editable_profile` what `maturin develop` installs.
    """

    module_name: str | None
    features: tuple[str, ...]
    python_source: Path | None
    manifest_path: Path | None
    pyproject: Path
    default_features: bool = True
    all_features: bool = False
    profile: str = "release"
    editable_profile: str = "dev"


@fact
class Profile:
    """A build profile. `panic` is `unwind` or `abort` after inheritance, like `overflow_checks`.

    `line` is that of the `panic` key that decides, in `.cargo/config.toml` or the workspace's
    manifest; `place` is the same as a range.
    """

    name: str
    inherits: str | None = None
    panic: str = "unwind"
    line: int | None = None
    place: ManifestPlace | None = None
    overflow_checks: bool = False


@fact
class PanicFlag:
    """`-C panic=..` in `.cargo/config.toml`; `target` is a triple or `cfg(..)`, empty for all."""

    panic: str
    target: str
    place: ManifestPlace


@fact
class Crate:
    """One Cargo package.

    `lib_path` is the root of its module tree (`src/main.rs` when there is no library). `features`
    is the whole table, implicit features of optional dependencies included; `active_features` are
    those of the audited configuration. `module_name` is what Python imports. `profiles` are those
    of the workspace, the built-in `dev` and `release` always among them. `path_dependencies` maps
    names in Rust paths to crate roots; `dependency_crate` reads one. `feature_places` has the lines
    of the declared features, `rust_version` the oldest compiler that the package says it needs,
    `release` its own version. `cargo_configs` are the files `.cargo/config.toml` of the repository
    that a build reads. `builder` is the member of the workspace that builds the extension module of
    a crate that builds none itself; `other_builders` are the names of further ones.
    `outer_features` are those of dependencies that the audited configuration asks for by name, as
    `pyo3/abi3-py39`.
    """

    root: Path
    manifest: Path
    name: str
    lib_path: Path | None = None
    lib_name: str = ""
    edition: str = "2021"
    pyo3: Dependency | None = None
    numpy: Dependency | None = None
    features: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active_features: frozenset[str] = frozenset()
    module_name: str = ""
    maturin: Maturin | None = None
    workspace_root: Path | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    crate_types: tuple[str, ...] = ("lib",)
    path_dependencies: Mapping[str, Path] = field(default_factory=dict)
    git_root: Path | None = None
    dependencies: tuple[Dependency, ...] = ()
    feature_places: Mapping[str, ManifestPlace] = field(default_factory=dict)
    rust_version: Version | None = None
    release: str = ""
    cargo_configs: tuple[Path, ...] = ()
    panic_flags: tuple[PanicFlag, ...] = ()
    builder: Crate | None = None
    other_builders: tuple[str, ...] = ()
    outer_features: tuple[str, ...] = ()

    @property
    def builds_extension(self) -> bool:
        """Whether it makes an extension module itself."""
        return "cdylib" in self.crate_types or self.maturin is not None

    @property
    def extension(self) -> Crate:
        """The crate that Python knows the module of this one by."""
        return self if self.builder is None else self.builder

    @property
    def manifests(self) -> tuple[Path, ...]:
        """The files that say how the crate is built."""
        return tuple(dict.fromkeys((self.manifest, self.profiles_manifest, *self.cargo_configs)))

    @property
    def profiles_manifest(self) -> Path:
        """The manifest whose profiles count: that of the workspace root."""
        return self.workspace_root / "Cargo.toml" if self.workspace_root else self.manifest

    @property
    def wheel_checks_overflow(self) -> bool:
        """Whether arithmetic that overflows panics in a wheel as well."""
        wheel = self.building_profiles[:1]
        return any(one.overflow_checks for one in wheel)

    @property
    def building_profiles(self) -> tuple[Profile, ...]:
        """Profiles that build the extension: that of wheels first, then that of editable installs.

        Other build tools than maturin build with `release`.
        """
        named = (self.maturin.profile, self.maturin.editable_profile) if self.maturin else ()
        names = dict.fromkeys(named or ("release",))
        return tuple(self.profiles[name] for name in names if name in self.profiles)

    def dependency(self, name: str) -> Dependency | None:
        """The dependency on the package `name`."""
        return next((one for one in self.dependencies if one.name == name), None)
