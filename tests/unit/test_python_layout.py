"""Where Python files of a crate are, and which are tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bindcheck.crate import Maturin
from bindcheck.python_side.files import FolderFiles, GivenFiles
from bindcheck.python_side.layout import find_layout, repository_of
from bindcheck.python_side.settings import read_settings
from bindcheck.python_side.side import PythonSide
from bindcheck.testing import crate_of

ROOT = Path("/crate")


def side(*paths: str, **texts: str) -> PythonSide:
    files = dict.fromkeys(paths, "") | {name.replace("__", "/"): t for name, t in texts.items()}
    return PythonSide(crate_of(), ROOT, GivenFiles(files))


@pytest.mark.parametrize(
    ("paths", "module", "root"),
    [
        ((), "example", "."),
        (("example.pyi",), "example", "."),
        (("python/example.pyi",), "example", "python"),
        (("example/__init__.py",), "example.example", "."),
        (("python/example/__init__.py",), "example.example", "python"),
        (("src/example/__init__.py",), "example.example", "src"),
        (("example/__init__.pyi",), "example", "."),
        (("lib/deep/example/__init__.py",), "example.example", "lib/deep"),
    ],
)
def test_the_module_lies_in_the_package_of_its_name(
    paths: tuple[str, ...], module: str, root: str
) -> None:
    layout = find_layout(crate_of(), ROOT, GivenFiles(dict.fromkeys(paths, "")))
    assert (layout.module, layout.root) == (module, root)


def test_a_dotted_name_says_where_the_module_lies() -> None:
    crate = replace(crate_of(), module_name="pkg.inner._core")
    files = GivenFiles(dict.fromkeys(("py/pkg/__init__.py", "pkg/__init__.py"), ""))
    maturin = Maturin("pkg.inner._core", (), ROOT / "py", None, ROOT / "pyproject.toml")
    layout = find_layout(replace(crate, maturin=maturin), ROOT, files)
    assert (layout.module, layout.root, layout.top) == ("pkg.inner._core", "py", "pkg")
    assert layout.stub == "py/pkg/inner/_core.pyi"


def test_setuptools_rust_names_the_module() -> None:
    pyproject = '[[tool.setuptools-rust.ext-modules]]\ntarget = "pkg._native"\n'
    files = GivenFiles({"pyproject.toml": pyproject, "pkg/__init__.py": ""})
    assert find_layout(crate_of(), ROOT, files).module == "pkg._native"
    broken = GivenFiles({"pyproject.toml": "[[", "pkg/__init__.py": ""})
    assert find_layout(crate_of(), ROOT, broken).module == "example"


def test_the_repository_is_searched_as_a_whole() -> None:
    crate = replace(crate_of(), root=Path("/r/crates/a"))
    assert repository_of(crate) == Path("/r/crates/a")
    assert repository_of(replace(crate, workspace_root=Path("/r"))) == Path("/r")
    assert repository_of(replace(crate, git_root=Path("/"))) == Path("/")
    maturin = Maturin(None, (), None, None, Path("/r/pyproject.toml"))
    assert repository_of(replace(crate, maturin=maturin)) == Path("/r")


def test_a_folder_hides_the_stub_beside_it() -> None:
    found = side("example/__init__.py", "example/sub.pyi", "example/sub/__init__.pyi")
    assert found.stub_paths == {"example.sub": "example/sub/__init__.pyi"}


def test_stubs_may_lie_in_a_package_of_their_own() -> None:
    found = side("example/__init__.py", "example-stubs/__init__.pyi")
    assert found.stub_paths == {"example": "example-stubs/__init__.pyi"}


def test_habits_of_pytest_tell_tests() -> None:
    found = side(
        "example/__init__.py",
        "example/testing.py",
        "test_top.py",
        "a/alma_test.py",
        "tests/helper.py",
        "conftest.py",
        "scripts/run.py",
    )
    assert found.test_paths == ("a/alma_test.py", "conftest.py", "test_top.py", "tests/helper.py")
    assert "example.testing" in found.module_paths


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\ntestpaths = ["checks"]\npython_files = ["check_*.py"]\n',
        ),
        ("pytest.ini", "[pytest]\ntestpaths = checks\npython_files = check_*.py\n"),
    ],
)
def test_settings_of_pytest_are_read(name: str, text: str) -> None:
    settings = read_settings(GivenFiles({name: text}))
    assert settings.is_test("checks/any.py")
    assert settings.is_test("src/check_alma.py")
    assert not settings.is_test("src/alma.py")


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", "pytest = ["), ("pytest.ini", "no section\n")]
)
def test_settings_that_do_not_parse_say_nothing(name: str, text: str) -> None:
    assert not read_settings(GivenFiles({name: text})).folders


def test_a_package_with_doctests_is_no_test() -> None:
    pyproject = '[tool.pytest.ini_options]\ntestpaths = ["example", "tests"]\n'
    files = {"pyproject.toml": pyproject, "example/__init__.py": "", "tests/run.py": ""}
    found = PythonSide(crate_of(), ROOT, GivenFiles(files))
    assert found.test_paths == ("tests/run.py",)


def test_only_tests_that_lead_to_the_package_are_read() -> None:
    files = {
        "example/__init__.py": "",
        "wrapper/__init__.py": "import example\n",
        "outer/__init__.py": "import wrapper\n",
        "other/__init__.py": "",
        "tests/test_direct.py": "import example\n",
        "tests/test_outer.py": "import outer\n",
        "tests/test_other.py": "import other\n\n\ndef test_it(lib):\n    lib.run(kernel=1)\n",
    }
    found = PythonSide(crate_of(), ROOT, GivenFiles(files))
    assert found.telling == ("tests/test_direct.py", "tests/test_outer.py")
    assert {"run", "kernel"} <= found.other_words


def test_folders_that_nobody_wrote_are_left_out(tmp_path: Path) -> None:
    for path in (
        "tests/test_a.py",
        ".hidden/test_b.py",
        "venv/pyvenv.cfg",
        "venv/lib/test_c.py",
        "node_modules/test_d.py",
        "crate/Cargo.toml",
        "crate/target/test_e.py",
        "docs/target/test_f.py",
    ):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    files = FolderFiles(tmp_path, lambda path, source: None)
    assert files.paths == {"tests/test_a.py", "docs/target/test_f.py"}
    assert files.complete


def test_a_large_repository_is_searched_around_the_crate_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c", "crate/tests"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "test_x.py").write_text("")
    monkeypatch.setattr("bindcheck.python_side.files._MOST_FOLDERS", 3)
    files = FolderFiles(tmp_path, lambda path, source: None, (tmp_path / "crate",))
    assert "crate/tests/test_x.py" in files.paths
    assert not files.complete


def test_a_file_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}
    (tmp_path / "a.pyi").write_text("x: int\n")
    files = FolderFiles(tmp_path, kept.__setitem__)
    assert files.read("a.pyi") == b"x: int\n"
    assert files.read("gone.pyi") == b""
    assert list(kept.values()) == [b"x: int\n"]
