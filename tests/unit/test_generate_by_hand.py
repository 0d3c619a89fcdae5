"""What bodies that are made anew need of traits, and what imports only the old ones needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.generate.regions import find_regions
from bindcheck.generate.run import Mode
from bindcheck.generate.traits import called, called_on
from bindcheck.generate.unused import Gone, unused_imports
from bindcheck.testing import program_from
from by_hand import LAYOUTS, crate_with, replaced


def told(crate: Path, *, keep: bool = True) -> dict[str, str]:
    """Why pieces cannot be made, by piece."""
    plans = replaced(crate, keep=keep).plans
    return {one.piece: one.detail for one in plans if one.state.value == "lacking"}


def text(crate: Path, layout: str) -> str:
    return (crate / f"src/{layout}.rs").read_text()


def region(crate: Path, layout: str, piece: str) -> str:
    found = find_regions(text(crate, layout), layout)
    return next(one.body for one in found if one.key == f"{layout}/{piece}")


def edited(crate: Path, layout: str, old: str, new: str) -> None:
    before = text(crate, layout)
    assert before.count(old) == 1
    (crate / f"src/{layout}.rs").write_text(before.replace(old, new))


TRAIT = "use pyo3::types::PyDictMethods;"


@pytest.mark.parametrize(("layout", "brings"), [
    ("paths", True), ("local", True), ("inside", True), ("glob", True),
    ("traits", False), ("prelude", False),
])  # fmt: skip
def test_a_dict_has_its_trait(tmp_path: Path, layout: str, brings: bool) -> None:
    crate = crate_with(tmp_path, layout)
    assert not told(crate)
    body = region(crate, layout, "single")
    assert "dict.set_item(" in body
    assert body.count(TRAIT) == brings
    assert "use pyo3::prelude::*;" not in body
    assert replaced(crate, mode=Mode.CHECK).status == 0


@pytest.mark.parametrize(
    "brought", ["use pyo3::types::*;", "use pyo3::prelude::PyDictMethods as _;"]
)
def test_a_trait_under_another_name_is_there(tmp_path: Path, brought: str) -> None:
    crate = crate_with(tmp_path, "paths")
    (crate / "src/paths.rs").write_text(f"{brought}\n{text(crate, 'paths')}")
    assert not told(crate)
    assert TRAIT not in text(crate, "paths")


def test_the_first_line_in_a_module_brings_its_trait(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "paths", "local")
    replaced(crate)
    lib = (crate / "src/lib.rs").read_text()
    assert lib.count("use pyo3::types::PyModuleMethods;\n    m.add_function(") == 1
    assert lib.count("m.add_function(") == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("let _ = m;", 'pyo3::types::PyModuleMethods::add(m, "one", 1)?;\n    m.add("two", 2)?;'),
        ("let _ = m;", "use pyo3::prelude::*;"),
        ("pub mod paths;", "use pyo3::prelude::*;\npub mod paths;"),
        ("pub mod paths;", "use pyo3::types::PyModuleMethods as _;\npub mod paths;"),
    ],
)
def test_a_module_that_has_its_trait_gets_none(tmp_path: Path, old: str, new: str) -> None:
    crate = crate_with(tmp_path, "paths")
    lib = crate / "src/lib.rs"
    lib.write_text(lib.read_text().replace(old, new))
    replaced(crate)
    assert "m.add_function(" in lib.read_text()
    assert "use pyo3::types::PyModuleMethods;" not in lib.read_text()


# --- imports that nothing uses any more ---------------------------------------------------------


def test_names_of_the_old_bodies_alone_go(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "traits")
    assert not told(crate)
    head = text(crate, "traits").partition("\n#[derive")[0]
    assert head == (
        "use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1};\n"
        "use pyo3::exceptions::PyValueError;\n"
        "use pyo3::types::{PyDict, PyDictMethods};\n"
        "use pyo3::{pyfunction, Bound, PyResult, Python};\n"
    )


def test_bodies_leave_imports_of_their_own_behind(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "local", "glob")
    assert not told(crate)
    for layout in ("local", "glob"):
        made = region(crate, layout, "single") + region(crate, layout, "batch")
        assert "PyArray2" not in made
        assert "PyUntypedArrayMethods" not in made
        assert "*;" not in made


KEPT = {
    "another function": "pub fn sum(m: &numpy::PyReadonlyArray1<'_, f64>) -> usize { m.len() }",
    "a test": "#[cfg(test)]\nmod tests {\n    use super::*;\n    type M<'a> = PyArray2<f64>;\n}",
    "a macro": "macro_rules! count { ($one:expr) => { $one.len() } }",
}


@pytest.mark.parametrize(("user", "name"), [
    ("another function", "PyUntypedArrayMethods"),
    ("a test", "PyArray2"),
    ("a macro", "PyUntypedArrayMethods"),
])  # fmt: skip
def test_what_others_use_stays(tmp_path: Path, user: str, name: str) -> None:
    crate = crate_with(tmp_path, "traits")
    path = crate / "src/traits.rs"
    path.write_text(f"{path.read_text()}\n{KEPT[user]}\n")
    assert not told(crate)
    head = text(crate, "traits").partition("\n#[derive")[0]
    assert name in head
    assert ("PyArray2" in head) != ("PyUntypedArrayMethods" in head)


def test_what_was_unused_before_is_left_alone(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "traits")
    path = crate / "src/traits.rs"
    more = "use numpy::PyArray3;\nuse crate::Unheard;\npub use pyo3::types::PyList;\n"
    path.write_text(f"{more}{path.read_text()}")
    assert not told(crate)
    assert text(crate, "traits").startswith(more)


def test_an_import_that_a_module_below_takes_over_stays(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "traits")
    path = crate / "src/traits.rs"
    path.write_text(f"{path.read_text()}\nmod below;\n")
    (crate / "src/traits").mkdir()
    below = "use super::*;\npub type Matrix<'py> = pyo3::Bound<'py, PyArray2<f64>>;\n"
    (crate / "src/traits/below.rs").write_text(below)
    assert not told(crate)
    assert "PyArray2, PyArrayMethods" in text(crate, "traits").partition("\n#[derive")[0]


SOURCE = """use crate::{depth, Steep, Wave};
use std::collections::HashMap;
use std::fmt::Write;

pub fn old(wave: &Wave) -> HashMap<usize, usize> { Steep::check(wave); depth(wave) }
pub fn new() {}
"""


def test_a_trait_that_is_not_known_stays() -> None:
    """Its methods may be called anywhere."""
    lib = "pub mod tide;\npub struct Wave;\npub trait Steep {}\npub fn depth(wave: &Wave) {}\n"
    program = program_from({"src/lib.rs": lib, "src/tide.rs": SOURCE})
    (path,) = [one for one in program.modules if one.endswith("tide.rs")]
    old = next(one for one in program.modules[path].functions if one.name == "old")
    edits = list(unused_imports(program, path, Gone([(old.span, ())], "fn old() {}")))
    source = SOURCE.encode()
    for edit in sorted(edits, key=lambda one: -one.start_byte):
        source = source[: edit.start_byte] + edit.text.encode() + source[edit.end_byte :]
    assert source.decode().partition("\n\n")[0] == "use crate::Steep;\nuse std::fmt::Write;"


@pytest.mark.parametrize(("code", "types", "answer"), [
    ("data.shape()", {}, True),
    ("data.len()", {"data": "PyReadonlyArray1<'py, f64>"}, True),
    ("data_slice.len()", {"data": "PyReadonlyArray1<'py, f64>"}, False),
    ("rows.iter().count()", {}, False),
    ("made(py).len()", {}, True),
])  # fmt: skip
def test_methods_that_slices_have_too(code: str, types: dict[str, str], answer: bool) -> None:
    assert called_on("PyUntypedArrayMethods", code, types) is answer


def test_a_call_with_types_is_one() -> None:
    assert called("PyAnyMethods", "one.extract::<Vec<f64>>()")
    assert not called("PyAnyMethods", "one.extracted()")
    assert set(LAYOUTS) == {"paths", "local", "traits", "prelude", "glob", "inside"}
