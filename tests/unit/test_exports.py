"""What Python finds in an extension module, and under which name."""

from __future__ import annotations

from bindcheck.analysis.bindings.exports import Exports
from bindcheck.model import EntryPoint
from bindcheck.testing import program_from

FUNCTIONS = """\
use pyo3::prelude::*;

#[pyfunction(name = "alma")]
pub fn alma_py(x: f64) -> f64 {
    x
}

#[pyfunction]
pub fn kama(x: f64) -> f64 {
    x
}

#[pyclass]
pub struct Gain {}

#[pyclass]
pub struct Handle {}
"""


def exports(code: str, module: str = "example", **files: str) -> Exports:
    sources = {"src/lib.rs": FUNCTIONS + code}
    sources |= {f"src/{name}.rs": text for name, text in files.items()}
    program = program_from(sources)
    return Exports(program, program.entries, program.registrations, module)


def names(found: Exports) -> set[str]:
    return {".".join(one.names) for one in found.all}


def test_functions_and_classes_of_the_module() -> None:
    found = exports(
        """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("LIMIT", 3)?;
    m.add_function(wrap_pyfunction!(alma_py, m)?)?;
    m.add("Amplifier", m.py().get_type::<Gain>())?;
    Ok(())
}
"""
    )
    assert found.root is not None
    assert found.root.name == "example"
    assert names(found) == {"alma", "Amplifier"}
    assert {"LIMIT", "Amplifier", "kama"} <= found.possible
    assert set(found.hidden_classes) == {"Handle"}
    assert not found.unplaced


def test_modules_made_by_hand_lie_where_they_are_added() -> None:
    found = exports(
        """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let outer = PyModule::new(m.py(), "outer")?;
    let inner = PyModule::new(m.py(), "inner")?;
    inner.add_function(wrap_pyfunction!(alma_py, &inner)?)?;
    outer.add_class::<Gain>()?;
    outer.add_submodule(&inner)?;
    m.add_submodule(&outer)?;
    let lost = PyModule::new(m.py(), "lost")?;
    lost.add_function(wrap_pyfunction!(kama, &lost)?)?;
    Ok(())
}
"""
    )
    assert names(found) == {"outer.Gain", "outer.inner.alma"}
    assert found.submodules == {("outer",), ("outer", "inner")}
    assert [one.python_name for one in found.unplaced] == ["kama"]


def test_wrapped_modules_lie_in_the_module_that_wraps_them() -> None:
    found = exports(
        """
#[pymodule]
fn nodes(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Gain>()
}

#[pymodule]
#[pyo3(name = "_core")]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_wrapped(wrap_pymodule!(nodes))?;
    m.add_wrapped(wrap_pyfunction!(alma_py))
}
""",
        "pkg._core",
    )
    assert found.root is not None
    assert (found.root.name, found.root.item) == ("_core", "example")
    assert names(found) == {"nodes.Gain", "alma"}


def test_declarative_modules_take_in_others() -> None:
    found = exports(
        """
#[pymodule]
mod inner {
    #[pymodule_export]
    use super::Gain;
}

#[pymodule]
mod example {
    #[pymodule_export]
    use super::alma_py;
    #[pymodule_export]
    use super::inner;
    #[pymodule_export]
    const LIMIT: u32 = 3;
}
"""
    )
    assert names(found) == {"alma", "inner.Gain"}
    assert found.submodules == {("inner",)}
    assert {"LIMIT", "inner"} <= found.possible


def test_helpers_add_to_the_module_that_they_are_given() -> None:
    found = exports(
        """
mod more;

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let sub = PyModule::new(m.py(), "sub")?;
    more::register(&sub)?;
    m.add_submodule(&sub)
}
""",
        more="""\
use pyo3::prelude::*;

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("VERSION", "1")?;
    m.add_function(wrap_pyfunction!(crate::alma_py, m)?)
}
""",
    )
    assert names(found) == {"sub.alma"}
    assert "VERSION" in found.possible


def test_two_modules_of_other_names_tell_no_root() -> None:
    module = "#[pymodule]\nfn {}(m: &Bound<'_, PyModule>) -> PyResult<()> {{\n    Ok(())\n}}\n"
    assert exports(module.format("one") + module.format("two")).root is None
    assert exports(module.format("one") + module.format("two"), "pkg.two").root is not None


def test_methods_are_named_by_their_class() -> None:
    found = exports(
        """
#[pymethods]
impl Gain {
    #[new]
    fn new() -> Self {
        Self {}
    }

    fn update(&self, x: f64) -> f64 {
        x
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Gain>()
}
"""
    )
    entries = program_entries(found)
    assert found.names_of(entries["Gain::new"]) == (("Gain",),)
    assert found.names_of(entries["Gain::update"]) == (("Gain", "update"),)


def program_entries(found: Exports) -> dict[str, EntryPoint]:
    return {one.rust_name: one for one in found._entries}
