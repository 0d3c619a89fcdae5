"""Templates of the user's own: each takes the place of ours of the same name, and only that."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.render import template_names, templates_folder
from odd_imports import crate_with
from synthetic_cores import STRICT_SAMPLE, Core, write_reference, write_strict

REPOSITORY = Path(__file__).parents[2]
REGION = re.compile(r"^(?://|#) bindcheck: begin (\S+) .*?^(?://|#) bindcheck: end", re.M | re.S)
MINE = {".rs.j2": "// of my own\n", ".pyi.j2": "# of my own\n", ".py.j2": "# of my own\n"}
CORES = (Core("into_rows"), Core("by_vectors", into=""), Core("parted", into="split"))

# What each template makes: the ends of the names of regions.
PIECES = {
    "reference/single.rs.j2": {"into_rows/single", "by_vectors/single", "parted/single"},
    "reference/batch.rs.j2": {"into_rows/batch", "parted/batch"},
    "reference/batch_vectors.rs.j2": {"by_vectors/batch"},
    "reference/stream.rs.j2": {"into_rows/stream", "by_vectors/stream", "parted/stream"},
    "reference/imports.rs.j2": {"wave/imports"},
    "python/stub.pyi.j2": {"into_rows/stub", "by_vectors/stub", "parted/stub"},
    "python/test_binding.py.j2": {"into_rows/test", "by_vectors/test", "parted/test"},
    "strict/imports.rs.j2": {"one_slice/imports"},
    "strict/single.rs.j2": {"one_slice/single"},
    "strict/batch.rs.j2": {"one_slice/batch"},
    "strict/stream.rs.j2": {"one_slice/stream"},
}


def reference(root: Path) -> Path:
    write_reference(root, CORES)
    return root


def strict(root: Path) -> Path:
    write_strict(root, STRICT_SAMPLE[:1], REPOSITORY)
    return root / "indicators"


def importing(root: Path) -> Path:
    return crate_with(root, "names")


def maker(template: str) -> tuple[Callable[[Path], Path], tuple[str, ...]]:
    """What writes a crate where a template is used, and for which cores."""
    if template == "reference/imports.rs.j2":
        return importing, ("wave",)
    if template.startswith("strict/"):
        return strict, (STRICT_SAMPLE[0].name,)
    return reference, tuple(core.name for core in CORES)


def regions(crate: Path) -> dict[str, str]:
    """The texts of all regions by name."""
    texts = [
        path.read_text()
        for path in sorted(crate.rglob("*"))
        if path.suffix in (".rs", ".py", ".pyi")
    ]
    return {found[1]: found[0] for text in texts for found in REGION.finditer(text)}


def made(
    make: Callable[[Path], Path],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    *options: str,
    names: tuple[str, ...],
) -> dict[str, str]:
    root.mkdir()
    crate = make(root)
    monkeypatch.chdir(crate)
    assert main(["generate", *names, *options]) == 0
    return regions(crate)


def test_every_template_that_makes_a_piece_is_tried() -> None:
    folders = {name for name in template_names() if name.startswith(("ref", "strict", "python"))}
    replacing = {"reference/stream_kept.rs.j2", "python/kept.pyi.j2", "python/test_kept.py.j2"}
    assert folders - PIECES.keys() == replacing, "made by --replace alone"


@pytest.mark.parametrize("template", PIECES)
def test_one_template_of_the_users_changes_its_own_pieces(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, names = maker(template)
    folder = tmp_path / "mine"
    (folder / template).parent.mkdir(parents=True)
    ours = (templates_folder() / template).read_text()
    mark = MINE[template[template.index(".") :]]
    (folder / template).write_text(f"{ours.rstrip()}\n{mark}")
    before = made(make, tmp_path / "before", monkeypatch, names=names)
    after = made(make, tmp_path / "after", monkeypatch, "--templates", str(folder), names=names)
    changed = {name for name, text in after.items() if text != before[name]}
    assert after.keys() == before.keys()
    assert changed == PIECES[template]
    assert all(mark in after[name] for name in changed)


def test_the_folder_can_be_named_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine/reference"
    folder.mkdir(parents=True)
    ours = (templates_folder() / "reference/stream.rs.j2").read_text()
    (folder / "stream.rs.j2").write_text(f"{ours.rstrip()}\n// of my own\n")

    def configured(root: Path) -> Path:
        (root / "bindcheck.toml").write_text('templates = "../mine"\n')
        return reference(root)

    names = tuple(core.name for core in CORES)
    found = made(configured, tmp_path / "crate", monkeypatch, names=names)
    assert {name for name, text in found.items() if "// of my own" in text} == {
        f"{name}/stream" for name in names
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("// fine\n{{ data.nothing }}\n", 2, "no attribute 'nothing'"),
        ("// fine\n\n{% for %}\n", 3, "Expected an expression"),
        ("{% if data %}\n// no end\n", 2, "Unexpected end of template"),
        ('{% import "absent.j2" as shared %}\n', 1, "no template 'absent.j2'"),
        ("{{ 'two words' | rust_name }}\n", 1, "'two words' is not a Rust identifier"),
        ("{{ 1 // 0 }}\n", 1, "division"),
        ("fn broken( {\n", None, "text that is not Rust (its line 1: 'fn broken( {')"),
        ("", None, "makes nothing of the piece single"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_with_its_path_and_line(
    text: str,
    line: int | None,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    crate = reference(tmp_path)
    template = tmp_path / "mine/reference/single.rs.j2"
    template.parent.mkdir(parents=True)
    template.write_text(text)
    monkeypatch.chdir(crate)
    before = {path: path.read_bytes() for path in crate.rglob("*") if path.is_file()}
    assert main(["generate", "into_rows", "--templates", "mine"]) == 2
    (error,) = capsys.readouterr().err.splitlines()
    place = "mine/reference/single.rs.j2" + (f":{line}" if line else "")
    assert error.startswith(f"bindcheck: error: {place}: ")
    assert said in error
    assert {path: path.read_bytes() for path in crate.rglob("*") if path.is_file()} == before
