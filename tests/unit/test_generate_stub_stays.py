"""Entries of a stub that nothing can be told of any more: those of bindings that are there stay."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.plan import PiecePlan
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference
from tides import BATCH, CORE, STREAM
from tides_package import edit, written

STUB = "python/tides/tides.pyi"
INIT = "from tides.tides import Tides, tide_grid\n"
UNKNOWN = (
    ("-> PyResult<Py<PyDict>> {", "-> PyResult<PyObject> {"),
    ("    Ok(dict.into())\n", "    made(py)\n"),
)
"""A result of which nobody knows what Python gets."""


def run(crate: Path, *, replacing: bool = False) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    asked = Request(everything=True, replacing=Replacing(replacing))
    return generate(inputs.program, inputs.crate, config, inputs.sources, asked)


def stub_of(result: GenerateResult, name: str) -> PiecePlan:
    (plan,) = [one for one in result.plans if (one.indicator, one.piece) == (name, "stub")]
    return plan


def defined(stub: Path) -> set[str]:
    nodes = ast.parse(stub.read_text()).body
    return {one.name for one in nodes if isinstance(one, ast.FunctionDef | ast.ClassDef)}


def test_an_entry_stays_whose_binding_by_hand_is_not_understood_any_more(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    run(crate)
    before = (crate / STUB).read_text()
    assert {"tide", "tide_grid", "Tides"} <= defined(crate / STUB)
    edit(crate, *UNKNOWN)
    result = run(crate)
    plan = stub_of(result, "tide")
    assert plan.state.value == "kept"
    assert plan.detail == (
        "left alone: tide_grid is bound by hand, not known: a Python type for `PyObject`"
    )
    assert (crate / STUB).read_text() == before
    assert result.changes == ()


def test_a_binding_that_never_had_an_entry_holds_nothing_up(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    edit(crate, *UNKNOWN)
    run(crate)
    edit(crate, ("(span=7)", "(span=8)"))
    assert stub_of(run(crate), "tide").state.value == "stale"
    assert "span: int = 8" in (crate / STUB).read_text()


def by_hand(folder: Path) -> Path:
    """Two indicators with entries of ours, the first bound by hand as the generator would."""
    write_reference(folder, (Core("ebb"), Core("flow")))
    run(folder)
    path = folder / "src/ebb.rs"
    path.write_text(re.sub(r"// bindcheck: (?:begin|end) .*\n", "", path.read_text()))
    return folder / "python/made_up/_core.pyi"


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new))


def test_an_entry_of_who_is_bound_by_hand_alone_stays(tmp_path: Path) -> None:
    stub = by_hand(tmp_path)
    run(tmp_path)
    before = stub.read_text()
    path = tmp_path / "src/ebb.rs"
    changed(path, 'pyclass(name = "EbbStream")', 'pyclass(name = "EbbStream", extends = Old)')
    plan = stub_of(run(tmp_path), "ebb")
    assert plan.state.value == "kept"
    assert plan.detail == (
        "left alone: EbbStream is bound by hand, not known: what `EbbStreamPy` extends"
    )
    assert stub.read_text() == before


@pytest.mark.parametrize(
    ("update", "state"),
    [("&mut self, data: f64)", "current"), ("&mut self, data: f64, n: u8)", "kept")],
)
def test_what_was_ours_is_declared_as_ours_while_it_is_called_alike(
    tmp_path: Path, update: str, state: str
) -> None:
    """A region whose markers somebody has taken away, beside others."""
    write_reference(tmp_path, (Core("ebb"),))
    run(tmp_path)
    stub, path = tmp_path / "python/made_up/_core.pyi", tmp_path / "src/ebb.rs"
    text = path.read_text()
    path.write_text(re.sub(r"// bindcheck: (?:begin|end) ebb/stream.*\n", "", text))
    own = "    stream: EbbStream,\n}"
    changed(path, own, own.replace("}", "    #[pyo3(get, set)]\n    n: u8,\n}"))
    inside = ") -> Option<f64> {\n        self.stream"
    changed(path, f"&mut self, data: f64{inside}", f"{update.rstrip(')')}{inside}")
    before = stub.read_text()
    assert stub_of(run(tmp_path), "ebb").state.value == state
    assert stub.read_text() == before


def test_a_kept_dict_of_which_something_is_not_known_is_told_as_one(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    edit(crate, ('dict.set_item("rows", rows)?;', 'dict.set_item("rows", rows.max(2))?;'))
    run(crate)
    assert {"tide", "tide_grid", "Tides"} <= defined(crate / STUB)
    result = run(crate, replacing=True)
    plans = {one.piece: one.state.value for one in result.plans}
    assert plans["batch"] == "replace"
    assert {"tide", "tide_grid", "Tides"} <= defined(crate / STUB)
    assert re.search(r"def tide_grid\([^)]*\) -> dict\[str, Any\]:", (crate / STUB).read_text())
