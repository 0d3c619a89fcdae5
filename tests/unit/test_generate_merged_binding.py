"""Edits of a binding and a new text: what comes out of both is one binding, or a conflict."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.merge import merge
from bindcheck.generate.merged_binding import merge_binding
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

BASE = """#[pyfunction(name = "ebb")]
#[pyo3(signature = (data, period=9))]
pub fn ebb_py(
    data: PyReadonlyArray1<f64>,
    period: usize,
) -> PyResult<f64> {
    let data_slice = data.as_slice()?;
    let params = EbbParams {
        period: Some(period),
    };
    ebb(data_slice, params).map_err(|error| PyValueError::new_err(error.to_string()))
}
"""

STREAM = """#[pyclass(name = "EbbStream")]
pub struct EbbStreamPy {
    stream: EbbStream,
}

#[pymethods]
impl EbbStreamPy {
    #[new]
    #[pyo3(signature = (period=9))]
    fn new(
        period: usize,
    ) -> PyResult<Self> {
        let params = EbbParams {
            period: Some(period),
        };
        Ok(Self { stream: EbbStream::new(params) })
    }

    fn update(&mut self, value: f64) -> f64 {
        self.stream.update(value)
    }
}
"""


GRID = """#[pyfunction(name = "ebb_batch")]
#[pyo3(signature = (data))]
pub fn ebb_batch_py(
    data: PyReadonlyArray1<f64>,
) -> PyResult<f64> {
    let rows = 3;
    let periods: Vec<u64> = listed(rows);
    fill(data, rows)?;

    let dict = PyDict::new(py);
    dict.set_item("values", array)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def grown(text: str) -> str:
    """The text for a core with another parameter."""
    return changed(
        text,
        ("period=9)", "period=9, offset=0)"),
        ("period: usize,\n", "period: usize,\n    offset: usize,\n"),
        ("Some(period),\n", "Some(period),\n        offset: Some(offset),\n"),
    )


@pytest.mark.parametrize("base", [BASE, STREAM])
def test_a_signature_that_lacks_what_the_body_asks_for_stays_a_conflict(base: str) -> None:
    ours, theirs = changed(base, ("period=9)", "period=10)")), grown(base)
    mixed = merge(base, ours, theirs, keep=True)
    assert mixed is not None
    assert "period=10)" in mixed
    assert "Some(offset)" in mixed
    assert merge_binding(base, ours, theirs, keep=True) is None


@pytest.mark.parametrize("base", [BASE, STREAM])
def test_a_signature_with_the_argument_is_kept(base: str) -> None:
    ours = changed(base, ("period=9)", "period=10, offset=0)"))
    merged = merge_binding(base, ours, grown(base), keep=True)
    assert merged == changed(grown(base), ("period=9,", "period=10,"))


def test_a_head_on_one_line_that_is_kept_lacks_the_argument() -> None:
    head = "    data: PyReadonlyArray1<f64>,\n    period: usize,\n"
    ours = changed(BASE, (head, "    data: PyReadonlyArray1<f64>, period: u32,\n"))
    ours = changed(ours, ("#[pyo3(signature = (data, period=9))]\n", ""))
    assert merge(BASE, ours, grown(BASE), keep=True) is not None
    assert merge_binding(BASE, ours, grown(BASE), keep=True) is None


def test_a_renamed_argument_is_no_argument_of_new_lines() -> None:
    ours = changed(
        BASE,
        ("period=9)", "span=9)"),
        ("period: usize", "span: usize"),
        ("Some(period)", "Some(span)"),
    )
    line = "    let data_slice = data.as_slice()?;\n"
    theirs = changed(BASE, (line, line + "    check(data_slice, period)?;\n"))
    assert merge(BASE, ours, theirs) is not None
    assert merge_binding(BASE, ours, theirs) is None


@pytest.mark.parametrize(
    "line",
    [
        "    let period = 7; check(data_slice, period)?;\n",
        "    check(data_slice, |period| period)?;\n",
        "    check(data_slice, own.period)?; // period\n",
        '    check(data_slice, "the period")?;\n',
    ],
)
def test_the_name_of_an_argument_that_is_gone_may_be_another_thing(line: str) -> None:
    ours = changed(
        BASE,
        ("period=9)", "span=9)"),
        ("period: usize", "span: usize"),
        ("Some(period)", "Some(span)"),
    )
    before = "    let data_slice = data.as_slice()?;\n"
    theirs = changed(BASE, (before, before + line))
    assert merge_binding(BASE, ours, theirs) == changed(ours, (before, before + line))


def test_a_variable_in_a_text_is_asked_for() -> None:
    ours = changed(
        BASE,
        ("period=9)", "span=9)"),
        ("period: usize", "span: usize"),
        ("Some(period)", "Some(span)"),
    )
    theirs = changed(BASE, ("error.to_string()", 'format!("{period}: {error}")'))
    assert merge_binding(BASE, ours, theirs) is None


def test_what_nobody_understands_is_merged_line_by_line() -> None:
    two = BASE + BASE.replace("ebb_py", "flow_py")
    ours = two.replace("period=9)", "period=10)")
    theirs = two.replace("    let params", "    let _ = 1;\n    let params")
    assert merge_binding(two, ours, theirs) == merge(two, ours, theirs)


def test_a_run_that_keeps_edits_tells_what_makes_no_binding(tmp_path: Path) -> None:
    def run(*, keep: bool) -> GenerateResult:
        inputs, config = load(Options(paths=(tmp_path / "src",), defaults="params"))
        assert inputs.crate is not None
        asked = Request(everything=True, keep_edits=keep)
        return generate(inputs.program, inputs.crate, config, inputs.sources, asked)

    write_reference(tmp_path, (Core("ebb"),))
    assert run(keep=False).status == 0
    path = tmp_path / "src/ebb.rs"
    single = "// bindcheck: begin ebb/single"
    head, begin, text = path.read_text().partition(single)
    head = changed(
        head,
        (
            "pub period: Option<usize>,\n",
            "pub period: Option<usize>,\n    pub lag: Option<usize>,\n",
        ),
        ("period: Some(9)", "period: Some(9), lag: Some(0)"),
    )
    path.write_text(head + begin + text.replace("period=9", "period=10", 1))
    region = path.read_text().partition(single)[2].partition("// bindcheck: end")[0]
    for keep, way in ((False, "--keep-edits keeps your lines"), (True, "make no binding")):
        result = run(keep=keep)
        (plan,) = [one for one in result.plans if one.piece == "single"]
        assert (plan.state.value, result.status) == ("conflict", 1)
        assert way in result.output
        assert path.read_text().partition(single)[2].partition("// bindcheck: end")[0] == region


ROWS = ("Ok(dict)", 'dict.set_item("n", rows)?;\n    Ok(dict)')
FIRST = (
    """    fill(data, rows)?;

    let dict = PyDict::new(py);
    dict.set_item("values", array)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
""",
    """    let dict = PyDict::new(py);
    dict.set_item("periods", periods.into_pyarray(py))?;
    dict.set_item("values", array)?;
""",
)


def test_a_variable_that_is_not_there_any_more_stays_a_conflict() -> None:
    ours = changed(GRID, ROWS)
    gone = changed(
        GRID, ("    let rows = 3;\n", ""), ("listed(rows)", "listed()"), ("a, rows", "a")
    )
    mixed = merge(GRID, ours, gone, keep=True)
    assert mixed is not None
    assert 'dict.set_item("n", rows)' in mixed
    assert merge_binding(GRID, ours, gone, keep=True) is None
    kept = changed(GRID, ("data, rows", "rows, data"))
    assert merge_binding(GRID, ours, kept, keep=True) == changed(kept, ROWS)


def test_an_array_that_would_be_moved_twice_stays_a_conflict() -> None:
    ours = changed(GRID, ('"periods", p', '"period", p'))
    theirs = changed(GRID, FIRST)
    mixed = merge(GRID, ours, theirs, keep=True)
    assert mixed is not None
    assert mixed.count("periods.into_pyarray(py)") == 2
    assert merge_binding(GRID, ours, theirs, keep=True) is None
