"""Processes that read the indicators of a crate together write what one alone would write."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import bindcheck.ahead
import bindcheck.analysis.link
from bindcheck.cli import main
from bindcheck.crew import Crew
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.reader import Reader
from bindcheck.generate.together import Together
from bindcheck.model import CoreApi
from synthetic_cores import SAMPLE, write_reference

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

Hire = Callable[[int], None]
EVERYTHING = ("generate", "--all", "--replace")


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate whose bindings are by hand, but for the last."""
    cores = SAMPLE[:5]
    write_reference(tmp_path, cores)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--all", "--piece", "single,batch,stream,register"]) in (0, 1)
    for one in cores[:-1]:
        path = tmp_path / f"src/{one.name}.rs"
        path.write_text(re.sub(r"(?m)^// bindcheck: .*\n", "", path.read_text()))
    shutil.rmtree(tmp_path / ".bindcheck")
    return tmp_path


@pytest.fixture
def hire(monkeypatch: pytest.MonkeyPatch) -> Hire:
    """Lets so many processes work on any crate."""

    def hired(size: int) -> None:
        monkeypatch.setattr(Crew, "of_machine", lambda: Crew(size))
        monkeypatch.setattr(bindcheck.analysis.link, "_WORTH_PROCESSES", 0)
        monkeypatch.setattr(bindcheck.ahead, "_WORTH_A_PROCESS", 1)

    return hired


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def ran(crate: Path, *command: str) -> tuple[int, dict[str, bytes]]:
    status = main(list(command))
    return status, files(crate)


def written(
    crate: Path, capfd: pytest.CaptureFixture[str]
) -> tuple[tuple[int, dict[str, bytes]], str, str]:
    """What a run on a fresh copy of the crate writes and says."""
    before = files(crate)
    capfd.readouterr()
    result = ran(crate, *EVERYTHING)
    told = capfd.readouterr()
    for name in files(crate).keys() - before.keys():
        (crate / name).unlink()
    for name, data in before.items():
        (crate / name).write_bytes(data)
    return result, told.out, told.err


@pytest.mark.parametrize("size", [2, 3])
def test_several_processes_write_what_one_does(
    crate: Path, hire: Hire, size: int, capfd: pytest.CaptureFixture[str]
) -> None:
    hire(1)
    alone = written(crate, capfd)
    hire(size)
    assert written(crate, capfd) == alone
    assert any(name.endswith("_binding.py") for name in alone[0][1])
    assert any(b"interface=kept" in data for data in alone[0][1].values())


def test_what_another_process_has_read_is_not_read_again(
    crate: Path, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[int] = []
    read: list[str] = []
    unpacked, reads = Together._unpacked, Reader.read

    def noted(together: Together, data: bytes) -> dict[int, Indicator]:
        found = unpacked(together, data)
        handed.append(len(found))
        return found

    def counted(reader: Reader, core: CoreApi, source: bytes) -> Indicator:
        read.append(core.name)
        return reads(reader, core, source)

    monkeypatch.setattr(Together, "_unpacked", noted)
    monkeypatch.setattr(Reader, "read", counted)
    # Each reads what is at home with it, however fast the other one is.
    monkeypatch.setattr(Crew, "draw", Crew.mine)
    hire(2)
    ran(crate, *EVERYTHING)
    assert len(handed) == 1
    assert 0 < handed[0] < 5
    assert len(read) == 5 - handed[0]


def test_a_second_run_and_a_check_find_nothing_to_do(
    crate: Path, hire: Hire, capfd: pytest.CaptureFixture[str]
) -> None:
    hire(2)
    status, once = ran(crate, *EVERYTHING)
    capfd.readouterr()
    assert ran(crate, *EVERYTHING) == (status, once)
    again = capfd.readouterr().out
    assert "current" in again
    assert not re.search(r" (?:written|replaced|updated) ", again)
    assert ran(crate, "generate", "--check") == (0, once)


def test_the_work_of_a_lost_process_is_done_all_the_same(
    crate: Path, hire: Hire, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hire(1)
    alone = written(crate, capfd)
    hire(2)
    monkeypatch.setattr(Together, "_packed", lambda together, done: os._exit(1))
    assert written(crate, capfd) == alone


@pytest.mark.parametrize("size", [1, 2, 3])
def test_of_several_errors_the_first_is_told(
    crate: Path, hire: Hire, size: int, capfd: pytest.CaptureFixture[str]
) -> None:
    marker = "// bindcheck: begin other/single template=1 hash=0123456789ab\n"
    names = sorted(one.name for one in SAMPLE[:5])
    for name in names:
        path = crate / f"src/{name}.rs"
        path.write_text(marker + path.read_text())
    hire(size)
    status, _ = ran(crate, *EVERYTHING)
    assert status == 2
    told = capfd.readouterr().err
    assert told.count("has no end") == 1
    assert f"src/{names[0]}.rs:1: region other/single has no end" in told


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\nfn unread() {\n    let x = ;\n}\n", "syntax error"),
        (f"\n#[pyfunction]\nfn deep() {{\n    {'{' * 200} {'}' * 200}\n}}\n", "too deeply"),
    ],
    ids=["broken", "deep"],
)
def test_beside_what_cannot_be_read_nothing_is_written(
    crate: Path,
    hire: Hire,
    size: int,
    text: str,
    reason: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = crate / f"src/{SAMPLE[1].name}.rs"
    path.write_text(path.read_text() + text)
    before = files(crate)
    hire(size)
    assert ran(crate, *EVERYTHING) == (2, before)
    told = capfd.readouterr().err
    assert f"src/{SAMPLE[1].name}.rs:" in told
    assert reason in told
