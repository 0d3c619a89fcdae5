"""Edits inside a region: what Python sees of them is in the stub and in the test, or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference
from tides import BATCH, CORE, SINGLE, STREAM
from tides_package import PUBLIC, edit, texts, written

STUB = "python/made_up/_core.pyi"
TEST = "tests/test_tide_binding.py"
ARGUMENTS = "    period: usize,\n    kernel: Option<&str>,\n"
USED = "        period: Some(period),\n    };\n    let input = "


def run(crate: Path, mode: Mode = Mode.WRITE, *, replacing: bool = False) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(replacing))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def states(result: GenerateResult) -> dict[str, str]:
    return {plan.piece: plan.state.value for plan in result.plans}


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    write_reference(tmp_path, (Core("tide"),))
    assert run(tmp_path).status == 0
    return tmp_path


def settled(crate: Path) -> None:
    """A second run has nothing to do, and a check finds nothing."""
    before = texts(crate)
    assert run(crate).status == 0
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.stream.update(data)", "self.stream.update(data.abs())"),
        ("    let params =", "    let period = period.max(2);\n    let params ="),
    ],
)
def test_an_edit_that_python_does_not_see_leaves_stub_and_test_alone(
    crate: Path, old: str, new: str
) -> None:
    path = crate / "src/tide.rs"
    path.write_text(path.read_text().replace(old, new, 1))
    assert new in path.read_text()
    result = run(crate)
    assert result.status == 0
    assert (states(result)["stub"], states(result)["test"]) == ("current", "current")
    settled(crate)


def test_a_core_moves_on_behind_an_edited_stream(crate: Path) -> None:
    edit(crate, ("self.stream.update(data)", "self.stream.update(data.abs())"))
    path = crate / "src/tide.rs"
    core, mark, rest = path.read_text().partition("// bindcheck: begin")
    core = core.replace(
        "    pub period: Option<usize>,\n",
        "    pub period: Option<usize>,\n    pub wide: Option<bool>,\n",
    )
    core = core.replace("period: Some(14)", "period: Some(14), wide: Some(true)")
    path.write_text(core + mark + rest)
    result = run(crate)
    assert states(result)["stream"] == "stale"
    assert "data.abs()" in path.read_text()
    assert (crate / STUB).read_text().count("        wide: bool") == 1
    settled(crate)


def test_arguments_that_are_added_are_in_the_stub(crate: Path) -> None:
    full = (crate / TEST).read_text()
    edit(
        crate,
        ("(data, period, kernel=None)", "(data, period=9, kernel=None, offset=0)"),
        (ARGUMENTS, ARGUMENTS + "    offset: usize,\n"),
        (USED, USED.replace("(period)", "(period + offset)")),
    )
    assert run(crate, Mode.CHECK).status == 1
    assert states(run(crate))["stub"] == "stale"
    stub = (crate / STUB).read_text()
    assert "    period: int = 9,\n    kernel: str | None = None,\n    offset: int = 0,\n" in stub
    # Whoever knew the old arguments can still call it.
    assert (crate / TEST).read_text() == full
    settled(crate)


def test_a_renamed_argument_is_in_stub_and_test(crate: Path) -> None:
    edit(
        crate,
        ("(data, period, kernel=None)", "(data, span, kernel=None)"),
        (ARGUMENTS, ARGUMENTS.replace("period", "span")),
        (USED, USED.replace("(period)", "(span)")),
    )
    assert states(run(crate))["test"] == "stale"
    assert "    span: int,\n" in (crate / STUB).read_text()
    assert 'ARGUMENTS = {"period": "span"}' in (crate / TEST).read_text()
    settled(crate)


def test_methods_that_are_added_to_a_class_are_in_the_stub(crate: Path) -> None:
    edit(
        crate,
        (
            "    fn update(",
            "    #[getter]\n    fn count(&self) -> usize {\n        3\n    }\n\n    fn update(",
        ),
    )
    assert states(run(crate))["stream"] == "edited"
    assert "    @property\n    def count(self) -> int: ...\n" in (crate / STUB).read_text()
    settled(crate)


def test_a_method_of_another_name_takes_the_test_of_its_class_and_a_line_says_so(
    crate: Path,
) -> None:
    assert "def test_a_stream_gives" in (crate / TEST).read_text()
    edit(crate, ("    fn update(", "    fn feed("))
    result = run(crate)
    (test,) = [one for one in result.plans if one.piece == "test"]
    assert "no test of the stream: by hand it is called in another way" in test.detail
    assert "def test_a_stream_gives" not in (crate / TEST).read_text()
    assert "def feed(" in (crate / STUB).read_text()
    settled(crate)


def test_a_result_that_no_stub_can_say_is_told(crate: Path) -> None:
    edit(
        crate,
        ("Bound<'py, numpy::PyArray1<f64>>> {", "Bound<'py, pyo3::PyAny>> {"),
        (
            "    Ok(output.values.into_pyarray(py))",
            "    Ok(output.values.into_pyarray(py).into_any())",
        ),
    )
    before = (crate / STUB).read_bytes()
    result = run(crate)
    (stub,) = [one for one in result.plans if one.piece == "stub"]
    assert stub.state.value == "kept"
    assert "a Python type for `pyo3::PyAny`" in stub.detail
    assert (crate / STUB).read_bytes() == before
    assert run(crate, Mode.CHECK).status == 1
    # An entry by hand, outside of the region, is the way out.
    text = (crate / STUB).read_text()
    start, _, rest = text.partition("# bindcheck: begin tide/stub")
    rest = rest.partition("# bindcheck: end tide/stub\n")[2]
    (crate / STUB).write_text(
        start + "from typing import Any\ndef tide(*args: Any) -> Any: ...\n" + rest
    )
    assert states(run(crate))["stub"] in ("present", "missing")


def test_the_edited_result_of_a_kept_binding(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, PUBLIC)
    assert run(crate, replacing=True).status == 0
    arrays = "(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)"
    edit(
        crate,
        (f"PyResult<{arrays}> {{", "PyResult<Bound<'py, PyArray1<f64>>> {"),
        (
            "    Ok((output.ebb.into_pyarray(py), output.flood.into_pyarray(py)))",
            "    Ok(output.flood.into_pyarray(py))",
        ),
    )
    assert run(crate, Mode.CHECK).status == 1
    run(crate)
    stub = (crate / "python/tides/tides.pyi").read_text()
    assert "kernel: str | None = None,\n) -> NDArray[np.float64]:" in stub
    before = texts(crate)
    run(crate)
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


def test_a_region_with_two_bindings_is_told(crate: Path) -> None:
    end = "// bindcheck: end tide/single"
    edit(crate, (end, f"#[pyo3::pyfunction]\nfn more() {{}}\n{end}"))
    for plan in run(crate).plans:
        if plan.piece in ("stub", "test"):
            assert plan.state.value == "kept"
            fact = "the binding in the region tide/single, which was edited by hand"
            assert plan.detail == f"left alone: not known: {fact}"
