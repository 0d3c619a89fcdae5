"""Files whose lines end as on Windows: edits are merged, and the line ends stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

EDIT = "    // by hand"


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def states(result: GenerateResult) -> dict[str, str]:
    return {one.piece: one.state.value for one in result.plans}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_edit_is_merged_whatever_lines_end_in(tmp_path: Path, end: str) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    path.write_bytes(path.read_text().replace("\n", end).encode())
    run(tmp_path)
    made = path.read_bytes().decode()
    assert made.count("\n") == made.count(end)
    at = made.index("Ok(output", made.index("bindcheck: begin tide/single"))
    start = made.rindex("\n", 0, at) + 1
    edited = f"{made[:start]}{EDIT}{end}{made[start:]}"
    old, new = (
        f"pub period: Option<usize>,{end}",
        f"pub period: Option<usize>,{end}    pub gain: Option<f64>,{end}",
    )
    edited = edited.replace(old, new, 1)
    edited = edited.replace("period: Some(9) }", "period: Some(9), gain: Some(1.5) }", 1)
    path.write_bytes(edited.encode())
    result = run(tmp_path)
    assert "conflict" not in states(result).values(), result.output
    merged = path.read_bytes().decode()
    assert merged.count("\n") == merged.count(end)
    assert EDIT in merged
    assert "gain: Some(gain)" in merged
