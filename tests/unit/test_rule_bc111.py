"""BC111: what is usual in a crate, and which bindings do otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Confidence, Finding
from bindcheck.load import load
from bindcheck.results import AuditReport
from bindcheck.rules.bc111_result_shape import ResultShape
from bindcheck.testing import audit_source

CORE = """
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
}

pub struct {X}Params {
    pub fast_period: Option<usize>,
    pub slow_period: Option<usize>,
}

pub struct {X}Input<'a> {
    high: &'a [f64],
    low: &'a [f64],
    params: {X}Params,
}

impl<'a> {X}Input<'a> {
    pub fn from_slices(high: &'a [f64], low: &'a [f64], params: {X}Params) -> Self {
        Self { high, low, params }
    }
}

pub struct {X}Output {
{outputs}
}

pub fn {x}_with_kernel(input: &{X}Input, kernel: Kernel) -> Result<{X}Output, String> {
    compute(input, kernel)
}

pub struct {X}BatchRange {
    pub fast_period: (usize, usize, usize),
    pub slow_period: (usize, usize, usize),
}

pub struct {X}BatchOutput {
{outputs}
    pub combos: Vec<{X}Params>,
    pub rows: usize,
    pub cols: usize,
}

pub fn {x}_batch_with_kernel(
    high: &[f64],
    low: &[f64],
    range: &{X}BatchRange,
    kernel: Kernel,
) -> Result<{X}BatchOutput, String> {
    compute_batch(high, low, range, kernel)
}

#[pyfunction]
#[pyo3(signature = ({single}))]
fn {x}_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    fast_period: usize,
    slow_period: usize,
    kernel: Option<&str>,
) -> PyResult<{returns}> {
    let params = {X}Params { fast_period: Some(fast_period), slow_period: Some(slow_period) };
    let input = {X}Input::from_slices(high.as_slice()?, low.as_slice()?, params);
    answer(py, {x}_with_kernel(&input, choose(kernel)?))
}

#[pyfunction]
#[pyo3(signature = ({batch}))]
fn {x}_batch_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    fast_period_range: (usize, usize, usize),
    slow_period_range: (usize, usize, usize),
    kernel: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let range = {X}BatchRange { fast_period: fast_period_range, slow_period: slow_period_range };
    let kernel = choose(kernel)?;
    let got = {x}_batch_with_kernel(high.as_slice()?, low.as_slice()?, &range, kernel)?;
    let dict = PyDict::new(py);
{keys}
    Ok(dict)
}
"""

ARRAY = "Bound<'py, PyArray1<f64>>"
DICT = "Bound<'py, PyDict>"
PAIR = "(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)"
USUAL = {
    "outputs": "    pub values: Vec<f64>,",
    "single": "high, low, fast_period, slow_period, kernel=None",
    "batch": "high, low, fast_period_range, slow_period_range, kernel=None",
    "returns": ARRAY,
    "keys": "values fast_periods slow_periods",
}
BANDS = {
    "outputs": "    pub upper: Vec<f64>,\n    pub lower: Vec<f64>,",
    "returns": PAIR,
    "keys": "upper lower fast_periods slow_periods",
}
NAMES = ("drift", "pulse", "swing", "tide", "wave")


def indicator(name: str, parts: dict[str, str]) -> str:
    given = USUAL | parts
    given["keys"] = "\n".join(
        f'    dict.set_item("{key}", got.{key})?;' for key in given["keys"].split()
    )
    code = CORE.replace("{X}", name.capitalize()).replace("{x}", name)
    for part, text in given.items():
        code = code.replace("{" + part + "}", text)
    return code


def audited(of: dict[str, dict[str, str]]) -> AuditReport:
    files = {f"src/{name}.rs": indicator(name, parts) for name, parts in of.items()}
    main = "".join(f"mod {name};\n" for name in of)
    return audit_source(main, [ResultShape()], files=files)


def findings(of: dict[str, dict[str, str]]) -> list[Finding]:
    return list(audited(of).findings)


def beside(parts: dict[str, str], others: dict[str, str] | None = None) -> list[Finding]:
    """What is said of `gain` with `parts`, beside five that are alike."""
    return findings({name: others or {} for name in NAMES} | {"gain": parts})


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"single": "high, low, kernel=None, fast_period=2, slow_period=3"},
            "`kernel` is not the last argument",
        ),
        (
            {"single": "high, low, slow_period, fast_period, kernel=None"},
            "parameters come as `slow_period`, `fast_period`",
        ),
        (
            {"single": "low, high, fast_period, slow_period, kernel=None"},
            "input arrays come as `low`, `high`",
        ),
        (
            {"batch": "high, low, slow_period_range, fast_period_range, kernel=None"},
            "parameters come as `slow_period`, `fast_period`",
        ),
        ({"returns": DICT}, "gives a dict; it is an array"),
        ({"returns": "Vec<f64>"}, "gives a list; it is an array"),
    ],
)
def test_the_reference_decides_alone(parts: dict[str, str], message: str) -> None:
    [finding] = findings({"alma": {}, "gain": parts})
    assert message in finding.message
    assert "the reference `alma`" in finding.message
    assert finding.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    ("parts", "others", "message"),
    [
        ({"returns": DICT}, {}, "gives a dict; it is an array in 5 of 6 like it"),
        (BANDS | {"returns": DICT}, BANDS, "gives a dict; it is a tuple in 5 of 6 like it"),
        (
            BANDS | {"keys": "values fast_periods slow_periods"},
            BANDS,
            "all outputs are stacked in `values`; there is a key for each in 5 of 6 like it",
        ),
        (
            {"keys": "values fast_period slow_period"},
            {},
            "values of `fast_period`, `slow_period` are under the same name",
        ),
        ({"keys": "values fasts slows"}, {}, "`slow_period` are not under their name"),
    ],
)
def test_without_a_reference_the_majority_decides(
    parts: dict[str, str], others: dict[str, str], message: str
) -> None:
    [finding] = beside(parts, others)
    assert message in finding.message
    assert finding.confidence is Confidence.LIKELY
    assert finding.item.startswith("gain")


def test_several_outputs_are_not_compared_with_the_reference() -> None:
    assert not findings({"alma": {}, "gain": BANDS})


def test_less_than_four_fifths_decide_nothing() -> None:
    of: dict[str, dict[str, str]] = {name: {} for name in NAMES}
    assert not findings(of | {"gain": {"returns": DICT}, "loss": {"returns": DICT}})


def test_a_usual_order_that_is_not_that_of_the_core_is_no_norm() -> None:
    turned = {"single": "high, low, slow_period, fast_period, kernel=None"}
    assert not beside({}, turned)


@pytest.mark.parametrize(
    "parts",
    [
        {"returns": "Py<PyAny>"},
        {"keys": "values"},
        {"keys": "values fast_periods slow_periods rows cols"},
        {"single": "high, low, fast_period=2, slow_period=3, *, kernel=None"},
    ],
)
def test_what_cannot_be_compared_is_silent(parts: dict[str, str]) -> None:
    assert not beside(parts)


def test_keys_that_a_loop_sets_are_not_known() -> None:
    of = {name: indicator(name, {}) for name in NAMES}
    gain = indicator("gain", {"keys": "values"}).replace(
        "    Ok(dict)\n",
        "    for (k, v) in more(&got) {\n        dict.set_item(k, v)?;\n    }\n    Ok(dict)\n",
    )
    files = {f"src/{name}.rs": code for name, code in (of | {"gain": gain}).items()}
    main = "".join(f"mod {name};\n" for name in (*NAMES, "gain"))
    assert not audit_source(main, [ResultShape()], files=files).findings


def test_a_second_binding_beside_the_usual_one_is_a_choice() -> None:
    single, batch = indicator("gain", {}).split("#[pyfunction]")[1:]
    again = single.replace("fn gain_py", "fn gain_dict_py").replace(ARRAY, DICT)
    code = indicator("gain", {}) + f"#[pyfunction]{again}"
    files = {"src/alma.rs": indicator("alma", {}), "src/gain.rs": code}
    assert batch
    assert not audit_source("mod alma;\nmod gain;\n", [ResultShape()], files=files).findings


def test_the_finding_stands_at_the_key() -> None:
    [finding] = beside({"keys": "values fast_period slow_periods"})
    code = indicator("gain", {"keys": "values fast_period slow_periods"})
    line = code.splitlines()[finding.location.line - 1]
    assert line.strip() == 'dict.set_item("fast_period", got.fast_period)?;'


def test_without_indicators_the_rule_is_not_applicable() -> None:
    code = "use pyo3::prelude::*;\n\n#[pyfunction]\nfn one() -> u8 {\n    1\n}\n"
    report = audit_source(code, [ResultShape()])
    assert [one.code for one in report.not_applicable] == ["BC111"]


@pytest.mark.parametrize(
    ("wanted", "items"), [(None, ["gain_py"]), ("gain", ["alma_py"]), ("gain.rs", ["alma_py"])]
)
def test_a_configured_reference_decides_instead(
    tmp_path: Path, wanted: str | None, items: list[str]
) -> None:
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "example"\nversion = "0.1.0"\n\n[dependencies]\npyo3 = "0.25"\n'
    )
    source = tmp_path / "src"
    source.mkdir()
    (source / "lib.rs").write_text("mod alma;\nmod gain;\n")
    (source / "alma.rs").write_text(indicator("alma", {}))
    (source / "gain.rs").write_text(indicator("gain", {"returns": DICT}))
    options = Options(paths=(tmp_path,), select=("BC111",), reference=wanted)
    report = audit(*load(options), [ResultShape()])
    assert [one.item for one in report.findings] == items


def test_the_help_names_every_key() -> None:
    [finding] = beside({"keys": "values fast_period slow_period"})
    assert "`fast_periods`, `slow_periods`" in finding.help


def test_parameters_without_a_plural_are_named_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(globals(), "CORE", CORE.replace("slow_period", "{slow}"))
    usual = {
        "slow": "slow_period",
        "single": "high, low, fast_period, {slow}, kernel=None",
        "batch": "high, low, fast_period_range, {slow}_range, kernel=None",
    }
    others = {"single": usual["single"], "batch": usual["batch"], "slow": "slow_period"}
    for keys, message in (
        ("values fasts sma1", "values of `fast_period`, `sma_period1` are not under their name"),
        ("values fast_period sma_period1", "values of `fast_period`, `sma_period1` are under the"),
    ):
        given = others | {"slow": "sma_period1", "keys": keys}
        [finding] = beside(given, others)
        assert message in finding.message
        assert "`fast_periods`, and the others after their parameters" in finding.help


BETWEEN = "high, low, fast_period_range, average='sma', slow_period_range=(2, 5, 1), kernel=None"
BEHIND = "high, low, fast_period_range, slow_period_range, average='sma', kernel=None"
TURNED = "high, low, slow_period_range, fast_period_range, average='sma', kernel=None"


@pytest.mark.parametrize(
    ("own", "others", "messages"),
    [
        (
            BEHIND,
            BETWEEN,
            [
                "parameters come as `fast_period`, `slow_period`, `average`, "
                "not in the order of the core as in 5 of 6 like it"
            ],
        ),
        (BETWEEN, BETWEEN, []),
        (BETWEEN, BEHIND, []),
        (BEHIND, BEHIND, []),
        (USUAL["batch"], BETWEEN, []),
        (
            TURNED,
            BETWEEN,
            [
                "parameters come as `slow_period`, `fast_period`, "
                "not in the order of the core as in 5 of 6 like it"
            ],
        ),
    ],
)
def test_a_fixed_parameter_has_its_place_among_swept_ones(
    monkeypatch: pytest.MonkeyPatch, own: str, others: str, messages: list[str]
) -> None:
    third = CORE.replace("    pub slow", "    pub average: Option<String>,\n    pub slow", 1)
    monkeypatch.setitem(globals(), "CORE", third)
    found = beside({"batch": own}, {"batch": others})
    assert [one.message for one in found] == messages
    assert all(one.confidence is Confidence.LIKELY for one in found)


def test_whether_fixed_parameters_mingle_is_not_for_the_reference_to_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    third = CORE.replace("    pub slow", "    pub average: Option<String>,\n    pub slow", 1)
    monkeypatch.setitem(globals(), "CORE", third)
    assert not findings({"alma": {"batch": BETWEEN}, "gain": {"batch": BEHIND}})


@pytest.mark.parametrize("pattern", ["{}_axis", "{}_grid", "swept_{}", "{}_range", "{}s"])
def test_ranges_are_known_by_the_name_that_the_reference_gives_them(pattern: str) -> None:
    fields = ("fast_period", "slow_period")
    orders = {"alma": fields, "gain": fields[::-1]}
    files = {}
    for name, order in orders.items():
        given = ", ".join(f"{one}_range" for one in order)
        text = indicator(name, {"batch": f"high, low, {given}, kernel=None"})
        for one in fields:
            text = text.replace(f"{one}_range", pattern.replace("{}", one))
        files[f"src/{name}.rs"] = text
    [finding] = audit_source("mod alma;\nmod gain;\n", [ResultShape()], files=files).findings
    assert "parameters come as `slow_period`, `fast_period`" in finding.message
    assert finding.item == "gain_batch_py"
