"""New bindings take arrays, and classes values, as an odd reference does; the rest is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bindcheck.cli import main
from odd_bindings import (
    DICT,
    GIVEN,
    LIB,
    MATRIX,
    RANGED,
    TWO,
    batch,
    binding,
    facts,
    facts_of,
    rendered,
    single,
    stream,
    stub,
)
from odd_reference import (
    ARRAYS,
    COMMON,
    CORE,
    FORMS,
    FROM,
    PUSHED,
    REFUSING,
    named,
    with_form,
)

# --- streams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["push", "__call__", "update"])
def test_a_stream_takes_values_as_that_of_the_reference_does(name: str) -> None:
    made = facts({"fn update(&mut": f"fn {name}(&mut"})
    assert f"    fn {name}(&mut self, value: f64) -> Option<f64> {{\n" in stream(made)
    assert "self.stream.update(value)" in stream(made)
    assert f"    def {name}(self, value: float) -> float | None:" in stub(made)


def test_a_class_says_its_module_where_that_of_the_reference_does() -> None:
    shown = stream(facts(FORMS["cast"]))
    assert 'pyclass(name = "WaveFeed", module = "odd")]' in shown
    assert "module" not in stream(facts({}))


NAN = {
    "fn update(&mut self, value: f64) -> Option<f64> { self.stream.update(value) }": FORMS["tuple"][
        "fn update(&mut self, value: f64) -> Option<f64> { self.stream.update(value) }"
    ]
}


@pytest.mark.parametrize(
    ("returns", "given", "shown"),
    [
        ("Option<f64>", "f64", "self.stream.update(value).unwrap_or(f64::NAN)"),
        (
            "Option<(f64, f64)>",
            "(f64, f64)",
            "self.stream.update(value).unwrap_or((f64::NAN, f64::NAN))",
        ),
        ("Option<bool>", "Option<bool>", "self.stream.update(value)\n"),
        ("f64", "f64", "self.stream.update(value)\n"),
    ],
)
def test_a_stream_gives_nan_where_that_of_the_reference_does(
    returns: str, given: str, shown: str
) -> None:
    made = facts(NAN)
    sources = {path: made.program.source(path).decode() for path in made.program.modules}
    sources["src/wave.rs"] = sources["src/wave.rs"].replace("-> Option<f64>", f"-> {returns}")
    made = facts_of(sources, "wave")
    assert f"fn update(&mut self, value: f64) -> {given} {{\n        {shown}" in stream(made)


# --- arrays ---------------------------------------------------------------------------------------


def test_the_array_is_called_as_that_of_the_reference_is() -> None:
    made = facts(FORMS["cast"])
    for text in (single(made), batch(made)):
        assert "signature = (values, length" in text
        assert "    values: numpy::PyReadonlyArray1<'py, f64>,\n" in text
        assert "let data_slice = values.as_slice()?;" in text
    assert binding(made).arguments[0].name == binding(made).batch_arrays[0].name == "values"
    assert binding(made).shaped in ("", "values")


def test_a_name_that_a_parameter_has_is_not_given_to_the_array() -> None:
    made = facts(FORMS["cast"])
    sources = {path: made.program.source(path).decode() for path in made.program.modules}
    taken = {**sources, "src/wave.rs": sources["src/wave.rs"].replace("gain", "values")}
    assert "signature = (data, length, values)" in single(facts_of(taken, "wave"))


MADE = 'pyo3::exceptions::PyTypeError::new_err("data must be contiguous")'


@pytest.mark.parametrize(
    "refusal",
    [
        REFUSING,
        f"let Ok(slice) = data.as_slice() else {{ return Err({MADE}); }};",
        "let slice = match data.as_slice() {\n"
        f"        Ok(slice) => slice,\n        Err(_) => return Err({MADE}),\n    }};",
        f"if !data.is_c_contiguous() {{ return Err({MADE}); }}\n"
        "    let slice = data.as_slice().unwrap();",
    ],
)
def test_arrays_that_are_not_contiguous_are_refused_as_the_reference_refuses_them(
    refusal: str,
) -> None:
    made = facts({"let slice = data.as_slice()?;": refusal})
    for text in (single(made), batch(made)):
        start, _, rest = text.partition(".as_slice().map_err(|")
        assert start.endswith("let data_slice = data")
        assert rest.partition("| ")[2].startswith(f"{MADE})?;")
    assert "array of contiguous layout" in stub(made)
    assert binding(made).layout_raised[0].name == "TypeError"


def test_the_refusal_names_the_array_that_it_is_about() -> None:
    refusing = REFUSING.replace("data", "values")
    made = facts({"let slice = data.as_slice()?;": REFUSING, "data": "values"})
    assert refusing in made.program.source("src/alma.rs").decode()
    assert '"values must be contiguous"' in single(made)
    sources = {path: made.program.source(path).decode() for path in made.program.modules}
    taken = {**sources, "src/wave.rs": sources["src/wave.rs"].replace("gain", "values")}
    assert '"data must be contiguous"' in single(facts_of(taken, "wave"))


def test_the_error_of_numpys_crate_is_passed_on_where_the_reference_does() -> None:
    text = single(facts({}))
    assert "let data_slice = data.as_slice()?;" in text


# --- the reference itself -------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [ARRAYS, PUSHED], ids=["arrays", "pushed"])
@pytest.mark.parametrize("form", FORMS)
def test_the_model_of_the_rendered_reference_is_that_of_the_hand_written_one(
    form: str, rows: str
) -> None:
    made = facts({} if form == "cast" and rows is PUSHED else FORMS[form], "alma", rows)
    again = rendered(made)
    # The pieces alone: what they import is written beside them.
    apart = {name: getattr(again.style, name) for name in ("reach", "errors", "raising", "imports")}
    assert again.style == replace(made.style, **apart)
    assert again.style.errors is not None
    assert made.style.errors is not None
    assert again.style.errors.ways == made.style.errors.ways
    assert binding(again) == binding(made)
    interfaces = [
        [
            (one.role, one.rust_name, one.python_name, one.signature)
            for one in facts.program.entries_of(facts.core)
        ]
        for facts in (again, made)
    ]
    assert interfaces[0] == interfaces[1]


# --- what is not taken over -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "at", "said"),
    [
        (
            {DICT: f"PyResult<({MATRIX}, usize)>", "{dict}": f"Ok(({GIVEN}, rows + cols))"},
            "fn py_alma_grid<",
            "not known: all parts of what `py_alma_grid` gives; new batches give a dict",
        ),
        (
            {RANGED: "(data, length_range=(7, 9, 2), gain_range=(1.0, 1.0, 0.5))"},
            "fn py_alma_grid<",
            "not known: where `py_alma_grid` has the defaults of its ranges from;"
            " new ones have none",
        ),
        (
            {RANGED: "(data, length_range, gain_range=(1.0, 1.0, 0.5))"},
            "fn py_alma_grid<",
            "`py_alma_grid` gives `gain_range` a default and `length_range` none;"
            " new batches give their ranges none",
        ),
        (
            {"(data, length, gain)": "(data, length=7, gain=1.0)"},
            "fn py_alma<",
            "`length=7` of `py_alma` is no default of its core; new bindings have those of theirs",
        ),
        (
            {'#[pyclass(name = "AlmaFeed")]': '#[pyclass(name = "AlmaFeed", frozen)]'},
            "struct PyAlmaStream",
            "`PyAlmaStream` is frozen; new classes are not",
        ),
        (
            {"(data, length, gain)": "(data, length, gain=1.0)"},
            "fn py_alma<",
            "`length` of `py_alma` has no default; new bindings have those of their cores",
        ),
        (
            {"(data, length, gain)": "(data, *, length, gain)"},
            "fn py_alma<",
            "the `*` of `py_alma` stands before `length`; new ones have none there",
        ),
        (
            {"signature = (length, gain)": "signature = (*, length, gain)"},
            "struct PyAlmaStream",
            "the `*` of `PyAlmaStream` stands before `length`; new ones have none there",
        ),
        (
            {"Ok(dict)": 'dict.set_item("rows", rows)?;\n    Ok(dict)'},
            "fn py_alma_grid<",
            "`rows` in what `py_alma_grid` gives is neither an output nor a parameter;"
            " new ones lack it",
        ),
    ],
)
def test_what_nothing_in_a_core_says_is_told_with_its_line(
    form: Mapping[str, str], at: str, said: str
) -> None:
    made = facts(form)
    source = made.program.source("src/alma.rs").decode()
    line = source[: source.index(at)].count("\n") + 1
    assert made.style.untaken == (f"src/alma.rs:{line}: {said}",)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_told_of_what_is_taken_over(form: str) -> None:
    assert facts(FORMS[form]).style.untaken == ()


def test_several_arrays_in_another_form_are_told() -> None:
    form = {
        "PyResult<Bound<'py, PyArray1<f64>>>": "PyResult<Vec<Bound<'py, PyArray1<f64>>>>",
        "Ok(output.values.into_pyarray(py))": (
            "Ok(vec![output.upper.into_pyarray(py), output.lower.into_pyarray(py)])"
        ),
    }
    [said] = facts(form, core=TWO).style.untaken
    assert said.endswith("not known: the arrays in what `py_alma` gives; new ones are a tuple")


MODULE = """
#[pyo3::pymodule]
fn odd(m: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
    use pyo3::prelude::*;
    m.add_function(pyo3::wrap_pyfunction!(alma::py_alma, m)?)?;
    Ok(())
}
"""


def test_a_run_tells_what_is_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    form = {'#[pyclass(name = "AlmaFeed")]': '#[pyclass(name = "AlmaFeed", frozen)]'}
    files = {
        "Cargo.toml": '[package]\nname = "odd"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\npyo3 = "0.25"\nnumpy = "0.25"\n',
        "src/lib.rs": LIB + MODULE,
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(CORE, "alma") + with_form(form),
        "src/wave.rs": named(CORE, "wave"),
    }
    (tmp_path / "src").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    main(["generate", "wave", "--piece", "stream"])
    told = "`PyAlmaStream` is frozen; new classes are not"
    shown = capsys.readouterr()
    assert (shown.out + shown.err).count(told) == 1
    main(["generate", "--check"])
    shown = capsys.readouterr()
    assert told not in shown.out + shown.err
