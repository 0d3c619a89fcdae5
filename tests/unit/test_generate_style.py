"""What generated bindings take over from the reference, and what templates may give."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Config
from bindcheck.errors import BindcheckError
from bindcheck.generate.checked import render_python, render_rust
from bindcheck.generate.context import Facts
from bindcheck.generate.disagreements import Known
from bindcheck.generate.names import FileNames
from bindcheck.generate.pythonside import python_binding
from bindcheck.generate.single import single_context
from bindcheck.generate.style import crate_style
from bindcheck.generate.testfile import test_text as rendered_test
from bindcheck.model import Role
from bindcheck.render import render
from bindcheck.testing import crate_of, program_from

CORE = """
pub struct {X}Params { pub length: Option<usize> }
impl Default for {X}Params { fn default() -> Self { Self { length: Some(5) } } }
pub struct {X}Input<'a> { pub data: &'a [f64], pub params: {X}Params }
impl<'a> {X}Input<'a> {
    pub fn from_slice(data: &'a [f64], params: {X}Params) -> Self { Self { data, params } }
}
pub struct {X}Output { pub values: Vec<f64> }
pub fn {x}(input: &{X}Input) -> Result<{X}Output, String> {
    Ok({X}Output { values: input.data.to_vec() })
}
"""

BOUND = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

#[pyfunction(name = "{x}")]
#[pyo3(signature = (data, length))]
pub fn {x}_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, length: usize
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    {slice}
    let input = {X}Input::from_slice(slice, {X}Params { length: Some(length) });
    let output = py.allow_threads(|| {x}(&input)).unwrap();
    Ok(output.values.into_pyarray(py))
}
"""

RAISING = "let slice = data.as_slice()?;"
COPYING = """let copy: Vec<f64>;
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => { copy = data.as_array().to_vec(); &copy }
    };"""


def named(text: str, name: str) -> str:
    return text.replace("{X}", name.capitalize()).replace("{x}", name)


def single(
    slice_: str | None, head: str = "", replaced: tuple[str, str] = ("", "")
) -> tuple[Facts, str]:
    """The binding of `wave` beside a reference that reads its array so (None: no reference)."""
    wave = named(CORE, "wave")
    wave = wave.replace(*replaced) if replaced[0] else wave
    files = {
        "src/lib.rs": "pub mod alma;\npub mod wave;\n",
        "src/alma.rs": named(CORE, "alma"),
        "src/wave.rs": head + wave,
    }
    if slice_ is not None:
        files["src/alma.rs"] += named(BOUND.replace("{slice}", slice_), "alma")
    program = program_from(files)
    style = crate_style(program, crate_of(), Config(root=Path("/crate")))
    core = program.core("wave")
    assert core is not None
    facts = Facts(program, core, style, FileNames.of(program, core.path, style.gate))
    return facts, render("reference/single.rs.j2", {"data": single_context(facts)})


def test_other_layouts_are_refused_where_the_reference_refuses_them() -> None:
    facts, text = single(RAISING)
    assert Role.SINGLE in facts.style.raising
    assert "let data_slice = data.as_slice()?;" in text
    assert "to_vec" not in text


@pytest.mark.parametrize("slice_", [COPYING, None])
def test_other_layouts_are_copied_where_the_reference_copies_or_there_is_none(
    slice_: str | None,
) -> None:
    facts, text = single(slice_)
    assert facts.style.raising == frozenset()
    assert "data_copy = data.as_array().to_vec();" in text


def test_a_single_call_needs_no_prelude_of_pyo3() -> None:
    _, text = single(RAISING)
    assert "prelude" not in text
    assert "    use numpy::IntoPyArray;\n" in text


@pytest.mark.parametrize(
    "head", ["use numpy::IntoPyArray;\n", "use numpy::prelude::*;\n", "use numpy::*;\n"]
)
def test_traits_that_the_file_imports_are_not_imported_again(head: str) -> None:
    _, text = single(RAISING, head)
    assert "use numpy" not in text


def text_of_test(facts: Facts) -> str:
    """The test that is generated for a single call."""
    binding = python_binding(facts, {"single": True})
    return rendered_test(facts, binding, "waves", None, Known(), None, defaults=True)[0]


def test_generated_tests_do_not_pass_on_results_without_numbers() -> None:
    facts, _ = single(COPYING)
    text = text_of_test(facts)
    assert "assert any(np.isfinite(result[LENGTH // 2 :]).any() for result in numbers)" in text
    assert "test_any_layout_gives_the_contiguous_answer" in text
    assert "first == expected + 11" not in text


def test_generated_tests_shift_the_warm_up_of_a_core_that_looks_for_the_first_number() -> None:
    search = "let _ = input.data.iter().position(|x| !x.is_nan());\n    Ok("
    facts, _ = single(RAISING, replaced=("Ok(", search))
    text = text_of_test(facts)
    assert "first == expected + 11" in text
    assert "test_arrays_that_are_not_contiguous_are_refused" in text
    assert "test_any_layout" not in text


# --- templates of the user's own ------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "strict").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn broken( {\n", "text that is not Rust (its line 1: 'fn broken( {')"),
        ("fn fine() {}\n\nfn broken( {\n", "text that is not Rust"),
        ("", "nothing of the piece single"),
        ("{% if false %}fn a() {}{% endif %}\n", "nothing of the piece single"),
        ("// bindcheck: end kama/single\nfn a() {}\n", "a marker of a region of the piece single"),
    ],
)
def test_a_template_that_gives_no_rust_is_an_error_with_its_path(
    folder: Path, text: str, message: str
) -> None:
    (folder / "strict/single.rs.j2").write_text(text)
    with pytest.raises(BindcheckError) as caught:
        render_rust("strict/single.rs.j2", {}, folder, "single")
    assert message in caught.value.message
    assert caught.value.path == folder / "strict/single.rs.j2"


def test_a_template_that_gives_no_python_is_an_error_with_its_path(folder: Path) -> None:
    (folder / "python").mkdir()
    (folder / "python/stub.pyi.j2").write_text("def broken(:\n")
    with pytest.raises(BindcheckError, match=r"not Python .* of the piece stub") as caught:
        render_python("python/stub.pyi.j2", {}, folder, "stub")
    assert caught.value.path == folder / "python/stub.pyi.j2"


def test_what_a_template_gives_is_handed_on_as_it_is(folder: Path) -> None:
    (folder / "strict/single.rs.j2").write_text("fn a() {}\n")
    assert render_rust("strict/single.rs.j2", {}, folder, "single") == "fn a() {}\n"
    (folder / "strict/imports.rs.j2").write_text("\n")
    assert render_rust("strict/imports.rs.j2", {}, folder, "imports") == "\n"
