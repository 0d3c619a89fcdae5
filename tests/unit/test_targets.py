"""Which crates the paths of a command line belong to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.errors import BindcheckError, NoSingleCrateError
from bindcheck.targets import Targets, find_targets, manifests_below

PYO3 = '[dependencies]\npyo3 = "0.30"\n'


def package(name: str, more: str = PYO3) -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\n{more}'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def targets(*paths: str, manifest: str | None = None) -> Targets:
    chosen = None if manifest is None else Path(manifest)
    return find_targets(Options(paths=tuple(map(Path, paths)) or None, manifest_path=chosen))


def named(found: Targets) -> list[tuple[str, list[str]]]:
    return [
        (one.crate.name if one.crate else "", [str(path) for path in one.paths or ()])
        for one in found.crates
    ]


def test_paths_are_grouped_by_crate_in_their_order(here: Path) -> None:
    make({f"{name}/Cargo.toml": package(name) for name in ("a", "b")})
    make({f"{name}/src/lib.rs": "" for name in ("a", "b")} | {"loose.rs": ""})
    found = targets("b/src", "a/src/lib.rs", "loose.rs", "b/src/lib.rs")
    assert named(found) == [
        ("b", ["b/src", "b/src/lib.rs"]),
        ("a", ["a/src/lib.rs"]),
        ("", ["loose.rs"]),
    ]


def test_without_paths_it_is_the_crate_around(here: Path) -> None:
    make({"Cargo.toml": package("a"), "src/lib.rs": ""})
    (only,) = targets().crates
    assert (only.crate.name if only.crate else None, only.paths) == ("a", None)


def test_configured_paths_may_lead_into_several_crates(here: Path) -> None:
    make({f"{name}/Cargo.toml": package(name) for name in ("a", "b")})
    make({"bindcheck.toml": 'paths = ["a", "b"]\n'})
    assert [name for name, _ in named(targets())] == ["a", "b"]


def test_a_named_manifest_takes_all_paths(here: Path) -> None:
    make({f"{name}/Cargo.toml": package(name) for name in ("a", "b")})
    found = targets("a", "b", manifest="a/Cargo.toml")
    assert named(found) == [("a", ["a", "b"])]


def test_a_path_that_is_not_there_makes_no_crate_of_its_own(here: Path) -> None:
    make({"a/Cargo.toml": package("a"), "a/src/lib.rs": ""})
    assert named(targets("gone.rs", "a/src")) == [("a", ["a/src", "gone.rs"])]
    assert named(targets("gone.rs")) == [("", ["gone.rs"])]


@pytest.mark.parametrize("path", ["core", "core/src/lib.rs", "deep/src"])
def test_a_crate_without_bindings_is_read_through_the_one_that_binds_it(
    here: Path, path: str
) -> None:
    core = '[dependencies]\ndeep = { path = "../deep" }\n'
    make(
        {
            "Cargo.toml": '[workspace]\nmembers = ["core", "deep", "py", "other"]\n',
            "core/Cargo.toml": package("core", core),
            "core/src/lib.rs": "",
            "deep/Cargo.toml": package("deep", ""),
            "deep/src/lib.rs": "",
            "other/Cargo.toml": package("other", ""),
            "other/src/lib.rs": "",
            "py/Cargo.toml": package("py", f'{PYO3}core = {{ path = "../core" }}\n'),
            "py/src/lib.rs": "",
        }
    )
    assert named(targets(path)) == [("py", [path])]
    assert named(targets(path, "other/src")) == [("other", ["other/src"]), ("py", [path])]
    assert named(targets(path, "py/src")) == [("py", ["py/src", path])]


@pytest.fixture
def two_bound(here: Path) -> Path:
    make({"Cargo.toml": '[workspace]\nmembers = ["a", "b"]\n', "notes.rs": "fn main() {}\n"})
    make({f"{name}/Cargo.toml": package(name) for name in ("a", "b")})
    make({f"{name}/src/lib.rs": "" for name in ("a", "b")})
    return here


def test_a_workspace_with_several_bound_members_has_to_be_told_which(two_bound: Path) -> None:
    with pytest.raises(NoSingleCrateError, match=r"a \(a/Cargo\.toml\), b \(b/Cargo\.toml\)"):
        targets(".")
    with pytest.raises(NoSingleCrateError, match="choose one with --manifest-path"):
        targets()
    assert named(targets(".", manifest="b/Cargo.toml")) == [("b", ["."])]


def test_a_file_beside_its_members_is_in_none_of_them(two_bound: Path) -> None:
    assert named(targets("notes.rs", "b/src/lib.rs")) == [
        ("", ["notes.rs"]),
        ("b", ["b/src/lib.rs"]),
    ]


def test_what_is_wrong_with_one_manifest_does_not_hide_the_others(here: Path) -> None:
    make({"a/Cargo.toml": package("a"), "a/lib.rs": "", "b/Cargo.toml": "[broken\n", "b/x.rs": ""})
    make({"b/y.rs": ""})
    found = targets("a/lib.rs", "b/x.rs", "b/y.rs")
    assert named(found) == [("a", ["a/lib.rs"])]
    (error,) = found.errors
    assert (error.path, error.line) == (here / "b/Cargo.toml", 1)
    with pytest.raises(BindcheckError, match=r"b/Cargo\.toml:1"):
        targets("b/x.rs")


def test_manifests_below_a_folder_leave_out_what_others_made(here: Path) -> None:
    places = ("b", "a", "a/deep", ".hidden", "a/target/package", "web/node_modules/x", "target")
    places += ("target/bindcheck/values/tree",)
    make({f"{place}/Cargo.toml": package("x") for place in places})
    make({"a/target/CACHEDIR.TAG": "", "a/.bindcheck/generated.json": "{}"})
    found = [path.relative_to(here).as_posix() for path in manifests_below(here)]
    assert found == ["a/Cargo.toml", "a/deep/Cargo.toml", "b/Cargo.toml", "target/Cargo.toml"]
    marked = manifests_below(here, ".bindcheck/generated.json")
    assert [path.relative_to(here).as_posix() for path in marked] == ["a/Cargo.toml"]
