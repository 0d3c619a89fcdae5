"""The text of pieces whose form is not that of the core: imports, plain functions, kept interfaces.

Run with BINDCHECK_UPDATE_GOLDEN=1 to write the files anew; read the difference before committing.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.generate.regions import digest, find_regions
from odd_imports import crate_with
from synthetic_cores import Core, write_reference
from tides import BATCH, CORE, SINGLE, STREAM
from tides_package import PUBLIC, written

GOLDEN = Path(__file__).parent
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"

PLAIN = """//! Functions over slices.

/// What a series gained over a period, NaN before that.
pub fn gain(data: &[f64], period: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; data.len()];
    for at in period..data.len() {
        out[at] = data[at] - data[at - period];
    }
    out
}

/// The range of bars, and their middle.
pub fn spread(high: &[f64], low: &[f64]) -> Result<(Vec<f64>, Vec<f64>), String> {
    if high.len() != low.len() {
        return Err("high and low differ in length".to_string());
    }
    let mut range = vec![0.0; high.len()];
    let mut middle = vec![0.0; high.len()];
    for at in 0..high.len() {
        range[at] = high[at] - low[at];
        middle[at] = (high[at] + low[at]) / 2.0;
    }
    Ok((range, middle))
}

/// Whether a series rises.
pub fn rising(data: &[f32], out: &mut [bool]) {
    for at in 1..data.len() {
        out[at] = data[at] > data[at - 1];
    }
}
"""


def regions(path: Path) -> str:
    found = find_regions(path.read_text(), path.name)
    return "".join(f"// {region.key}\n{region.body}\n" for region in found)


def generated(crate: Path, *arguments: str) -> None:
    with contextlib.chdir(crate):
        assert main(["generate", *arguments]) == 0


def compare(name: str, text: str) -> None:
    """What was generated is what the golden file says; Rust may be formatted otherwise."""
    golden = GOLDEN / name
    if UPDATE:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    if name.endswith(".rs"):
        assert digest(text) == digest(golden.read_text()), text
    else:
        compile(text, name, "exec")
        assert text == golden.read_text()


@pytest.mark.parametrize("kind", ["names", "alias"])
def test_imports_that_are_learned_give_their_golden_text(kind: str, tmp_path: Path) -> None:
    crate = crate_with(tmp_path, kind)
    generated(crate, "wave")
    made = regions(crate / "src/wave.rs")
    assert "// wave/imports\n" in made
    compare(f"imports/{kind}.rs", made)


def test_plain_functions_give_their_golden_text(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("plain"),))
    (tmp_path / "src/plain.rs").write_text(PLAIN)
    generated(tmp_path, "--all")
    made = regions(tmp_path / "src/plain.rs")
    lines = (tmp_path / "src/lib.rs").read_text().splitlines()
    register = [line for line in lines if "plain::" in line]
    compare("plain/plain.rs", made + "\n".join(("// register", *register, "")))
    compare("plain/plain.pyi.txt", (tmp_path / "python/made_up/_core.pyi").read_text())
    for name in ("gain", "spread", "rising"):
        test = tmp_path / f"tests/test_{name}_binding.py"
        compare(f"plain/{name}.py.txt", test.read_text())


def test_a_kept_interface_gives_its_golden_stub_and_test(tmp_path: Path) -> None:
    crate = written(tmp_path / "tides", CORE + SINGLE + BATCH + STREAM, PUBLIC)
    generated(crate, "--all", "--replace")
    compare("replace/kept.pyi.txt", (crate / "python/tides/tides.pyi").read_text())
    compare("replace/kept.py.txt", (crate / "tests/test_tide_binding.py").read_text())
