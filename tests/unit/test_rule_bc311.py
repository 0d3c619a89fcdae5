"""BC311 and BC312: batches that cannot be interrupted, streams that cannot be shared."""

from __future__ import annotations

import pytest

from bindcheck.analysis.bindings.sharing import gil_used
from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc311_uninterruptible_batch import UninterruptibleBatch
from bindcheck.rules.bc312_stream_not_shareable import StreamNotShareable
from bindcheck.rules.core_examples import BATCH_INTO, CORE, GRID, INTO, SINGLE, USES, module
from bindcheck.testing import audit_source, program_from


def reported(code: str, pyo3: str = "0.29.0") -> list[Finding]:
    rules = [UninterruptibleBatch(), StreamNotShareable()]
    return list(audit_source(code, rules, pyo3=pyo3).findings)


BATCH = USES + CORE + SINGLE + GRID + INTO + BATCH_INTO


def test_the_batch_of_an_indicator_is_certain_and_told_where_it_works() -> None:
    code = BATCH + module("gain_py", "gain_batch_py")
    [finding] = reported(code)
    assert (finding.code, finding.confidence) == ("BC311", Confidence.CERTAIN)
    line = code.splitlines()[finding.location.line - 1]
    assert "gain_batch_inner_into(data, &range" in line


@pytest.mark.parametrize(
    "ask",
    [
        "py.check_signals()?;",
        "Python::check_signals(py)?;",
        "if unsafe { pyo3::ffi::PyErr_CheckSignals() } != 0 { return Err(PyErr::fetch(py)); }",
        "breathe(py)?;",
    ],
)
def test_a_batch_that_asks_is_silent(ask: str) -> None:
    helper = "\nfn breathe(py: Python<'_>) -> PyResult<()> {\n    py.check_signals()\n}\n"
    code = BATCH.replace(
        "    Ok(values.into_pyarray(py))\n}\n", f"    {ask}\n    Ok(values.into_pyarray(py))\n}}\n"
    )
    assert not reported(code + helper + module("gain_py", "gain_batch_py"))


TEXTS = """
use pyo3::prelude::*;
use pyo3::types::PyList;

fn weigh(text: &str) -> usize {
    text.bytes().map(usize::from).sum()
}

#[pyfunction]
{attributes}fn weigh_batch(py: Python<'_>, {param}) -> PyResult<Vec<usize>> {
    {body}
}
"""


def texts(param: str, body: str, attributes: str = "") -> str:
    text = TEXTS.replace("{param}", param).replace("{body}", body)
    return text.replace("{attributes}", attributes)


WEIGHED = "Ok(py.detach(|| texts.iter().map(|t| weigh(t)).collect()))"


def test_a_list_of_things_is_likely() -> None:
    [finding] = reported(texts("texts: Vec<String>", WEIGHED))
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "code",
    [
        texts("texts: Vec<f64>", "Ok(py.detach(|| texts.iter().map(|t| *t as usize).collect()))"),
        texts("texts: Vec<String>", WEIGHED, "async "),
        texts("texts: Vec<String>", f"future_into_py(py, async move {{ {WEIGHED} }})"),
        texts("texts: Vec<String>", WEIGHED).replace("weigh_batch", "weigh_all"),
        texts("count: usize", "Ok(vec![count])"),
    ],
)
def test_what_is_short_or_runs_elsewhere_is_silent(code: str) -> None:
    assert not reported(code)


# --- streams --------------------------------------------------------------------------------------


CLASS = """
use pyo3::prelude::*;

#[pyclass{options}]
pub struct {name} {
    sum: f64,
}

#[pymethods]
impl {name} {
    #[new]
    fn new() -> Self {
        Self { sum: 0.0 }
    }

    #[setter]
    fn set_sum(&mut self, sum: f64) {
        self.sum = sum;
    }

    fn {method}({receiver}, py: Python<'_>, value: f64) -> f64 {
        {body}
        self.sum
    }
}

#[pymodule{module}]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    {init}
    m.add_class::<{name}>()
}
"""


def stream(**parts: str) -> str:
    given = {
        "options": "",
        "name": "SumStream",
        "method": "update",
        "receiver": "&mut self",
        "body": "self.sum += value;",
        "module": "",
        "init": "",
    } | parts
    code = CLASS
    for name, text in given.items():
        code = code.replace("{" + name + "}", text)
    return code


@pytest.mark.parametrize(
    ("name", "method"),
    [("SumStream", "update"), ("SumStream", "add"), ("Sum", "push"), ("Sum", "decode_step")],
)
def test_a_class_that_is_fed_is_reported_at_the_method(name: str, method: str) -> None:
    [finding] = reported(stream(name=name, method=method))
    assert (finding.code, finding.item) == ("BC312", f"{name}::{method}")


@pytest.mark.parametrize(
    "code",
    [
        stream(receiver="&self"),
        stream(options="(unsendable)"),
        stream(name="Sum", method="configure"),
        stream(module="(gil_used = true)"),
        stream(init="m.gil_used(true)?;"),
    ],
)
def test_what_cannot_meet_is_silent(code: str) -> None:
    assert not reported(code)


RELEASED = "py.allow_threads(|| std::hint::black_box(value));\n        self.sum += value;"


@pytest.mark.parametrize(
    ("pyo3", "parts", "confidence"),
    [
        ("0.22.0", {}, None),
        ("0.22.0", {"body": RELEASED}, Confidence.CERTAIN),
        ("0.25.0", {}, None),
        ("0.25.0", {"module": "(gil_used = false)"}, Confidence.CERTAIN),
        ("0.25.0", {"init": "m.gil_used(false)?;"}, Confidence.CERTAIN),
        ("0.28.0", {}, Confidence.CERTAIN),
        ("0.28.0", {"module": "(gil_used = true)", "body": RELEASED}, Confidence.CERTAIN),
    ],
)
def test_how_sure_it_is_follows_from_who_keeps_calls_apart(
    pyo3: str, parts: dict[str, str], confidence: Confidence | None
) -> None:
    found = [one.confidence for one in reported(stream(**parts), pyo3)]
    assert found == ([confidence] if confidence else [])


def test_an_inline_module_says_it_at_its_head() -> None:
    code = """
use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod example {
    #[pymodule_export]
    use super::SumStream;
}
"""
    assert gil_used(program_from({"src/lib.rs": code})) is False
    assert gil_used(program_from({"src/lib.rs": code.replace("(gil_used = false)", "")})) is True


@pytest.mark.parametrize(
    ("name", "type_", "count"),
    [
        ("next_batch", "Vec<Item>", 1),
        ("next_batch", "Option<Vec<Item>>", 0),
        ("from_record_batches", "Vec<Item>", 0),
    ],
)
def test_a_list_that_may_be_left_out_or_of_tables_is_no_batch(
    name: str, type_: str, count: int
) -> None:
    code = (
        (
            "use pyo3::prelude::*;\n#[pyclass]\n#[derive(Clone)]\nstruct Item { x: f64 }\n"
            "#[pyfunction]\nfn next_batch(data: Vec<f64>, items: TYPE) -> f64 {\n"
            "    data.iter().map(|x| x.sqrt()).sum()\n}\n"
            "#[pymodule]\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
            "    m.add_function(wrap_pyfunction!(next_batch, m)?)\n}\n"
        )
        .replace("TYPE", type_)
        .replace("next_batch", name)
    )
    assert [one.code for one in reported(code)] == ["BC311"] * count


def test_one_row_is_one_pass() -> None:
    bare = BATCH.replace("    pub factor: Option<f64>,\n", "")
    bare = bare.replace("GainParams { factor }", "GainParams {}")
    ignored = BATCH.replace("    factor_range: (f64", "    _factor_range: (f64")
    ignored = ignored.replace("factor: factor_range", "factor: (1.0, 1.0, 1.0)")
    alone = bare.replace("    factor_range: (f64, f64, f64),\n", "").replace("&range, ", "")
    alone = alone.replace("    let range = GainBatchRange { factor: factor_range };\n", "")
    alone = alone.replace("GainBatchRange", "GainRows").replace("range: &GainRows", "rows: usize")
    for code in (bare, ignored, alone):
        assert not reported(code + module("gain_py", "gain_batch_py"))
