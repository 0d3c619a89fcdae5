"""A core that has moved on behind a region which keeps an interface: carried over, or told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, INTO, SINGLE, STREAM
from tides_package import PUBLIC, edit, texts, written
from tidings import packed

STORE = ".bindcheck/generated.json"


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(mode is Mode.WRITE))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def told(crate: Path) -> dict[str, tuple[str, str]]:
    return {one.piece: (one.state.value, one.detail) for one in run(crate, Mode.CHECK).plans}


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    crate = written(tmp_path, CORE + INTO + SINGLE + BATCH + STREAM, PUBLIC)
    assert run(crate).status == 0
    assert run(crate, Mode.CHECK).status == 0
    return crate


OTHER_ORDERS = {
    "constructor": (
        (
            "from_slices(high: &'a [f64], low: &'a [f64],",
            "from_slices(low: &'a [f64], high: &'a [f64],",
        ),
        "single",
        "TideInput::from_slices(low_slice,high_slice,params)",
    ),
    "grid": (
        (
            "    high: &[f64],\n    low: &[f64],\n    sweep",
            "    low: &[f64],\n    high: &[f64],\n    sweep",
        ),
        "batch",
        "tide_batch_inner_into(low_slice,high_slice,&sweep,",
    ),
    "stream": (
        (
            "update(&mut self, high: f64, low: f64) -> Option",
            "update(&mut self, low: f64, high: f64) -> Option",
        ),
        "stream",
        "self.inner.update(low,high);",
    ),
}


@pytest.mark.parametrize("name", OTHER_ORDERS)
def test_arguments_in_another_order_go_where_they_went(crate: Path, name: str) -> None:
    pair, piece, wanted = OTHER_ORDERS[name]
    assert wanted not in packed((crate / "src/tide.rs").read_text())
    edit(crate, pair)
    assert told(crate)[piece][0] == "stale"
    assert run(crate, Mode.CHECK).status == 1
    assert run(crate).status == 0
    assert wanted in packed((crate / "src/tide.rs").read_text())
    before = texts(crate)
    assert run(crate).status == 0
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


def test_a_swap_by_hand_stays_one(tmp_path: Path) -> None:
    single = SINGLE.replace("from_slices(h, l,", "from_slices(l, h,")
    crate = written(tmp_path, CORE + INTO + single + BATCH + STREAM, PUBLIC)
    run(crate)
    assert "from_slices(low_slice, high_slice," in (crate / "src/tide.rs").read_text()
    assert run(crate, Mode.CHECK).status == 0


def test_a_store_that_has_no_orders_gets_them(crate: Path) -> None:
    path = crate / STORE
    data = json.loads(path.read_text())
    assert data["orders"]["src/tide.rs"]["tide/single"]["input::from_slices"] == "high, low, params"
    del data["orders"]
    path.write_text(json.dumps(data))
    assert run(crate, Mode.CHECK).status == 0
    run(crate)
    assert "orders" in json.loads(path.read_text())


def test_an_argument_of_another_type_is_told_until_somebody_casts_it(crate: Path) -> None:
    edit(
        crate,
        (
            "    pub length: Option<usize>,\n    pub name",
            "    pub length: Option<u32>,\n    pub name",
        ),
    )
    state, detail = told(crate)["single"]
    assert state == "lacking"
    assert "`Option<u32>` of `Option<usize>` for the field `length` of `TideParams`" in detail
    assert run(crate, Mode.CHECK).status == 1
    path = crate / "src/tide.rs"
    text = path.read_text().replace("Some(span.unwrap_or(7))", "Some(span.unwrap_or(7) as u32)")
    path.write_text(text.replace("Some(span),", "Some(span as u32),"))
    assert run(crate).status == 0
    assert run(crate, Mode.CHECK).status == 0


@pytest.mark.parametrize("kind", ["Option<Count>", "Option<usize>"])
def test_a_type_of_another_name_may_be_the_same(crate: Path, kind: str) -> None:
    edit(
        crate,
        ("    pub length: Option<usize>,\n    pub name", f"    pub length: {kind},\n    pub name"),
        ("pub struct TideInput", "pub type Count = usize;\n\npub struct TideInput"),
    )
    assert told(crate)["single"][0] == "current"


def test_a_field_that_somebody_has_renamed_in_core_and_region(crate: Path) -> None:
    path = crate / "src/tide.rs"
    text = path.read_text()
    path.write_text(
        text.replace("    pub length: Option<usize>,\n", "    pub span: Option<usize>,\n", 1)
    )
    assert "a field `length` of `TideParams`" in told(crate)["single"][1]
    core, mark, rest = path.read_text().partition("// bindcheck: begin")
    core = core.replace("Self { length: Some(5)", "Self { span: Some(5)")
    core = core.replace("TideParams { length:", "TideParams { span:").replace(
        "self.params.length", "self.params.span"
    )
    rest = rest.replace("        length: Some(", "        span: Some(").replace(
        "TideParams {\n            length", "TideParams {\n            span"
    )
    path.write_text(
        core
        + mark
        + rest.replace("p.length.", "p.span.").replace("TideParams { length:", "TideParams { span:")
    )
    result = run(crate)
    assert {one.piece: one.detail for one in result.plans if one.state.failed} == {}
    assert run(crate, Mode.CHECK).status == 0


def test_a_constructor_of_a_stream_that_takes_another_type(tmp_path: Path) -> None:
    core = CORE.replace("try_new(params: TideParams)", "try_new(length: usize)").replace(
        "Ok(Self { params })",
        "Ok(Self { params: TideParams { length: Some(length), name: None } })",
    )
    made = "        let params = TideParams { length: Some(span), ..TideParams::default() };\n"
    assert made in STREAM
    stream = STREAM.replace(made, "").replace("try_new(params)", "try_new(span)")
    crate = written(tmp_path, core + INTO + SINGLE + BATCH + stream, PUBLIC)
    assert run(crate).status == 0
    assert told(crate)["stream"][0] == "current"
    edit(crate, ("try_new(length: usize)", "try_new(length: u32)"))
    assert "`u32` of `usize` for `length` of `try_new`" in told(crate)["stream"][1]


def test_a_range_of_another_type_is_told(crate: Path) -> None:
    edit(crate, ("length: (usize, usize, usize)", "length: (u32, u32, u32)"))
    detail = told(crate)["batch"][1]
    assert "`(u32,u32,u32)` of `(usize,usize,usize)` for the field `length`" in detail


def test_arguments_of_which_nothing_is_known_are_not_mistaken(tmp_path: Path) -> None:
    core = CORE.replace("try_new(params: TideParams)", "try_new(first: u8, last: u8)").replace(
        "Ok(Self { params })",
        "let _ = (first, last);\n        Ok(Self { params: Default::default() })",
    )
    made = "        let params = TideParams { length: Some(span), ..TideParams::default() };\n"
    stream = STREAM.replace(made, "").replace("try_new(params)", "try_new(span, last)")
    stream = stream.replace("(span=7)", "(span=7, last=2)").replace(
        "fn new(span: usize)", "fn new(span: u8, last: u8)"
    )
    crate = written(tmp_path, core + INTO + SINGLE + BATCH + stream, PUBLIC)
    run(crate)
    assert "try_new(span, last)" in (crate / "src/tide.rs").read_text()
