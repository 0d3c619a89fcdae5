"""Where tests and stubs of generated bindings go, and what is said where they have no place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.generate.learned.untaken import WITHOUT_REFERENCE
from synthetic_cores import SAMPLE, write_reference

NO_TESTS = (
    "no folder of Python tests: an empty tests/conftest.py makes one, "
    "or name one as `testpaths` of pytest"
)
NO_STUB = (
    "the module has no stub: begin python/made_up/_core.pyi with what is bound by hand, or empty"
)
NAME = "test_one_slice_binding.py"


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An indicator without a binding, and an empty folder `tests`."""
    write_reference(tmp_path, tuple(one for one in SAMPLE if one.name == "one_slice"))
    (tmp_path / "tests/conftest.py").unlink()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(crate: Path) -> list[str]:
    return [path.parent.relative_to(crate).as_posix() for path in crate.rglob(NAME)]


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the plan says of each piece: its state and the rest."""
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split(maxsplit=2) for line in lines if line.startswith("one_slice")]
    return {piece: " ".join(rest.split()) for _, piece, rest in rows}


def test_a_plan_says_why_there_is_no_test_and_no_stub(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "python/made_up/_core.pyi").unlink()
    assert main(["generate", "--plan"]) == 0
    rows = told(capsys)
    assert rows["test"] == f"absent {NO_TESTS}"
    assert rows["stub"] == f"absent {NO_STUB}"
    assert rows["single"] == "missing src/one_slice.rs"


def test_a_run_says_it_once_and_only_of_what_it_writes(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "python/made_up/_core.pyi").unlink()
    assert main(["generate", "--all"]) == 0
    err = capsys.readouterr().err
    assert err.splitlines() == [
        f"bindcheck: no stub is generated: {NO_STUB}",
        f"bindcheck: no test is generated: {NO_TESTS}",
        f"bindcheck: {WITHOUT_REFERENCE}",
    ]
    assert main(["generate", "--all"]) == 0
    assert main(["generate", "--check"]) == 0
    assert capsys.readouterr().err == ""
    assert places(crate) == []


@pytest.mark.parametrize("way", [["--piece", "test"], ["--stdout", "test"]])
def test_who_asks_for_a_test_is_told_why_there_is_none(
    crate: Path, capsys: pytest.CaptureFixture[str], way: list[str]
) -> None:
    main(["generate", "one_slice", "--piece", "single,register"])
    capsys.readouterr()
    main(["generate", "one_slice", *way])
    err = capsys.readouterr().err
    assert err == f"bindcheck: one_slice: test not generated, {NO_TESTS}\n"


def test_what_to_do_is_enough(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--all"]) == 0
    (crate / "tests/conftest.py").write_text("")
    assert main(["generate", "--plan"]) == 0
    assert told(capsys)["test"].startswith(f"missing tests/{NAME}")
    assert main(["generate", "--all"]) == 0
    assert places(crate) == ["tests"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["checks/python"]\n'),
        ("pytest.ini", "[pytest]\ntestpaths = checks/python\n"),
    ],
)
def test_a_folder_that_pytest_is_told_need_not_exist(crate: Path, file: str, text: str) -> None:
    with (crate / file).open("a") as settings:
        settings.write(f"\n{text}")
    assert main(["generate", "--all"]) == 0
    assert places(crate) == ["checks/python"]
    assert main(["generate", "--check"]) == 0


def test_a_named_folder_with_tests_comes_before_usual_ones_and_a_new_one_behind(
    crate: Path,
) -> None:
    (crate / "tests/conftest.py").write_text("")
    (crate / "pytest.ini").write_text("[pytest]\ntestpaths = new more\n")
    assert main(["generate", "--all"]) == 0
    assert places(crate) == ["tests"]
    shutil.rmtree(crate / "tests")
    (crate / "more").mkdir()
    (crate / "more/test_it.py").write_text("")
    assert main(["generate", "--all"]) == 0
    assert places(crate) == ["more"]


@pytest.mark.parametrize("named", [".", "python", "python/made_up", "*"])
def test_no_test_is_put_beside_or_into_the_package(crate: Path, named: str) -> None:
    (crate / "pytest.ini").write_text(f"[pytest]\ntestpaths = {named}\n")
    assert main(["generate", "--all"]) == 0
    assert places(crate) == []


def test_a_test_begins_with_the_single_call(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (crate / "tests/conftest.py").write_text("")
    assert main(["generate", "one_slice", "--piece", "stream,register,test"]) == 0
    assert capsys.readouterr().err == (
        "bindcheck: one_slice: test not generated, "
        "a test compares with the single call, which is not generated\n"
        f"bindcheck: {WITHOUT_REFERENCE}\n"
    )


@pytest.mark.parametrize("mode", ["--plan", "--diff"])
def test_what_writes_nothing_is_about_all_indicators(
    crate: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    assert main(["generate", mode]) == 0
    bare = capsys.readouterr()
    assert main(["generate", mode, "--all"]) == 0
    assert capsys.readouterr() == bare
    assert "one_slice" in bare.out
    assert "begin one_slice/single" not in (crate / "src/one_slice.rs").read_text()
