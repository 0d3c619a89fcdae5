"""Sources nested more deeply than anybody writes by hand."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.testing import audit_source

NESTS = {
    "if": "if data.len() > 3 {{ {} }}",
    "loop": "for _ in 0..2 {{ {} }}",
    "call": "let x = Some({});",
}
WORK = "data.iter().map(|x| x * 2.0).sum::<f64>()"


def nested(kind: str, levels: int, inner: str) -> str:
    if kind == "call":
        return NESTS[kind].format("Some(" * (levels - 1) + inner + ")" * (levels - 1))
    for _ in range(levels):
        inner = NESTS[kind].format(inner)
    return inner


@pytest.mark.parametrize(("kind", "levels"), [("if", 50), ("loop", 50), ("call", 100)])
@pytest.mark.parametrize("calls", [1, 7])
def test_deep_bodies_that_call_each_other_are_followed(kind: str, levels: int, calls: int) -> None:
    helpers = "".join(
        f"fn step{at}(data: &[f64]) {{ "
        + nested(kind, levels, f"step{at + 1}(data)" if at + 1 < calls else WORK)
        + " }\n"
        for at in range(calls)
    )
    code = f"""
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
{helpers}
#[pyfunction]
fn total(data: PyReadonlyArray1<'_, f64>) -> PyResult<()> {{
    let slice = data.as_slice()?;
    step0(slice);
    Ok(())
}}
"""
    report = audit_source(code, [GilHeld()])
    assert [one.item for one in report.findings] == ["total"]
    assert not report.unanalysed
