"""Bindings by hand of which it must be certain that they stay as they are, each with a sibling."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, END, FIRST, LIB, MANIFEST, SINGLE, STREAM

PIECES = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
ALONE = """
pub fn tide(input: &TideInput) -> Result<TideOutput, TideError> {
    tide_with_kernel(input, Kernel::Scalar)
}
"""


def outcome(folder: Path, piece: str, *changes: tuple[str, str], core: str = CORE) -> str:
    """The new text of a piece that is changed first, or the line of the old one that keeps it."""
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/lib.rs").write_text(LIB)
    text = PIECES[piece]
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = folder / "src/tide.rs"
    path.write_text(core + text)
    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    for plan in result.plans:
        if plan.piece == piece and plan.state.value == "lacking":
            place, _, line = plan.detail.rpartition(" (")[2].rstrip(")").rpartition(":")
            assert place == str(path), plan.detail
            assert text in path.read_text()
            return (core + text).splitlines()[int(line) - 1].strip()
    regions = find_regions(path.read_text(), "tide.rs")
    return "".join(next(one.body for one in regions if one.key == f"tide/{piece}").split())


def test_the_function_that_chooses_the_kernel_by_itself_stays(tmp_path: Path) -> None:
    alone = ("tide_with_kernel(&input, kern)", "tide(&input)")
    checked = ("let kern = crate::read_kernel(kernel)?;", "crate::read_kernel(kernel)?;")
    text = outcome(tmp_path, "single", alone, checked, core=CORE + ALONE)
    assert "||tide(&input)" in text
    assert "{crate::read_kernel(kernel)?;" in text or ";crate::read_kernel(kernel)?;" in text
    assert "tide_with_kernel" not in text


def test_the_function_that_takes_the_kernel_stays(tmp_path: Path) -> None:
    text = outcome(tmp_path, "single", core=CORE + ALONE)
    assert "||tide_with_kernel(&input,kern)" in text


def with_fields(*fields: str) -> str:
    """The core with parameters of its own, nothing else about it."""
    listed = "".join(f"    pub {one},\n" for one in fields)
    old = "    pub length: Option<usize>,\n    pub name: Option<String>,\n"
    assert CORE.count(old) == 1
    return CORE.replace(old, listed)


PARAMS = "let params = TideParams { length: Some(chosen), name: Some(kind.to_string()) };"


def test_a_field_that_the_parameters_have_no_more_is_told_with_its_line(tmp_path: Path) -> None:
    core = with_fields("span: Option<usize>", "name: Option<String>")
    assert outcome(tmp_path, "single", core=core) == PARAMS


def test_a_field_that_the_literal_has_not_is_told_with_its_line(tmp_path: Path) -> None:
    core = with_fields("length: Option<usize>", "name: Option<String>", "extra: Option<usize>")
    assert outcome(tmp_path, "single", core=core) == PARAMS


def test_a_field_that_the_others_stand_for_is_no_matter(tmp_path: Path) -> None:
    core = with_fields("length: Option<usize>", "name: Option<String>", "extra: Option<usize>")
    rest = ("Some(kind.to_string()) };", "Some(kind.to_string()), ..Default::default() };")
    assert "..Default::default()}" in outcome(tmp_path, "single", rest, core=core)


def test_a_range_of_other_fields_is_told_with_its_line(tmp_path: Path) -> None:
    old = "    pub length: (usize, usize, usize),\n"
    core = CORE.replace(old, f"{old}    pub shift: (usize, usize, usize),\n")
    assert outcome(tmp_path, "batch", core=core) == "let sweep = TideBatchRange { length: spans };"


HANDED = "        self.inner.update(high, low).unwrap_or(f64::NAN)\n"
METHOD = "    fn update(&mut self, low: f64, high: f64) -> f64 {\n"
RAISING = (METHOD, METHOD.replace("-> f64", "-> PyResult<f64>"))
RANGE = 'if high < low {\n            return Err(PyValueError::new_err("ebb"));\n        }\n'
RESULT = "let found = self.inner.update(high, low);\n"
ENDING = "        Ok(found.unwrap_or(f64::NAN))\n"


def test_a_check_of_what_a_stream_gave_stays_behind_it(tmp_path: Path) -> None:
    asked = RANGE.replace("high < low", "found.is_none()")
    body = (HANDED, f"        {RESULT}        {asked}{ENDING}")
    assert outcome(tmp_path, "stream", RAISING, body) == "if found.is_none() {"


def test_a_check_after_the_stream_has_changed_stays_behind_it(tmp_path: Path) -> None:
    body = (HANDED, f"        {RESULT}        {RANGE}{ENDING}")
    assert outcome(tmp_path, "stream", RAISING, body) == "if high < low {"


def test_a_check_before_the_stream_is_kept(tmp_path: Path) -> None:
    body = (HANDED, f"        {RANGE}        {RESULT}{ENDING}")
    text = outcome(tmp_path, "stream", RAISING, body)
    assert '{ifhigh<low{returnErr(PyValueError::new_err("ebb"));}letresult=self.inner' in text


def test_one_output_in_two_places_is_moved_twice(tmp_path: Path) -> None:
    twice = END.replace("flood", "ebb").replace("ebb.into", "ebb.clone().into", 1)
    assert outcome(tmp_path, "single", (END, twice)) == twice.strip()


def test_one_output_under_two_keys_is_moved_twice(tmp_path: Path) -> None:
    again = 'dict.set_item("again", a.to_vec().into_pyarray(py).reshape((rows, cols))?)?;'
    ending = ("    Ok(dict.into())", f"    {again}\n    Ok(dict.into())")
    assert outcome(tmp_path, "batch", ending) == again


PAIR, ARRAY = "(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)", "Bound<'py, PyArray1<f64>>"
LONE = CORE.replace("    pub flood: Vec<f64>,\n", "").replace("flood: input.high.to_vec(), ", "")
MADE = ("let (ebb, flood) = py", "let ebb = py"), ("(tide.ebb, tide.flood)", "tide.ebb")


def test_one_array_in_a_tuple_stays_in_it(tmp_path: Path) -> None:
    given = (END, "    Ok((ebb.into_pyarray(py),))")
    found = outcome(tmp_path, "single", (PAIR, f"({ARRAY},)"), given, *MADE, core=LONE)
    assert found == "Ok((ebb.into_pyarray(py),))"


UNINIT = """
pub fn tide_into_uninit(
    ebb: &mut [std::mem::MaybeUninit<f64>],
    input: &TideInput,
    kernel: Kernel,
) -> Result<(), TideError> {
    let _ = (ebb, input, kernel);
    Ok(())
}
"""
SHOWN = """    let up = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let shown = unsafe { std::slice::from_raw_parts_mut(up.data().cast(), h.len()) };
    py.allow_threads(|| tide_into_uninit(shown, &input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(up)"""


def test_no_other_function_takes_the_place_of_the_one_that_is_called(tmp_path: Path) -> None:
    call = SINGLE[SINGLE.index("    let (ebb, flood) = py") : SINGLE.index(END)] + END
    found = outcome(tmp_path, "single", (PAIR, ARRAY), (call, SHOWN), core=LONE + UNINIT)
    assert found == "py.allow_threads(|| tide_into_uninit(shown, &input, kern))"


def test_one_array_by_itself_is_understood(tmp_path: Path) -> None:
    given = (END, "    Ok(ebb.into_pyarray(py))")
    found = outcome(tmp_path, "single", (PAIR, ARRAY), given, *MADE, core=LONE)
    assert found.endswith("Ok(output.ebb.into_pyarray(py))}")


RUN = """    py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
"""


def looked_at(error: str, before: str = "") -> tuple[str, str]:
    """A grid whose errors are looked at behind the call."""
    call = "py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))"
    return RUN, (
        f"    {before}let outcome = {call};\n"
        f"    if let Err(e) = outcome {{\n        return Err(PyValueError::new_err({error}));\n"
        "    }\n"
    )


def test_an_error_of_variables_that_are_gone_stays(tmp_path: Path) -> None:
    change = looked_at('format!("{shown}: {e}")', 'let shown = "grid";\n    ')
    assert outcome(tmp_path, "batch", change) == "if let Err(e) = outcome {"


def test_an_error_of_a_variable_in_a_tuple_stays(tmp_path: Path) -> None:
    change = looked_at("(shown, e.to_string())", 'let shown = "grid";\n    ')
    assert outcome(tmp_path, "batch", change) == "if let Err(e) = outcome {"


def test_an_error_of_arguments_is_kept(tmp_path: Path) -> None:
    text = outcome(tmp_path, "batch", looked_at('format!("rows of {}: {e}", spans.0)'))
    assert '.map_err(|e|PyValueError::new_err(format!("rowsof{}:{e}",spans.0)))?' in text


@pytest.mark.parametrize("value", ["a.to_vec()", "first.reshape((rows, cols))?.to_vec()?"])
def test_a_list_of_a_grid_stays_a_list(tmp_path: Path, value: str) -> None:
    shown = f'dict.set_item("up", {value})?;'
    assert outcome(tmp_path, "batch", (FIRST, shown)) == shown


@pytest.mark.parametrize(
    "value", ["a.to_vec().into_pyarray(py).reshape((rows, cols))?", "shown.reshape((rows, cols))?"]
)
def test_an_array_of_a_grid_is_understood(tmp_path: Path, value: str) -> None:
    shown = f'let shown = &first;\n    dict.set_item("up", {value})?;'
    assert 'dict.set_item("up",' in outcome(tmp_path, "batch", (FIRST, shown))


DICT = """    let dict = PyDict::new(py);
    dict.set_item("ebb", ebb.into_pyarray(py))?;
    dict.set_item("flood", &flood)?;
    Ok(dict)"""


def test_a_list_of_one_call_stays_a_list(tmp_path: Path) -> None:
    given = (PAIR, "Bound<'py, PyDict>"), (END, DICT)
    assert outcome(tmp_path, "single", *given) == 'dict.set_item("flood", &flood)?;'


def test_an_array_of_one_call_is_understood(tmp_path: Path) -> None:
    given = (PAIR, "Bound<'py, PyDict>"), (END, DICT.replace("&flood", "flood.into_pyarray(py)"))
    assert "output.flood.into_pyarray(py)" in outcome(tmp_path, "single", *given)
