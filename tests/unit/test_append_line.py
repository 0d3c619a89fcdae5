from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.errors import BindcheckError
from bindcheck.write import append_line


def test_lines_follow_each_other_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.jsonl"
    append_line(path, "one")
    append_line(path, "two\n")
    assert path.read_text() == "one\ntwo\n"


def test_what_a_killed_run_left_becomes_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text("one\ntor")
    append_line(path, "two")
    assert path.read_text() == "one\ntor\ntwo\n"


def test_a_full_disk_takes_nothing_from_the_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "file.jsonl"
    append_line(path, "one")
    write = os.write

    def half(handle: int, data: bytes) -> int:
        if len(data) < 5:
            raise OSError(28, "No space left on device")
        return write(handle, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(BindcheckError, match=r"file\.jsonl: cannot be written: No space left"):
        append_line(path, "a line that is written in part")
    assert path.read_text() == "one\n"


def test_what_cannot_be_opened_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="cannot be written: Is a directory"):
        append_line(tmp_path, "one")


_WRITER = """
import sys
from pathlib import Path
from bindcheck.write import append_line
for number in range(40):
    append_line(Path(sys.argv[1]), sys.argv[2] * 20_000)
"""


def test_writers_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    letters = "abc"
    running = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), letter]) for letter in letters
    ]
    assert [one.wait() for one in running] == [0, 0, 0]
    lines = path.read_text().splitlines()
    assert sorted(lines) == sorted(letter * 20_000 for letter in letters for _ in range(40))
