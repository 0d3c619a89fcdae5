"""Where lines that register a binding go, and that what comes out is Rust."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bindcheck.generate.register import Export, Registrar, find_home
from bindcheck.generate.select import select
from bindcheck.parse import parse_snippet
from bindcheck.testing import program_from

CORE = """
pub struct {X}Params { pub length: Option<usize> }
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
#[pyo3::pyfunction]
pub fn {x}_py(value: f64) -> f64 { value }
"""


def core(name: str) -> str:
    return CORE.replace("{X}", name.capitalize()).replace("{x}", name)


def bound(name: str) -> str:
    return core(name) + BOUND.replace("{x}", name)


def registered(lib: str, files: Mapping[str, str] | None = None, *, name: str = "wave") -> str:
    """The text of the module's file once `wave_py` and `WaveStreamPy` are registered."""
    given = files or {}
    mods = "".join(f"pub mod {path};\n" for path in ("wave", *given) if "/" not in path)
    sources = {f"src/{path}.rs": text for path, text in given.items()}
    sources |= {"src/wave.rs": core("wave"), "src/lib.rs": mods + lib}
    program = program_from(sources)
    home = find_home(program)
    found = program.core(name)
    assert found is not None
    source = sources[home.path].encode()
    registrar = Registrar(program, home, source, "", "2021")
    exports = registrar.missing((Export("wave_py", False), Export("WaveStreamPy", True)))
    assert len(exports) == 2
    for edit in sorted(registrar.edits(found, exports), key=lambda one: -one.start_byte):
        source = source[: edit.start_byte] + edit.text.encode() + source[edit.end_byte :]
    assert parse_snippet(source) == ()
    text = source.decode()
    return text.removeprefix(mods) if home.path == "src/lib.rs" else f"// {home.path}\n{text}"


HEAD = "use pyo3::prelude::*;\n#[pymodule] fn oldta(_m: &Bound<'_, PyModule>) -> PyResult<()> {"
ADDED = """
    _m.add_function(pyo3::wrap_pyfunction!(crate::wave::wave_py, _m)?)?;
    _m.add_class::<crate::wave::WaveStreamPy>()?;
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (" Ok(()) }\n", ADDED + "    Ok(()) }\n"),
        ("Ok(())}", ADDED + "    Ok(())}"),
        (" /* none */ Ok(()) }\n", " /* none */" + ADDED + "    Ok(()) }\n"),
        ("\n    Ok(())\n}\n", ADDED + "    Ok(())\n}\n"),
        ("\n    // none\n    Ok(()) }\n", "\n    // none" + ADDED + "    Ok(()) }\n"),
        (" let _ = 1; Ok(()) }\n", " let _ = 1;" + ADDED + "    Ok(()) }\n"),
    ],
)
def test_lines_stay_inside_the_function(body: str, expected: str) -> None:
    assert registered(HEAD + body) == HEAD + expected


USES = """
    #[pymodule_export]
    use crate::wave::{wave_py, WaveStreamPy};
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}\n", "{" + USES + "}\n"),
        ("{ }", "{" + USES + "}"),
        ("{\n}\n", "{" + USES + "}\n"),
        ("{ const A: u8 = 1; }\n", "{" + USES + "    const A: u8 = 1; }\n"),
        (
            "{ #[pymodule_export] use crate::zone::zone_py; }\n",
            "{" + USES + "    #[pymodule_export] use crate::zone::zone_py; }\n",
        ),
        (
            "{ #[pymodule_export] use crate::dune::dune_py; }\n",
            "{ #[pymodule_export] use crate::dune::dune_py;" + USES + "}\n",
        ),
    ],
)
def test_imports_stay_inside_the_inline_module(body: str, expected: str) -> None:
    files = {name: bound(name) for name in ("dune", "zone")}
    head = "#[pyo3::pymodule] mod oldta "
    assert registered(head + body, files) == head + expected


def test_a_helper_that_has_the_registrations_takes_the_new_ones() -> None:
    lib = """
fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(crate::dune::dune_py, m)?)?;
    m.add_function(wrap_pyfunction!(crate::zone::zone_py, m)?)
}

#[pymodule]
fn oldta(py: Python<'_>, m: &Bound<'_, PyModule>) -> PyResult<()> {
    let sub = PyModule::new(py, "sub")?;
    register(&sub)?;
    m.add_submodule(&sub)
}
"""
    text = registered(lib, {name: bound(name) for name in ("dune", "zone")})
    last = "    m.add_function(wrap_pyfunction!(crate::zone::zone_py, m)?)\n"
    before, _, after = text.partition(last)
    assert before.endswith(
        "    m.add_function(wrap_pyfunction!(crate::wave::wave_py, m)?)?;\n"
        "    m.add_class::<crate::wave::WaveStreamPy>()?;\n"
    )
    assert before.index("fn register") < before.index("wave_py")
    assert lib.endswith(after)


@pytest.mark.parametrize("path", ["", "crate::", "self::"])
def test_a_path_begins_where_those_of_the_neighbours_do(path: str) -> None:
    """A crate may let the compiler warn of paths that are longer than they must be."""
    lib = f"""#[pymodule] fn oldta(m: &Bound<'_, PyModule>) -> PyResult<()> {{
    m.add_class::<{path}dune::Dune>()?;
    m.add_function(wrap_pyfunction!({path}dune::dune_py, m)?)?;
    Ok(())
}}
"""
    text = registered(lib, {"dune": bound("dune") + "\n#[pyo3::pyclass]\npub struct Dune;\n"})
    root = path and "crate::"
    assert f"(wrap_pyfunction!({root}wave::wave_py, m)?)?;\n" in text
    assert f"m.add_class::<{root}wave::WaveStreamPy>()?;\n" in text


def test_a_path_into_another_module_begins_at_the_root() -> None:
    files = {"dune": bound("dune")}
    files["parts"] = """mod near { pub use crate::dune::dune_py; }
#[pymodule] pub fn oldta(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(near::dune_py, m)?)?;
    Ok(())
}
"""
    assert "m.add_class::<crate::wave::WaveStreamPy>()?;\n" in registered("", files)


def test_a_helper_in_another_file_takes_them_with_its_imports() -> None:
    files = {name: bound(name) for name in ("dune", "zone")}
    files["parts"] = """use crate::dune::dune_py;
use crate::zone::zone_py;

pub fn all(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(dune_py, m)?)?;
    m.add_function(wrap_pyfunction!(zone_py, m)?)?;
    Ok(())
}
"""
    lib = "#[pymodule]\nfn oldta(m: &Bound<'_, PyModule>) -> PyResult<()> { parts::all(m) }\n"
    text = registered(lib, files)
    assert text.startswith(
        "// src/parts.rs\nuse crate::dune::dune_py;\n"
        "use crate::wave::{wave_py, WaveStreamPy};\nuse crate::zone::zone_py;\n"
    )
    assert "    m.add_class::<WaveStreamPy>()?;\n    Ok(())\n" in text


def test_a_helper_of_one_indicator_takes_nothing_of_another() -> None:
    own = "pub fn add(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
    own += "    m.add_function(wrap_pyfunction!(dune_py, m)?)\n}\n"
    lib = "#[pymodule]\nfn oldta(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
    lib += "    dune::add(m)?;\n    m.add_function(wrap_pyfunction!(zone::zone_py, m)?)?;\n"
    text = registered(lib + "    Ok(())\n}\n", {"dune": bound("dune") + own, "zone": bound("zone")})
    assert "(wave::wave_py, m)?)?;\n" in text


def test_a_submodule_that_most_lines_add_to_takes_the_new_ones() -> None:
    lib = """#[pymodule]
fn oldta(py: Python<'_>, m: &Bound<'_, PyModule>) -> PyResult<()> {
    let sub = PyModule::new(py, "sub")?;
    sub.add_function(wrap_pyfunction!(crate::dune::dune_py, &sub)?)?;
    m.add_submodule(&sub)?;
    Ok(())
}
"""
    added = """    sub.add_function(wrap_pyfunction!(crate::wave::wave_py, &sub)?)?;
    sub.add_class::<crate::wave::WaveStreamPy>()?;
"""
    at = lib.index("    m.add_submodule")
    assert registered(lib, {"dune": bound("dune")}) == lib[:at] + added + lib[at:]


def test_imports_are_sorted_among_neighbours_under_the_same_gate() -> None:
    gate = '#[cfg(feature = "python")]\n'
    lib = f"""use crate::zone::Zone;
{gate}use crate::dune::dune_py;
{gate}use crate::yard::yard_py;

#[pymodule]
fn oldta(m: &Bound<'_, PyModule>) -> PyResult<()> {{
    m.add_function(wrap_pyfunction!(dune_py, m)?)?;
    Ok(())
}}
"""
    program = program_from(
        {
            "src/lib.rs": "pub mod wave;\npub mod dune;\npub mod yard;\n" + lib,
            "src/wave.rs": core("wave"),
            "src/dune.rs": bound("dune"),
            "src/yard.rs": bound("yard"),
        }
    )
    source = ("pub mod wave;\npub mod dune;\npub mod yard;\n" + lib).encode()
    registrar = Registrar(program, find_home(program), source, 'feature = "python"', "2021")
    wave = program.core("wave")
    assert wave is not None
    edit = registrar.edits(wave, (Export("wave_py", False),))[0]
    assert edit.text == f"{gate}use crate::wave::wave_py;\n"
    assert source[: edit.start_byte].decode().endswith("use crate::dune::dune_py;\n")


def test_the_order_of_the_names_does_not_matter() -> None:
    files = {f"src/{name}.rs": core(name) for name in ("wave", "dune", "zone")}
    mods = "pub mod wave;\npub mod dune;\npub mod zone;\n"
    program = program_from({**files, "src/lib.rs": mods})
    found = select(program, ("zone", "wave", "dune"))
    assert [one.name for one in found] == ["dune", "wave", "zone"]
    assert found == select(program, ("dune", "wave", "zone", "dune"))
