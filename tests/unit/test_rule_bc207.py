"""Which function a batch binding is told to use."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc207_batch_not_into import BatchNotInto
from bindcheck.testing import audit_source

CODE = BatchNotInto.bad[0].code
ASKED = "fn gain_batch_inner_into(\n    data: &[f64],"
TWIN = """\
fn gain_batch_inner_into_f64(
    data: &[f64],
    range: &GainBatchRange,
    kernel: Kernel,
    parallel: bool,
    out: &mut [f64],
) -> Result<Vec<GainParams>, String> {
    Ok(expand_grid(range))
}

"""


def _signals(code: str) -> str:
    """The core writes `bool` where the binding gives floats."""
    return code.replace("out: &mut [f64],\n) ->", "out: &mut [bool],\n) ->")


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (CODE, ["`gain_batch_inner_into`"]),
        (_signals(CODE), []),
        (_signals(CODE).replace(ASKED, TWIN + ASKED), ["`gain_batch_inner_into_f64`"]),
    ],
)
def test_the_function_named_writes_what_the_binding_gives(code: str, named: list[str]) -> None:
    findings = audit_source(code, [BatchNotInto()]).findings
    assert [one.message.split(" ")[0] for one in findings] == named
    assert all(name in one.help for name, one in zip(named, findings, strict=True))


def test_as_many_buffers_as_the_function_writes_are_asked_for() -> None:
    both = CODE.replace(
        "    pub values: Vec<f64>,", "    pub values: Vec<f64>, pub tops: Vec<f64>,"
    )
    both = both.replace("out: &mut [f64],\n)", "out: &mut [f64],\n    tops: &mut [f64],\n)")
    [one] = audit_source(CODE, [BatchNotInto()]).findings
    [two] = audit_source(both, [BatchNotInto()]).findings
    assert "one NumPy buffer " in one.help
    assert "2 NumPy buffers " in two.help
