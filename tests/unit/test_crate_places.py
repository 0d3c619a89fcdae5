"""Where manifests say what: places of keys, profiles that build, bounds of requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.crate import Crate, ManifestPlace, Version, find_crate
from bindcheck.errors import BindcheckError


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def package(name: str, rest: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{rest}'


def found(path: Path) -> Crate:
    crate = find_crate(path)
    assert crate is not None
    return crate


def test_a_profile_tells_the_place_of_the_key_that_decides(tmp_path: Path) -> None:
    profile = '[profile.release]\nlto = true\n  panic = "abort" # smaller\n'
    write(tmp_path, {"Cargo.toml": package("a", profile)})
    place = found(tmp_path).profiles["release"].place
    assert place == ManifestPlace(tmp_path / "Cargo.toml", 7, 3, 18)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ('features = ["x"]', ["release", "dev"]),
        ('profile = "dist"', ["dist"]),
        ('profile = "dist"\neditable-profile = "dev"', ["dist", "dev"]),
        ('editable-profile = "release"', ["release"]),
        ('profile = "unknown"', []),
    ],
)
def test_maturin_says_which_profiles_build_the_extension(
    tmp_path: Path, settings: str, names: list[str]
) -> None:
    write(tmp_path, {"Cargo.toml": package("a", '[profile.dist]\ninherits = "release"\n')})
    write(tmp_path, {"pyproject.toml": f"[tool.maturin]\n{settings}\n"})
    assert [one.name for one in found(tmp_path).building_profiles] == names


def test_other_build_tools_build_with_the_release_profile(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a")})
    assert [one.name for one in found(tmp_path).building_profiles] == ["release"]


def test_a_dependency_is_declared_where_its_requirement_stands(tmp_path: Path) -> None:
    workspace = '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\npyo3 = "0.25"\n'
    member = package("a", '[dependencies]\npyo3.workspace = true\nnumpy = "0.25"\n')
    write(tmp_path, {"Cargo.toml": workspace, "a/Cargo.toml": member})
    crate = found(tmp_path / "a")
    assert crate.pyo3 is not None
    assert crate.pyo3.declared == ManifestPlace(tmp_path / "Cargo.toml", 4, 1, 14)
    assert crate.pyo3.line == 6
    assert crate.numpy is not None
    assert crate.numpy.declared == ManifestPlace(tmp_path / "a/Cargo.toml", 7, 1, 15)


def test_a_dependency_in_a_table_is_declared_at_its_header(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", '[dependencies.pyo3]\nversion = "0.25"\n')})
    crate = found(tmp_path)
    assert crate.pyo3 is not None
    assert crate.pyo3.declared == ManifestPlace(tmp_path / "Cargo.toml", 5, 1, 20)


def test_the_oldest_compiler_may_come_from_the_workspace(tmp_path: Path) -> None:
    workspace = '[workspace]\nmembers = ["a", "b"]\n[workspace.package]\nrust-version = "1.80"\n'
    write(tmp_path, {"Cargo.toml": workspace, "b/Cargo.toml": package("b")})
    write(tmp_path, {"a/Cargo.toml": package("a", "rust-version.workspace = true\n")})
    assert found(tmp_path / "a").rust_version == Version(1, 80, 0)
    assert found(tmp_path / "b").rust_version is None


def test_declared_features_know_their_lines(tmp_path: Path) -> None:
    features = '[features]\ndefault = ["wide"]\nwide = []\n'
    write(tmp_path, {"Cargo.toml": package("a", features)})
    places = found(tmp_path).feature_places
    assert {name: one.line for name, one in places.items()} == {"default": 6, "wide": 7}


@pytest.mark.parametrize(
    ("requirement", "above"),
    [
        ("0.25", (0, 26, 0)),
        ("0.25.1", (0, 26, 0)),
        ("^0.25.1", (0, 26, 0)),
        ("^0.0.3", (0, 0, 4)),
        ("0", (1, 0, 0)),
        ("1.2", (2, 0, 0)),
        ("~0.25.1", (0, 26, 0)),
        ("~1", (2, 0, 0)),
        ("=0.25.1", (0, 25, 2)),
        ("=0.25", (0, 26, 0)),
        ("0.25.*", (0, 26, 0)),
        (">=0.23, <0.26", (0, 26, 0)),
        (">=0.23, <=0.26", (0, 27, 0)),
        (">=0.23, <=0.26.1", (0, 26, 2)),
        (">=0.23", None),
        ("*", None),
    ],
)
def test_what_a_requirement_no_longer_admits(
    requirement: str, above: tuple[int, int, int] | None
) -> None:
    assert Version.ceiling(requirement) == (Version(*above) if above else None)


@pytest.mark.parametrize(
    ("workspace", "message"),
    [
        ("", "`pyo3` is inherited from a workspace, but there is none above"),
        (
            '[workspace]\nmembers = ["a"]\n',
            "`pyo3` is inherited, but `[workspace.dependencies]` does not have it",
        ),
    ],
)
def test_pyo3_inherited_from_nowhere_is_an_error_with_its_line(
    tmp_path: Path, workspace: str, message: str
) -> None:
    member = package("a", "[dependencies]\npyo3 = { workspace = true }\n")
    write(tmp_path, {"a/Cargo.toml": member})
    if workspace:
        write(tmp_path, {"Cargo.toml": workspace})
    with pytest.raises(BindcheckError) as error:
        find_crate(tmp_path / "a")
    line = member.splitlines().index("pyo3 = { workspace = true }") + 1
    assert f"{error.value}" == f"{tmp_path / 'a/Cargo.toml'}:{line}: {message}"
