"""Kernels whose names no function of the crate reads, but their own `FromStr`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, KERNEL, LIB, SINGLE, unnamed
from tides_package import PUBLIC, written
from tidings import packed

FROM_STR = """
impl std::str::FromStr for Kernel {
    type Err = ERROR;

    fn from_str(name: &str) -> Result<Self, ERROR> {
        match name {
            "auto" => Ok(Kernel::Auto),
            "scalar" | "plain" => Ok(Kernel::Scalar),
            other => Err(MADE),
        }
    }
}
"""
OWN = ("crate::tide::TideError", "{ let _ = other; crate::tide::TideError::Empty }")
OTHER = ("String", "other.to_string()")
READS = KERNEL.replace(
    "crate::read_kernel(kernel)?",
    'kernel.unwrap_or("scalar").parse::<Kernel>()'
    ".map_err(|e| PyValueError::new_err(e.to_string()))?",
)
CALLS = """
pub fn read_kernel(name: Option<&str>) -> PyResult<Kernel> {
    name.unwrap_or("auto").parse().map_err(pyo3::exceptions::PyValueError::new_err)
}
"""


def crate(folder: Path, error: tuple[str, str], reads: str = READS, reader: str = "") -> Path:
    """Tides whose kernels are parsed."""
    start, end = LIB.index("pub fn read_kernel"), LIB.index("#[pymodule]")
    bindings = unnamed(SINGLE + BATCH).replace(KERNEL, reads)
    written(folder, unnamed(CORE) + bindings, PUBLIC)
    (folder / "bindcheck.toml").write_text('reference = "tide"\n')
    parsed = FROM_STR.replace("ERROR", error[0]).replace("MADE", error[1])
    lib = (
        LIB[:start]
        + parsed
        + reader
        + LIB[end:].replace("    m.add_class::<tide::TideStreamPy>()?;\n", "")
    )
    (folder / "src/lib.rs").write_text(lib)
    return folder


def made(root: Path) -> dict[str, str]:
    """Our own bindings in the place of those by hand, by piece."""
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True, keep=False))
    generate(inputs.program, inputs.crate, config, inputs.sources, request)
    regions = find_regions((root / "src/tide.rs").read_text(), "tide.rs")
    return {one.key.partition("/")[2]: packed(one.body) for one in regions}


def test_a_text_is_parsed_as_the_reference_does(tmp_path: Path) -> None:
    found = made(crate(tmp_path, OWN))
    for piece in ("single", "batch"):
        assert 'letkern=kernel.unwrap_or("scalar").parse::<' in found[piece]
        assert "Kernel>().map_err(|" in found[piece]
        assert "to_string()" in found[piece].partition("parse")[2].partition(";")[0]


def test_an_error_that_is_not_the_cores_is_told_by_the_texts(tmp_path: Path) -> None:
    found = made(crate(tmp_path, OTHER))
    assert "new_err(\"kernelmustbeoneof'auto','scalar','plain'\")" in found["single"]


@pytest.mark.parametrize(("reads", "reader"), [(READS, ""), (KERNEL, CALLS)])
def test_tests_give_the_texts_that_are_parsed(tmp_path: Path, reads: str, reader: str) -> None:
    made(crate(tmp_path, OWN if not reader else OTHER, reads, reader))
    tree = ast.parse((tmp_path / "tests/test_tide_binding.py").read_text())
    (test,) = (
        one
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and one.name == "test_kernels_agree"
    )
    (asked,) = (one.iter for one in ast.walk(test) if isinstance(one, ast.For) and one in test.body)
    assert ast.literal_eval(asked) == (None, "auto", "plain")
