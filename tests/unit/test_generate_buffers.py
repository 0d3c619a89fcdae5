"""Buffers that a core fills: which output each is for, and what is in them before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.buffers import cell_of
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.single import Filled
from bindcheck.load import load
from synthetic_cores import Core, Output, write_reference


def run(root: Path, name: str) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request((name,), Mode.WRITE)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


@pytest.mark.parametrize(
    ("names", "by_buffer"),
    [(("one", "two", "three"), True), (("third", "one", "two"), False)],
)
def test_a_name_that_fits_elsewhere_is_not_taken_by_its_place(
    tmp_path: Path, names: tuple[str, ...], by_buffer: bool
) -> None:
    outputs = ("first", "second", "third")
    core = Core("tide", outputs=tuple(Output(one) for one in outputs), stream="")
    write_reference(tmp_path, (core,))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    begin = text.index("fn tide_batch_inner_into(")
    body = text[begin:]
    for old, new in zip(outputs, names, strict=True):
        body = body.replace(f"out_{old}", f"OUT_{new}")
    path.write_text(text[:begin] + body.replace("OUT_", "out_"))
    plans = {one.piece: one for one in run(tmp_path, "tide").plans}
    into = "tide_batch_inner_into(" in plans["batch"].text
    assert plans["batch"].state.value == "missing"
    assert into == by_buffer


@pytest.mark.parametrize(
    ("elements", "cell"),
    [
        (("f64",), "u64"),
        (("f64", "f64"), "[u64; 2]"),
        (("f32",), "u32"),
        (("f32", "f64"), "[u32; 3]"),
        (("bool", "i8"), "[u8; 2]"),
    ],
)
def test_memory_is_asked_for_as_the_elements_need_it(elements: tuple[str, ...], cell: str) -> None:
    assert cell_of(elements) == cell


def test_a_vector_that_the_core_fills_is_nan_before() -> None:
    assert Filled("values", "f64").blank == "f64::NAN"
    assert Filled("values", "i8").blank == "<i8>::default()"


def test_nan_in_the_first_cell_is_no_warm_up(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide", stream=""),))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    at = text.index("{\n", text.index("fn tide_batch_inner_into(")) + 2
    path.write_text(f"{text[:at]}    out_values[0] = f64::NAN;\n{text[at:]}")
    plans = {one.piece: one for one in run(tmp_path, "tide").plans}
    assert ".fill(f64::NAN)" in plans["batch"].text
