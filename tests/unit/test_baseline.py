"""A baseline as a file: sorted, for people to read, and strict about what it is."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from bindcheck.baseline import Baseline, Entry
from bindcheck.errors import BindcheckError
from bindcheck.write import apply

A = Entry("src/a.rs", "BC201", "f", "runs while the GIL is held", "0123456789abcdef")
B = Entry("src/b.rs", "BC105", "g", "nobody exports “g”", "fedcba9876543210")


def written(path: Path, *entries: Entry, crate: str = "one") -> str:
    apply([Baseline.read(path, missing_ok=True).change_to({crate: entries})])
    return path.read_text(encoding="utf-8")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new/known.json"
    written(path, B, A)
    found = Baseline.read(path)
    assert dict(found.entries("one")) == {A.fingerprint: A, B.fingerprint: B}
    assert dict(found.entries("two")) == {}
    assert set(found.all_entries()) == {A, B}


def test_the_order_of_findings_does_not_matter_and_one_more_is_one_group_of_lines(
    tmp_path: Path,
) -> None:
    both = written(tmp_path / "x.json", A, B)
    assert both == written(tmp_path / "y.json", B, A)
    alone = written(tmp_path / "z.json", A)
    changes = difflib.ndiff(alone.splitlines(), both.splitlines())
    more = [line.strip(" +") for line in changes if line.startswith("+ ")]
    names = [line.split('"')[1] for line in more if '"' in line]
    assert names == ["path", "code", "item", "message", "fingerprint"]
    assert len(more) == len(names) + 2
    assert "nobody exports “g”" in both


def test_line_ends_of_the_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(written(path, A).replace("\n", "\r\n").encode())
    written(path, A, B)
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n") > 10


def test_a_package_without_findings_has_no_group(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path / "known.json"))["crates"] == {}


def test_a_file_that_is_not_there_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="no such baseline; `bindcheck baseline write`"):
        Baseline.read(tmp_path / "gone.json")


HEAD = '{\n"kind": "bindcheck-baseline",\n"version": 1,\n"crates": '
ENTRY = json.dumps({"path": "a", "code": "b", "item": "c", "message": "d", "fingerprint": "e"})


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "is not JSON"),
        (HEAD + '{"one": [\n' + ENTRY + "\n" + ENTRY + "]}}", 6, "is not JSON: Expecting ','"),
        (HEAD + '{\n<<<<<<< mine\n"one": []}}', 5, "has the markers of an unfinished merge"),
        ("[]", 1, "is not a valid baseline: must be an object"),
        ('{"name": "package"}', None, "is not a baseline of bindcheck"),
        ('{"kind": 1}', None, "is not a baseline of bindcheck"),
        ('{"kind": "bindcheck-baseline"}', 1, "is not version 1 of the format"),
        (HEAD.replace("1,", "2,") + "{}}", 3, "is not version 1 of the format"),
        ('{"kind": "bindcheck-baseline", "version": 1}', 1, "has no 'crates'"),
        (HEAD + "[]}", 4, "must be an object"),
        (HEAD + '{"one":\n{}}}', 5, "must be an array"),
        (HEAD + '{"one": [\n' + ENTRY + ",\n7]}}", 6, "must be an object"),
        (HEAD + '{"one": [\n\n{"path": "a"}]}}', 6, "has no 'code'"),
        (
            HEAD + '{"one": [\n' + ENTRY.replace('"c"', "3") + "]}}",
            5,
            "'item' must be a string",
        ),
        (
            HEAD + '{"one": [\n' + ENTRY.replace('"item"', '"line": 3,\n"item"') + "]}}",
            5,
            "an entry has no 'line'",
        ),
    ],
)
def test_what_is_not_a_baseline_is_told_with_its_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(BindcheckError) as caught:
        Baseline.read(path)
    assert message in caught.value.message
    assert (caught.value.path, caught.value.line) == (path, line)


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(b"{\n\xff}")
    with pytest.raises(BindcheckError, match=r"known\.json:2: is not UTF-8"):
        Baseline.read(path)
