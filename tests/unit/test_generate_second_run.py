"""A second run finds what the first one wrote, also where only some bindings could be replaced."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import SAMPLE, Core, write_reference
from tides import BATCH, CORE, LIB, MANIFEST, PYPROJECT, SINGLE, STREAM

OWN_SINGLE = """
#[pyfunction(name = "tide")]
#[pyo3(signature = (high, low, length=5, name="spring", kernel=None))]
pub fn tide_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    length: usize,
    name: &str,
    kernel: Option<&str>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    println!("a tide");
    let params = TideParams { length: Some(length), name: Some(name.to_string()) };
    let input = TideInput::from_slices(high.as_slice()?, low.as_slice()?, params);
    let kern = crate::read_kernel(kernel)?;
    let tide = py
        .allow_threads(|| tide_with_kernel(&input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((tide.flood.into_pyarray(py), tide.ebb.into_pyarray(py)))
}
"""
OWN_BATCH = (
    BATCH.replace("spans", "length_range")
    .replace("tide_grid", "tide_batch")
    .replace('"up"', '"flood"')
    .replace('"down"', '"ebb"')
    .replace('"length_range"', '"lengths"')
)

UNASKED = SINGLE.replace("tide_with_kernel(&input, kern)", "tide(&input)").replace(
    "let kern = crate", "let _kern = crate"
)


def written(folder: Path, text: str, lib: str = LIB) -> Path:
    """A crate with a stub and a folder of Python tests."""
    for name in ("src", "python/tides", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "src/lib.rs").write_text(lib)
    (folder / "src/tide.rs").write_text(text)
    (folder / "python/tides/__init__.py").write_text("from tides.tides import *\n")
    (folder / "python/tides/tides.pyi").write_text("")
    (folder / "tests/test_more.py").write_text("")
    return folder


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    request = Request(
        mode=mode, everything=mode is not Mode.CHECK, replacing=Replacing(mode is not Mode.CHECK)
    )
    return asked(crate, request)


def asked(crate: Path, request: Request) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def texts(crate: Path) -> dict[str, bytes]:
    return {
        path.relative_to(crate).as_posix(): path.read_bytes()
        for path in sorted(crate.rglob("*"))
        if path.is_file()
    }


def states(result: GenerateResult) -> dict[str, str]:
    return {plan.piece: plan.state.value for plan in result.plans}


def test_what_stays_by_hand_is_tested_beside_a_replaced_batch_both_times(tmp_path: Path) -> None:
    lib = LIB.replace("tide_grid_py", "tide_batch_py")
    crate = written(tmp_path, CORE + OWN_SINGLE + OWN_BATCH, lib)
    first = states(run(crate))
    assert (first["single"], first["batch"], first["stream"]) == ("lacking", "replace", "missing")
    test = (crate / "tests/test_tide_binding.py").read_text()
    assert "tide_batch(" in test
    assert "tide(" in test
    before = texts(crate)
    second = states(run(crate))
    assert (second["single"], second["batch"], second["stream"]) == (
        *("lacking", "current", "current"),
    )
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


def test_a_test_without_a_class_by_hand_is_written_again(tmp_path: Path) -> None:
    """The generated class would be called alike, and takes other arguments."""
    own = STREAM.replace('name = "Tides"', 'name = "TideStream"')
    crate = written(tmp_path, CORE + SINGLE + BATCH + own)
    request = Request(("tide",), Mode.WRITE, replacing=Replacing(True, keep=False))
    first, second = (states(asked(crate, request)) for _ in range(2))
    assert first["stream"] == second["stream"] == "lacking"
    assert (first["test"], second["test"]) == ("missing", "current")
    test = crate / "tests/test_tide_binding.py"
    text = test.read_text()
    assert "TideStream" not in text
    source = crate / "src/tide.rs"
    source.write_text(source.read_text().replace("length: Some(5)", "length: Some(6)"))
    assert states(asked(crate, request))["test"] == "stale"
    assert test.read_text() != text


def test_a_kernel_that_is_only_checked_is_found_again(tmp_path: Path) -> None:
    """The core has none: the binding reads the name, and refuses unknown ones."""
    core = CORE.replace(
        "pub fn tide_with_kernel(input: &TideInput, kernel: Kernel)",
        "pub fn tide(input: &TideInput)",
    ).replace("(&input.params, kernel)", "&input.params")
    crate = written(tmp_path, core + UNASKED + BATCH + STREAM)
    assert states(run(crate))["single"] == "replace"
    assert "read_kernel(kernel)?;" in (crate / "src/tide.rs").read_text()
    before = texts(crate)
    again = run(crate)
    assert states(again)["single"] == "current", again.output
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


def test_a_core_that_is_split_on_the_way(tmp_path: Path) -> None:
    """What is noted of the core on the first run is what the second one finds in it."""
    write_reference(tmp_path, [one for one in SAMPLE if one.name == "divided"])
    run(tmp_path)
    path = tmp_path / "src/divided.rs"
    core, *bindings = re.split(r"// bindcheck: begin divided/\w+ .*\n", path.read_text())
    kept = [one for one in bindings if "batch_inner_into(\n" not in one.partition("{")[0]]
    assert len(kept) == len(bindings) - 1
    path.write_text(re.sub(r"// bindcheck: end .*\n", "", core + "".join(kept)))
    shutil.rmtree(tmp_path / ".bindcheck")
    assert run(tmp_path).status == 0
    assert "divided/batch template=1 interface=kept" in path.read_text()
    assert run(tmp_path).changes == ()
    assert run(tmp_path, Mode.CHECK).status == 0


def test_a_generated_grid_without_its_markers_asks_for_memory_as_before(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE)
    assert states(run(crate))["batch"] == "missing"
    path = crate / "src/tide.rs"
    bare = re.sub(r"// bindcheck: (?:begin|end) tide/\w+[^\n]*\n", "", path.read_text())
    assert "try_reserve_exact(total)" in bare
    path.write_text(bare)
    (crate / ".bindcheck/generated.json").unlink()
    assert states(run(crate))["batch"] == "replace"
    assert path.read_text().count("try_reserve_exact(total)") == 1
    before = texts(crate)
    assert states(run(crate))["batch"] == "current"
    assert texts(crate) == before


def test_a_region_is_kept_up_beside_a_binding_by_hand_of_the_same_role(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    asked(tmp_path, Request(everything=True))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    begin, end = (text.index(f"// bindcheck: {word} tide/single") for word in ("begin", "end"))
    region = text[begin:end]
    by_hand = region.partition("\n")[2].replace("tide_py", "tide_last_py")
    by_hand = by_hand.replace('name = "tide"', 'name = "tide_last"')
    assert by_hand.count("tide_last") == 2
    path.write_text(f"{text}\n{by_hand}")
    assert "tide  single            current" in asked(tmp_path, Request(everything=True)).output
    # The core has another parameter from now on.
    head, tail = path.read_text().split(region)
    path.write_text(re.sub(r"\bperiod\b", "span", head) + region + tail)
    check = asked(tmp_path, Request(mode=Mode.CHECK, everything=True))
    assert "tide  single            stale" in check.output
    asked(tmp_path, Request(everything=True))
    assert region not in path.read_text()
    assert by_hand in path.read_text()


ARRAY = "numpy::PyArray1<f64>"
FLOATS = "NDArray[np.float64]"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f"Bound<'py, {ARRAY}>", FLOATS),
        ("Bound<'py, pyo3::types::PyDict>", "dict[Any, Any]"),
        ("Bound<'py, numpy::PyArray1<f32>>", "NDArray[np.float32]"),
        (f"(Bound<'py, {ARRAY}>, Bound<'py, {ARRAY}>)", f"tuple[{FLOATS}, {FLOATS}]"),
    ],
)
def test_what_gives_another_result_by_hand_is_declared_as_it_is(
    tmp_path: Path, given: str, told: str
) -> None:
    write_reference(tmp_path / "made", (Core("tide"),))
    asked(tmp_path / "made", Request(everything=True))
    text = (tmp_path / "made/src/tide.rs").read_text()
    begin, end = (text.index(f"// bindcheck: {word} tide/single") for word in ("begin", "end"))
    by_hand = text[begin:end].partition("\n")[2]
    assert by_hand.count(f"Bound<'py, {ARRAY}>") == 1
    by_hand = by_hand.replace(f"pyo3::Bound<'py, {ARRAY}>", given)
    root = tmp_path / "crate"
    write_reference(root, (Core("tide"),))
    path = root / "src/tide.rs"
    path.write_text(f"{path.read_text()}\n{by_hand}")
    result = asked(root, Request(everything=True))
    assert "tide  single            present   tide_py" in result.output
    stub = (root / "python/made_up/_core.pyi").read_text()
    assert f"\n) -> {told}:" in stub.partition("def tide(")[2].partition("def ")[0]
    assert "def tide_batch(" in stub
