"""New bindings take names, result keys and exceptions from a reference that is odd in all three."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bindcheck.config import Config
from bindcheck.generate.context import Facts
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.names import FileNames
from bindcheck.generate.pythonside import keeps_signature
from bindcheck.generate.stub import stub_entry
from bindcheck.generate.style import crate_style
from bindcheck.testing import crate_of, program_from
from odd_bindings import LIB, batch, binding, facts_of, joined, single, stream
from odd_reference import (
    ARRAYS,
    BOUND,
    COMMON,
    CORE,
    FROM,
    FUNCTION,
    KERNELS,
    PUSHED,
    RAISE,
    named,
    with_kernel,
)

OWN = """
pyo3::create_exception!(example, TaException, pyo3::exceptions::PyLookupError);
"""


def facts(
    raise_: str = "",
    common: str = "",
    rows: str = ARRAYS,
    keys: tuple[str, str, str] = ("values", "lengths", "gains"),
    head: str = "",
    name: str = "wave",
) -> Facts:
    """The core `wave` (or the reference itself) beside a reference that is bound so."""
    values, length, gain = keys
    bound = BOUND.replace("{rows}", rows).replace("{raise}", raise_)
    bound = bound.replace("{values}", values).replace("{length}", length).replace("{gain}", gain)
    files = {
        "src/lib.rs": LIB,
        "src/common.rs": COMMON + common,
        "src/alma.rs": named(CORE, "alma") + head + bound,
        "src/wave.rs": named(CORE, "wave"),
    }
    return facts_of(files, name)


# --- names ----------------------------------------------------------------------------------


def test_names_have_the_prefix_or_suffix_that_the_reference_has() -> None:
    shown = binding(facts())
    assert (shown.single, shown.batch, shown.stream) == (
        "calc_wave",
        "calc_wave_grid",
        "WaveFeed",
    )
    assert "pub struct PyWaveStream {" in stream(facts())


@pytest.mark.parametrize("inside", [True, False])
def test_a_name_that_an_inline_module_keeps_apart_is_not_taken_beside_the_core(
    *, inside: bool
) -> None:
    bound = BOUND.replace("{rows}", ARRAYS).replace("{raise}", PUSHED)
    bound = bound.replace('name = "calc_alma"', 'name = "alma"')
    if inside:
        bound = bound.replace("py_alma", "alma")
        bound = f"pub mod python {{\n    use super::*;\n{bound}}}\n"
    program = program_from(
        {
            "src/lib.rs": "pub mod alma;\npub mod common;\npub mod wave;\n",
            "src/common.rs": COMMON,
            "src/alma.rs": named(CORE, "alma") + bound,
            "src/wave.rs": named(CORE, "wave"),
        }
    )
    style = crate_style(program, crate_of(), Config(root=Path("/crate")))
    assert style.single_rust == ("{name}_py" if inside else "py_{name}")
    assert style.single_python == "{name}"


def test_a_name_that_python_does_not_accept_makes_no_other_names_either() -> None:
    made = facts()
    odd = replace(made, core=replace(made.core, name="lambda"))
    with pytest.raises(Lacking):
        odd.named("calc_{name}_grid")


# --- heads ----------------------------------------------------------------------------------


def retold(
    kernel: str = "", pattern: str = "{}_range", name: str = "wave", kernels: str = KERNELS
) -> Facts:
    """The core beside a reference that takes a kernel and calls its ranges by a pattern."""
    program = facts().program
    sources = {path: program.source(path).decode() for path in program.modules}
    sources["src/common.rs"] += kernels
    for path in ("src/alma.rs", "src/wave.rs"):
        sources[path] = with_kernel(sources[path], kernel, pattern)
    program = program_from(sources)
    style = crate_style(program, crate_of(), Config(root=Path("/crate")))
    core = program.core(name)
    assert core is not None
    return Facts(program, core, style, FileNames.of(program, core.path, style.gate))


@pytest.mark.parametrize("pattern", ["{}_axis", "swept_{}", "{}", "{}_range"])
@pytest.mark.parametrize("name", ["wave", "alma"])
def test_ranges_are_called_as_the_reference_calls_them(pattern: str, name: str) -> None:
    made = retold(pattern=pattern, name=name)
    text, shown = batch(made), binding(made)
    names = [pattern.format(one) for one in ("length", "gain")]
    assert f"signature = (data, {', '.join(names)}" in text
    assert f"    {names[0]}: (usize, usize, usize),\n" in text
    assert [one.name for one in shown.ranges] == names
    assert made.style.heads.ranges == pattern.format("{name}")


def test_ranges_without_a_pattern_keep_our_names() -> None:
    program = facts().program
    sources = {path: program.source(path).decode() for path in program.modules}
    sources["src/alma.rs"] = sources["src/alma.rs"].replace("length_range", "length_axis")
    style = crate_style(program_from(sources), crate_of(), Config(root=Path("/crate")))
    assert style.heads.ranges == "{name}_range"


@pytest.mark.parametrize(
    ("kernel", "expected", "stub"),
    [
        (", kernel=None", "kernel=None", "| None = None,"),
        (', kernel="auto"', 'kernel="auto"', '| None = "auto",'),
        (', *, kernel="auto"', '*, kernel="auto"', '| None = "auto",'),
        (", *, kernel=None", "*, kernel=None", "| None = None,"),
        (", kernel", "kernel=None", "| None = None,"),
    ],
)
def test_a_kernel_is_given_as_the_reference_takes_it(kernel: str, expected: str, stub: str) -> None:
    made = retold(kernel)
    assert f"(data, length, gain, {expected})" in single(made)
    assert f"(data, length_range, gain_range, {expected})" in batch(made)
    text = stub_entry(binding(made), None, "str")
    assert text.count(f"    kernel: str {stub}\n") == 2
    assert text.count("    *,\n") == (2 if "*" in expected else 0)
    own = next(one for one in made.program.entries if one.python_name == "calc_alma")
    same = replace(made, core=retold(kernel, name="alma").core)
    assert keeps_signature(same, own) == (kernel != ", kernel")


PLAIN_KERNELS = KERNELS.replace("Option<&str>", "&str")


def test_a_kernel_is_read_by_a_function_that_takes_no_none() -> None:
    made = retold(', kernel="auto"', kernels=PLAIN_KERNELS)
    for text in (single(made), batch(made)):
        assert 'kernel="auto"))]' in text
        assert 'validate_kernel(kernel.unwrap_or("auto"))?;' in text


@pytest.mark.parametrize("kernel", [", kernel=None", ", kernel"])
def test_a_name_that_stands_for_none_must_be_known(kernel: str) -> None:
    with pytest.raises(Lacking, match="turns a kernel's name into a kernel"):
        single(retold(kernel, kernels=PLAIN_KERNELS))


# --- result keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [ARRAYS, PUSHED])
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("values", "length_list", "gain_list"), ("values", "length_list", "gain_list")),
        (("result", "swept_length", "swept_gain"), ("result", "swept_length", "swept_gain")),
        (("values", "length", "gain"), ("values", "length", "gain")),
        (("alma_matrix", "lengths", "gains"), ("wave_matrix", "lengths", "gains")),
    ],
)
def test_keys_follow_the_pattern_of_the_reference(
    rows: str, keys: tuple[str, str, str], expected: tuple[str, str, str]
) -> None:
    made = facts(rows=rows, keys=keys)
    text = batch(made)
    shown = binding(made)
    assert (*shown.keys, *(one.name for one in shown.swept)) == expected
    assert all(f'set_item("{key}"' in text for key in expected)
    assert text.count("set_item(") == len(expected)


def test_parameters_are_lists_where_those_of_the_reference_are() -> None:
    listed, arrays = facts(rows=PUSHED), facts(rows=ARRAYS)
    assert 'set_item("lengths", lengths)?' in batch(listed)
    assert 'set_item("lengths", lengths.into_pyarray(py))?' in batch(arrays)
    assert [one.type for one in binding(listed).swept] == ["list[int]", "list[float]"]
    assert "NDArray" in binding(arrays).swept[0].type


def test_keys_without_a_pattern_are_those_of_the_reference_alone() -> None:
    keys = facts(keys=("values", "n", "gain_list")).style.keys
    assert keys.swept == ""
    assert keys.of_param("length") == "n"
    assert keys.of_param("width") == "widths"


# --- exceptions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raise_", "common", "head", "expected", "name"),
    [
        ("", FROM, "", "?;", "RuntimeError"),
        (".map_err(PyErr::from)", FROM, "", "?;", "RuntimeError"),
        (".map_err(|e| e.into())", FROM, "", "?;", "RuntimeError"),
        (
            ".map_err(to_py_err)",
            FUNCTION,
            "use crate::common::to_py_err;\n",
            ".map_err(crate::common::to_py_err)?;",
            "ArithmeticError",
        ),
        (
            ".map_err(|e| crate::common::to_py_err(e))",
            FUNCTION,
            "",
            ".map_err(|error| crate::common::to_py_err(error))?;",
            "ArithmeticError",
        ),
        (
            ".map_err(|e| PyKeyError::new_err(e.to_string()))",
            "",
            "use pyo3::exceptions::PyKeyError;\n",
            ".map_err(|error| pyo3::exceptions::PyKeyError::new_err(error.to_string()))?;",
            "KeyError",
        ),
        (
            '.map_err(|e| PyErr::new::<pyo3::exceptions::PyOSError, _>(format!("alma: {e}")))',
            "",
            "",
            '.map_err(|e| pyo3::exceptions::PyOSError::new_err(format!("wave: {e}")))?;',
            "OSError",
        ),
        (
            ".map_err(|e| TaException::new_err(e.to_string()))",
            OWN,
            "use crate::common::TaException;\n",
            ".map_err(|error| crate::common::TaException::new_err(error.to_string()))?;",
            "LookupError",
        ),
    ],
)
def test_errors_become_the_exceptions_of_the_reference(
    raise_: str, common: str, head: str, expected: str, name: str
) -> None:
    made = facts(raise_, common, head=head)
    for text in (single(made), batch(made), stream(made)):
        assert joined(expected) in joined(text)
        assert "|error| pyo3::exceptions::PyValueError" not in text
    assert f"{name}: a parameter is out of range" in stub_entry(binding(made), None, "str")


@pytest.mark.parametrize(
    ("said", "expected"),
    [("alma", "wave"), ("alma_batch", "wave_batch"), ("AlmaFeed", "WaveFeed"), ("calm", "calm")],
)
def test_a_helper_that_is_told_the_core_is_told_the_new_one(said: str, expected: str) -> None:
    made = facts(f'.map_err(|e| raise("{said}", e))', RAISE, head="use crate::common::raise;\n")
    shown = f'.map_err(|error| crate::common::raise("{expected}", error))?;'
    for text in (single(made), batch(made), stream(made)):
        assert joined(shown) in joined(text)
    assert "ArithmeticError: a parameter" in stub_entry(binding(made), None, "str")


def test_variables_in_a_text_keep_their_names() -> None:
    way = '.map_err(|alma_e| PyKeyError::new_err(format!("alma_x {alma_e}")))'
    text = single(facts(way, head="use pyo3::exceptions::PyKeyError;\n"))
    assert joined('format!("wave_x {alma_e}")') in joined(text)


OTHERS = """
pub enum AlmaError { Empty, Period(usize) }
impl std::fmt::Display for AlmaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "no") }
}
impl From<AlmaError> for pyo3::PyErr {
    fn from(error: AlmaError) -> pyo3::PyErr {
        match error {
            AlmaError::Empty => pyo3::exceptions::PyValueError::new_err("no data"),
            other => pyo3::exceptions::PyRuntimeError::new_err(other.to_string()),
        }
    }
}
"""


def test_errors_without_a_from_become_the_usual_exception_of_the_references() -> None:
    program = facts().program
    sources = {path: program.source(path).decode() for path in program.modules}
    common = "use crate::common::TaError;"
    alma = sources["src/alma.rs"].replace(common, "").replace("TaError", "AlmaError")
    program = program_from({**sources, "src/alma.rs": alma + OTHERS})
    core, style = program.core("wave"), crate_style(program, crate_of(), Config(root=Path("/c")))
    assert core is not None
    made = Facts(program, core, style, FileNames.of(program, core.path, style.gate))
    shown = ".map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))?;"
    for text in (single(made), batch(made), stream(made)):
        assert joined(shown) in joined(text)
    assert "RuntimeError: a parameter is out of range" in stub_entry(binding(made), None, "str")


PRIVATE = """
fn to_py_err(error: TaError) -> PyErr { pyo3::exceptions::PyKeyError::new_err(error.to_string()) }
"""


@pytest.mark.parametrize(
    ("raise_", "head"),
    [
        # Another file cannot name it.
        (".map_err(to_py_err)", PRIVATE),
        # It asks what the error of the reference is.
        (".map_err(|e| match e { _ => pyo3::exceptions::PyKeyError::new_err(1) })", ""),
        (".map_err(|e| pyo3::exceptions::PyKeyError::new_err(e.code()))", ""),
    ],
)
def test_the_class_of_the_reference_is_made_from_a_text_where_its_way_does_not_fit(
    raise_: str, head: str
) -> None:
    made = facts(raise_, head=head)
    text = joined(single(made))
    assert joined(".map_err(|error| pyo3::exceptions::PyKeyError::new_err(error.to_s") in text
    assert "KeyError: a parameter is out of range" in stub_entry(binding(made), None, "str")


UNCLEAR = """.map_err(|e| match e {
    TaError::Empty => pyo3::exceptions::PyKeyError::new_err(1),
    TaError::Period(_) => pyo3::exceptions::PyTypeError::new_err(2),
})"""


@pytest.mark.parametrize("raise_", ["", UNCLEAR])
def test_errors_stay_value_errors_where_no_class_is_the_usual_one(raise_: str) -> None:
    made = facts(raise_)
    text = joined(single(made))
    assert joined(".map_err(|error| pyo3::exceptions::PyValueError::new_err(") in text
    assert "ValueError: a parameter is out of range" in stub_entry(binding(made), None, "str")


# --- the reference itself -------------------------------------------------------------------


@pytest.mark.parametrize("rows", [ARRAYS, PUSHED])
def test_the_rendered_reference_has_the_interface_of_the_hand_written_one(rows: str) -> None:
    keys = ("result", "length_list", "gain_list")
    made = facts("", FROM, rows=rows, keys=keys, name="alma")
    shown = binding(made)
    assert (shown.single, shown.batch, shown.stream) == ("calc_alma", "calc_alma_grid", "AlmaFeed")
    assert (*shown.keys, *(one.name for one in shown.swept)) == keys
    again = program_of(made)
    style = crate_style(again.program, crate_of(), Config(root=Path("/crate")))
    assert style.keys == made.style.keys
    assert style.errors is not None
    assert made.style.errors is not None
    assert style.errors.ways == made.style.errors.ways
    assert (style.single_python, style.class_python) == ("calc_{name}", "{prefix}Feed")


def program_of(made: Facts) -> Facts:
    """The same crate with the rendered binding of its reference in place of the one by hand."""
    text = single(made) + batch(made) + stream(made)
    files = {
        "src/lib.rs": "pub mod alma;\npub mod common;\n",
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(CORE, "alma") + text,
    }
    program = program_from(files)
    core = program.core("alma")
    assert core is not None
    return Facts(program, core, made.style, FileNames.of(program, core.path, made.style.gate))
