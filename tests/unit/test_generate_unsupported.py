"""Cores that a new binding could not be compiled for get a line, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference, write_strict

REPOSITORY = Path(__file__).parents[2]


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def changed(root: Path, pattern: str, new: str) -> dict[str, tuple[str, str]]:
    """State and detail by piece, once the pattern has been replaced in the core."""
    write_reference(root, (Core("tide"),))
    path = root / "src/tide.rs"
    text, count = re.subn(pattern, new, path.read_text(), flags=re.DOTALL)
    assert count
    path.write_text(text)
    return {one.piece: (one.state.value, one.detail) for one in run(root).plans}


def test_the_core_itself_lacks_nothing(tmp_path: Path) -> None:
    found = changed(tmp_path, "pub fn tide", "pub fn tide")
    assert {found[piece][0] for piece in ("single", "batch", "stream")} == {"missing"}


@pytest.mark.parametrize(
    ("pattern", "new", "told"),
    [
        (r"impl std::fmt::Display for TideError \{.*?\n\}\n", "", "no `Display` for `TideError`"),
        (r"TideError>", "()>", "a text for the error of"),
        (r"TideError>", "(String, usize)>", "which is `(String, usize)`"),
        (r"TideError>", "Box<dyn std::error::Error>>", "no `Send`"),
    ],
)
def test_errors_that_cannot_be_told(tmp_path: Path, pattern: str, new: str, told: str) -> None:
    found = changed(tmp_path, pattern, new)
    state, detail = found["single"]
    assert state == "lacking"
    assert told in detail
    assert "src/tide.rs:" in detail
    assert "pyfunction" not in (tmp_path / "src/tide.rs").read_text()


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (r"impl std::fmt::Display for TideError \{.*?\n\}\n#?", "shown!(TideError);\n"),
        (r"TideError>", "Box<dyn std::error::Error + Send + Sync>>"),
        (r"TideError>", "String>"),
    ],
)
def test_errors_that_may_be_told(tmp_path: Path, pattern: str, new: str) -> None:
    assert changed(tmp_path, pattern, new)["single"][0] == "missing"


def test_an_unsafe_function(tmp_path: Path) -> None:
    state, detail = changed(tmp_path, "pub fn tide_with_kernel", "pub unsafe fn tide_with_kernel")[
        "single"
    ]
    assert state == "lacking"
    assert "`tide_with_kernel` safe" in detail


@pytest.mark.parametrize(
    ("pattern", "new", "told"),
    [
        (r"pub struct TideStream \{", "pub struct TideStream<'a> {\n    text: &'a str,", "<'a>"),
        (r"pub struct TideStream \{", "pub struct TideStream<const N: usize> {", "const N: usize"),
        (
            r"pub struct TideStream \{",
            "pub struct TideStream {\n    seen: std::rc::Rc<Vec<f64>>,",
            "seen: std::rc::Rc<Vec<f64>>",
        ),
        (
            r"pub struct TideStream \{",
            "pub struct Deep { at: *const f64 }\npub struct TideStream {\n    deep: Vec<Deep>,",
            "at: *const f64",
        ),
    ],
)
def test_streams_that_no_class_can_hold(tmp_path: Path, pattern: str, new: str, told: str) -> None:
    found = changed(tmp_path, pattern, new)
    assert found["single"][0] == "missing"
    state, detail = found["stream"]
    assert state == "lacking"
    assert told in detail


def test_a_core_in_an_inline_module_is_named_by_its_path(tmp_path: Path) -> None:
    found = changed(tmp_path, r"\A(.*)\Z", r"pub mod inner {\n\1\n}\n")
    assert found["single"][0] == "missing"
    assert found["batch"][0] == "lacking"
    assert "`tide_batch_inner_into`, which is private in `inner`" in found["batch"][1]
    text = (tmp_path / "src/tide.rs").read_text()
    made = text[text.index("bindcheck: begin") :]
    assert "crate::tide::inner::TideParams {" in made
    assert not re.search(r"(?<!::)TideParams \{", made)


def test_a_private_function_in_an_inline_module(tmp_path: Path) -> None:
    pattern = r"\A(.*)pub fn tide_with_kernel(.*)\Z"
    found = changed(tmp_path, pattern, r"pub mod inner {\n\1fn tide_with_kernel\2\n}\n")
    state, detail = found["single"]
    assert state == "lacking"
    assert "private in `inner`" in detail


def test_a_crate_without_numpy_gets_the_stream_alone(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    manifest = tmp_path / "Cargo.toml"
    lines = manifest.read_text().replace(', "numpy"]', "]").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith("numpy")))
    found = {one.piece: (one.state.value, one.detail) for one in run(tmp_path).plans}
    for piece in ("single", "batch"):
        assert found[piece][0] == "lacking"
        assert "numpy among the dependencies" in found[piece][1]
    assert found["stream"][0] == "missing"
    assert "numpy" not in (tmp_path / "src/tide.rs").read_text()


def test_a_crate_that_forbids_unsafe_code_gets_none(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib = tmp_path / "src/lib.rs"
    lib.write_text(f"#![forbid(unsafe_code)]\n{lib.read_text()}")
    found = {one.piece: one.state.value for one in run(tmp_path).plans}
    assert found["single"] == found["batch"] == "missing"
    text = (tmp_path / "src/tide.rs").read_text()
    assert "unsafe" not in text[text.index("bindcheck: begin") :]


@pytest.mark.parametrize(
    ("gone", "told"), [("pyo3", "PyO3 among the dependencies"), ("#[pymodule]", "a `#[pymodule]`")]
)
def test_a_crate_that_could_not_use_bindings_gets_no_file(
    tmp_path: Path, gone: str, told: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib, manifest = tmp_path / "src/lib.rs", tmp_path / "Cargo.toml"
    lib.write_text(
        re.sub(
            r'#\[cfg\(feature = "python"\)\]\nmod python \{.*', "", lib.read_text(), flags=re.DOTALL
        )
    )
    if gone == "pyo3":
        lib.write_text(re.sub(r"pyo3::\S+", "()", lib.read_text()))
        lines = manifest.read_text().replace('"pyo3", "numpy"', "").splitlines(keepends=True)
        manifest.write_text(
            "".join(line for line in lines if not line.startswith(("pyo3", "numpy")))
        )
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    plans = run(tmp_path).plans
    assert {one.piece for one in plans if one.state.value == "lacking"} >= {"single", "batch"}
    assert all(told in one.detail for one in plans if one.piece in ("single", "batch", "stream"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def extra(root: Path, features: tuple[str, ...] = ("python", "extra")) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",), features=("python", "extra")))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def with_feature(root: Path) -> None:
    write_reference(root, (Core("tide"),))
    manifest = root / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("[features]\n", "[features]\nextra = []\n"))


def test_the_gate_of_a_core_is_that_of_its_binding(tmp_path: Path) -> None:
    with_feature(tmp_path)
    path = tmp_path / "src/tide.rs"
    gate = '#[cfg(feature = "extra")]\n'
    path.write_text(path.read_text().replace("pub fn tide_with", f"{gate}pub fn tide_with"))
    extra(tmp_path)
    made = path.read_text().partition("bindcheck: begin tide/single")[2]
    both = '#[cfg(all(feature = "python", feature = "extra"))]\n'
    assert made.partition("\n")[2].startswith(f"{both}#[pyo3::pyfunction")
    assert made.count("extra") == 1
    lib = (tmp_path / "src/lib.rs").read_text()
    assert (
        f"        {gate}        m.add_function(pyo3::wrap_pyfunction!(crate::tide::tide_py, m)?)?;"
        in lib
    )
    assert lib.count("extra") == 1
    again = extra(tmp_path)
    assert {one.state.value for one in again.plans} <= {"current", "present"}


def test_the_gate_of_a_module_is_that_of_the_lines_that_export_it(tmp_path: Path) -> None:
    with_feature(tmp_path)
    lib = tmp_path / "src/lib.rs"
    gate = '#[cfg(feature = "extra")]\n'
    lib.write_text(f"{gate}{lib.read_text()}")
    extra(tmp_path)
    assert "extra" not in (tmp_path / "src/tide.rs").read_text()
    assert lib.read_text().count(gate) == 4


def test_a_declarative_module_exports_under_the_gate_of_a_core(tmp_path: Path) -> None:
    with_feature(tmp_path)
    lib = tmp_path / "src/lib.rs"
    gate = '#[cfg(feature = "extra")]\n'
    text = lib.read_text()
    module = '#[cfg(feature = "python")]\n#[pyo3::pymodule(name = "_core")]\nmod made_up {}\n'
    lib.write_text(gate + text[: text.index('#[cfg(feature = "python")]\nmod python')] + module)
    extra(tmp_path)
    exported = f"    {gate}    #[pymodule_export]\n    use crate::tide::tide_py;\n"
    assert exported in lib.read_text()


def test_a_module_called_like_a_crate(tmp_path: Path) -> None:
    found = changed(tmp_path, r"\A", "mod numpy {}\nmod pyo3 {}\n")
    assert found["single"][0] == found["batch"][0] == found["stream"][0] == "missing"
    text = (tmp_path / "src/tide.rs").read_text()
    made = text[text.index("bindcheck: begin") :]
    assert not re.search(r"(?<![:\w])(numpy|pyo3)::", made)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pub fn tide_with", "pub async fn tide_with", "an `async fn`"),
        ("fn tide_with_kernel(", "fn tide_with_kernel<T: Clone>(", "tide_with_kernel<T: Clone>"),
        ("Wrong(String)", "Wrong(std::rc::Rc<str>)", "`0: std::rc::Rc<str>` cannot"),
    ],
)
def test_calls_that_no_binding_can_make(tmp_path: Path, old: str, new: str, told: str) -> None:
    state, detail = changed(tmp_path, re.escape(old), new)["single"]
    assert state == "lacking"
    assert told in detail


@pytest.mark.parametrize("generics", ["<'a>", "<'a: 'b, 'b>"])
def test_lifetimes_are_inferred(tmp_path: Path, generics: str) -> None:
    found = changed(tmp_path, r"fn tide_with_kernel\(", f"fn tide_with_kernel{generics}(")
    assert found["single"][0] == "missing"


@pytest.mark.parametrize(("visibility", "state"), [("", "lacking"), ("pub(crate) ", "missing")])
def test_fields_that_are_private_in_another_file(
    tmp_path: Path, visibility: str, state: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path, lib = tmp_path / "src/tide.rs", tmp_path / "src/lib.rs"
    text = path.read_text()
    begin, end = text.index("#[derive(Clone, Copy"), text.index("pub struct TideInput")
    moved = text[begin:end].replace("pub period", f"{visibility}period")
    (tmp_path / "src/settings.rs").write_text(moved)
    path.write_text(f"use crate::settings::TideParams;\n{text[:begin]}{text[end:]}")
    lib.write_text(f"pub mod settings;\n{lib.read_text()}")
    plans = {one.piece: one for one in run(tmp_path).plans}
    assert plans["single"].state.value == state
    assert ("private in `settings`" in plans["single"].detail) == (state == "lacking")


@pytest.mark.parametrize(
    ("passed_on", "path"),
    [("pub use tide::*;", "crate::inner::tide_py"), ("pub use tide::TideParams;", "")],
)
def test_a_private_module_between_the_core_and_what_exports(
    tmp_path: Path, passed_on: str, path: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib, inner = tmp_path / "src/lib.rs", tmp_path / "src/inner"
    inner.mkdir()
    (tmp_path / "src/tide.rs").rename(inner / "tide.rs")
    (inner / "mod.rs").write_text(f"mod tide;\n{passed_on}\n")
    lib.write_text(lib.read_text().replace("pub mod tide;", "mod inner;"))
    plans = {one.piece: one for one in run(tmp_path).plans}
    if path:
        assert f"wrap_pyfunction!({path}, m)" in lib.read_text()
    else:
        assert "`mod tide` of `crate::inner` is private" in plans["single"].detail
        assert "register" not in plans


def test_an_exported_binding_in_a_private_module_may_be_replaced(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib, inner = tmp_path / "src/lib.rs", tmp_path / "src/inner"
    inner.mkdir()
    (tmp_path / "src/tide.rs").rename(inner / "tide.rs")
    (inner / "mod.rs").write_text("mod tide;\npub use tide::*;\n")
    lib.write_text(lib.read_text().replace("pub mod tide;", "mod inner;"))
    run(tmp_path)
    (inner / "mod.rs").write_text(
        "mod tide;\npub use tide::{tide_batch_py, tide_py, TideStreamPy};\n"
    )
    states = {one.piece: one.state.value for one in run(tmp_path).plans}
    assert {states[piece] for piece in ("single", "batch", "stream")} == {"current"}


def test_a_crate_that_wants_documentation_gets_it(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib = tmp_path / "src/lib.rs"
    lib.write_text(f"//! Tides.\n#![deny(missing_docs)]\n{lib.read_text()}")
    run(tmp_path)
    text = (tmp_path / "src/tide.rs").read_text()
    made = text[text.index("bindcheck: begin tide/single") :]
    assert made.count("/// The binding of `tide` for Python.\n#[cfg") == 4


@pytest.mark.parametrize(
    ("generics", "state"),
    [
        ("<const N: usize, T = f64>", "lacking"),
        ("<T: Iterator<Item = f64>>", "lacking"),
        ("<'a, T = f64>", "lacking"),
        ("<const N: usize = 3, T: Fn(f64) -> (f64, f64) = fn(f64) -> (f64, f64)>", "missing"),
    ],
)
def test_a_stream_whose_types_python_cannot_name(tmp_path: Path, generics: str, state: str) -> None:
    found = changed(tmp_path, "pub struct TideStream ", f"pub struct TideStream{generics} ")
    assert found["stream"][0] == state
    assert (f"`TideStream{generics}`" in found["stream"][1]) == (state == "lacking")


@pytest.mark.parametrize(
    ("derive", "receiver", "read"),
    [
        ("Clone, Copy, Debug", "&self", "map(TideParams::get_period)"),
        ("Clone, Copy, Debug", "self", "map(|combo| combo.get_period())"),
        ("Clone, Debug", "self", ""),
        ("Clone, Copy, Debug", "&mut self", ""),
    ],
)
def test_how_a_getter_takes_its_parameters(
    tmp_path: Path, derive: str, receiver: str, read: str
) -> None:
    write_strict(tmp_path, (Core("tide", into="taken", strict=True),), REPOSITORY)
    path = tmp_path / "indicators/src/tide.rs"
    text = path.read_text()
    for old, new in (
        ("fn get_period(&self)", f"fn get_period({receiver})"),
        (
            "#[derive(Clone, Copy, Debug)]\npub struct TideP",
            f"#[derive({derive})]\npub struct TideP",
        ),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text)
    (batch,) = (one for one in run(tmp_path / "indicators").plans if one.piece == "batch")
    assert batch.state.value == ("missing" if read else "lacking"), batch.detail
    assert (read or "a method `get_period` of `TideParams` that takes `&self`") in (
        batch.text + batch.detail
    )
