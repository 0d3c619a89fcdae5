"""Bindings by hand that are replaced: what stays of them, what goes, and what is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from compiled import Compiler
from tides import BATCH, CORE, LIB, MANIFEST, RESET, SINGLE, STREAM

GOLDEN = Path(__file__).parents[1] / "golden" / "replace" / "kept.rs"
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """An indicator whose three bindings are written by hand, each in a way of its own."""
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    (folder / "tide.rs").write_text(CORE + SINGLE + BATCH + STREAM)
    return tmp_path


def run(
    crate: Path, *, mode: Mode = Mode.WRITE, replacing: Replacing | None = None
) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(
        mode=mode, everything=True, replacing=Replacing(True) if replacing is None else replacing
    )
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def states(result: GenerateResult) -> dict[str, str]:
    return {plan.piece: plan.state.value for plan in result.plans}


def texts(crate: Path) -> dict[str, bytes]:
    return {
        path.relative_to(crate).as_posix(): path.read_bytes()
        for path in sorted(crate.rglob("*"))
        if path.is_file()
    }


def region(crate: Path, piece: str) -> str:
    text = (crate / "src/tide.rs").read_text()
    return next(one.body for one in find_regions(text, "tide.rs") if one.key == f"tide/{piece}")


def change(crate: Path, old: str, new: str) -> None:
    path = crate / "src/tide.rs"
    text = path.read_text()
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new))


def packed(text: str) -> str:
    return "".join(text.split())


def test_all_three_are_replaced_where_they_stand(crate: Path) -> None:
    result = run(crate)
    assert result.status == 0, result.output
    assert states(result) == {
        "single": "replace",
        "batch": "replace",
        "stream": "replace",
        "register": "present",
    }
    text = (crate / "src/tide.rs").read_text()
    assert text.startswith(CORE)
    assert (crate / "src/lib.rs").read_text() == LIB
    assert [text.count(f"fn {name}<") for name in ("tide_py", "tide_grid_py")] == [1, 1]
    assert text.count("struct TideStreamPy") == 1


def test_the_text_of_kept_bindings(crate: Path) -> None:
    run(crate)
    made = "\n".join(
        f"// {piece}\n{region(crate, piece)}" for piece in ("single", "batch", "stream")
    )
    if UPDATE:
        GOLDEN.write_text(made)
    assert made == GOLDEN.read_text()


def test_heads_stay_word_for_word(crate: Path) -> None:
    run(crate)
    for piece, item in (("single", SINGLE), ("batch", BATCH)):
        head = item[item.index("#[pyfunction") : item.index("Result<")]
        assert packed(head) in packed(region(crate, piece))
    assert "/// Tides of two series." in (crate / "src/tide.rs").read_text()


def test_arguments_reach_the_core_as_before(crate: Path) -> None:
    run(crate)
    body = packed(region(crate, "single"))
    assert "length:Some(span.unwrap_or(7)),name:Some(kind.to_string())" in body
    assert "TideInput::from_slices(high_slice,low_slice,params)" in body
    assert "letchosen" not in body


def test_results_keep_their_order(crate: Path) -> None:
    run(crate)
    body = packed(region(crate, "single"))
    assert "Ok((output.ebb.into_pyarray(py),output.flood.into_pyarray(py)" in body


def test_checks_of_the_old_body_stay(crate: Path) -> None:
    run(crate)
    assert "tides of different lengths" in region(crate, "single")
    assert "must have the same length" not in region(crate, "single")
    assert "a span beyond the year" in region(crate, "stream")


def test_a_dict_keeps_keys_and_types(crate: Path) -> None:
    run(crate)
    body = packed(region(crate, "batch"))
    assert 'set_item("up",flood_array.reshape([rows,cols])?)?' in body
    assert 'set_item("down",ebb_array.reshape([rows,cols])?)?' in body
    assert "p.length.unwrap_or(5)asu32).collect::<Vec<u32>>()" in body
    assert 'set_item("rows",rows)?;dict.set_item("cols",cols)?;Ok(dict.unbind())' in body


def test_a_class_keeps_its_field_and_the_methods_that_we_do_not_make(crate: Path) -> None:
    run(crate)
    body = packed(region(crate, "stream"))
    assert "//Notours.fnreset(&mutself){self.inner.reset();}" in body
    assert "Ok(Self{inner:stream})" in body
    assert "letresult=self.inner.update(high,low);result.unwrap_or(f64::NAN)" in body
    assert "..TideParams::default()" in body


def test_a_second_run_changes_nothing_with_or_without_the_option(crate: Path) -> None:
    run(crate)
    before = texts(crate)
    for replacing in (Replacing(), Replacing(True)):
        result = run(crate, replacing=replacing)
        assert result.changes == ()
        assert set(states(result).values()) == {"current", "present"}
    assert texts(crate) == before


def test_the_interface_survives_without_the_store(crate: Path) -> None:
    run(crate)
    shutil.rmtree(crate / ".bindcheck")
    before = (crate / "src/tide.rs").read_bytes()
    assert run(crate, replacing=Replacing()).status == 0
    assert (crate / "src/tide.rs").read_bytes() == before


def test_an_edit_of_a_kept_region_stays(crate: Path) -> None:
    run(crate)
    change(crate, 'kind="neap"', 'kind="spring"')
    change(crate, "    let input = TideInput", "    // by hand\n    let input = TideInput")
    before = (crate / "src/tide.rs").read_bytes()
    assert states(run(crate, replacing=Replacing()))["single"] == "edited"
    assert (crate / "src/tide.rs").read_bytes() == before


def test_our_own_interface_keeps_only_the_names(crate: Path) -> None:
    change(crate, RESET, "")
    run(crate, replacing=Replacing(True, keep=False))
    body = packed(region(crate, "single"))
    assert '#[pyfunction(name="tide")]#[pyo3(signature=(high,low,length,name,kernel=None))]' in body
    assert '#[pyfunction(name="tide_grid")]' in packed(region(crate, "batch"))
    assert "length_range:(usize,usize,usize)" in packed(region(crate, "batch"))
    assert '#[pyclass(name="Tides")]pubstructTideStreamPy' in packed(region(crate, "stream"))
    assert (crate / "src/lib.rs").read_text() == LIB
    before = texts(crate)
    assert run(crate, replacing=Replacing()).changes == ()
    assert texts(crate) == before


def test_a_kept_interface_gives_way_when_asked(crate: Path) -> None:
    run(crate)
    run(crate, replacing=Replacing(True, keep=False))
    assert "length, name, kernel=None" in region(crate, "single")
    assert "interface=named" in (crate / "src/tide.rs").read_text()


def test_our_own_class_does_not_swallow_methods(crate: Path) -> None:
    result = run(crate, replacing=Replacing(True, keep=False))
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    fact = "not known: a place for the method `reset` of `TideStreamPy` in a class of our own"
    assert told["stream"].startswith(f"{fact} ({crate / 'src/tide.rs'}:")
    assert len(told) == 1
    assert STREAM in (crate / "src/tide.rs").read_text()


def test_a_getter_is_called_one(crate: Path) -> None:
    change(crate, RESET, "\n    #[getter]\n    fn depth(&self) -> usize {\n        3\n    }\n")
    result = run(crate, replacing=Replacing(True, keep=False))
    (told,) = [plan.detail for plan in result.plans if plan.state.value == "lacking"]
    assert "a place for the getter `depth` of `TideStreamPy` in a class of our own" in told


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("impl TideStreamPy {\n    fn depth(&self) {}\n}\n", "`impl TideStreamPy`"),
        ("impl Drop for TideStreamPy {\n    fn drop(&mut self) {}\n}\n", "`impl Drop`"),
    ],
)
def test_our_own_class_does_not_break_code_around_it(crate: Path, code: str, named: str) -> None:
    change(crate, RESET, "")
    path = crate / "src/tide.rs"
    path.write_text(f"{path.read_text()}\n{code}")
    result = run(crate, replacing=Replacing(True, keep=False))
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    fact = f"not known: a place for {named} of `TideStreamPy` in a class of our own"
    assert told["stream"].startswith(f"{fact} ({crate / 'src/tide.rs'}:")
    assert len(told) == 1
    assert states(run(crate))["stream"] == "replace"


def test_what_made_a_series_without_the_interpreter_still_does(crate: Path) -> None:
    path = crate / "src/tide.rs"
    head, tail = path.read_text().split("/// Tides of two series.")
    single = tail.replace(
        "        .allow_threads(|| tide_with_kernel(&input, kern)"
        ".map(|tide| (tide.ebb, tide.flood)))\n",
        """        .allow_threads(|| -> Result<_, TideError> {
            let raised = raise(h, l)?;
            let input = TideInput::from_slices(&raised, l, params);
            tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood))
        })
""",
        1,
    ).replace("    let input = TideInput::from_slices(h, l, params);\n", "", 1)
    helper = """fn raise(high: &[f64], low: &[f64]) -> Result<Vec<f64>, TideError> {
    Ok(high.iter().zip(low).map(|(a, b)| a + b).collect())
}

"""
    path.write_text(f"{head}{helper}/// Tides of two series.{single}")
    assert run(crate).status == 0
    body = packed(region(crate, "single"))
    made = "lethigh_values=py.allow_threads(||raise(high_slice,low_slice)).map_err("
    assert made in body
    assert "TideInput::from_slices(&high_values,low_slice,params)" in body
    before = texts(crate)
    assert run(crate, replacing=Replacing()).changes == ()
    assert texts(crate) == before


def test_exceptions_stay_what_they_are(crate: Path) -> None:
    path = crate / "src/tide.rs"
    head, tail = path.read_text().split("/// Tides of two series.")
    old = "map_err(|e| PyValueError::new_err(e.to_string()))"
    new = 'map_err(|e| pyo3::exceptions::PyRuntimeError::new_err(format!("tide: {e}")))'
    path.write_text(head + "/// Tides of two series." + tail.replace(old, new, 1))
    run(crate)
    assert packed(new) in packed(region(crate, "single"))
    assert packed(new) not in packed(region(crate, "batch"))
    before = texts(crate)
    assert run(crate, replacing=Replacing()).changes == ()
    assert texts(crate) == before


def test_a_check_names_what_would_be_replaced_and_writes_nothing(crate: Path) -> None:
    before = texts(crate)
    result = run(crate, mode=Mode.CHECK)
    assert result.status == 1
    assert "tide  single            replace" in result.output
    assert texts(crate) == before


@pytest.mark.parametrize(
    ("old", "new", "piece", "fact"),
    [
        (
            "    let kern = crate::read_kernel(kernel)?;\n    let chosen",
            "    if h.is_empty() {\n        return Ok((PyArray1::zeros(py, [0], false),"
            " PyArray1::zeros(py, [0], false)));\n    }\n"
            "    let kern = crate::read_kernel(kernel)?;\n    let chosen",
            "single",
            "one place where `tide_py` returns its result",
        ),
        (
            "    Ok((ebb.into_pyarray(py), flood",
            "    let mut ebb = ebb;\n    ebb[0] = 1.0;\n    Ok((ebb.into_pyarray(py), flood",
            "single",
            "what `tide_py` changes in `ebb`",
        ),
        (
            "length: Some(chosen), name",
            "length: Some(draw()), name",
            "single",
            "what `tide_py` does with `span`",
        ),
        (
            'dict.set_item("up", first.reshape((rows, cols))?)?;',
            'dict.set_item("up", mixed(first.reshape((rows, cols))?))?;',
            "batch",
            "what `tide_grid_py` puts under 'up'",
        ),
        (
            "pub struct TideStreamPy {\n    inner: TideStream,",
            "pub struct TideStreamPy {\n    inner: TideStream,\n    seen: usize,",
            "stream",
            "a struct `TideStreamPy` with one field, a `TideStream`",
        ),
        (
            "        self.inner.update(high, low).unwrap_or(f64::NAN)",
            "        let tide = self.inner.update(high, low);\n"
            "        if low > high {\n            return 0.0;\n        }\n"
            "        tide.unwrap_or(f64::NAN)",
            "stream",
            "one place where `update` returns its result",
        ),
        (
            "-> PyResult<Py<PyDict>> {",
            "-> Py<PyDict> {",
            "batch",
            "a way for `tide_grid_py` to raise, which returns `Py<PyDict>`",
        ),
    ],
)
def test_what_cannot_be_kept_is_named_and_left_alone(
    crate: Path, old: str, new: str, piece: str, fact: str
) -> None:
    change(crate, old, new)
    result = run(crate)
    assert result.status == 1
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert {name: detail.rpartition(" (")[0] for name, detail in told.items()} == {
        piece: f"not known: {fact}"
    }
    assert told[piece].rpartition(" (")[2].startswith(str(crate / "src/tide.rs:"))
    keys = {one.key for one in find_regions((crate / "src/tide.rs").read_text(), "tide.rs")}
    others = {"single", "batch", "stream"} - {piece}
    assert keys == {f"tide/{other}" for other in others}
    assert new in (crate / "src/tide.rs").read_text()


def test_without_the_option_bindings_by_hand_stay(crate: Path) -> None:
    before = texts(crate)
    result = run(crate, replacing=Replacing())
    assert set(states(result).values()) == {"present"}
    assert texts(crate) == before


INTO = """
pub fn tide_into_slices(
    flood: &mut [f64],
    ebb: &mut [f64],
    input: &TideInput,
    kernel: Kernel,
) -> Result<(), TideError> {
    let _ = (&input.params, kernel);
    if input.high.len() != flood.len() {
        return Err(TideError::Length { expected: input.high.len(), got: flood.len() });
    }
    flood.copy_from_slice(input.high);
    ebb.copy_from_slice(input.low);
    Ok(())
}
"""

FILLING = """    let len = h.len().min(l.len());
    let up = unsafe { PyArray1::<f64>::new(py, [len], false) };
    let down = unsafe { PyArray1::<f64>::new(py, [len], false) };
    let a = unsafe { up.as_slice_mut()? };
    let b = unsafe { down.as_slice_mut()? };
    py.allow_threads(|| tide_into_slices(a, b, &input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((down, up))
}
"""


def fill_buffers(crate: Path) -> None:
    """Let the single binding call a function that fills what it is given."""
    start = SINGLE.index("    let (ebb, flood) = py")
    change(crate, SINGLE[start:], FILLING)
    path = crate / "src/tide.rs"
    path.write_text(path.read_text() + INTO)


def test_the_core_function_that_was_called_still_is(crate: Path) -> None:
    """Its errors are what Python sees; where series differ in length the results are as before."""
    fill_buffers(crate)
    assert run(crate).status == 0
    text = packed(region(crate, "single"))
    length = "high_slice.len().min(low_slice.len())"
    assert f"letmutflood_values=vec![<f64>::default();{length}];" in text
    assert "tide_into_slices(&mutflood_values,&mutebb_values,&input,kern)" in text
    assert "Ok((ebb_values.into_pyarray(py),flood_values.into_pyarray(py)" in text
    assert run(crate, mode=Mode.CHECK).status == 0


DATA_CHECK = """    let first = h
        .iter()
        .position(|one| !one.is_nan())
        .ok_or_else(|| PyValueError::new_err("no tides"))?;
    let _warm = first + 1;
"""


@pytest.mark.parametrize(
    ("piece", "before"),
    [
        ("single", "    let chosen = span.unwrap_or(7);\n"),
        ("batch", "    let sweep = TideBatchRange { length: spans };\n"),
    ],
)
def test_what_is_asked_of_the_data_still_is(crate: Path, piece: str, before: str) -> None:
    change(crate, before, f"{DATA_CHECK}{before}")
    assert run(crate).status == 0
    asked = (
        "high_slice.iter().position(|one|!one.is_nan())"
        '.ok_or_else(||PyValueError::new_err("notides"))?;'
    )
    assert packed(region(crate, piece)).count(asked) == 1
    assert run(crate, mode=Mode.CHECK).status == 0


def test_checks_stay_in_their_order(crate: Path) -> None:
    """What was asked after the combinations were listed is asked after them."""
    rows = "    let rows = combos.len();\n"
    empty = '    if combos.is_empty() { return Err(PyValueError::new_err("none")); }\n'
    change(crate, rows, f"{empty}{DATA_CHECK}{rows}")
    assert run(crate).status == 0
    text = packed(region(crate, "batch"))
    listed, none = text.index("letcombos=expand_grid("), text.index('new_err("none")')
    assert listed < none < text.index('new_err("notides")')
    assert "therangesmakenocombination" not in text
    assert run(crate, mode=Mode.CHECK).status == 0


def test_what_the_core_is_given_is_asked_for_once(crate: Path) -> None:
    """The new body has the statement that finds the first value; a second run adds nothing."""
    change(crate, "    parallel: bool,\n    out_flood", "    first: usize,\n    out_flood")
    change(crate, "let _ = (kern, parallel);", "let _ = (kern, first);")
    sweep = "    let sweep = TideBatchRange { length: spans };\n"
    change(crate, sweep, f"{DATA_CHECK.replace('first', 'begin')}{sweep}")
    change(crate, "&sweep, kern, true, a, b", "&sweep, kern, begin, a, b")
    assert run(crate).status == 0
    text = packed(region(crate, "batch"))
    assert text.count(".ok_or_else(||PyValueError::new_err(") == 2  # the size is the other
    assert "&sweep,kern,first," in text
    assert "letfirst=begin;" in text
    assert run(crate, mode=Mode.CHECK).status == 0


def test_an_overflow_is_asked_for_once(crate: Path) -> None:
    rows = "    let cols = h.len();\n"
    asked = '    rows.checked_mul(cols).ok_or_else(|| PyValueError::new_err("too many"))?;\n'
    change(crate, rows, f"{rows}{asked}")
    assert run(crate).status == 0
    assert packed(region(crate, "batch")).count("checked_mul(") == 1


@pytest.mark.cargo
@pytest.mark.parametrize("keep", [True, False])
def test_what_is_replaced_compiles(crate: Path, keep: bool, compiler: Compiler) -> None:
    if not keep:  # A class of our own has no place for it.
        change(crate, RESET, "")
    assert run(crate, replacing=Replacing(True, keep)).status == 0
    compiler.check(crate)


@pytest.mark.parametrize(
    ("imported", "left"),
    [
        ("use pyo3::intern;\n", ""),
        ('#[cfg(feature = "python")]\nuse pyo3::intern;\n', ""),
        ("use pyo3::{intern, PyAny};\n", "use pyo3::PyAny;\n"),
        # Something else calls it.
        ("use pyo3::intern;\nmacro_rules! key { () => { intern } }\n", None),
    ],
)
def test_a_macro_that_only_the_old_binding_called_is_not_imported_any_more(
    crate: Path, imported: str, left: str | None
) -> None:
    keyed = 'dict.set_item("up", '
    change(crate, keyed, 'dict.set_item(intern!(py, "up"), ')
    path = crate / "src/tide.rs"
    text = path.read_text()
    path.write_text(imported + text)
    assert run(crate).status == 0
    rest = imported if left is None else left
    written = path.read_text()
    assert keyed in written
    assert written.startswith(rest + text[:40])
    assert run(crate).changes == ()
