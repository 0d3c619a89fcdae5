"""Variables and errors of bindings by hand: what they stand for does not change with the body."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, LIB, MANIFEST, SINGLE, STREAM

PARTS = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
OURS = "|e| PyValueError::new_err(e.to_string())"
KERNEL = "    let kern = crate::read_kernel(kernel)?;\n"
CHOSEN = "    let chosen = span.unwrap_or(7);\n"
LENGTH = "length: Some(chosen)"
SWEEP = "    let sweep = TideBatchRange { length: spans };\n"
SHOWN = '    dict.set_item("cols", cols)?;\n'
CALL = f"sweep, kern, true, a, b))\n        .map_err({OURS})?"
HANDED = "        self.inner.update(high, low).unwrap_or(f64::NAN)"

Changes = tuple[tuple[str, str], ...]
"""Texts of a binding, each with the one in its place."""


def mapped(exception: str) -> Changes:
    return ((CALL, CALL.replace(OURS, exception)),)


REFUSED: dict[str, tuple[str, Changes, str]] = {
    "error with a number that is gone": (
        "batch",
        mapped('|e| PyIndexError::new_err(format!("{rows} rows: {e}"))'),
        "what makes exceptions of errors",
    ),
    "error with a text that is gone": (
        "batch",
        (
            (SWEEP, f'    let name = "grid";\n{SWEEP}'),
            *mapped('|e| PyValueError::new_err(format!("{name}: {e}"))'),
        ),
        "what makes exceptions of errors",
    ),
    "error with a width that is gone": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{e:>rows$}"))'),
        "what makes exceptions of errors",
    ),
    "errors by kind": (
        "batch",
        mapped(
            "|e| match e {\n"
            '        TideError::Empty => PyIndexError::new_err(format!("{cols} values")),\n'
            "        other => PyValueError::new_err(other.to_string()),\n    }"
        ),
        "what makes exceptions of errors",
    ),
    "error by match with a number that is gone": (
        "single",
        (
            (f"        .map_err({OURS})?;\n    Ok", "    Ok"),
            (
                "    let (ebb, flood) = py\n"
                "        .allow_threads(|| tide_with_kernel(&input, kern)"
                ".map(|tide| (tide.ebb, tide.flood)))\n",
                "    let count = h.len();\n"
                "    let result = py.allow_threads(|| tide_with_kernel(&input, kern));\n"
                "    let tide = match result {\n        Ok(tide) => tide,\n        Err(e) => "
                'return Err(PyValueError::new_err(format!("{count}: {e}"))),\n    };\n'
                "    let (ebb, flood) = (tide.ebb, tide.flood);\n",
            ),
        ),
        "what makes exceptions of errors",
    ),
}
"""The piece, what is changed, and what is told."""

KEPT: dict[str, tuple[str, Changes, tuple[str, ...]]] = {
    "error with a number of its own": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{} rows: {}", rows, e))'),
        ('.map_err(|e| PyValueError::new_err(format!("{} rows: {}"',),
    ),
    "error with an argument": (
        "batch",
        mapped('|e| PyValueError::new_err(format!("{spans:?}: {e}"))'),
        ('.map_err(|e| PyValueError::new_err(format!("{spans:?}: {e}")))',),
    ),
}
"""The piece, what is changed, and what the new body has."""


def changed(piece: str, changes: Changes) -> str:
    text = PARTS[piece]
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return CORE + text


def run(root: Path, piece: str, changes: Changes) -> tuple[str, str]:
    """What is told of the piece, and the body of the new binding."""
    folder = root / "src"
    folder.mkdir()
    (root / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    path = folder / "tide.rs"
    text = changed(piece, changes)
    path.write_text(text)
    told = []
    for mode in (Mode.WRITE, Mode.CHECK):
        inputs, config = load(Options(paths=(folder,)))
        assert inputs.crate is not None
        request = Request(("tide",), mode, pieces=(piece,), replacing=Replacing(True))
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
        told.append(next(one for one in result.plans if one.piece == piece))
    found = find_regions(path.read_text(), "tide.rs")
    if not found:
        assert path.read_text() == text
        return told[0].detail, ""
    assert [one.state.value for one in told] == ["replace", "current"], told
    return "", "".join(found[0].body.split())


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_keeps_the_binding(tmp_path: Path, name: str) -> None:
    piece, changes, wanted = REFUSED[name]
    told, body = run(tmp_path, piece, changes)
    assert not body
    assert wanted in told
    place = re.search(rf"\({re.escape(str(tmp_path))}/src/tide.rs:(\d+)\)", told)
    assert place is not None
    line = changed(piece, changes).splitlines()[int(place[1]) - 1]
    assert any(line.strip().rstrip(";") in new for _, new in changes), line


@pytest.mark.parametrize("name", KEPT)
def test_what_stays_the_same_is_replaced(tmp_path: Path, name: str) -> None:
    piece, changes, wanted = KEPT[name]
    told, body = run(tmp_path, piece, changes)
    assert not told
    for text in wanted:
        assert "".join(text.split()) in body, body
