"""Exports: what is reached from a `#[pymodule]` of the crate, and how."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.model import EntryKind
from bindcheck.testing import program_from

ITEMS = """\
#[pyfunction]
fn a() -> u8 { 0 }
#[pyfunction]
fn b() -> u8 { 1 }
#[pyclass]
struct C;
"""


def module(body: str) -> str:
    return f"#[pymodule]\nfn lib(m: &Bound<'_, PyModule>) -> PyResult<()> {{ {body} Ok(()) }}\n"


def exported(program: Program) -> dict[str, str]:
    return {one.entry: one.via for one in program.registrations}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("m.add_function(wrap_pyfunction!(a, m)?)?;", {"a": "wrap_pyfunction"}),
        ("m.add_wrapped(wrap_pyfunction!(a))?;", {"a": "wrap_pyfunction"}),
        ("m.add_function(pyo3::wrap_pyfunction!(crate::a, m)?)?;", {"a": "wrap_pyfunction"}),
        ("m.add_function(wrap_pyfunction_bound!(a, m)?)?;", {"a": "wrap_pyfunction"}),
        ("let f = wrap_pyfunction!(a, m)?; m.add_function(f)?;", {"a": "wrap_pyfunction"}),
        ("m.add_class::<C>()?;", {"C": "add_class"}),
        ("m.add_class::<crate::C>()?;", {"C": "add_class"}),
        ('m.add("C", m.py().get_type::<C>())?;', {"C": "add_class"}),
        ('m.add("C", C::type_object(m.py()))?;', {"C": "add_class"}),
        ('#[cfg(feature = "cuda")] { m.add_function(wrap_pyfunction!(a, m)?)?; }', {}),
        ('#[cfg(feature = "cuda")] m.add_class::<C>()?;', {}),
        ('#[cfg(feature = "python")] m.add_class::<C>()?;', {"C": "add_class"}),
        ("// m.add_function(wrap_pyfunction!(a, m)?)?;\n", {}),
        ('println!("wrap_pyfunction!(a, m)");', {}),
        ("", {}),
    ],
)
def test_a_module_function_adds(body: str, expected: dict[str, str]) -> None:
    assert exported(program_from({"src/lib.rs": ITEMS + module(body)})) == expected


def test_helpers_in_other_files_are_followed() -> None:
    program = program_from(
        {
            "src/lib.rs": "mod one;\nmod two;\n"
            + module("one::register(m)?; two::add(m.py(), m)?;"),
            "src/one.rs": ITEMS
            + "pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> { inner(m) }\n"
            "fn inner(m: &Bound<'_, PyModule>) -> PyResult<()> "
            "{ m.add_function(wrap_pyfunction!(a, m)?) }\n",
            "src/two.rs": "#[pyclass]\nstruct D;\n"
            "pub fn add(_py: Python<'_>, module: &Bound<'_, PyModule>) -> PyResult<()> "
            "{ module.add_class::<D>() }\n",
        }
    )
    assert exported(program) == {"a": "wrap_pyfunction", "D": "add_class"}
    assert {one.receiver for one in program.registrations} == {"lib"}


HANDED = """
mod parts { use pyo3::prelude::*;
    pub fn fill(_py: Python, m: &Bound<PyModule>) -> PyResult<()> {
        m.add_function(wrap_pyfunction!(super::a, m)?)
    }
    pub fn other(py: Python) -> PyResult<()> { wrap_pyfunction!(super::b, py).map(|_| ()) }
}
fn inside<F>(m: &Bound<PyModule>, name: &str, fill: F) -> PyResult<()>
where F: Fn(Python, &Bound<PyModule>) -> PyResult<()> {
    let sub = PyModule::new(m.py(), name)?;
    fill(m.py(), &sub)?;
    m.add(name, sub)
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('inside(m, "parts", parts::fill)?;', {"a": ""}),
        ('inside(m, "parts", crate::parts::fill)?;', {"a": ""}),
        ("[parts::fill].iter().try_for_each(|fill| fill(m.py(), m))?;", {}),
        ("Some(m).map_or(Ok(()), parts::fill)?;", {"a": ""}),
        ("Some(m).map_or(Ok(()), parts::other)?;", {}),
        ("parts::fill(m.py(), m)?;", {"a": "lib"}),
    ],
)
def test_a_function_over_a_module_that_is_handed_on_is_followed(
    body: str, expected: dict[str, str]
) -> None:
    program = program_from({"src/lib.rs": ITEMS + HANDED + module(body)})
    assert {one.entry: one.receiver for one in program.registrations} == expected


def test_a_binding_that_an_exported_one_calls_is_exported() -> None:
    source = """\
#[pyfunction]
fn outer(py: Python<'_>) -> PyResult<u8> { helper(py) }
fn helper(py: Python<'_>) -> PyResult<u8> { Ok(inner(py)) }
#[pyfunction]
fn inner(py: Python<'_>) -> u8 { 0 }
#[pyfunction]
fn lonely(py: Python<'_>) -> u8 { inner(py) }
"""
    body = "m.add_function(wrap_pyfunction!(outer, m)?)?;"
    program = program_from({"src/lib.rs": source + module(body)})
    assert exported(program) == {"outer": "wrap_pyfunction", "inner": "wrapper"}


def test_a_method_of_an_exported_class_is_a_wrapper_too() -> None:
    source = (
        "#[pymethods]\nimpl C { fn run(&self) -> u8 { a() } }\n"
        "impl C { fn unseen(&self) -> u8 { b() } }\n"
    )
    program = program_from({"src/lib.rs": ITEMS + source + module("m.add_class::<C>()?;")})
    assert exported(program) == {"C": "add_class", "a": "wrapper"}


def test_a_dead_module_exports_nothing() -> None:
    dead = "use crate::a;\n#[pymodule]\nfn old(m: &Bound<'_, PyModule>) -> PyResult<()> " + (
        "{ m.add_function(wrap_pyfunction!(a, m)?) }\n"
    )
    program = program_from(
        {"src/lib.rs": ITEMS + module("m.add_class::<C>()?;"), "src/old.rs": dead}
    )
    assert program.orphans == ("src/old.rs",)
    assert exported(program) == {"C": "add_class"}


def test_a_module_outside_the_configuration_exports_nothing() -> None:
    gated = '#[cfg(feature = "cuda")]\n' + module("m.add_class::<C>()?;")
    assert exported(program_from({"src/lib.rs": ITEMS + gated})) == {}


def test_two_reached_modules_both_count() -> None:
    second = module("m.add_class::<C>()?;").replace("fn lib", '#[pyo3(name = "_two")]\nfn two')
    first = module("m.add_function(wrap_pyfunction!(a, m)?)?;")
    program = program_from({"src/lib.rs": ITEMS + first + second})
    assert {(one.entry, one.module) for one in program.registrations} == {
        ("a", "lib"),
        ("C", "_two"),
    }


def test_a_submodule_is_another_receiver() -> None:
    body = """
    m.add_function(wrap_pyfunction!(a, m)?)?;
    let sub = PyModule::new(m.py(), "sub")?;
    sub.add_function(wrap_pyfunction!(a, &sub)?)?;
    let again = &sub;
    again.add_function(wrap_pyfunction!(a, again)?)?;
    m.add_submodule(&sub)?;
"""
    program = program_from({"src/lib.rs": ITEMS + module(body)})
    first, second, third = (one.receiver for one in program.registrations)
    assert first == "lib"
    assert first != second
    assert second == third


def test_a_declarative_module_exports_what_it_declares() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
#[pyfunction]
fn outside() {}
#[pyfunction]
fn left_out() {}
#[pyclass]
struct Kind;
#[pymodule]
mod lib {
    #[pymodule_export]
    use super::{outside, Kind};
    use super::left_out;
    #[pyfunction]
    fn inside() {}
    #[pyclass]
    struct Inner;
    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> { super::more(m) }
}
#[pyfunction]
fn late() {}
fn more(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(late, m)?) }
"""
        }
    )
    assert exported(program) == {
        "late": "wrap_pyfunction",
        "inside": "pymodule",
        "Inner": "pymodule",
        "outside": "pymodule_export",
        "Kind": "pymodule_export",
    }


def test_pyfn_inside_a_module_function_exports_itself() -> None:
    program = program_from({"src/lib.rs": module("#[pyfn(m)] fn nested(x: f64) -> f64 { x }")})
    assert exported(program) == {"nested": "pyfn"}


def test_functions_in_the_body_of_a_module_function_are_added_there() -> None:
    body = """\
#[pyfunction]
fn a(x: f64) -> f64 { x }
#[pyfunction]
fn forgotten(x: f64) -> f64 { x }
m.add_function(wrap_pyfunction!(a, m)?)?;
m.add_function(wrap_pyfunction!(b, m)?)?;
"""
    program = program_from({"src/lib.rs": ITEMS + module(body)})
    found = {one.entry: program.function(one.target).scope for one in program.registrations}
    assert found == {"a": ("lib",), "b": ()}


def test_a_module_of_the_name_of_a_module_function_is_not_its_body() -> None:
    inner = "mod lib { use pyo3::prelude::*; #[pyfunction] pub fn a() {} }"
    body = "m.add_function(wrap_pyfunction!(a, m)?)?;"
    program = program_from({"src/lib.rs": ITEMS + inner + module(body)})
    assert [program.function(one.target).scope for one in program.registrations] == [()]


def test_a_macro_of_the_crate_that_registers_its_arguments() -> None:
    source = """\
macro_rules! export {
    ($m:expr; $($f:path),*) => { $( $m.add_function(wrap_pyfunction!($f, $m)?)?; )* };
}
"""
    program = program_from({"src/lib.rs": source + ITEMS + module("export!(m; a, crate::b);")})
    assert exported(program) == {"a": "macro", "b": "macro"}


def test_registrations_tell_functions_from_classes() -> None:
    body = "m.add_class::<C>()?; m.add_function(wrap_pyfunction!(a, m)?)?;"
    program = program_from({"src/lib.rs": ITEMS + module(body)})
    for entry in program.entries:
        if entry.rust_name in ("a", "C"):
            (one,) = program.registrations_of(entry)
            assert one.kind is entry.kind
            assert one.kind is (EntryKind.CLASS if entry.rust_name == "C" else EntryKind.FUNCTION)
