"""`bindcheck generate` as a user runs it, on a copy of the bundled crate."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bindcheck.cli import main

REPOSITORY = Path(__file__).parents[2]
REGION = re.compile(
    r"^// bindcheck: begin kama/single .*?^// bindcheck: end kama/single.*?\n",
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a copy of the indicators crate; the working directory is the crate."""
    for name in ("Cargo.toml", "Cargo.lock", "rustfmt.toml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    ignored = shutil.ignore_patterns("target", "__pycache__", "*.so", ".pytest_cache")
    shutil.copytree(REPOSITORY / "indicators", tmp_path / "indicators", ignore=ignored)
    monkeypatch.chdir(tmp_path / "indicators")
    return tmp_path / "indicators"


def texts(crate: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(crate)): path.read_bytes()
        for path in sorted(crate.rglob("*"))
        if path.is_file()
    }


def test_the_bundled_crate_is_in_sync(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(crate)
    assert main(["generate", "--check"]) == 0
    assert capsys.readouterr().out == "2 indicators, 16 pieces up to date\n"
    assert main(["generate", "--all"]) == 0
    assert texts(crate) == before


def test_a_deleted_piece_is_restored_byte_for_byte(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(crate)
    source = crate / "src/kama.rs"
    cut = REGION.sub("", source.read_text())
    assert cut != source.read_text()
    source.write_text(cut)
    assert main(["generate", "--check"]) == 1
    assert re.search(r"kama +single +missing", capsys.readouterr().out)
    assert main(["generate", "kama"]) == 0
    assert re.search(r"kama +single +written", capsys.readouterr().out)
    assert texts(crate) == before


@pytest.mark.parametrize(
    "path",
    [
        "src/lib.rs",
        "python/bindcheck_indicators/_core.pyi",
        "tests/test_kama_binding.py",
    ],
)
def test_registration_stub_and_test_are_restored_too(crate: Path, path: str) -> None:
    before = texts(crate)
    file = crate / path
    if path.endswith("_binding.py"):
        file.unlink()
    elif path.endswith(".pyi"):
        text = file.read_text()
        begin = text.index("# bindcheck: begin kama/stub")
        end = text.index("\n", text.index("# bindcheck: end kama/stub")) + 1
        file.write_text(text[:begin] + text[end:].lstrip("\n"))
    else:
        text = re.sub(r" *#\[pymodule_export\]\n *use crate::kama::.*;\n", "", file.read_text())
        assert text != file.read_text()
        file.write_text(text)
    assert main(["generate", "--check"]) == 1
    assert main(["generate", "kama"]) == 0
    assert main(["generate", "--check"]) == 0
    assert texts(crate) == before


def test_a_diff_and_a_printed_piece_write_nothing(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = crate / "src/kama.rs"
    source.write_text(REGION.sub("", source.read_text()))
    before = texts(crate)
    assert main(["generate", "kama", "--diff"]) == 0
    assert "+pub fn kama_py<'py>(" in capsys.readouterr().out
    assert main(["generate", "kama", "--stdout", "single"]) == 0
    printed = capsys.readouterr().out
    assert "pub fn kama_py<'py>(" in printed
    assert "kama_batch_py" not in printed
    assert texts(crate) == before


def test_a_piece_that_somebody_adopts_keeps_imports_stub_and_test(crate: Path) -> None:
    source = crate / "src/kama.rs"
    markers = re.compile(r"^// bindcheck: (begin|end) kama/single.*\n", re.MULTILINE)
    source.write_text(markers.sub("", source.read_text()))
    before = texts(crate)
    assert main(["generate", "kama"]) == 0
    after = texts(crate)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {".bindcheck/generated.json"}
    assert main(["generate", "--check"]) == 0


def test_an_adopted_piece_with_other_arguments_leaves_the_stub_alone(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = crate / "src/kama.rs"
    text = re.sub(r"// bindcheck: (begin|end) kama/single.*\n", "", source.read_text())
    text = text.replace("(data, period=30, kernel=None, *, out=None)", "(data, n=30, kernel=None)")
    source.write_text(text)
    stub = crate / "python/bindcheck_indicators/_core.pyi"
    before = stub.read_bytes()
    assert main(["generate", "kama"]) == 1
    assert re.search(
        r"kama +stub +kept +left alone: kama is bound by hand, not known: a Python type for",
        capsys.readouterr().out,
    )
    assert stub.read_bytes() == before


@pytest.mark.parametrize("style", [[], ["--style", "reference"]], ids=["strict", "reference"])
def test_a_fact_that_is_lost_leaves_what_is_made_from_all_pieces_alone(
    crate: Path, capsys: pytest.CaptureFixture[str], style: list[str]
) -> None:
    source = crate / "src/kama.rs"
    if not style:
        source.write_text(source.read_text().replace("KERNELS", "KERNS"))
    before = texts(crate)
    assert main(["generate", "kama", *style]) == 1
    out = capsys.readouterr().out
    assert re.search(r"kama +single +lacking", out)
    assert re.search(r"kama +stub +kept +left alone: it depends on single, batch\n", out)
    assert re.search(r"kama +test +kept +left alone: it depends on single, batch\n", out)
    after = texts(crate)
    changed = {path for path in before if before[path] != after[path]}
    assert changed <= ({"src/kama.rs", ".bindcheck/generated.json"} if style else set())


@pytest.mark.parametrize(
    ("args", "reason", "status"),
    [
        (["alma", "--stdout", "single"], "it is present: alma_py in src/alma.rs", 0),
        (["kama", "--stdout", "register"], "it is present: src/lib.rs", 0),
        (["alma", "--stdout", "stub"], "there is nothing to make it from", 1),
    ],
    ids=["by-hand", "registered", "no-premise"],
)
def test_a_piece_that_is_not_printed_has_a_reason(
    crate: Path, capsys: pytest.CaptureFixture[str], args: list[str], reason: str, status: int
) -> None:
    assert main(["generate", *args]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.rstrip().endswith(reason)


def test_an_edit_by_hand_survives(crate: Path) -> None:
    source = crate / "src/kama.rs"
    edited = source.read_text().replace(
        "pub fn kama_py<'py>(", "// checked by two people\npub fn kama_py<'py>("
    )
    source.write_text(edited)
    assert main(["generate", "kama"]) == 0
    assert source.read_text() == edited
    assert main(["generate", "--check"]) == 0


def test_hand_written_bindings_are_left_alone(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (crate / "src/alma.rs").read_bytes()
    assert main(["generate", "alma", "--piece", "single,batch,stream,register"]) == 0
    assert re.search(r"alma +single +present", capsys.readouterr().out)
    assert (crate / "src/alma.rs").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["kma"], ("kma", "kama")),
        (["kama", "--piece", "singel"], ("singel", "single")),
        ([], ("--all",)),
        (["kama", "--all"], ("--all",)),
        (["kama", "--check", "--stdout", "single"], ("--stdout",)),
        (["kama", "--check", "--diff"], ("--diff", "--check")),
    ],
    ids=[
        "unknown-name",
        "unknown-piece",
        "no-name",
        "name-and-all",
        "check-and-stdout",
        "check-and-diff",
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    crate: Path, capsys: pytest.CaptureFixture[str], args: list[str], words: tuple[str, ...]
) -> None:
    before = texts(crate)
    assert main(["generate", *args]) == 2
    err = capsys.readouterr().err
    assert all(word in err for word in words)
    assert len(err.splitlines()) == 1
    assert texts(crate) == before


@pytest.mark.parametrize("tail", [b"\xff\n", b"\npub fn ((torn(\n"], ids=["not-utf-8", "broken"])
def test_nothing_is_written_beside_a_source_that_cannot_be_read(
    crate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tail: bytes
) -> None:
    with (crate / "src/trendflex.rs").open("ab") as file:
        file.write(tail)
    before = texts(crate)
    monkeypatch.chdir(crate / "src/python")
    for args in (["--check"], ["--all"], ["kama"]):
        assert main(["generate", *args]) == 2
        err = capsys.readouterr().err
        assert "src/trendflex.rs:" in err
        assert len(err.splitlines()) == 1
    assert texts(crate) == before


def test_the_folder_it_runs_in_changes_nothing(
    crate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(crate / "src/python")
    assert main(["generate", "--check"]) == 0
    assert main(["audit", "."]) == 0
    assert "not part of the crate" not in capsys.readouterr().out


def test_outside_a_crate_there_is_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "kama"]) == 3
    assert "Cargo.toml" in capsys.readouterr().err


def bare(text: str) -> list[str]:
    """The code without comments and markers, white space aside."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("//")]


def test_the_reference_is_replaced_by_what_it_says_itself(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = crate / "src/alma.rs"
    before = source.read_text()
    assert main(["generate", "alma", "--replace"]) == 0
    assert re.search(r"alma +single +replaced", capsys.readouterr().out)
    after = source.read_text()
    assert after.count("// bindcheck: begin alma/") == 3
    assert bare(after) == bare(before)
    assert main(["generate", "--check"]) == 0
    assert main(["generate", "alma", "--replace"]) == 0
    assert source.read_text() == after


@pytest.mark.parametrize(
    "other",
    [
        "offset=0.85, period=9, sigma=6.0",
        "period=10, offset=0.85, sigma=6.0",
        "period, offset=0.85, sigma=6.0",
        "period=9, *, offset=0.85, sigma=6.0",
    ],
)
def test_an_interface_that_the_strict_style_gives_otherwise_is_left_alone(
    crate: Path, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = crate / "src/alma.rs"
    text = source.read_text()
    old = "signature = (period=9, offset=0.85, sigma=6.0)"
    assert text.count(old) == 1
    source.write_text(text.replace(old, f"signature = ({other})"))
    assert main(["generate", "alma", "--replace", "--piece", "stream"]) == 1
    assert "a way to keep arguments that style strict gives otherwise" in capsys.readouterr().out
    assert "begin alma/stream" not in source.read_text()


def test_a_default_may_be_spelled_otherwise(crate: Path) -> None:
    source = crate / "src/alma.rs"
    text = source.read_text().replace("offset=0.85, sigma=6.0)", "offset=0.850, sigma=6.)")
    source.write_text(text)
    assert main(["generate", "alma", "--replace", "--piece", "stream"]) == 0
    assert "begin alma/stream" in source.read_text()


def test_documentation_stays_what_it_was(crate: Path) -> None:
    source = crate / "src/alma.rs"
    text = source.read_text()
    start = text.index("\n", text.index("*/") if "*/" in text else 0)
    pieces = {'#[pyfunction(name = "alma")]': "single", "#[pyclass(frozen": "stream"}
    for attribute in pieces:
        at = text.index(attribute, start)
        begin = text.rindex("\n\n", 0, at) + 2
        lines = [one for one in text[begin:at].splitlines(True) if not one.startswith("///")]
        text = text[:begin] + "/// Words of ours.\n///\n/// # More\n" + "".join(lines) + text[at:]
    source.write_text(text)
    assert main(["generate", "alma", "--replace"]) == 0
    after = source.read_text()
    for piece in pieces.values():
        region = after.split(f"// bindcheck: begin alma/{piece} ")[1].partition("\n")[2]
        assert region.startswith("/// Words of ours.\n///\n/// # More\n#[cfg(")
    assert main(["generate", "--check"]) == 0
    assert main(["generate", "alma", "--replace"]) == 0
    assert source.read_text() == after


def test_an_interface_is_a_word_of_replacing(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "kama", "--interface", "new"]) == 2
    assert "--interface says what --replace keeps" in capsys.readouterr().err
