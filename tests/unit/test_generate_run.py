"""The generator on a small crate: what it writes, keeps, refuses and says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.generate.learned.untaken import WITHOUT_REFERENCE
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from bindcheck.rustfmt import Formatter

MANIFEST = """
[package]
name = "waves"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""

LIB = """use pyo3::prelude::*;

use crate::wave::ripple_py;

pub mod swell;
pub mod wave;

pub enum Kernel {
    Auto,
    Scalar,
}

pub fn read_kernel(name: Option<&str>) -> PyResult<Kernel> {
    let _ = name;
    Ok(Kernel::Auto)
}

#[pymodule]
fn waves(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(ripple_py, m)?)?;
    Ok(())
}
"""

CORE = """use crate::Kernel;

pub struct WaveParams {
    pub length: Option<usize>,
}

impl Default for WaveParams {
    fn default() -> Self {
        Self { length: Some(5) }
    }
}

pub struct WaveInput<'a> {
    pub data: &'a [f64],
    pub params: WaveParams,
}

impl<'a> WaveInput<'a> {
    pub fn from_slice(data: &'a [f64], params: WaveParams) -> Self {
        Self { data, params }
    }
}

pub struct WaveOutput {
    pub values: Vec<f64>,
}

#[derive(Debug)]
pub enum WaveError {
    Empty,
}

impl std::fmt::Display for WaveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

pub fn wave_with_kernel(input: &WaveInput, kernel: Kernel) -> Result<WaveOutput, WaveError> {
    let _ = (input.params.length, kernel);
    Ok(WaveOutput { values: input.data.to_vec() })
}

pub struct WaveStream {
    params: WaveParams,
}

impl WaveStream {
    pub fn try_new(params: WaveParams) -> Result<Self, WaveError> {
        Ok(Self { params })
    }

    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.params.length.map(|_| value)
    }
}
"""

RIPPLE = """
#[pyo3::pyfunction(name = "ripple")]
pub fn ripple_py(value: f64) -> f64 {
    value
}
"""

TESTS = """
#[cfg(test)]
mod tests {
    #[test]
    fn nothing() {}
}
"""


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """Two indicators without bindings; the first file also has a hand-written function."""
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    (folder / "wave.rs").write_text(CORE + RIPPLE + TESTS)
    swell = CORE.replace("Wave", "Swell").replace("wave_", "swell_")
    (folder / "swell.rs").write_text(swell.replace("params: SwellParams)", "params: SwellParams)"))
    return tmp_path


def run(
    crate: Path,
    *names: str,
    mode: Mode = Mode.WRITE,
    pieces: tuple[str, ...] = (),
    keep_edits: bool = False,
) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(names, mode, pieces=pieces, keep_edits=keep_edits)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def texts(crate: Path) -> dict[str, bytes]:
    return {
        path.relative_to(crate).as_posix(): path.read_bytes()
        for path in sorted(crate.rglob("*"))
        if path.is_file()
    }


def states(result: GenerateResult) -> dict[str, str]:
    return {plan.piece: plan.state.value for plan in result.plans}


def between(text: str, key: str) -> tuple[int, int]:
    """Where a region begins and ends."""
    return text.index(f"// bindcheck: begin {key} "), text.index(f"// bindcheck: end {key}\n")


def test_missing_pieces_are_written_and_named(crate: Path) -> None:
    result = run(crate, "wave")
    assert result.status == 0
    assert states(result) == {"single": "missing", "stream": "missing", "register": "missing"}
    assert [line.split()[:3] for line in result.output.splitlines()] == [
        ["wave", "single", "written"],
        ["wave", "stream", "written"],
        ["wave", "register", "written"],
        ["also", "written:", f"{crate}/.bindcheck/generated.json"],
    ]
    text = (crate / "src/wave.rs").read_text()
    assert 'name = "wave"' in text
    lib = (crate / "src/lib.rs").read_text()
    assert "m.add_function(wrap_pyfunction!(wave_py, m)?)?;" in lib
    assert "m.add_class::<WaveStreamPy>()?;" in lib
    assert "use crate::wave::{ripple_py, wave_py, WaveStreamPy};" in lib


def test_a_class_whose_python_name_is_taken_is_not_registered(crate: Path) -> None:
    by_hand = """
#[pyo3::pyclass(name = "WaveStream")]
pub struct WaveStreamPy {
    stream: WaveStream,
}
"""
    wave, lib = crate / "src/wave.rs", crate / "src/lib.rs"
    wave.write_text(wave.read_text().replace(TESTS, by_hand + TESTS))
    unified = '#[pyclass(name = "WaveStream")]\npub struct WaveStreamUnified {}\n\n#[pymodule]'
    added = "    m.add_class::<WaveStreamUnified>()?;\n    Ok(())\n}\n\n"
    text = lib.read_text().replace("#[pymodule]", unified)
    lib.write_text(text.removesuffix("    Ok(())\n}\n") + added)
    run(crate, "wave")
    assert "m.add_function(wrap_pyfunction!(wave_py, m)?)?;" in lib.read_text()
    assert "WaveStreamPy" not in lib.read_text()


def test_pieces_stand_before_the_tests_and_leave_the_rest_alone(crate: Path) -> None:
    run(crate, "wave")
    text = (crate / "src/wave.rs").read_text()
    assert text.startswith(CORE + RIPPLE)
    assert text.endswith(f"// bindcheck: end wave/stream\n{TESTS}")


def test_a_second_run_changes_nothing(crate: Path) -> None:
    run(crate, "wave")
    before = texts(crate)
    result = run(crate, "wave")
    assert states(result) == {"single": "current", "stream": "current", "register": "present"}
    assert (result.changes, result.status) == ((), 0)
    assert texts(crate) == before


@pytest.mark.parametrize("keys", [["single"], ["stream"], ["single", "stream"]])
def test_a_deleted_piece_comes_back_byte_for_byte(crate: Path, keys: list[str]) -> None:
    run(crate, "wave")
    before = texts(crate)
    path = crate / "src/wave.rs"
    for key in keys:
        text = path.read_text()
        start, end = between(text, f"wave/{key}")
        path.write_text(text[:start] + text[end + len(f"// bindcheck: end wave/{key}\n") :])
    assert texts(crate) != before
    assert run(crate, "wave").status == 0
    assert texts(crate) == before


def test_deleted_registration_comes_back_byte_for_byte(crate: Path) -> None:
    run(crate, "wave")
    before = texts(crate)
    path = crate / "src/lib.rs"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "add_class" not in line))
    assert states(run(crate, "wave"))["register"] == "missing"
    assert texts(crate) == before


def test_check_fails_for_what_is_missing_and_passes_when_it_is_there(crate: Path) -> None:
    before = texts(crate)
    result = run(crate, "wave", mode=Mode.CHECK)
    assert result.status == 1
    assert "single" in result.output
    assert texts(crate) == before
    run(crate, "wave")
    assert run(crate, "wave", mode=Mode.CHECK).status == 0
    assert run(crate, "swell", mode=Mode.CHECK).status == 1


def test_check_without_a_name_looks_only_where_something_was_generated(crate: Path) -> None:
    assert run(crate, mode=Mode.CHECK).status == 0
    run(crate, "wave", pieces=("single",))
    result = run(crate, mode=Mode.CHECK)
    assert result.status == 1
    assert "stream" in result.output
    assert "swell" not in result.output


def test_diff_and_stdout_write_nothing(crate: Path) -> None:
    before = texts(crate)
    diff = run(crate, "wave", mode=Mode.DIFF).output
    assert "+pub fn wave_py<'py>(" in diff
    assert "generated.json" in diff
    single = run(crate, "wave", mode=Mode.STDOUT, pieces=("single",)).output
    assert "pub fn wave_py<'py>(" in single
    assert "WaveStreamPy" not in single
    assert texts(crate) == before


def edit(crate: Path, old: str, new: str) -> None:
    path = crate / "src/wave.rs"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def outdate(crate: Path, template: str, old: str, new: str) -> Path:
    """Templates of the user's own that give another text."""
    from bindcheck.render import templates_folder

    folder = crate / "templates"
    shutil.copytree(templates_folder(), folder)
    path = folder / template
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    (crate / "bindcheck.toml").write_text('templates = "templates"\n')
    return folder


def test_a_hand_edit_is_kept_while_the_template_stays(crate: Path) -> None:
    run(crate, "wave")
    edit(
        crate,
        "    let input = WaveInput",
        "    // by hand\n    let input = WaveInput",
    )
    before = texts(crate)
    result = run(crate, "wave")
    assert states(result)["single"] == "edited"
    assert result.status == 0
    assert texts(crate) == before


def test_a_hand_edit_is_merged_with_new_output(crate: Path) -> None:
    run(crate, "wave")
    edit(
        crate,
        "    Ok(output.values.into_pyarray(py))",
        "    let _ = 1; // by hand\n    Ok(output.values.into_pyarray(py))",
    )
    outdate(
        crate,
        "reference/single.rs.j2",
        "pub fn {{ data.rust_name }}",
        "#[inline]\npub fn {{ data.rust_name }}",
    )
    result = run(crate, "wave")
    assert states(result)["single"] == "stale"
    text = (crate / "src/wave.rs").read_text()
    assert "#[inline]\npub fn wave_py" in text
    assert "let _ = 1; // by hand" in text
    again = texts(crate)
    assert states(run(crate, "wave"))["single"] == "edited"
    assert texts(crate) == again


def test_an_edit_of_lines_that_changed_is_a_conflict_and_stays(crate: Path) -> None:
    run(crate, "wave")
    edit(
        crate,
        "    Ok(output.values.into_pyarray(py))",
        "    Ok(output.values.clone().into_pyarray(py))",
    )
    outdate(crate, "reference/single.rs.j2", ".into_pyarray(py)", ".into_pyarray(py).to_owned()")
    before = texts(crate)
    result = run(crate, "wave")
    assert states(result)["single"] == "conflict"
    assert result.status == 1
    assert "-    Ok(output.values.clone().into_pyarray(py))" in result.output
    assert "--keep-edits keeps your lines and takes the rest" in result.output
    (plan,) = (one for one in result.plans if one.piece == "single")
    lines = (crate / "src/wave.rs").read_text().splitlines()
    path, _, line = plan.detail.rpartition(":")
    assert path.endswith("src/wave.rs")
    assert lines[int(line) - 1].startswith("// bindcheck: begin wave/single")
    assert texts(crate) == before


def test_a_conflict_is_ended_in_favour_of_the_edit(crate: Path) -> None:
    run(crate, "wave")
    edit(
        crate,
        "    Ok(output.values.into_pyarray(py))",
        "    Ok(output.values.clone().into_pyarray(py))",
    )
    folder = outdate(
        crate, "reference/single.rs.j2", ".into_pyarray(py)", ".into_pyarray(py).to_owned()"
    )
    path = folder / "reference/single.rs.j2"
    head = "pub fn {{ data.rust_name }}"
    assert path.read_text().count(head) == 1
    path.write_text(path.read_text().replace(head, f"#[inline]\n{head}"))
    result = run(crate, "wave", keep_edits=True)
    assert states(result)["single"] == "stale"
    assert result.status == 0
    text = (crate / "src/wave.rs").read_text()
    assert "    Ok(output.values.clone().into_pyarray(py))\n" in text
    assert "to_owned()" not in text
    assert "#[inline]\npub fn" in text
    after = texts(crate)
    assert states(run(crate, "wave"))["single"] == "edited"
    assert texts(crate) == after


def test_the_place_of_a_conflict_in_python(crate: Path) -> None:
    (crate / "tests").mkdir(exist_ok=True)
    (crate / "tests/conftest.py").write_text("")
    run(crate, "wave")
    path = crate / "tests/test_wave_binding.py"
    assert path.read_text().count("LENGTH = 400") == 1
    path.write_text(f"# Ours.\n{path.read_text().replace('LENGTH = 400', 'LENGTH = 500')}")
    outdate(crate, "python/test_binding.py.j2", "LENGTH = ", "LENGTH = 1 + ")
    result = run(crate, "wave")
    (plan,) = (one for one in result.plans if one.piece == "test")
    assert (plan.state.value, "tests/test_wave_binding.py:2; " in plan.detail) == ("conflict", True)
    run(crate, "wave", keep_edits=True)
    assert "LENGTH = 500\n" in path.read_text()


def test_an_edit_without_a_base_is_a_conflict(crate: Path) -> None:
    run(crate, "wave")
    edit(
        crate,
        "    Ok(output.values.into_pyarray(py))",
        "    let _ = 1;\n    Ok(output.values.into_pyarray(py))",
    )
    (crate / ".bindcheck/generated.json").unlink()
    outdate(
        crate,
        "reference/single.rs.j2",
        "pub fn {{ data.rust_name }}",
        "#[inline]\npub fn {{ data.rust_name }}",
    )
    before = (crate / "src/wave.rs").read_bytes()
    result = run(crate, "wave")
    assert states(result)["single"] == "conflict"
    assert result.status == 1
    assert (crate / "src/wave.rs").read_bytes() == before


def test_an_untouched_region_follows_the_template(crate: Path) -> None:
    run(crate, "wave")
    outdate(
        crate,
        "reference/single.rs.j2",
        "pub fn {{ data.rust_name }}",
        "#[inline]\npub fn {{ data.rust_name }}",
    )
    assert run(crate, "wave", mode=Mode.CHECK).status == 1
    assert states(run(crate, "wave"))["single"] == "stale"
    assert "#[inline]\npub fn wave_py" in (crate / "src/wave.rs").read_text()
    assert run(crate, "wave", mode=Mode.CHECK).status == 0


def test_a_hand_written_binding_is_never_touched(crate: Path) -> None:
    path = crate / "src/wave.rs"
    by_hand = (
        CORE
        + """
#[pyo3::pyfunction(name = "wave")]
pub fn my_wave(data: Vec<f64>) -> Vec<f64> {
    let input = WaveInput::from_slice(&data, WaveParams { length: None });
    wave_with_kernel(&input, Kernel::Auto).map(|output| output.values).unwrap_or_default()
}
"""
    )
    path.write_text(by_hand)
    result = run(crate, "wave")
    assert states(result)["single"] == "present"
    assert path.read_text().startswith(by_hand)
    assert "wave/single" not in path.read_text()


def test_what_cannot_be_made_is_named_with_the_fact_that_lacks(crate: Path) -> None:
    path = crate / "src/wave.rs"
    path.write_text(CORE.replace("length: Option<usize>", "length: Option<Vec<Kernel>>"))
    before = texts(crate)
    result = run(crate, "wave", pieces=("single",))
    assert result.status == 1
    assert states(result) == {"single": "lacking"}
    assert "not known: how Python says `length: Vec<Kernel>`" in result.output
    assert texts(crate) == before


def test_windows_line_ends_and_byte_order_marks_are_kept(crate: Path) -> None:
    path = crate / "src/wave.rs"
    path.write_bytes(b"\xef\xbb\xbf" + (CORE + TESTS).replace("\n", "\r\n").encode())
    run(crate, "wave")
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbfuse crate::Kernel;\r\n")
    assert written.count(b"\n") == written.count(b"\r\n")
    assert run(crate, "wave").changes == ()


@pytest.mark.skipif(shutil.which("rustfmt") is None, reason="needs rustfmt")
def test_what_is_written_is_as_rustfmt_would_have_it(crate: Path) -> None:
    formatter = Formatter.find("2021")
    for name in ("lib.rs", "wave.rs"):
        path = crate / "src" / name
        path.write_text(formatter.whole(path.read_text(), path.parent) or "")
    run(crate, "wave")
    for name in ("lib.rs", "wave.rs"):
        text = (crate / "src" / name).read_text()
        assert formatter.whole(text, crate / "src") == text


def test_without_rustfmt_the_same_regions_are_current(
    crate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(crate, "wave")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    result = run(crate, "wave")
    assert states(result)["single"] == "current"
    told = "there is no rustfmt: what was generated is not formatted"
    assert result.notes == (told,)
    assert result.changes == ()


@pytest.mark.parametrize(
    ("name", "near"), [("wavve", "wave"), ("swel", "swell"), ("wave_", "wave")]
)
def test_an_unknown_name_is_an_error_that_offers_near_ones(
    crate: Path, name: str, near: str
) -> None:
    with pytest.raises(BindcheckError, match=f"{name}.*nearest:.*{near}"):
        run(crate, name)


def test_a_name_can_be_that_of_the_core_function(crate: Path) -> None:
    assert run(crate, "wave_with_kernel", mode=Mode.DIFF).plans[0].indicator == "wave"


def test_no_name_is_an_error(crate: Path) -> None:
    with pytest.raises(BindcheckError, match="name an indicator"):
        run(crate)


def test_a_damaged_marker_stops_the_run_before_anything_is_written(crate: Path) -> None:
    run(crate, "wave")
    path = crate / "src/wave.rs"
    path.write_text(path.read_text().replace("// bindcheck: end wave/single\n", ""))
    before = texts(crate)
    with pytest.raises(BindcheckError, match="wave/single has no end"):
        run(crate, "wave")
    assert texts(crate) == before


def test_bindings_of_two_indicators_are_one_transaction(crate: Path) -> None:
    result = run(crate, "wave", "swell")
    assert {change.path.name for change in result.changes} == {
        "lib.rs",
        "wave.rs",
        "swell.rs",
        "generated.json",
    }
    lib = (crate / "src/lib.rs").read_text()
    assert lib.index("use crate::swell::") < lib.index("use crate::wave::")
    assert run(crate, "wave", "swell").changes == ()


def test_a_base_that_is_not_what_was_generated_is_replaced(crate: Path) -> None:
    run(crate, "wave")
    store = crate / ".bindcheck/generated.json"
    right = store.read_bytes()
    store.write_bytes(right.replace(b"into_pyarray(py)", b"into_pyarray(before)"))
    assert store.read_bytes() != right
    assert states(run(crate, "wave"))["single"] == "current"
    assert store.read_bytes() == right


def test_a_check_counts_what_it_found_up_to_date(crate: Path) -> None:
    run(crate, "wave")
    result = run(crate, mode=Mode.CHECK)
    assert (result.output, result.status) == ("1 indicator, 3 pieces up to date\n", 0)


def add_module(crate: Path, core: str = CORE) -> None:
    """A second module `wave`, in another folder."""
    folder = crate / "src/deep"
    folder.mkdir()
    (folder / "mod.rs").write_text("pub mod wave;\n")
    (folder / "wave.rs").write_text(core)
    lib = crate / "src/lib.rs"
    lib.write_text(lib.read_text().replace("pub mod wave;", "pub mod deep;\npub mod wave;"))


def test_a_second_module_of_the_same_name_takes_no_regions_away(crate: Path) -> None:
    run(crate, "wave")
    add_module(crate)
    before = texts(crate)
    assert run(crate, mode=Mode.CHECK).status == 0
    assert states(run(crate, "crate::wave::wave")) == {
        "single": "current",
        "stream": "current",
        "register": "present",
    }
    assert texts(crate) == before


def test_a_python_name_that_is_taken_is_not_given_again(crate: Path) -> None:
    run(crate, "wave")
    add_module(crate)
    before = texts(crate)
    result = run(crate, "crate::deep::wave::wave")
    assert (result.status, states(result)) == (1, {"single": "lacking", "stream": "lacking"})
    assert "a Python name of its own: `wave` is `wave_py` in " in result.output
    assert texts(crate) == before


def test_a_check_does_not_fail_for_what_nobody_can_generate(crate: Path) -> None:
    run(crate, "wave")
    add_module(crate)
    result = run(crate, "crate::deep::wave::wave", mode=Mode.CHECK)
    assert "lacking" in states(result).values()
    assert result.status == 0


def test_a_python_name_that_two_could_have_is_given_to_none(crate: Path) -> None:
    add_module(crate)
    before = texts(crate)
    result = run(crate, "crate::wave::wave", "crate::deep::wave::wave")
    assert {plan.state.value for plan in result.plans} == {"lacking"}
    assert "`wave` could be crate::deep::wave::wave as well" in result.output
    assert texts(crate) == before


def test_a_region_without_its_indicator_fails_a_check(crate: Path) -> None:
    run(crate, "wave")
    path = crate / "src/wave.rs"
    path.write_text(path.read_text().replace("wave/stream", "tide/stream"))
    line = path.read_text().split("// bindcheck: begin tide/stream")[0].count("\n") + 1
    result = run(crate, mode=Mode.CHECK)
    assert result.status == 1
    assert f"wave.rs:{line}: region tide/stream belongs to no indicator: " in result.output


def test_a_region_of_a_renamed_core_is_code_by_hand(crate: Path) -> None:
    run(crate, "wave")
    path = crate / "src/wave.rs"
    lines = path.read_text().splitlines(keepends=True)
    renamed = [
        line
        if line.startswith("// bindcheck")
        else line.replace("wave_with", "tide_with").replace("Wave", "Tide")
        for line in lines
    ]
    path.write_text("".join(renamed))
    result = run(crate, "tide")
    assert states(result)["single"] == "present"
    assert "tide/single" not in path.read_text()
    assert run(crate, mode=Mode.CHECK).status == 1


def test_registration_of_a_piece_that_cannot_be_made_again_is_kept(crate: Path) -> None:
    run(crate, "wave")
    path = crate / "src/wave.rs"
    path.write_text(
        path.read_text().replace("length: Option<usize>,\n}", "length: Option<Vec<u8>>,\n}")
    )
    lib = crate / "src/lib.rs"
    line = "    m.add_function(wrap_pyfunction!(wave_py, m)?)?;\n"
    assert line in lib.read_text()
    lib.write_text(lib.read_text().replace(line, ""))
    result = run(crate, "wave")
    assert states(result)["single"] == "lacking"
    assert line in lib.read_text()


def test_registration_alone_names_no_binding_that_is_not_there(crate: Path) -> None:
    before = texts(crate)
    result = run(crate, "wave", pieces=("register",))
    assert texts(crate) == before
    told = "wave: register not generated, there is nothing to make it from"
    assert result.notes == (told, WITHOUT_REFERENCE)
