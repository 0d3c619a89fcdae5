"""Grids: parameters swept by lists, and those that a combination may leave open."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.plan import PiecePlan
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference


def written(root: Path, *changes: tuple[str, str]) -> dict[str, PiecePlan]:
    """The plans by piece, once texts of the core have been replaced."""
    write_reference(root, (Core("tide"),))
    path = root / "src/tide.rs"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE)
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return {one.piece: one for one in result.plans}


LISTED = (
    ("pub period: (usize, usize, usize)", "pub period: Vec<usize>"),
    ("axis_usize(range.period)", "range.period.clone()"),
)


def test_a_parameter_that_a_list_sweeps_has_its_key(tmp_path: Path) -> None:
    plans = written(tmp_path, *LISTED)
    assert "period: Vec<usize>" in plans["batch"].text
    assert 'set_item("periods", periods.into_pyarray(py))' in plans["batch"].text
    stub = plans["stub"].text
    assert "    periods: NDArray[np.uint64]\n" in stub
    assert "period: list[int]," in stub
    assert "period: values to sweep." in stub
    assert "period=[9, 11]," in plans["test"].text
    assert "assert len(set(rows)) == len(rows) > 1" in plans["test"].text


def test_a_list_that_sweeps_no_parameter_is_lacking(tmp_path: Path) -> None:
    plans = written(
        tmp_path,
        ("pub period: (usize, usize, usize)", "pub spans: Vec<usize>"),
        ("axis_usize(range.period)", "[1, range.spans.len(), 9].into_iter()"),
        ("period: Some(period) });", "period: Some(helper()) });"),
    )
    assert plans["batch"].state.value == "lacking"
    assert "the parameter that the list `spans: Vec<usize>` sweeps" in plans["batch"].detail


OPEN = (("period: Some(9)", "period: None"), ("unwrap_or(9)", "unwrap_or_default()"))


@pytest.mark.parametrize(
    ("made", "read", "kind"),
    [
        ("Some(period)", "combo.period.unwrap_or_default() as u64", "NDArray[np.uint64]"),
        ("(period > 3).then_some(period)", "combo.period)", "list[int | None]"),
    ],
)
def test_a_parameter_that_a_combination_may_leave_open(
    tmp_path: Path, made: str, read: str, kind: str
) -> None:
    plans = written(
        tmp_path, *OPEN, ("TideParams { period: Some(period) }", f"TideParams {{ period: {made} }}")
    )
    assert read in plans["batch"].text
    assert f"    periods: {kind}\n" in plans["stub"].text
    assert plans["test"].state.value == "missing"
    assert "no test of the batch" not in plans["test"].detail
    assert "period_range=(14, 18, 2)," in plans["test"].text


@pytest.mark.parametrize(
    ("fallback", "told", "given"),
    [
        ("unwrap_or(5)", "", "span_range=(5, 9, 2),"),
        ("unwrap_or(5_000)", "", "span_range=(5000, 5004, 2),"),
        ("unwrap_or_default()", "a value for `span_range` to test with", ""),
    ],
)
def test_a_parameter_that_is_open_by_default_is_swept_from_what_stands_for_it(
    tmp_path: Path, fallback: str, told: str, given: str
) -> None:
    plans = written(tmp_path, *OPEN, ("period", "span"), ("unwrap_or_default()", fallback))
    assert told in plans["test"].detail
    assert ("no test of the batch" in plans["test"].detail) == bool(told)
    assert given in plans["test"].text
    assert '"span": None' in plans["test"].text


def test_a_stream_that_takes_other_values_is_told_to_be_untested(tmp_path: Path) -> None:
    plans = written(
        tmp_path, ("pub fn update(&mut self, ", "pub fn update(&mut self, extra: f64, ")
    )
    assert "no test of the stream: it takes or gives other values" in plans["test"].detail
    assert "TideStream" not in plans["test"].text
