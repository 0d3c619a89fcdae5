"""Whether a function for grids is given the kernel of a grid, or that of its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.bodies import Takes, kernels_taken
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from bindcheck.model import ItemRef
from bindcheck.testing import program_from
from synthetic_cores import Core, write_reference

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


BODY = re.compile(r"(pub fn tide_batch_with_kernel\([^{]*\{\n).*?\n\}\n", re.DOTALL)
OWN = "fn own_choice() -> Kernel { Kernel::ScalarBatch }\n"


@pytest.mark.parametrize(
    ("head", "given", "auto"),
    [
        (
            "let k = match kernel { Kernel::Auto => Kernel::ScalarBatch, other => other };",
            "k",
            "ScalarBatch",
        ),
        (
            "let k = if matches!(kernel, Kernel::Auto) { own_choice() } else { kernel };",
            "k",
            "own_choice()",
        ),
        (
            "let k = if kernel != Kernel::Auto { kernel } else { Kernel::Avx2Batch };",
            "k",
            "Avx2Batch",
        ),
        ("", "kernel", ""),
        # What these make of it is not known, and the reference says nothing.
        ("let kernel = chosen(kernel);", "kernel", ""),
        (
            "let k = if kernel == Kernel::Auto { chosen(kernel) } else { kernel };",
            "k",
            "",
        ),
        (
            "let k = match kernel { Kernel::Auto => data.into(), other => other };",
            "k",
            "",
        ),
    ],
)
def test_auto_becomes_what_it_does_in_the_core(
    tmp_path: Path, head: str, given: str, auto: str
) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    path = tmp_path / "src/tide.rs"
    body = f"{head}\n    tide_batch_inner_into(data, sweep, {given}, true, &mut out)"
    text, made = BODY.subn(rf"\g<1>    {body}\n}}\n", path.read_text())
    assert made == 1
    path.write_text(text + OWN)
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    generate(inputs.program, inputs.crate, config, inputs.sources, Request(("tide",), Mode.WRITE))
    region = path.read_text().partition("begin tide/batch ")[2].partition("end tide/batch")[0]
    assert "tide_batch_inner_into(" in region
    found = re.findall(r"Kernel::Auto => (?:\w+::)*(\w+(?:\(\))?),", region)
    assert found == ([auto] if auto else [])
