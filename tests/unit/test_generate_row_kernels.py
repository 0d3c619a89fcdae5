"""Whether a function for grids is given the kernel of a grid, or that of its rows."""

from __future__ import annotations

import pytest

from bindcheck.generate.bodies import Takes, kernels_taken
from bindcheck.model import ItemRef
from bindcheck.testing import program_from

PLAIN = frozenset({"Scalar", "Avx2"})
SOURCE = """
#[derive(Clone, Copy, PartialEq)]
pub enum Kernel {{ Auto, Scalar, Avx2, ScalarBatch, Avx2Batch }}

fn rows(x: &[f64], kern: Kernel) -> f64 {{ {body} }}

pub fn grid(x: &[f64], k: Kernel) -> f64 {{ {caller} }}
"""
HANDED_ON = "let best = if k == Kernel::Auto { Kernel::Avx2Batch } else { k }; rows(x, best)"
TURNED = "rows(x, match k { Kernel::ScalarBatch => Kernel::Scalar, _ => Kernel::Avx2 })"


def taken(body: str, caller: str = HANDED_ON) -> Takes:
    program = program_from({"src/lib.rs": SOURCE.format(body=body, caller=caller)})
    rows, grid = (ItemRef("src/lib.rs", index) for index in range(2))
    assert program.function(rows).name == "rows"
    return kernels_taken(program, rows, PLAIN, grid)


@pytest.mark.parametrize(
    ("body", "takes"),
    [
        ("if kern == Kernel::Avx2Batch { 1.0 } else { 2.0 }", Takes.BATCH),
        ("let wide = Kernel::Avx2Batch != kern; x[wide as usize]", Takes.BATCH),
        ("if kern == Kernel::Avx2 { 1.0 } else { 2.0 }", Takes.ROW),
        ("if let Kernel::ScalarBatch | Kernel::Auto = kern { 1.0 } else { 2.0 }", Takes.BATCH),
        ("if let Kernel::Avx2 = kern { 1.0 } else { 2.0 }", Takes.ROW),
        ("if matches!(kern, Kernel::Avx2Batch) { 1.0 } else { 2.0 }", Takes.BATCH),
        # `Auto` alone tells neither.
        (
            "let best = if kern == Kernel::Auto { Kernel::Avx2 } else { kern }; "
            "if best == Kernel::Scalar { 1.0 } else { 2.0 }",
            Takes.ROW,
        ),
        (
            "let best = if matches!(kern, Kernel::Auto) { Kernel::Avx2Batch } else { kern }; "
            "match best { Kernel::Avx2Batch => 1.0, _ => 2.0 }",
            Takes.BATCH,
        ),
    ],
)
def test_what_a_kernel_is_compared_with_tells_which_one_is_taken(body: str, takes: Takes) -> None:
    assert taken(body) is takes
    assert taken(body, TURNED) is takes


def test_without_a_decision_a_function_gets_what_the_core_gives_it() -> None:
    assert taken("x[0]") is Takes.BATCH
    assert taken("x[0]", TURNED) is Takes.ROW
