"""Enums among the parameters of a core: what Python calls their variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.load import load
from bindcheck.model import Choices, ParamField

CORE = """
{before}
#[derive(Clone, Copy{derived})]
{over}pub enum Side {{ {variants} }}
{after}
pub struct LineParams {{ pub side: Option<Side>, pub period: usize }}
impl Default for LineParams {{
    fn default() -> Self {{ Self {{ side: {default}, period: 9 }} }}
}}
pub struct LineInput<'a> {{ pub data: &'a [f64], pub params: LineParams }}
impl<'a> LineInput<'a> {{
    pub fn from_slice(data: &'a [f64], params: LineParams) -> Self {{ Self {{ data, params }} }}
    pub fn get_side(&self) -> Side {{ self.params.side.unwrap_or_default() }}
}}
pub struct LineOutput {{ pub values: Vec<f64> }}
pub fn line(input: &LineInput) -> Result<LineOutput, String> {{ Err(String::new()) }}
"""


def field(root: Path, **parts: str) -> ParamField:
    given = {
        "before": "",
        "derived": "",
        "over": "",
        "variants": "Long, BothWays",
        "after": "",
        "default": "Some(Side::BothWays)",
        **parts,
    }
    (root / "src").mkdir()
    (root / "Cargo.toml").write_text('[package]\nname = "lines"\nversion = "0.1.0"\n')
    (root / "src/lib.rs").write_text("pub mod line;\n")
    (root / "src/line.rs").write_text(CORE.format(**given))
    inputs, _ = load(Options(paths=(root / "src",)))
    return next(one for core in inputs.program.cores for one in core.params if one.name == "side")


def choices(root: Path, **parts: str) -> Choices:
    found = field(root, **parts).choices
    assert found is not None
    return found


FROM_STR = """
impl std::str::FromStr for Side {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_lowercase().as_str() {
            "l" | "long" => Ok(Self::Long),
            "both" => Ok(Side::BothWays),
            _ => Err(text.into()),
        }
    }
}
"""
AS_STR = """
impl Side {
    pub fn as_str(&self) -> &'static str {
        match self { Self::Long => "L", Side::BothWays => "B" }
    }
}
"""
DISPLAY = """
impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self { Self::Long => write!(f, "up"), Self::BothWays => f.write_str("all") }
    }
}
"""


@pytest.mark.parametrize(
    ("parts", "texts"),
    [
        ({}, ["long", "both_ways"]),
        ({"after": FROM_STR}, ["l", "both"]),
        ({"after": AS_STR}, ["L", "B"]),
        ({"after": DISPLAY}, ["up", "all"]),
        ({"after": FROM_STR + AS_STR}, ["l", "both"]),
        ({"over": '#[serde(rename_all = "SCREAMING-KEBAB-CASE")]\n'}, ["LONG", "BOTH-WAYS"]),
        ({"over": '#[strum(serialize_all = "camelCase")]\n'}, ["long", "bothWays"]),
        ({"variants": '#[serde(rename = "1")] Long, BothWays'}, ["1", "both_ways"]),
    ],
    ids=["snake", "from-str", "as-str", "display", "both", "serde", "strum", "one"],
)
def test_the_crate_says_what_its_variants_are_called(
    tmp_path: Path, parts: dict[str, str], texts: list[str]
) -> None:
    found = choices(tmp_path, **parts)
    assert [text for _, text in found.texts] == texts
    assert [variant for variant, _ in found.texts] == ["Long", "BothWays"]
    assert found.parsed == ("FromStr" in parts.get("after", ""))
    assert not found.unknown


@pytest.mark.parametrize(
    ("parts", "unknown"),
    [
        ({"variants": "Long, BothWays(f64)"}, "its variant `BothWays` holds data"),
        (
            {"variants": '#[cfg(feature = "x")] Long, BothWays'},
            "its variant `Long` is not always there",
        ),
        (
            {"after": FROM_STR.replace('"both" => Ok(Side::BothWays),', "")},
            "the text of its variant `BothWays` in `from_str`",
        ),
        (
            {"over": '#[serde(rename_all = "sPoNgE")]\n'},
            "the text of its variant `Long` in its attributes",
        ),
        (
            {"variants": '#[serde(rename = "both_ways")] Long, BothWays'},
            "a text of its own for each variant in its attributes",
        ),
    ],
    ids=["data", "cfg", "from-str", "style", "twice"],
)
def test_what_is_lacking_is_said(tmp_path: Path, parts: dict[str, str], unknown: str) -> None:
    found = choices(tmp_path, **parts)
    assert found.unknown == unknown
    assert found.texts == ()


@pytest.mark.parametrize(
    ("parts", "default"),
    [
        ({}, "both_ways"),
        ({"default": "None", "variants": "#[default] Long, BothWays"}, "long"),
        ({"default": "Some(Side::default())", "variants": "#[default] Long, BothWays"}, "long"),
        (
            {
                "default": "None",
                "after": "impl Default for Side { fn default() -> Self { Self::BothWays } }",
            },
            "both_ways",
        ),
    ],
    ids=["params", "marked", "called", "implemented"],
)
def test_the_default_is_a_text_too(tmp_path: Path, parts: dict[str, str], default: str) -> None:
    found = field(tmp_path, **parts)
    assert found.choices is not None
    assert found.choices.text(found.default or "") == default
