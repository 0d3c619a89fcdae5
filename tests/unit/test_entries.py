"""Entry points: what PyO3 exposes, under which name, with which signature, for which indicator."""

from __future__ import annotations

import pytest

from bindcheck.analysis.bindings.arguments import python_params, python_signature
from bindcheck.analysis.bindings.signature import parse_signature
from bindcheck.analysis.linking.tokens import options, split_top
from bindcheck.analysis.program import Program
from bindcheck.model import EntryKind, EntryPoint, Role
from bindcheck.testing import program_from


def entries(source: str) -> list[EntryPoint]:
    return list(program_from({"src/lib.rs": source}).entries)


def only(source: str, kind: EntryKind = EntryKind.FUNCTION) -> EntryPoint:
    (entry,) = (one for one in entries(source) if one.kind is kind)
    return entry


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ("#[pyfunction]", "f_py"),
        ('#[pyfunction(name = "f")]', "f"),
        ('#[pyfunction]\n#[pyo3(name = "f")]', "f"),
        ('#[pyfunction]\n/// Doc.\n// note\n#[pyo3(signature = (x), name = "f")]', "f"),
        ('#[pyo3::pyfunction(signature = (x), name = "f")]', "f"),
        ('#[cfg_attr(feature = "python", pyfunction(name = "f"))]', "f"),
        (
            '#[cfg_attr(feature = "python", pyfunction)]\n'
            '#[cfg_attr(feature = "python", pyo3(name = "f"))]',
            "f",
        ),
    ],
)
def test_the_python_name_of_a_function(attributes: str, name: str) -> None:
    entry = only(f"{attributes}\npub fn f_py(x: f64) -> f64 {{ x }}\n")
    assert (entry.rust_name, entry.python_name, entry.active) == ("f_py", name, True)


@pytest.mark.parametrize(
    ("attributes", "active"),
    [
        ('#[cfg(feature = "cuda")]\n#[pyfunction]', False),
        ('#[cfg(all(feature = "python", not(feature = "cuda")))]\n#[pyfunction]', True),
        ('#[cfg(target_arch = "wasm32")]\n#[pyfunction]', False),
        ("#[cfg(some_flag_of_ones_own)]\n#[pyfunction]", True),
        ('#[cfg_attr(feature = "cuda", pyfunction)]', False),
    ],
)
def test_whether_a_function_is_in_the_configuration(attributes: str, active: bool) -> None:
    assert only(f"{attributes}\nfn f() {{}}\n").active is active


CLASS = """\
#[pyclass(name = "Gain", frozen)]
struct GainPy { factor: f64 }
#[pymethods]
impl GainPy {
    #[new]
    #[pyo3(signature = (factor=1.0))]
    fn new(factor: f64) -> Self { GainPy { factor } }
    #[getter]
    fn get_factor(&self) -> f64 { self.factor }
    #[getter(double)]
    fn twice(&self) -> f64 { 2.0 * self.factor }
    #[pyo3(name = "apply")]
    fn apply_py(&self, x: f64) -> f64 { x }
    fn __len__(&self) -> usize { 0 }
    #[staticmethod]
    fn unit() -> Self { GainPy { factor: 1.0 } }
}
impl GainPy { fn hidden(&self) {} }
#[pyclass]
enum Mode { Fast, Slow }
"""


def test_classes_and_their_methods() -> None:
    program = program_from({"src/lib.rs": CLASS})
    classes = {e.rust_name: e for e in program.entries if e.kind is EntryKind.CLASS}
    methods = {e.rust_name: e for e in program.entries if e.kind is EntryKind.METHOD}
    assert {name: entry.python_name for name, entry in classes.items()} == {
        "GainPy": "Gain",
        "Mode": "Mode",
    }
    assert program.struct(classes["Mode"].ref).name == "Mode"
    assert {name: entry.python_name for name, entry in methods.items()} == {
        "GainPy::new": "__new__",
        "GainPy::get_factor": "factor",
        "GainPy::twice": "double",
        "GainPy::apply_py": "apply",
        "GainPy::__len__": "__len__",
        "GainPy::unit": "unit",
    }
    assert {entry.class_ref for entry in methods.values()} == {classes["GainPy"].ref}
    assert [name for name, entry in methods.items() if entry.constructor] == ["GainPy::new"]
    assert program.class_entry(classes["GainPy"].ref) == classes["GainPy"]


def test_functions_inside_modules_and_bodies_are_found() -> None:
    found = entries(
        """\
#[pymodule]
mod outer {
    #[pyfunction]
    fn inside() {}
}
#[pymodule]
fn old(_py: Python<'_>, m: &Bound<'_, PyModule>) -> PyResult<()> {
    #[pyfn(m)]
    #[pyo3(name = "nested")]
    fn nested_py(x: f64) -> f64 { helper(x) }
    fn helper(x: f64) -> f64 { x }
    Ok(())
}
"""
    )
    assert [(e.kind.value, e.python_name) for e in found] == [
        ("module", "outer"),
        ("function", "inside"),
        ("module", "old"),
        ("function", "nested"),
    ]


def test_words_in_comments_strings_and_tests_are_no_entry_points() -> None:
    source = """\
// #[pyfunction] fn a() {}
/* #[pyfunction] fn b() {} */
/// #[pyfunction]
const TEXT: &str = "#[pyfunction] fn c() {}";
#[cfg(test)]
mod tests {
    #[pyfunction]
    fn d() {}
}
"""
    assert [entry for entry in entries(source) if entry.active] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a, b=None)", [("a", None, "positional"), ("b", "None", "positional")]),
        ("()", []),
        ("(a, /, b)", [("a", None, "positional-only"), ("b", None, "positional")]),
        ("(a, *, b=1)", [("a", None, "positional"), ("b", "1", "keyword-only")]),
        (
            "(*args, key=2, **kwargs)",
            [("args", None, "args"), ("key", "2", "keyword-only"), ("kwargs", None, "kwargs")],
        ),
        (
            '(s=",)", f=make(1, 2), v=vec![1, 2])',
            [
                ("s", '",)"', "positional"),
                ("f", "make(1, 2)", "positional"),
                ("v", "vec![1, 2]", "positional"),
            ],
        ),
        ("(a: int = 1) -> float", [("a", "1", "positional")]),
        ("(r#type)", [("type", None, "positional")]),
    ],
)
def test_a_signature_is_read(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    assert [(a.name, a.default, a.kind) for a in parse_signature(text)] == expected


@pytest.mark.parametrize(
    "attributes",
    [
        "#[pyfunction]\n#[pyo3(signature = (x, y=2.0))]",
        "#[pyfunction(signature = (x, y=2.0))]",
        '#[pyfunction]\n#[pyo3(name = "f", signature = (x, y=2.0), text_signature = "(x)")]',
    ],
)
def test_the_signature_attribute_is_found(attributes: str) -> None:
    entry = only(f"{attributes}\nfn f(x: f64, y: f64) {{}}\n")
    assert entry.signature_attr is not None
    assert [(a.name, a.default) for a in entry.signature or ()] == [("x", None), ("y", "2.0")]


def test_a_text_signature_is_no_signature() -> None:
    assert (
        only('#[pyfunction]\n#[pyo3(text_signature = "(x)")]\nfn f(x: f64) {}\n').signature is None
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#[pyfunction] fn f(py: Python<'_>, x: f64, y: f64) {}", ["x", "y"]),
        ("#[pyfunction] #[pyo3(pass_module)] fn f(m: &Bound<'_, PyModule>, x: f64) {}", ["x"]),
        ("#[pyclass] struct A; #[pymethods] impl A { fn f(&self, x: f64) {} }", ["x"]),
        (
            "#[pyclass] struct A; #[pymethods] impl A { fn f(slf: PyRef<'_, Self>, x: u8) {} }",
            ["x"],
        ),
        ("#[pyclass] struct A; #[pymethods] impl A { #[staticmethod] fn f(o: Py<A>) {} }", ["o"]),
        (
            "#[pyclass] struct A; #[pymethods] impl A "
            "{ #[classmethod] fn f(cls: &Bound<'_, PyType>, x: u8) {} }",
            ["x"],
        ),
    ],
)
def test_arguments_as_python_passes_them(source: str, expected: list[str]) -> None:
    program = program_from({"src/lib.rs": source})
    (entry,) = (e for e in program.entries if e.kind in (EntryKind.FUNCTION, EntryKind.METHOD))
    function = program.function(entry.ref)
    assert [param.name for param in python_params(function, entry.kind)] == expected
    assert [argument.name for argument in python_signature(entry, function)] == expected


def test_token_text_is_split_outside_brackets_and_strings() -> None:
    assert split_top('a, f(b, c), ",", [d, e], // x, y\n g') == [
        "a",
        "f(b, c)",
        '","',
        "[d, e]",
        "g",
    ]
    assert options('name = "a, b", frozen, signature = (x, y)') == {
        "name": '"a, b"',
        "frozen": "",
        "signature": "(x, y)",
    }


CORE = """\
use pyo3::prelude::*;
pub enum Kernel { Auto }
pub struct GainParams { pub factor: Option<f64> }
pub struct GainInput<'a> { data: &'a [f64], params: GainParams }
impl<'a> GainInput<'a> {
    pub fn from_slice(data: &'a [f64], params: GainParams) -> Self { Self { data, params } }
}
pub struct GainOutput { pub values: Vec<f64> }
pub struct GainError;
pub fn gain_with_kernel(input: &GainInput, kernel: Kernel) -> Result<GainOutput, GainError> {
    Ok(GainOutput { values: scaled(input.data) })
}
pub fn gain(input: &GainInput) -> Result<GainOutput, GainError> {
    gain_with_kernel(input, Kernel::Auto)
}
fn scaled(data: &[f64]) -> Vec<f64> { data.to_vec() }
pub struct GainBatchRange { pub factor: (f64, f64, f64) }
pub struct GainBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<GainParams>,
    pub rows: usize,
    pub cols: usize,
}
pub fn gain_batch_with_kernel(
    data: &[f64], sweep: &GainBatchRange, kernel: Kernel,
) -> Result<GainBatchOutput, GainError> {
    Err(GainError)
}
pub struct GainStream { factor: f64 }
impl GainStream {
    pub fn try_new(params: GainParams) -> Result<Self, GainError> { Err(GainError) }
    pub fn update(&mut self, value: f64) -> Option<f64> { None }
}
"""
BINDINGS = """\
fn run(data: &[f64]) -> Vec<f64> {
    gain(&GainInput::from_slice(data, GainParams { factor: None })).unwrap().values
}
#[pyfunction]
fn first(data: PyReadonlyArray1<'_, f64>) -> Vec<f64> { run(data.as_slice().unwrap()) }
#[pyfunction]
fn second(data: PyReadonlyArray1<'_, f64>, kernel: &str) -> usize {
    let sweep = GainBatchRange { factor: (0.0, 1.0, 0.5) };
    gain_batch_with_kernel(data.as_slice().unwrap(), &sweep, Kernel::Auto).map_or(0, |o| o.rows)
}
#[pyfunction]
fn third(data: PyReadonlyArray1<'_, f64>, factor_range: (f64, f64, f64)) -> Vec<f64> {
    run(data.as_slice().unwrap())
}
#[pyfunction]
fn batch_of_something_else(n: usize) -> usize { n }
#[pyclass]
struct Feed { inner: GainStream }
#[pymethods]
impl Feed {
    #[new]
    fn new() -> PyResult<Self> { todo() }
    fn update(&mut self, value: f64) -> Option<f64> { self.inner.update(value) }
}
#[pyclass]
struct Unrelated { n: usize }
"""


def roles(program: Program) -> dict[str, tuple[str | None, Role]]:
    return {entry.rust_name: (entry.indicator, entry.role) for entry in program.entries}


def test_roles_follow_from_what_is_called() -> None:
    program = program_from({"src/lib.rs": "mod gain;\n", "src/gain.rs": CORE + BINDINGS})
    assert [core.name for core in program.cores] == ["gain"]
    found = roles(program)
    assert found == {
        "first": ("gain", Role.SINGLE),
        "second": ("gain", Role.BATCH),
        "third": ("gain", Role.BATCH),
        "batch_of_something_else": (None, Role.OTHER),
        "Feed": ("gain", Role.STREAM),
        "Feed::new": ("gain", Role.STREAM),
        "Feed::update": ("gain", Role.STREAM),
        "Unrelated": (None, Role.OTHER),
    }
    (core,) = program.cores
    assert {entry.rust_name for entry in program.entries_of(core)} == {
        name for name, (indicator, _) in found.items() if indicator
    }


def test_a_binding_in_another_file_belongs_to_the_core_it_calls() -> None:
    bindings = BINDINGS.replace("fn run", "use crate::gain::*;\nuse pyo3::prelude::*;\nfn run")
    program = program_from(
        {"src/lib.rs": "mod gain;\nmod py;\n", "src/gain.rs": CORE, "src/py.rs": bindings}
    )
    found = roles(program)
    assert found["first"] == ("gain", Role.SINGLE)
    assert found["second"] == ("gain", Role.BATCH)
    assert found["Feed"] == ("gain", Role.STREAM)
    assert found["batch_of_something_else"] == (None, Role.OTHER)


@pytest.mark.parametrize(
    ("returns", "role"),
    [
        ("PyResult<f64>", Role.OTHER),
        ("f64", Role.OTHER),
        ("PyResult<Option<f64>>", Role.OTHER),
        ("usize", Role.OTHER),
        ("PyResult<Vec<f64>>", Role.SINGLE),
        ("PyResult<(f64, f64)>", Role.SINGLE),
        ("PyResult<Bound<'py, PyArray1<f64>>>", Role.SINGLE),
    ],
)
def test_one_number_of_a_result_is_another_thing(returns: str, role: Role) -> None:
    binding = f"""
fn last(data: &[f64]) -> Result<f64, ()> {{
    gain(&GainInput::from_slice(data, GainParams {{ factor: None }})).map(|o| o.values[0])
}}
#[pyfunction]
fn at_last(data: Vec<f64>) -> {returns} {{ last(&data) }}
"""
    program = program_from({"src/lib.rs": "mod gain;\n", "src/gain.rs": CORE + binding})
    assert roles(program)["at_last"] == ("gain", role)


def test_one_number_by_the_name_of_the_core_is_its_single_call() -> None:
    binding = """
#[pyfunction(name = "gain")]
fn gain_py(data: Vec<f64>) -> f64 {
    gain(&GainInput::from_slice(&data, GainParams { factor: None })).unwrap().values[0]
}
"""
    program = program_from({"src/lib.rs": "mod gain;\n", "src/gain.rs": CORE + binding})
    assert roles(program)["gain_py"] == ("gain", Role.SINGLE)


def test_a_dispatcher_over_several_cores_belongs_to_none() -> None:
    other = CORE.replace("Gain", "Bias").replace("gain", "bias")
    dispatch = """\
use crate::gain::*;
use crate::bias::*;
#[pyfunction]
fn either(name: &str, data: Vec<f64>) -> usize {
    if name == "x" {
        let input = GainInput::from_slice(&data, GainParams { factor: None });
        gain(&input).map_or(0, |o| o.values.len())
    } else {
        let input = BiasInput::from_slice(&data, BiasParams { factor: None });
        bias(&input).map_or(0, |o| o.values.len())
    }
}
"""
    program = program_from(
        {
            "src/lib.rs": "mod gain;\nmod bias;\nmod py;\n",
            "src/gain.rs": CORE,
            "src/bias.rs": other,
            "src/py.rs": dispatch,
        }
    )
    assert len(program.cores) == 2
    assert roles(program)["either"] == (None, Role.OTHER)
