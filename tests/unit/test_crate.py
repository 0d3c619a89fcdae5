from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.crate import (
    Configuration,
    Crate,
    Version,
    dependency_crate,
    find_crate,
    host_target,
    path_crates,
    read_toml,
    with_features,
)
from bindcheck.crate.lock import Lock
from bindcheck.errors import BindcheckError, ConfigError
from bindcheck.model import Cfg


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def package(name: str, rest: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{rest}'


def found(path: Path, manifest: Path | None = None) -> Crate:
    crate = find_crate(path, manifest)
    assert crate is not None
    return crate


PYO3 = '[dependencies]\npyo3 = "0.25"\n'


# --- which manifest ----------------------------------------------------------------------------


def test_nearest_manifest_above_a_file_decides(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("outer"), "in/Cargo.toml": package("inner")})
    write(tmp_path, {"in/src/lib.rs": "", "in/src/a/b.rs": "", "src/lib.rs": ""})
    assert found(tmp_path / "in/src/a/b.rs").name == "inner"
    assert found(tmp_path / "src").name == "outer"


def test_loose_file_has_no_crate(tmp_path: Path) -> None:
    write(tmp_path, {"loose.rs": ""})
    assert find_crate(tmp_path / "loose.rs") is None


def test_missing_path_is_looked_up_from_its_nearest_folder(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("one")})
    assert found(tmp_path / "src/absent/x.rs").name == "one"


def test_manifest_path_wins_over_everything(tmp_path: Path) -> None:
    write(tmp_path, {"a/Cargo.toml": package("a"), "b/Cargo.toml": package("b")})
    assert found(tmp_path / "a", tmp_path / "b/Cargo.toml").name == "b"
    assert found(tmp_path / "a", tmp_path / "b").name == "b"


def test_absent_manifest_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match=r"Cargo\.toml: no such manifest"):
        find_crate(tmp_path, tmp_path / "Cargo.toml")


def test_maturin_manifest_path_wins_over_a_search(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[tool.maturin]\nmanifest-path = "rust/engine/Cargo.toml"\n',
            "rust/engine/Cargo.toml": package("engine", PYO3),
            "rust/engine/src/lib.rs": "",
        },
    )
    crate = found(tmp_path)
    assert (crate.name, crate.root) == ("engine", tmp_path / "rust/engine")
    assert crate.maturin is not None
    assert crate.maturin.pyproject == tmp_path / "pyproject.toml"


def test_maturin_manifest_path_leaves_unrelated_crates_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[tool.maturin]\nmanifest-path = "engine/Cargo.toml"\n',
            "engine/Cargo.toml": package("engine", PYO3 + 'core = { path = "../core" }\n'),
            "core/Cargo.toml": package("core"),
            "load/Cargo.toml": package("load"),
        },
    )
    assert found(tmp_path / "load").name == "load"
    assert found(tmp_path / "core").name == "engine"


def test_missing_maturin_manifest_path_names_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": '[tool.maturin]\n\nmanifest-path = "gone/Cargo.toml"\n'})
    with pytest.raises(BindcheckError, match=r"pyproject\.toml:3: manifest-path 'gone"):
        find_crate(tmp_path)


def test_maturin_settings_beyond_the_repository_do_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": '[tool.maturin]\nmanifest-path = "other/Cargo.toml"\n',
            "other/Cargo.toml": package("other"),
            "repo/.git/HEAD": "",
            "repo/Cargo.toml": package("mine"),
        },
    )
    assert found(tmp_path / "repo").name == "mine"
    assert found(tmp_path / "repo").git_root == tmp_path / "repo"


def test_virtual_workspace_means_its_one_member_with_pyo3(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["core", "bind/*"]\nexclude = ["bind/old"]\n',
            "core/Cargo.toml": package("core"),
            "bind/python/Cargo.toml": package("python", PYO3),
            "bind/old/Cargo.toml": package("old", PYO3),
        },
    )
    crate = found(tmp_path)
    assert (crate.name, crate.workspace_root) == ("python", tmp_path)


def test_virtual_workspace_with_several_bindings_lists_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["a", "b", "c"]\n',
            "a/Cargo.toml": package("one", PYO3),
            "b/Cargo.toml": package("two", PYO3),
            "c/Cargo.toml": package("three"),
        },
    )
    with pytest.raises(BindcheckError) as caught:
        find_crate(tmp_path)
    assert "one (a/Cargo.toml), two (b/Cargo.toml); choose one" in str(caught.value)
    assert "three" not in str(caught.value)
    assert (caught.value.exit_code, caught.value.line) == (2, 2)


def test_virtual_workspace_without_bindings_lists_its_members(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"Cargo.toml": '[workspace]\nmembers = ["a"]\n', "a/Cargo.toml": package("one")},
    )
    with pytest.raises(BindcheckError, match=r"no member .* depends on pyo3 \(one\)"):
        find_crate(tmp_path)


def test_root_package_without_pyo3_yields_to_the_only_binding_member(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": package("root", '[workspace]\nmembers = ["py"]\n'),
            "src/lib.rs": "",
            "py/Cargo.toml": package("py", PYO3),
        },
    )
    assert found(tmp_path).name == "py"
    assert found(tmp_path / "src").name == "root"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[package\n", r"Cargo\.toml:1: is not valid TOML"),
        ('[package]\nname = "a"\nname = "b"\n', r"Cargo\.toml:3: is not valid TOML"),
        ("[profile.dev]\n", r"neither \[package\] nor \[workspace\]"),
        ('[package]\nversion = "1.0.0"\n', r"Cargo\.toml:1: has no package name"),
        (package("a", '[lib]\npath = "gone.rs"\n'), r"Cargo\.toml:6: library source 'gone\.rs'"),
    ],
)
def test_broken_manifest_is_an_error_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    write(tmp_path, {"Cargo.toml": text})
    with pytest.raises(BindcheckError, match=message):
        find_crate(tmp_path)


def test_manifest_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_bytes(b'[package]\nname = "\xff"\n')
    with pytest.raises(BindcheckError, match=r"Cargo\.toml:2: is not UTF-8"):
        find_crate(tmp_path)


def test_link_into_a_crate_belongs_to_that_crate(tmp_path: Path) -> None:
    write(tmp_path, {"crate/Cargo.toml": package("one"), "crate/src/lib.rs": ""})
    (tmp_path / "link").symlink_to(tmp_path / "crate/src")
    assert found(tmp_path / "link").name == "one"


def test_link_to_itself_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert find_crate(tmp_path / "loop") is None


# --- what the manifest says --------------------------------------------------------------------


def test_library_root_and_names(tmp_path: Path) -> None:
    lib = '[lib]\nname = "fast"\npath = "rs/root.rs"\ncrate-type = ["cdylib", "rlib"]\n'
    write(tmp_path, {"Cargo.toml": package("my-crate", lib), "rs/root.rs": ""})
    crate = found(tmp_path)
    assert crate.lib_path == tmp_path / "rs/root.rs"
    assert (crate.lib_name, crate.module_name) == ("fast", "fast")
    assert crate.crate_types == ("cdylib", "rlib")


def test_library_root_falls_back_to_main(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("my-crate"), "src/main.rs": ""})
    assert found(tmp_path).lib_path == tmp_path / "src/main.rs"
    assert found(tmp_path).lib_name == "my_crate"


def test_edition_is_inherited_and_old_by_default(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["*"]\n[workspace.package]\nedition = "2024"\n',
            "a/Cargo.toml": '[package]\nname = "a"\nedition.workspace = true\n',
            "b/Cargo.toml": '[package]\nname = "b"\n',
        },
    )
    assert found(tmp_path / "a").edition == "2024"
    assert found(tmp_path / "b").edition == "2015"


def test_module_name_is_that_of_maturin(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": package("x"),
            "pyproject.toml": '[tool.maturin]\nmodule-name = "pkg._core"\npython-source = "py"\n',
        },
    )
    crate = found(tmp_path)
    assert crate.module_name == "pkg._core"
    assert crate.maturin is not None
    assert crate.maturin.python_source == tmp_path / "py"


def test_panic_strategy_counts_at_the_workspace_root_and_is_inherited(tmp_path: Path) -> None:
    workspace = (
        '[workspace]\nmembers = ["a"]\n[profile.release]\nlto = true\npanic = "abort"\n'
        '[profile.dist]\ninherits = "release"\n'
    )
    member = package("a", '[profile.dev]\npanic = "abort"\n')
    write(tmp_path, {"Cargo.toml": workspace, "a/Cargo.toml": member})
    crate = found(tmp_path / "a")
    assert {name: one.panic for name, one in crate.profiles.items()} == {
        "dev": "unwind",
        "release": "abort",
        "dist": "abort",
    }
    assert crate.profiles["dist"].line == 5
    assert crate.profiles_manifest == tmp_path / "Cargo.toml"


def test_path_dependencies_can_be_read_with_their_features(tmp_path: Path) -> None:
    main = (
        "[dependencies]\n"
        'my-core = { path = "../core", default-features = false, features = ["a"] }\n'
        'gone = { path = "../gone" }\n[features]\ndefault = ["my-core/b"]\n'
    )
    core = package("my-core", '[features]\ndefault = ["z"]\na = ["c"]\nb = []\nc = []\nz = []\n')
    write(tmp_path, {"py/Cargo.toml": package("py", main), "core/Cargo.toml": core})
    write(tmp_path, {"core/src/lib.rs": ""})
    crate = found(tmp_path / "py")
    assert crate.path_dependencies == {"my_core": tmp_path / "core"}
    core_crate = dependency_crate(crate, "my_core")
    assert core_crate.lib_path == tmp_path / "core/src/lib.rs"
    assert core_crate.active_features == {"a", "b", "c"}


def test_a_path_dependency_has_the_name_that_the_code_gives_it(tmp_path: Path) -> None:
    main = (
        "[dependencies]\n"
        'my-core = { path = "../core", features = ["a"] }\n'
        'engine = { package = "my-core", path = "../core" }\n'
        'other = { path = "../broken" }\n'
    )
    core = package("my-core", '[lib]\nname = "corelib"\n[features]\na = []\n')
    files = {"py/Cargo.toml": package("py", main), "core/Cargo.toml": core}
    write(tmp_path, {**files, "core/src/lib.rs": "", "broken/Cargo.toml": "[lib"})
    crate = found(tmp_path / "py")
    root = tmp_path / "core"
    named = {"corelib": root, "engine": root, "other": tmp_path / "broken"}
    assert crate.path_dependencies == named
    assert dependency_crate(crate, "corelib").active_features == {"a"}
    assert dependency_crate(crate, "engine").active_features == set()


def test_the_lock_file_of_many_members_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("one", "two", "three")
    below = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in names)
    members = ", ".join(f'"{name}"' for name in ("py", *names))
    write(tmp_path, {"Cargo.toml": f"[workspace]\nmembers = [{members}]\n", "Cargo.lock": ""})
    for name in ("py", *names):
        manifest = package(name, f"[dependencies]\n{below}" if name != "three" else "")
        write(tmp_path, {f"{name}/Cargo.toml": manifest, f"{name}/src/lib.rs": ""})
    crate = found(tmp_path / "py")
    read: list[Path] = []
    of_file = Lock.at

    def counted(directory: Path) -> Lock | None:
        read.append(directory)
        return of_file(directory)

    monkeypatch.setattr(Lock, "at", counted)
    assert path_crates(crate).keys() == {"crate", *names}
    assert read == [tmp_path]


# --- versions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requirement", "floor"),
    [
        ("0.25", "0.25.0"),
        ("^0.25.1", "0.25.1"),
        ("~0.25", "0.25.0"),
        ("=0.25.1", "0.25.1"),
        (">=0.22, <0.24", "0.22.0"),
        (">0.24", "0.25.0"),
        ("0.25.*", "0.25.0"),
        ("1.0.0-beta.2", "1.0.0"),
        ("<0.24", None),
        ("*", None),
    ],
)
def test_floor_of_a_requirement(requirement: str, floor: str | None) -> None:
    version = Version.floor(requirement)
    assert (None if version is None else str(version)) == floor


def test_versions_are_ordered_by_number() -> None:
    assert Version(0, 9, 0) < Version(0, 25, 0) < Version(1, 0, 0)
    assert Version.parse("x") is None


@pytest.mark.parametrize(
    "entry",
    [
        'pyo3 = "0.25.1"',
        'pyo3 = { version = "0.25.1", optional = true }',
        'py = { package = "pyo3", version = "0.25.1" }',
        "pyo3.workspace = true",
        'pyo3 = { workspace = true, optional = true, features = ["abi3"] }',
    ],
)
@pytest.mark.parametrize("section", ["dependencies", "target.'cfg(unix)'.dependencies"])
def test_pyo3_is_found_however_it_is_written(tmp_path: Path, section: str, entry: str) -> None:
    workspace = '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\npyo3 = "0.25.1"\n'
    write(tmp_path, {"Cargo.toml": workspace})
    write(tmp_path, {"a/Cargo.toml": package("a", f"[{section}]\n{entry}\n")})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert (str(pyo3.version), pyo3.source, pyo3.line) == ("0.25.1", "floor", 6)
    assert pyo3.code_name in entry


def test_features_of_a_dependency_add_up_over_the_workspace(tmp_path: Path) -> None:
    workspace = (
        '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\n'
        'pyo3 = { version = "0.25", features = ["macros"] }\n'
    )
    member = package("a", '[dependencies]\npyo3 = { workspace = true, features = ["abi3"] }\n')
    write(tmp_path, {"Cargo.toml": workspace, "a/Cargo.toml": member})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert pyo3.features == {"macros", "abi3"}


def test_dev_and_build_dependencies_do_not_count(tmp_path: Path) -> None:
    rest = '[dev-dependencies]\npyo3 = "0.25"\n[build-dependencies]\npyo3 = "0.25"\n'
    write(tmp_path, {"Cargo.toml": package("a", rest)})
    assert found(tmp_path).pyo3 is None


def lock(*packages: tuple[str, str, tuple[str, ...]]) -> str:
    entries = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f"dependencies = [{', '.join(repr(one) for one in needed)}]\n"
        for name, version, needed in packages
    )
    return "version = 4\n" + "".join(entries)


def test_lock_file_gives_the_version(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", PYO3)})
    write(tmp_path, {"Cargo.lock": lock(("a", "0.1.0", ("pyo3",)), ("pyo3", "0.25.4", ()))})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert (str(pyo3.version), pyo3.source) == ("0.25.4", "lock")


def test_lock_file_with_two_versions_gives_that_of_the_dependent(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", '[dependencies]\npyo3 = ">=0.22"\n')})
    packages = lock(
        ("a", "0.1.0", ("pyo3 0.24.2",)), ("pyo3", "0.24.2", ()), ("pyo3", "0.27.0", ())
    )
    write(tmp_path, {"Cargo.lock": packages})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert str(pyo3.version) == "0.24.2"


def test_lock_file_of_the_workspace_counts_for_its_members(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": '[workspace]\nmembers = ["a"]\n'})
    write(tmp_path, {"a/Cargo.toml": package("a", PYO3)})
    write(tmp_path, {"Cargo.lock": lock(("pyo3", "0.25.9", ()))})
    pyo3 = found(tmp_path / "a").pyo3
    assert pyo3 is not None
    assert str(pyo3.version) == "0.25.9"


def test_stale_lock_file_leaves_the_floor(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", PYO3)})
    write(tmp_path, {"Cargo.lock": lock(("pyo3", "0.20.0", ()))})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert (str(pyo3.version), pyo3.source) == ("0.25.0", "floor")


def test_dependency_without_a_version_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", '[dependencies]\npyo3 = { git = "x" }\n')})
    pyo3 = found(tmp_path).pyo3
    assert pyo3 is not None
    assert (pyo3.version, pyo3.source) == (None, "unknown")


# --- features ----------------------------------------------------------------------------------

FEATURES = """
[dependencies]
numpy = { version = "0.25", optional = true }
pyo3 = { version = "0.25", optional = true }
other = { version = "1", optional = true }
weak = { version = "1", optional = true }

[features]
default = ["std"]
std = ["weak?/std"]
python = ["dep:pyo3", "numpy", "other/fast"]
cuda = []
simd = ["wide"]
wide = []
"""


def test_audited_features_are_default_python_and_those_of_maturin(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", FEATURES)})
    plain = {"default", "std", "python", "numpy", "other"}
    assert found(tmp_path).active_features == plain
    write(tmp_path, {"pyproject.toml": '[tool.maturin]\nfeatures = ["simd", "pyo3/abi3"]\n'})
    assert found(tmp_path).active_features == plain | {"simd", "wide"}


def test_maturin_can_switch_defaults_off_and_features_by_python_version(tmp_path: Path) -> None:
    settings = (
        "[tool.maturin]\nno-default-features = true\n"
        'features = [{ feature = "cuda", python-version = ">=3.9" }]\n'
    )
    write(tmp_path, {"Cargo.toml": package("a", FEATURES), "pyproject.toml": settings})
    assert found(tmp_path).active_features == {"python", "numpy", "other", "cuda"}


def test_dep_syntax_hides_the_implicit_feature(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", FEATURES)})
    features = found(tmp_path).features
    assert "pyo3" not in features
    assert features["numpy"] == ("dep:numpy",)


def test_override_replaces_the_audited_features(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", FEATURES)})
    assert with_features(found(tmp_path), ["simd"]).active_features == {"simd", "wide"}


def test_override_with_an_unknown_feature_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": package("a", FEATURES)})
    with pytest.raises(ConfigError, match=r"c\.toml:4: crate a has no feature 'cuba', .*'cuda'"):
        with_features(found(tmp_path), ["cuba"], Path("c.toml"), 4)


# --- cfg ---------------------------------------------------------------------------------------


def flag(name: str, value: str | None = None) -> Cfg:
    return Cfg("flag", name, value)


LINUX = Configuration(frozenset({"python"}), host_target("linux", "x86_64", wide=True))
MAC = Configuration(None, host_target("darwin", "arm64", wide=True))


@pytest.mark.parametrize(
    ("cfg", "linux", "mac"),
    [
        (flag("feature", "python"), True, None),
        (flag("feature", "cuda"), False, None),
        (flag("target_os", "linux"), True, False),
        (flag("target_os", "macos"), False, True),
        (flag("target_arch", "aarch64"), False, True),
        (flag("target_arch", "wasm32"), False, False),
        (flag("target_pointer_width", "64"), True, True),
        (flag("unix"), True, True),
        (flag("windows"), False, False),
        (flag("test"), False, False),
        (flag("debug_assertions"), None, None),
        (flag("target_feature", "avx2"), None, None),
        (flag("mine"), None, None),
        (flag("?"), None, None),
        (Cfg("all"), True, True),
        (Cfg("any"), False, False),
        (Cfg("not", args=(flag("mine"),)), None, None),
        (Cfg("not", args=(flag("test"),)), True, True),
        (Cfg("all", args=(flag("mine"), flag("test"))), False, False),
        (Cfg("all", args=(flag("mine"), flag("unix"))), None, None),
        (Cfg("any", args=(flag("mine"), flag("unix"))), True, True),
        (Cfg("any", args=(flag("mine"), flag("test"))), None, None),
    ],
    ids=str,
)
def test_cfg_is_decided_as_far_as_it_can_be(cfg: Cfg, linux: bool | None, mac: bool | None) -> None:
    assert LINUX.holds(cfg) is linux
    assert MAC.holds(cfg) is mac


def test_host_is_known() -> None:
    assert Configuration(frozenset()).holds(Cfg("any", args=(flag("unix"), flag("windows"))))


# --- lines of TOML keys ------------------------------------------------------------------------


def test_lines_of_keys_step_over_values_that_span_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(
        'top = 1\n[a."b.c"]\nlist = [\n  "key = 1",\n  "[x]",\n]\ntext = """\nkey = 2\n"""\n'
        "key = 3\nd.e = { f = 1 }\n"
    )
    file = read_toml(path)
    assert file.line("top") == 1
    assert file.line("a", "b.c", "key") == 10
    assert file.line("a", "b.c", "text") == 7
    assert file.line("a", "b.c", "d", "e", "f") == 11
    assert file.line("x") is None


@pytest.mark.parametrize(("asked", "active"), [("", {"a", "b"}), ('"c"', {"a", "b", "c", "d"})])
def test_a_dependency_has_the_features_that_any_crate_turns_on(
    tmp_path: Path, asked: str, active: set[str]
) -> None:
    core = '[dependencies]\ncore = { path = "../core", features = [%s] }\n'
    write(
        tmp_path,
        {
            "core/Cargo.toml": package(
                "core", '[features]\na = []\nb = []\nc = ["d"]\nd = []\ne = []\n'
            ),
            "middle/Cargo.toml": package(
                "middle", '[features]\nwide = ["core/b"]\nnarrow = ["core/e"]\n' + core % asked
            ),
            "spare/Cargo.toml": package("spare", core % '"e"'),
            "binding/Cargo.toml": package(
                "binding",
                PYO3
                + 'core = { path = "../core", features = ["a"] }\n'
                + 'middle = { path = "../middle", features = ["wide"] }\n'
                + 'spare = { path = "../spare", optional = true }\n',
            ),
            **{f"{name}/src/lib.rs": "" for name in ("core", "middle", "spare", "binding")},
        },
    )
    crates = path_crates(found(tmp_path / "binding"))
    assert crates["core"].active_features == active
