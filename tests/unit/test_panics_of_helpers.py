"""BC303: reading, and panics of helpers that are handed Python objects."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

HEAD = "use pyo3::prelude::*;\nuse std::io::Read;\n"


def findings(code: str, *files: tuple[str, str]) -> list[Finding]:
    return list(audit_source(HEAD + code, [PanicPath()], files=dict(files)).findings)


@pytest.mark.parametrize(
    ("signature", "body", "said"),
    [
        (
            "file: Py<PyAny>",
            "let mut text = String::new();\n"
            "    opened(file)?.read_to_string(&mut text).unwrap();\n    Ok(text.len())",
            ["`unwrap` panics: `read_to_string` fails"],
        ),
        (
            "head: Vec<u8>",
            "let mut four = [0u8; 4];\n"
            "    head.as_slice().read_exact(&mut four).unwrap();\n    Ok(four.len())",
            ["`unwrap` panics: `read_exact` fails"],
        ),
        (
            "head: Vec<u8>",
            "let mut all = Vec::new();\n"
            "    head.as_slice().read_to_end(&mut all).unwrap();\n    Ok(all.len())",
            [],
        ),
        ("", 'Ok(std::fs::read_to_string("/etc/motd").unwrap().len())', []),
        (
            "path: &str",
            "Ok(std::fs::read_to_string(path).unwrap().len())",
            ["`unwrap` panics: `fs::read_to_string` fails"],
        ),
        (
            "text: String",
            "Ok(text.chars().next().unwrap().len_utf8())",
            ["`unwrap` panics: there may be no element"],
        ),
        (
            "text: String",
            "if text.is_empty() {\n        return Ok(0);\n    }\n"
            "    Ok(text.chars().next().unwrap().len_utf8())",
            [],
        ),
        ("text: String", "Ok(text.split(',').next().unwrap().len())", []),
        (
            "value: &Bound<'_, PyAny>, kind: &Bound<'_, PyAny>",
            "Ok(value.is_instance(kind).unwrap() as usize)",
            [],
        ),
    ],
)
def test_what_is_read_may_be_missing(signature: str, body: str, said: list[str]) -> None:
    code = f"""
fn opened(file: Py<PyAny>) -> PyResult<Box<dyn Read>> {{
    Ok(Box::new(Source(file)))
}}

#[pyfunction]
fn size({signature}) -> PyResult<usize> {{
    {body}
}}
"""
    found = [one for one in findings(code) if one.confidence is not Confidence.SUSPECT]
    assert [one.message for one in found] == said


ENTRY = """
#[pyfunction]
fn {name}(target: &Bound<'_, PyAny>) -> PyResult<usize> {
    Ok({call})
}
"""
HELPER = """
pub fn width_of(target: &Bound<'_, PyAny>) -> usize {
    target.extract::<usize>().unwrap()
}
"""


def _entries(*names: str, call: str = "helpers::width_of(target)") -> str:
    return "".join(ENTRY.replace("{name}", name).replace("{call}", call) for name in names)


@pytest.mark.parametrize(
    ("names", "ending"),
    [
        (["one"], "; reached from `one`"),
        (["one", "two"], "; reached from `one` and `two`"),
        (["one", "two", "three"], "; reached from `one`, `two` and `three`"),
        (
            ["one", "two", "three", "four", "five"],
            "; reached from `one`, `two`, `three` and 2 more",
        ),
    ],
)
def test_a_helper_is_reported_once_for_all_that_come_to_it(names: list[str], ending: str) -> None:
    code = "mod helpers;\n" + _entries(*names)
    [finding] = findings(code, ("src/helpers.rs", f"use pyo3::prelude::*;\n{HELPER}"))
    assert finding.location.path == "src/helpers.rs"
    assert finding.item == "width_of"
    assert finding.message == "`unwrap` panics: `extract` fails" + ending


def test_an_assertion_behind_a_method_stays_where_it_is() -> None:
    code = """
#[derive(FromPyObject)]
pub struct Target<'py>(pub Bound<'py, PyAny>);

impl Target<'_> {
    pub fn width(&self) -> PyResult<usize> {
        self.width_of(self.0.getattr("size")?)
    }

    fn width_of(&self, size: Bound<'_, PyAny>) -> PyResult<usize> {
        let width: usize = size.extract()?;
        assert!(width < 4);
        Ok(width)
    }
}
""" + _entries("one", "two", call="target.width()?").replace("&Bound<'_, PyAny>)", "Target<'_>)")
    [finding] = findings(code)
    assert finding.item == "Target::width_of"
    assert finding.message == (
        "`assert!` panics: `width < 4` has to hold; reached from `one` and `two`"
    )


ITERATED = """
fn rows_of<'py>(made: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>) -> Vec<f64> {
    made.map(|one| one.map_or(0.0, |value| value.extract::<f64>().unwrap())).collect()
}

#[pyfunction]
fn mapped(values: Vec<f64>, call: &Bound<'_, PyAny>) -> Vec<f64> {
    rows_of(values.iter().map(|value| call.call1((*value,))))
}
"""


def test_a_helper_answers_for_the_objects_of_an_iterator() -> None:
    [finding] = findings(ITERATED)
    assert finding.item == "rows_of"
    assert finding.message == "`unwrap` panics: `extract` fails; reached from `mapped`"


INSIDE = """
type Convert = fn(&Bound<'_, PyAny>) -> PyResult<i64>;

fn number_of(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    fn exponent(value: &Bound<'_, PyAny>) -> PyResult<i64> {
        {body}
    }
    fn whole(value: &Bound<'_, PyAny>) -> PyResult<i64> {
        value.extract()
    }
    fn chosen(value: &Bound<'_, PyAny>) -> PyResult<Convert> {
        if value.hasattr("as_tuple")? {
            Ok({choice})
        } else {
            Ok(whole as Convert)
        }
    }
    {call}
}

#[pyfunction]
fn literal(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    number_of(value)
}
"""
PARTS = """let parts: (i8, Vec<u8>, i32) =
            value.call_method0("as_tuple").unwrap().extract().unwrap();
        Ok(parts.2 as i64)"""


@pytest.mark.parametrize(
    ("body", "choice", "call", "count"),
    [
        (PARTS, "exponent as Convert", "chosen(value)?(value)", 1),
        (PARTS, "whole as Convert", "exponent(value)", 1),
        (PARTS, "whole as Convert", "chosen(value)?(value)", 0),
        (
            "Ok(value.cast::<PyTuple>().unwrap().len() as i64)",
            "exponent as Convert",
            "chosen(value)?(value)",
            0,
        ),
        ("value.extract()", "exponent as Convert", "exponent(value)", 0),
    ],
)
def test_functions_inside_answer_for_the_parts_of_what_they_were_chosen_for(
    body: str, choice: str, call: str, count: int
) -> None:
    code = INSIDE.replace("{body}", body).replace("{choice}", choice).replace("{call}", call)
    assert len(findings(code)) == count


NAMED = """
fn half(value: f64) -> f64 {
    assert!(value > 0.0);
    value / 2.0
}

fn doubled(value: f64) -> f64 {
    value * 2.0
}

#[pyfunction]
fn halves({signature}) -> {returns} {
    {body}
}
"""
ASSERTED = "`half` panics: `value > 0.0` has to hold"


@pytest.mark.parametrize(
    ("signature", "returns", "body", "said"),
    [
        (
            "values: Vec<f64>",
            "Vec<f64>",
            "values.into_iter().map(half).collect()",
            [ASSERTED],
        ),
        ("value: Option<f64>", "Option<f64>", "value.map(half)", [ASSERTED]),
        ("value: Option<f64>", "Option<f64>", "value.map(doubled)", []),
        ("value: f64", "f64", "half(value)", [f"{ASSERTED}, which depends on `value`"]),
        # Which one is called, and why it was chosen, is not followed.
        (
            "value: f64",
            "f64",
            "let f = if value > 1.0 { half } else { doubled };\n    f(value)",
            [],
        ),
    ],
)
def test_a_function_that_is_handed_over_by_name_is_followed(
    signature: str, returns: str, body: str, said: list[str]
) -> None:
    parts = {"{signature}": signature, "{returns}": returns, "{body}": body}
    code = NAMED
    for name, text in parts.items():
        code = code.replace(name, text)
    assert [one.message for one in findings(code)] == said


def test_all_rules_together_know_from_where_a_helper_is_reached() -> None:
    code = """
fn axis(start: f64, end: f64, step: f64) -> Vec<f64> {
    let mut values = Vec::new();
    let mut x = start;
    while x <= end {
        values.push(x);
        x += step;
    }
    values
}

fn first_of(target: &Bound<'_, PyAny>) -> f64 {
    target.extract::<f64>().unwrap()
}

#[pyfunction]
fn offsets(target: &Bound<'_, PyAny>, offset: (f64, f64, f64)) -> Vec<f64> {
    let (start, end, step) = offset;
    axis(start + first_of(target), end, step)
}
"""
    messages = {one.code: one.message for one in audit_source(HEAD + code).findings}
    assert "BC304" in messages
    assert messages["BC303"] == "`unwrap` panics: `extract` fails; reached from `offsets`"
