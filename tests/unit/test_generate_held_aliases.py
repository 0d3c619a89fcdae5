"""Bindings by hand whose result has a name of its own: the name stays, and what it is is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from tides import CORE, SINGLE
from tides_package import PUBLIC, written

GIVES = "PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)>"
PAIR = "(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)"


def replaced(folder: Path, result: str, alias: str, more: str = "") -> tuple[GenerateResult, Path]:
    single = SINGLE.replace(GIVES, result)
    assert single != SINGLE
    crate = written(folder, CORE + alias + single, PUBLIC)
    lib = crate / "src/lib.rs"
    lib.write_text(f"{more}{lib.read_text()}")
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, pieces=("single", "stub"), replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request), crate


@pytest.mark.parametrize(
    ("result", "alias", "more"),
    [
        ("PyResult<Pair<'py>>", f"type Pair<'py> = {PAIR};\n", ""),
        ("Given<'py>", f"type Given<'py> = PyResult<{PAIR}>;\n", ""),
        ("PyResult<crate::Pair<'py>>", "", f"pub type Pair<'py> = {PAIR};\n"),
    ],
)
def test_an_alias_is_followed_and_stays(tmp_path: Path, result: str, alias: str, more: str) -> None:
    made, crate = replaced(tmp_path, result, alias, more)
    states = {one.piece: one.state.value for one in made.plans}
    assert (states["single"], states["stub"]) == ("replace", "missing"), made.output
    text = (crate / "src/tide.rs").read_text()
    assert f") -> {result} {{\n" in text
    assert "Ok((output.ebb.into_pyarray(py), output.flood.into_pyarray(py)))" in text
    stub = (crate / "python/tides/tides.pyi").read_text()
    assert "-> tuple[NDArray[np.float64], NDArray[np.float64]]:" in stub


def test_an_alias_in_an_inline_module_is_followed(tmp_path: Path) -> None:
    uses = (
        "    use super::*;\n    use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};\n"
        "    use pyo3::exceptions::PyValueError;\n    use pyo3::prelude::*;\n"
    )
    single = SINGLE.replace(GIVES, "PyResult<Pair<'py>>")
    module = f"mod bindings {{\n{uses}    type Pair<'py> = {PAIR};\n{single}}}\n"
    crate = written(tmp_path, CORE + module, PUBLIC)
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, pieces=("single",), replacing=Replacing(True))
    made = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    states = {one.piece: one.state.value for one in made.plans}
    assert states["single"] == "replace", made.output


def test_an_alias_of_another_result_is_refused(tmp_path: Path) -> None:
    alias = "type Pair<'py> = (Bound<'py, PyArray1<f64>>, usize);\n"
    made, _ = replaced(tmp_path, "PyResult<Pair<'py>>", alias)
    (plan,) = [one for one in made.plans if one.piece == "single"]
    assert plan.detail.startswith("not known: how `tide_py` makes `usize`")
