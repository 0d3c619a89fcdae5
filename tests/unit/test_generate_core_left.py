"""Cores that change behind bindings that stand already: the module exports what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

GATE = "#[cfg(unix)]\n"
LINE = "        m.add_function(pyo3::wrap_pyfunction!(crate::tide::tide_py, m)?)?;\n"


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def registered(result: GenerateResult) -> list[tuple[str, str]]:
    return [(one.state.value, one.detail) for one in result.plans if one.piece == "register"]


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    write_reference(tmp_path, (Core("tide"),))
    assert run(tmp_path).status == 0
    return tmp_path


def gate(crate: Path) -> None:
    path = crate / "src/tide.rs"
    path.write_text(path.read_text().replace("pub fn tide_with", f"{GATE}pub fn tide_with", 1))


def test_nothing_exports_a_class_whose_core_is_gone(crate: Path) -> None:
    path, lib = crate / "src/tide.rs", crate / "src/lib.rs"
    core, mark, regions = path.read_text().partition("// bindcheck: begin")
    path.write_text(core.replace("pub struct TideStream", "struct TideFlow") + mark + regions)
    before = lib.read_text()
    result = run(crate)
    assert result.status == 1
    told = {one.piece: one.detail for one in result.plans if one.state.value == "lacking"}
    assert "without one its region has to go" in told["stream"]
    assert lib.read_text() == before
    # Not even where the line was taken out with the core.
    lib.write_text("".join(one for one in before.splitlines(True) if "TideStream" not in one))
    shorter = lib.read_text()
    assert shorter != before
    run(crate)
    assert lib.read_text() == shorter


def test_the_line_of_a_binding_comes_under_its_gate(crate: Path) -> None:
    gate(crate)
    lib = crate / "src/lib.rs"
    before = lib.read_text()
    assert before.count(LINE) == 1
    checked = run(crate, Mode.CHECK)
    assert checked.status == 1
    assert registered(checked) == [("stale", str(lib))]
    assert lib.read_text() == before
    assert run(crate).status == 0
    assert lib.read_text() == before.replace(LINE, f"        {GATE}{LINE}")
    assert run(crate, Mode.CHECK).status == 0


def test_a_line_under_more_than_the_gate_stays(crate: Path) -> None:
    gate(crate)
    lib = crate / "src/lib.rs"
    both = '        #[cfg(all(feature = "python", unix))]\n'
    lib.write_text(lib.read_text().replace(LINE, both + LINE))
    before = lib.read_text()
    assert run(crate).status == 0
    assert lib.read_text() == before


@pytest.mark.parametrize(
    ("line", "imported"),
    [
        (f'        #[cfg(feature = "python")]\n{LINE}', ""),
        (LINE.replace("crate::tide::", ""), "        use crate::tide::tide_py;\n"),
    ],
)
def test_a_line_that_needs_a_hand_is_told(crate: Path, line: str, imported: str) -> None:
    gate(crate)
    lib = crate / "src/lib.rs"
    text = lib.read_text().replace(LINE, line)
    head, fn, rest = text.partition("    fn ")
    body = rest.partition("{\n")
    lib.write_text(head + fn + body[0] + body[1] + imported + body[2])
    before = lib.read_text()
    result = run(crate)
    ((state, detail),) = registered(result)
    assert (state, result.status) == ("kept", 1)
    at = before.partition("crate::tide::tide_py, m" if not imported else "(tide_py, m")[0]
    assert detail.endswith(f"({lib}:{at.count(chr(10)) + 1})")
    assert "`#[cfg(unix)]`" in detail
    assert lib.read_text() == before


def test_an_export_of_a_declarative_module_comes_under_its_gate(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    lib = tmp_path / "src/lib.rs"
    text = lib.read_text()
    module = '#[cfg(feature = "python")]\n#[pyo3::pymodule(name = "_core")]\nmod made_up {\n'
    head = text[: text.index('#[cfg(feature = "python")]\nmod python')]
    names = ("TideStreamPy", "tide_batch_py", "tide_py")
    exports = [f"    #[pymodule_export]\n    use crate::tide::{name};\n" for name in names]
    lib.write_text(f"{head}{module}{''.join(exports)}}}\n")
    assert run(tmp_path).status == 0
    before = lib.read_text()
    assert all(one in before for one in exports)
    gate(tmp_path)
    assert run(tmp_path).status == 0
    under = f"    {GATE}{exports[2]}"
    assert lib.read_text() == before.replace(exports[2], under)
    assert run(tmp_path, Mode.CHECK).status == 0


def test_a_gate_that_holds_anyway_is_no_matter(crate: Path) -> None:
    path, lib = crate / "src/tide.rs", crate / "src/lib.rs"
    given = '#[cfg(any(feature = "python", feature = "web"))]\npub fn tide_with'
    path.write_text(path.read_text().replace("pub fn tide_with", given, 1))
    before = lib.read_text()
    assert run(crate).status == 0
    assert lib.read_text() == before


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("bind_single!(tide_py, tide);", "lacking"),
        ("crate::bind_single! { tide_py }", "lacking"),
        ("bind_single!(other_tide_py, tide);", "missing"),
        ("// bind_single!(tide_py, tide);", "missing"),
    ],
)
def test_a_name_that_a_macro_is_given_is_not_written_twice(
    tmp_path: Path, call: str, state: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    path.write_text(f"{path.read_text()}\n{call}\n")
    line = path.read_text().count("\n")
    plans = {one.piece: one for one in run(tmp_path).plans}
    assert plans["single"].state.value == state
    assert plans["batch"].state.value == "missing"
    if state == "lacking":
        assert f"what `bind_single!` makes of `tide_py`, which it is given in line {line}" in (
            plans["single"].detail
        )
        assert "fn tide_py" not in path.read_text()


@pytest.mark.parametrize(
    ("gate", "state"), [('#[cfg(feature = "extra")]', "lacking"), ("", "missing")]
)
def test_a_field_under_a_gate_of_its_own(tmp_path: Path, gate: str, state: str) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    fields = "    pub period: Option<usize>,\n"
    assert text.count(fields) == 1
    text = text.replace(fields, f"{fields}    {gate}\n    pub more: Option<usize>,\n")
    path.write_text(text.replace("period: Some(14)", f"period: Some(14), {gate} more: Some(1)"))
    plans = {one.piece: one for one in run(tmp_path, Mode.PLAN).plans}
    for piece in ("single", "stream"):
        assert plans[piece].state.value == state
    told = '`more` of `TideParams`, a field under `#[cfg(feature = "extra")]` alone'
    assert (told in plans["single"].detail) == bool(gate)
