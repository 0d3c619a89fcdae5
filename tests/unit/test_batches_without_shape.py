"""A batch that gives bare vectors is none of the pattern, and that is said."""

from __future__ import annotations

from bindcheck.testing import program_from

CORE = """
pub struct SwellParams { pub period: Option<usize> }
pub struct SwellInput<'a> { pub data: &'a [f64], pub params: SwellParams }
impl<'a> SwellInput<'a> {
    pub fn from_slice(data: &'a [f64], params: SwellParams) -> Self { Self { data, params } }
}
pub fn swell(input: &SwellInput) -> Result<(Vec<f64>, Vec<f64>), String> {
    Ok((input.data.to_vec(), input.data.to_vec()))
}
pub struct SwellBatchRange { pub period: (usize, usize, usize) }
pub fn swell_batch(data: &[f64], sweep: &SwellBatchRange) -> RETURNS {
    BODY
}
"""


def reasons(returns: str, more: str = "") -> list[str]:
    code = CORE.replace("RETURNS", returns).replace("BODY", "unimplemented!()") + more
    (core,) = program_from({"src/lib.rs": code}).cores
    return [said for part, said in core.why_not if part == "batch"]


def test_a_batch_of_bare_vectors_is_named_with_what_it_gives() -> None:
    assert reasons("Result<(Vec<f64>, Vec<f64>), String>") == [
        "`swell_batch` gives `Result<(Vec<f64>, Vec<f64>), String>`, "
        "not a struct with `rows` and `cols`"
    ]


def test_a_batch_with_its_shape_is_not_explained() -> None:
    output = (
        "pub struct SwellBatchOutput { pub one: Vec<f64>, pub two: Vec<f64>, pub rows: usize,\n"
        "pub cols: usize }\n"
    )
    assert reasons("Result<SwellBatchOutput, String>", output) == []
