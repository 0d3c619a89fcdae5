"""Comments of bindings that are replaced: kept above what is kept, told, or a reason to stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, LIB, MANIFEST, SINGLE, STREAM
from tidings import replaced

CHECKS = {
    "single": "    if h.len() != l.len() {\n",
    "batch": "    let sweep = TideBatchRange { length: spans };\n",
    "stream": "        if span > 1000 {\n",
}
EMPTY = '    if spans.2 == 0 {\n        return Err(PyValueError::new_err("no step"));\n    }\n'
WHY = "// Why: the two come\n// from two instruments.\n"


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(mode is Mode.WRITE))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def written(crate: Path, **changes: tuple[str, str]) -> Path:
    """The tides by hand, with changes by piece."""
    (crate / "src").mkdir()
    (crate / "Cargo.toml").write_text(MANIFEST)
    (crate / "src/lib.rs").write_text(LIB)
    parts = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
    for piece, (old, new) in changes.items():
        assert parts[piece].count(old) == 1
        parts[piece] = parts[piece].replace(old, new)
    path = crate / "src/tide.rs"
    path.write_text(CORE + "".join(parts.values()))
    return path


@pytest.mark.parametrize("piece", CHECKS)
def test_comments_above_a_check_stay_there(tmp_path: Path, piece: str) -> None:
    old = CHECKS[piece]
    check = EMPTY + old if piece == "batch" else old
    indent = " " * (len(check) - len(check.lstrip()))
    lines = "".join(f"{indent}{line}\n" for line in WHY.splitlines())
    path = written(tmp_path, **{piece: (old, lines + check)})
    result = run(tmp_path)
    assert not [one for one in result.notes if "loses" in one]
    text = path.read_text()
    assert f"{lines}{indent}if " in text
    assert run(tmp_path).changes == ()
    assert run(tmp_path, Mode.CHECK).status == 0


def test_other_comments_are_told(tmp_path: Path) -> None:
    kernel = "    let kern = crate::read_kernel(kernel)?;\n    let chosen"
    new = kernel.replace("    let chosen", "    // Seven, as of old.\n    let chosen /* so */")
    path = written(tmp_path, single=(kernel, new))
    line = path.read_text().partition("    // Seven")[0].count("\n") + 1
    lost = [one for one in run(tmp_path).notes if "loses" in one]
    told = "`tide_py` loses 2 comments, the first of them: // Seven, as of old."
    assert lost == [f"{path}:{line}: {told}"]
    assert not [one for one in run(tmp_path).notes if "loses" in one]


def test_a_method_that_stays_keeps_its_comments(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert not [one for one in run(tmp_path).notes if "loses" in one]
    assert "    // Not ours.\n    fn reset" in path.read_text()


@pytest.mark.parametrize(
    ("piece", "old", "new"),
    [
        (
            "single",
            "    let chosen = span.unwrap_or(7);\n",
            "    let chosen = span.unwrap_or(7); // bindcheck: ignore[BC204] wanted\n",
        ),
        (
            "batch",
            CHECKS["batch"],
            "    // bindcheck: ignore[BC303] so it is\n" + CHECKS["batch"],
        ),
    ],
)
def test_a_comment_that_ignores_findings_keeps_the_binding(
    tmp_path: Path, piece: str, old: str, new: str
) -> None:
    told = replaced(tmp_path, piece, old, new)
    assert "a place for the comment `// bindcheck: ignore[" in told.lacking


def test_a_comment_that_ignores_findings_of_a_check_stays_with_it(tmp_path: Path) -> None:
    comment = "    // bindcheck: ignore[BC303] so it is\n"
    path = written(tmp_path, single=(CHECKS["single"], comment + CHECKS["single"]))
    assert run(tmp_path).status == 0
    assert comment + "    if high_slice.len() != low_slice.len() {" in path.read_text()
