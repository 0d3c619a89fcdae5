"""A function of the crate that reads the name of a kernel and takes no None."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, INTO, LIB, SINGLE, STREAM, unnamed
from tides_package import PUBLIC, written
from tidings import packed

READER = """pub fn read_kernel(name: &str) -> PyResult<Kernel> {
    match name {
        "auto" | "plain" => Ok(Kernel::Auto),
        "narrow" => Ok(Kernel::Scalar),
        other => Err(pyo3::exceptions::PyKeyError::new_err(other.to_string())),
    }
}
"""


def plain(text: str) -> str:
    """A binding whose kernel is a text with a default."""
    return text.replace("kernel=None", 'kernel="auto"').replace(
        "kernel: Option<&str>", "kernel: &str"
    )


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    start, end = LIB.index("pub fn read_kernel"), LIB.index("#[pymodule]")
    written(tmp_path, CORE + INTO + plain(SINGLE) + plain(BATCH) + STREAM, PUBLIC)
    (tmp_path / "bindcheck.toml").write_text('reference = "tide"\n')
    (tmp_path / "src/lib.rs").write_text(LIB[:start] + READER + "\n" + LIB[end:])
    return tmp_path


def made(crate: Path, replacing: Replacing) -> dict[str, str]:
    """Details of the pieces that are lacking."""
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=replacing)
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}


def test_bindings_that_call_it_are_replaced(crate: Path) -> None:
    lacking = made(crate, Replacing(True))
    assert not {"single", "batch"} & set(lacking), lacking
    regions = find_regions((crate / "src/tide.rs").read_text(), "tide.rs")
    for piece in ("single", "batch"):
        body = packed("".join(one.body for one in regions if one.key == f"tide/{piece}"))
        assert 'kernel="auto"' in body
        assert "kernel:&str" in body
        assert "letkern=crate::read_kernel(kernel)?;" in body


def test_kernels_of_tests_are_those_that_it_knows(crate: Path) -> None:
    path = crate / "src/tide.rs"
    path.write_text(unnamed(path.read_text()))
    made(crate, Replacing(True, keep=False))
    tree = ast.parse((crate / "tests/test_tide_binding.py").read_text())
    (test,) = (
        one
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and one.name == "test_kernels_agree"
    )
    (asked,) = (one.iter for one in ast.walk(test) if isinstance(one, ast.For) and one in test.body)
    assert ast.literal_eval(asked) == ["auto", "plain", "narrow"]
    assert "scalar" not in ast.unparse(test)


# --- what is read as the name ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "default", "name"),
    [
        ("&str", '"auto"', "Some(kernel)"),
        ("String", '"auto"', "Some(&kernel)"),
        ("Option<&str>", "None", 'kernel.or(Some("scalar"))'),
        ("Option<&str>", "None", 'Some(kernel.unwrap_or("scalar"))'),
        ("Option<String>", "None", "kernel.as_ref().map(|one| one.as_str())"),
    ],
)
def test_the_name_of_a_kernel_is_what_the_binding_makes_of_it(
    tmp_path: Path, kind: str, default: str, name: str
) -> None:
    def reads(text: str) -> str:
        text = text.replace("kernel: Option<&str>", f"kernel: {kind}")
        text = text.replace("kernel=None", f"kernel={default}")
        return text.replace("read_kernel(kernel)", f"read_kernel({name})")

    written(tmp_path, CORE + INTO + reads(SINGLE) + reads(BATCH) + STREAM, PUBLIC)
    lacking = made(tmp_path, Replacing(True))
    assert not {"single", "batch"} & set(lacking), lacking
    regions = find_regions((tmp_path / "src/tide.rs").read_text(), "tide.rs")
    for piece in ("single", "batch"):
        body = packed("".join(one.body for one in regions if one.key == f"tide/{piece}"))
        assert packed(f"let kern = crate::read_kernel({name})?;") in body


def test_two_names_of_kernels_are_not_one(tmp_path: Path) -> None:
    twice = '    let other = crate::read_kernel(Some("scalar").or(kernel))?;\n    let _ = other;\n'
    line = "    let kern = crate::read_kernel(kernel)?;\n"
    assert SINGLE.count(line) == 1
    written(tmp_path, CORE + INTO + SINGLE.replace(line, line + twice) + BATCH + STREAM, PUBLIC)
    lacking = made(tmp_path, Replacing(True))
    assert lacking["single"].startswith("not known: one name of a kernel that `tide_py` reads")
