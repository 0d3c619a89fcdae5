"""What is written for the native side."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.kernels import kernel_index
from bindcheck.bench.lists import refuse_lists
from bindcheck.bench.native import Native, Slot, native
from bindcheck.bench.samples import Kind
from bindcheck.bench.wanted import Wanted
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace
from bindcheck.model import CoreApi
from bindcheck.testing import program_from

from .conftest import CORE, linked


def made(program: Program, wanted: Wanted) -> Native:
    return native(program, program.cores[0], wanted, "0")


def test_a_single_call_makes_its_input_and_takes_the_kernel(program: Program) -> None:
    found = made(program, Wanted(Kind.SINGLE))
    assert found.function == "wave_with_kernel"
    assert "example::wave::wave_with_kernel(&example::wave::WaveInput::from_slice(" in found.run
    assert "length: given(0).then(|| call.value(0).int as usize)" in found.run
    assert "mode: call.value(2).text().to_string()" in found.run
    assert found.slots == (Slot("length"), Slot("damping"), Slot("mode"))
    assert found.kernels == ("auto", "scalar", "avx2")
    assert found.failed == "Result::is_err"
    assert found.outputs == ("done.as_ref().ok().map(|done| &done.values[..])",)
    assert [(one.name, one.element) for one in found.fields] == [("values", "f64")]


def test_a_batch_call_gets_a_range_from_three_slots_each(program: Program) -> None:
    found = made(program, Wanted(Kind.BATCH))
    assert found.slots[:3] == (Slot("length", 0), Slot("length", 1), Slot("length", 2))
    assert found.slots[-1] == Slot("mode")
    assert "wave_batch_with_kernel(call.series::<f64>(0), &sweep, kernel)" in found.run


def test_a_given_buffer_is_written_into(program: Program) -> None:
    found = made(program, Wanted(Kind.SINGLE, out=True))
    assert "wave_into_slice(call.out::<f64>(), &" in found.run
    assert found.outputs[0].endswith("&call.out::<f64>()[..])")


def test_a_given_buffer_has_the_items_of_the_output() -> None:
    core = CORE.replace("pub values: Vec<f64> }", "pub values: Vec<f32> }").replace(
        "dst: &mut [f64]", "dst: &mut [f32]"
    )
    found = made(linked(core), Wanted(Kind.SINGLE, out=True))
    assert "wave_into_slice(call.out::<f32>(), &" in found.run
    assert found.copy.endswith("runtime::copy_of(&call.out::<f32>()[..]))")
    assert found.fields[0].element == "f32"
    assert "f64>()" not in found.run + found.copy + "".join(found.outputs)


INTO = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn energy_into(x: &[f32], window: usize, out: &mut [OUT])RESULT {
    BODY
}

#[pyfunction(name = "energy")]
#[pyo3(signature = (x, window=16))]
pub fn energy_py<'py>(
    py: Python<'py>, x: PyReadonlyArray1<'py, f32>, window: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = x.as_slice()?;
    let mut out = vec![0.0; data.len()];
    py.detach(|| energy_into(data, window, &mut out));
    Ok(out.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(energy_py, m)?)
}
"""


@pytest.mark.parametrize(
    ("out", "result", "room", "tail"),
    [
        ("f64", "", "zeros::<f64>(count)", ";"),
        ("f64", " -> Result<(), String>", "zeros::<f64>(count)", ".ok()?;"),
        ("MaybeUninit<f64>", "", "room::<f64>(count)", ";"),
    ],
)
def test_a_single_call_that_only_writes_into_a_buffer_gets_one_each_time(
    out: str, result: str, room: str, tail: str
) -> None:
    text = INTO.replace("OUT", out).replace("RESULT", result)
    program = program_from({"src/lib.rs": text})
    found = made(program, Wanted(Kind.SINGLE))
    assert found.function == "energy_into"
    assert f"let count = call.series::<f32>(0).len(); let mut values = [{room}];" in found.run
    buffer = "std::slice::from_raw_parts_mut(values[0].as_mut_ptr().cast(), count)"
    call = f"example::energy_into(call.series::<f32>(0), call.value(0).int as usize, {buffer})"
    assert f"let _ = {call}{tail}" in found.run
    assert found.outputs == ("done.as_ref().map(|done| &done[0][..])",)
    given = made(program, Wanted(Kind.SINGLE, out=True))
    assert given.outputs[0].endswith("&call.out::<f64>()[..])")


def test_a_number_of_threads_goes_to_the_function_that_takes_one(program: Program) -> None:
    found = made(program, Wanted(Kind.BATCH, threads=True))
    assert found.function == "wave_batch_inner_into"
    assert "example::wave::expand_grid(&sweep)" in found.run
    assert "call.threads" in found.run
    assert found.failed == "Option::is_none"
    assert "let mut values = [room::<f64>(count)]" in found.run


TWO = (
    CORE.replace("pub values: Vec<f64>", "pub high: Vec<f64>, pub low: Vec<f64>")
    .replace("Ok(WaveOutput { values })", "todo!()")
    .replace(
        "threads: usize, out: &mut [f64],", "threads: usize, high: &mut [f64], low: &mut [f64],"
    )
    .replace("dst: &mut [f64], input", "high: &mut [f64], low: &mut [f64], input")
)


def test_each_result_has_memory_of_its_own() -> None:
    found = made(linked(TWO), Wanted(Kind.BATCH, threads=True))
    assert found.run.count("room::<f64>(count)") == 2
    assert "values[0].as_mut_ptr()" in found.run
    assert "values[1].as_mut_ptr()" in found.run


def test_two_results_do_not_fit_into_one_given_buffer() -> None:
    with pytest.raises(BindcheckError, match="writes into 2 buffers; a case gives one"):
        made(linked(TWO), Wanted(Kind.BATCH, out=True))


def test_a_kernel_of_batches_is_preferred_for_batches(program: Program) -> None:
    core = CORE.replace("Avx2 }", "Avx2, ScalarBatch }")
    found = made(linked(core), Wanted(Kind.BATCH))
    assert kernel_index(found, "scalar", Kind.BATCH) == 3
    assert kernel_index(found, "scalar", Kind.SINGLE) == 1
    assert kernel_index(found, None, Kind.BATCH) == 0


def test_an_unknown_kernel_is_refused_with_the_known_ones(program: Program) -> None:
    with pytest.raises(BindcheckError, match=r"'neon'.*auto, scalar, avx2"):
        kernel_index(made(program, Wanted(Kind.SINGLE)), "neon", Kind.SINGLE)


def test_an_item_in_a_private_module_is_named_by_its_re_export() -> None:
    lib = "mod wave;\npub use wave::*;\n"
    found = made(linked(lib=lib), Wanted(Kind.SINGLE))
    assert "example::wave_with_kernel(&example::WaveInput::from_slice(" in found.run


def test_a_re_export_may_have_the_name_of_its_module() -> None:
    lib = "mod wave;\npub use wave::{wave, wave_with_kernel, Kernel, WaveInput, WaveParams};\n"
    core = CORE.replace("wave_with_kernel(input", "plain(input").replace(
        "pub fn wave_with_kernel(", "fn plain("
    )
    found = made(linked(core, lib), Wanted(Kind.SINGLE))
    assert found.run.count("example::wave(&") == 1


def test_a_private_core_is_named_where_it_stands() -> None:
    found = made(linked(lib="mod wave;\n"), Wanted(Kind.SINGLE))
    assert "example::wave::wave_with_kernel(&example::wave::WaveInput::from_sl" in found.run
    assert [one.name for one in found.opened] == ["mod wave"]


def test_what_a_core_cannot_do_is_refused(program: Program, core: CoreApi) -> None:
    lacking = replace(core, into_slice=None)
    with pytest.raises(BindcheckError, match="writes into a given buffer"):
        native(program, lacking, Wanted(Kind.SINGLE, out=True), "0")


def test_an_input_without_parameters_is_made_without() -> None:
    core = """
pub struct EbbInput<'a> { pub data: &'a [f64] }
impl<'a> EbbInput<'a> { pub fn from_slice(data: &'a [f64]) -> Self { Self { data } } }
pub struct EbbOutput { pub values: Vec<f64> }
pub fn ebb(input: &EbbInput) -> Result<EbbOutput, String> { todo!() }
"""
    found = made(linked(core), Wanted(Kind.SINGLE))
    assert "wave::EbbInput::from_slice(call.series::<f64>(0))" in found.run
    assert found.slots == ()


def test_what_no_case_can_say_is_told_with_the_place_of_the_core() -> None:
    core = CORE.replace("pub mode: String }", "pub mode: String, seen: Seen }")
    with pytest.raises(BindcheckError, match="no case can say the parameter `seen: Seen`") as told:
        made(linked(core), Wanted(Kind.SINGLE))
    line = 1 + core.split("pub fn wave_with_kernel")[0].count("\n")
    assert (told.value.path, told.value.line) == ("src/wave.rs", line)


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ("data: &[f64], windows: &[usize]", True),
        ("windows: &[usize], data: &[f32]", True),
        ("counts: &[usize]", False),
        ("data: &[f64], times: &[i64]", False),
    ],
)
def test_a_list_beside_the_data_is_told(params: str, *, refused: bool) -> None:
    body = "{ let _ = 1; vec![] }"
    binding = "#[pyfunction]\nfn wave_py(n: usize) -> Vec<f64> { wave(&[], &[]) }\n"
    lib = f"use pyo3::prelude::*;\npub fn wave({params}) -> Vec<f64> {body}\n{binding}"
    program = program_from({"src/lib.rs": lib})
    [core] = program.cores
    if not refused:
        refuse_lists(program, core)
        return
    with pytest.raises(NothingToDoError) as told:
        refuse_lists(program, core)
    assert str(told.value) == (
        "src/lib.rs:2: `wave` takes a list beside the data, `windows: &[usize]`: nothing tells how "
        "long it is, and what is in it"
    )
