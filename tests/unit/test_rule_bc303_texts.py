"""BC303: texts that are cut at a number of bytes."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source


def findings(code: str) -> list[Finding]:
    found = audit_source("use pyo3::prelude::*;\n" + code, [PanicPath()]).findings
    return [one for one in found if one.confidence is not Confidence.SUSPECT]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("name[..3].to_string()", True),
        ("if name.len() > 3 { name[..3].to_string() } else { name.to_string() }", True),
        ("shortened(name)", True),
        ("name[..].to_string()", False),
        ("name[0..].to_string()", False),
        ('if name.starts_with("no-") { name[3..].to_string() } else { name.to_string() }', False),
        ("if name.is_ascii() && name.len() > 3 { name[..3].into() } else { name.into() }", False),
        ("name.get(..3).unwrap_or(name).to_string()", False),
        ('"a name"[..3].to_string()', False),
    ],
)
def test_a_text_of_the_caller_is_cut(body: str, found: bool) -> None:
    code = f"""
fn shortened(text: &str) -> String {{
    if text.len() <= 8 {{
        return text.to_string();
    }}
    format!("{{}}..", &text[..8])
}}

#[pyfunction]
fn short(name: &str) -> String {{
    {body}
}}
"""
    said = [one.message for one in findings(code)]
    assert len(said) == found
    assert all("counts bytes" in one for one in said)


WRITER = """
use serde::{ser, Serialize};

pub struct Writer {
    text: String,
    longest: usize,
}

pub fn brief<T: Serialize>(value: &T) -> String {
    let longest = BRIEF;
    let mut writer = Writer { text: String::new(), longest };
    let _ = value.serialize(&mut writer);
    writer.text
}

pub fn whole<T: Serialize>(value: &T) -> String {
    let longest = usize::MAX;
    let mut writer = Writer { text: String::new(), longest };
    let _ = value.serialize(&mut writer);
    writer.text
}

impl ser::Serializer for &mut Writer {
    type Ok = ();
    type Error = ser::Error;

    fn serialize_str(self, v: &str) -> Result<(), ser::Error> {
        if v.len() > self.longest {
            CUT
        } else {
            self.text += v;
        }
        Ok(())
    }
}

#[pyclass]
#[derive(Serialize)]
struct Label {
    name: String,
}

#[pymethods]
impl Label {
    #[new]
    fn new(name: String) -> Self {
        Self { name }
    }

    fn __str__(&self) -> String {
        brief(self)
    }

    fn __repr__(&self) -> String {
        whole(self)
    }
}
"""
CUT = "self.text += &v[..self.longest];"


def test_a_text_that_another_crate_hands_over_is_cut() -> None:
    (found,) = findings(WRITER.replace("BRIEF", "40").replace("CUT", CUT))
    assert found.item == "Writer::serialize_str"
    assert found.confidence is Confidence.LIKELY
    assert found.message == (
        "this slice panics inside a character of several bytes: `self.longest` counts bytes;"
        " reached from `Label::__str__`"
    )


@pytest.mark.parametrize(
    ("bound", "cut"),
    [
        ("usize::MAX", CUT),
        ("40", "let at = (0..=self.longest).rfind(|&i| v.is_char_boundary(i));\n" + CUT),
        ("40", "self.text.extend(v.chars().take(self.longest));"),
    ],
)
def test_silent_where_nothing_is_cut_or_only_between_characters(bound: str, cut: str) -> None:
    assert not findings(WRITER.replace("BRIEF", bound).replace("CUT", cut))


def test_silent_where_no_entry_point_makes_the_object() -> None:
    code = WRITER.replace("BRIEF", "40").replace("CUT", CUT).replace("brief(self)", "whole(self)")
    assert not findings(code)
