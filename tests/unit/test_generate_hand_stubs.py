"""Stub entries of bindings that stay by hand: what they are, and nothing that they are not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference
from tides import BATCH, CORE, SINGLE, STREAM
from tides_package import written

STUB = "python/tides/tides.pyi"
INIT = "from tides.tides import Tides, tide_grid\n"
GIVES = "-> PyResult<Py<PyDict>> {"
END = "    Ok(dict.into())\n"


def run(
    crate: Path, mode: Mode = Mode.WRITE, *, replacing: bool = False, keep: bool = True
) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    asked = Request(mode=mode, everything=True, replacing=Replacing(replacing, keep))
    return generate(inputs.program, inputs.crate, config, inputs.sources, asked)


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def entries(stub: Path) -> dict[str, str]:
    """The definitions of a stub by name, without docstrings."""
    found = {}
    for node in ast.parse(stub.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            text = ast.unparse(node)
            found[node.name] = re.sub(r'"""[^"]*"""', "", text)
    return found


def told(folder: Path, batch: str, stream: str = STREAM) -> tuple[dict[str, str], GenerateResult]:
    """The entries beside a generated single call, and the run."""
    crate = written(folder / "tides", CORE + batch + stream, INIT)
    result = run(crate)
    plans = {one.piece: one.state.value for one in result.plans}
    assert (plans["single"], plans["batch"], plans["stub"]) == ("missing", "present", "missing")
    assert run(crate).changes == ()
    return entries(crate / STUB), result


def test_a_dict_has_its_own_keys(tmp_path: Path) -> None:
    found, result = told(tmp_path, BATCH)
    assert (
        "spans: tuple[int, int, int], kernel: str | None=None) -> _TideBatch:"
        in (found["tide_grid"])
    )
    keys = re.findall(r"^    (\w+): (.*)$", found["_TideBatch"], re.MULTILINE)
    assert [name for name, _ in keys] == ["up", "down", "spans", "rows", "cols"]
    assert dict(keys)["spans"] == "NDArray[np.uint32]"
    assert "def tide(" in found["tide"]
    assert "def reset(self) -> None:" in found["Tides"]
    assert not [one for one in result.notes if "no entry" in one]


def test_defaults_are_those_of_the_binding(tmp_path: Path) -> None:
    batch = changed(BATCH, ("low, spans, kernel=None", "low, spans=(5, 9, 2), kernel=None"))
    found, _ = told(tmp_path, batch)
    assert "spans: tuple[int, int, int]=(5, 9, 2)," in found["tide_grid"]


def test_a_tuple_has_its_own_parts(tmp_path: Path) -> None:
    given = "-> PyResult<(Bound<'py, PyArray2<f64>>, Vec<usize>)> {"
    batch = changed(BATCH, (GIVES, given), (END, "    Ok((first.reshape([rows, cols])?, tides))\n"))
    found, _ = told(tmp_path, batch)
    assert "-> tuple[NDArray[np.float64], list[int]]:" in found["tide_grid"]
    assert "_TideBatch" not in found


def test_an_alias_is_what_it_stands_for(tmp_path: Path) -> None:
    alias = "\ntype Rows = PyResult<Vec<u32>>;\n"
    batch = alias + changed(BATCH, (GIVES, "-> Rows {"), (END, "    Ok(vec![])\n"))
    found, _ = told(tmp_path, batch)
    assert "-> list[int]:" in found["tide_grid"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('    if rows > 1 {\n        dict.set_item("many", true)?;\n    }\n', "dict[str, Any]"),
        ("    fill(&dict)?;\n", "dict[Any, Any]"),
        ("    dict.update(more.as_mapping())?;\n", "dict[Any, Any]"),
        ("    dict.set_item(7, rows)?;\n", "dict[Any, Any]"),
    ],
)
def test_a_dict_that_may_have_more_is_told_as_one(tmp_path: Path, line: str, kind: str) -> None:
    found, _ = told(tmp_path, changed(BATCH, (END, line + END)))
    assert f"-> {kind}:" in found["tide_grid"]
    assert "_TideBatch" not in found
    assert "from typing import Any, final\n" in (tmp_path / "tides" / STUB).read_text()


@pytest.mark.parametrize(
    ("given", "end"),
    [("-> PyResult<PyObject> {", "made(py)"), ("-> PyResult<Option<Py<PyDict>>> {", "Ok(None)")],
)
def test_what_is_not_known_has_no_entry_and_a_note(tmp_path: Path, given: str, end: str) -> None:
    found, result = told(tmp_path, changed(BATCH, (GIVES, given), (END, f"    {end}\n")))
    assert "tide_grid" not in found
    assert "Tides" in found
    (note,) = [one for one in result.notes if "no entry" in one]
    assert note.endswith(f"{STUB} has no entry for `tide_grid`, which the module exports")


@pytest.mark.parametrize(
    ("old", "new", "method"),
    [
        ("    inner: TideStream,", "    #[pyo3(get)]\n    seen: usize,", "def seen(self) -> int:"),
        ("    fn reset(&mut", "    #[getter]\n    fn reset(&mut", "def reset(self) -> None:"),
        ("    inner: TideStream,", "    #[pyo3(get, set)]\n    seen: usize,", ""),
        ('(name = "Tides")', '(name = "Tides", extends = Base)', ""),
        ("    fn reset(&mut self)", "    fn reset(&mut self, by: &Bound<'_, PyAny>)", ""),
    ],
)
def test_a_class_with_all_that_it_has_or_none(
    tmp_path: Path, old: str, new: str, method: str
) -> None:
    found, _ = told(tmp_path, BATCH, changed(STREAM, (old, new)))
    assert ("Tides" in found) == bool(method)
    if method:
        assert f"    @property\n    {method}" in found["Tides"]


def test_what_somebody_wrote_into_the_stub_stays_alone(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    mine = "def tide_grid(*series: object) -> object: ...\n"
    (crate / STUB).write_text(mine)
    run(crate)
    text = (crate / STUB).read_text()
    assert text.count("tide_grid(") == 1
    assert "class Tides:" in text


def test_new_heads_leave_an_entry_by_hand_and_get_the_others(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    (crate / STUB).write_text("def tide_grid(*series: object) -> object: ...\n")
    result = run(crate, replacing=True, keep=False)
    [stub] = [one for one in result.plans if one.piece == "stub"]
    assert "; tide_grid in " in stub.detail
    assert "by hand: where its head is another one now, `bindcheck audit --select" in stub.detail
    found = entries(crate / STUB)
    assert found["tide_grid"] == "def tide_grid(*series: object) -> object:\n    ..."
    assert {"tide", "Tides"} <= found.keys()
    assert run(crate, replacing=True, keep=False).changes == ()


def test_a_binding_in_a_module_inside_is_not_at_the_top(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + BATCH + STREAM, INIT)
    lib = crate / "src/lib.rs"
    inside = (
        '    let inner = PyModule::new(m.py(), "inner")?;\n'
        "    inner.add_function(wrap_pyfunction!(tide::tide_grid_py, &inner)?)?;\n"
        "    m.add_submodule(&inner)?;\n"
    )
    outside = "    m.add_function(wrap_pyfunction!(tide::tide_grid_py, m)?)?;\n"
    lib.write_text(changed(lib.read_text(), (outside, inside)))
    run(crate)
    assert set(entries(crate / STUB)) == {"tide", "Tides"}


# --- indicators that are bound by hand alone -----------------------------------------------------


def two(folder: Path) -> Path:
    """Two indicators, the first bound by hand as the generator would."""
    write_reference(folder, (Core("ebb"), Core("flow")))
    run(folder)
    path = folder / "src/ebb.rs"
    path.write_text(re.sub(r"// bindcheck: (?:begin|end) .*\n", "", path.read_text()))
    (folder / "python/made_up/_core.pyi").write_text("__all__: list[str] = []\n")
    (folder / ".bindcheck/generated.json").unlink()
    path = folder / "src/flow.rs"
    path.write_text(path.read_text().partition("// bindcheck: begin")[0])
    return folder


def test_who_is_bound_by_hand_is_in_a_stub_of_ours(tmp_path: Path) -> None:
    crate = two(tmp_path)
    stub = crate / "python/made_up/_core.pyi"
    result = run(crate)
    plans = {(one.indicator, one.piece): one.state.value for one in result.plans}
    assert plans["ebb", "single"] == "present"
    assert plans["ebb", "stub"] == plans["flow", "stub"] == "missing"
    found = entries(stub)
    for name in ("ebb", "ebb_batch", "EbbStream", "flow", "flow_batch", "FlowStream"):
        assert f'"{name}"' in stub.read_text()
        assert name in found
    assert run(crate).changes == ()
    assert run(crate, Mode.CHECK).status == 0


def test_a_check_finds_entries_that_a_binding_by_hand_has_left_behind(tmp_path: Path) -> None:
    crate = two(tmp_path)
    run(crate)
    path = crate / "src/ebb.rs"
    path.write_text(
        changed(path.read_text(), (("(data, period, kernel", "(data, period=4, kernel")))
    )
    request = Request(mode=Mode.CHECK)
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    found = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert found.status == 1
    assert re.search(r"^ebb +stub +stale ", found.output, re.MULTILINE)


def test_a_stub_without_entries_of_ours_is_left_to_its_owner(tmp_path: Path) -> None:
    crate = two(tmp_path)
    stub = crate / "python/made_up/_core.pyi"
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(names=("ebb",))
    assert not generate(inputs.program, inputs.crate, config, inputs.sources, request).status
    assert "ebb" not in stub.read_text()


def test_other_exports_are_named_once(tmp_path: Path) -> None:
    crate = two(tmp_path)
    lib = crate / "src/lib.rs"
    more = '    #[pyfunction]\n    fn version() -> String {\n        "1".into()\n    }\n\n'
    text = changed(
        lib.read_text(),
        ("    #[pymodule]\n", f"{more}    #[pymodule]\n"),
        ("        let _ = m;\n", "        m.add_function(wrap_pyfunction!(version, m)?)?;\n"),
    )
    lib.write_text(text)
    notes = [one for one in run(crate).notes if "no entry" in one]
    assert len(notes) == 1
    assert notes[0].endswith("_core.pyi has no entry for `version`, which the module exports")
    stub = crate / "python/made_up/_core.pyi"
    stub.write_text(f"{stub.read_text()}\ndef version() -> str: ...\n")
    assert not [one for one in run(crate).notes if "no entry" in one]


# --- tests beside them ---------------------------------------------------------------------------

KEY = '"periods", periods.into_pyarray(py)'


@pytest.mark.parametrize(
    ("piece", "old", "new", "name"),
    [
        ("batch", f"dict.set_item({KEY})?;", 'dict.set_item("spans", 1)?;', "grid("),
        ("stream", "fn update(", "fn push(", "Stream("),
        ("stream", "-> Option<f64> {\n        self", "-> (f64, f64) {\n        self", "Stream("),
    ],
)
def test_what_gives_something_else_by_hand_is_not_tested_as_ours(
    tmp_path: Path, piece: str, old: str, new: str, name: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    run(tmp_path)
    test = tmp_path / "tests/test_tide_binding.py"
    assert name in test.read_text()
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    begin, end = (text.index(f"// bindcheck: {word} tide/{piece}") for word in ("begin", "end"))
    body = changed(text[begin:end].partition("\n")[2], (old, new))
    path.write_text(text[:begin] + body + text[end:].partition("\n")[2])
    test.unlink()
    plans = {one.piece: one for one in run(tmp_path).plans}
    assert plans[piece].state.value == "present"
    assert name not in test.read_text()
    assert (
        f"no test of the {piece}: not known: one part for each output of the core in what `"
        in plans["test"].detail
    )


# --- what they say of themselves -----------------------------------------------------------------


def docstrings(stub: Path) -> dict[str, str]:
    body = ast.parse(stub.read_text()).body
    kinds = ast.FunctionDef | ast.ClassDef
    return {one.name: ast.get_docstring(one) or "" for one in body if isinstance(one, kinds)}


def kept(folder: Path, single: str, stream: str = STREAM) -> dict[str, str]:
    """The docstrings of replaced bindings, twice the same."""
    crate = written(folder, CORE + single + BATCH + stream, INIT)
    run(crate, replacing=True)
    found = docstrings(crate / STUB)
    run(crate, replacing=True)
    assert docstrings(crate / STUB) == found
    return found


DOC = "/// Tides of two series.\n"


def test_a_kept_binding_says_what_is_known_of_it(tmp_path: Path) -> None:
    found = kept(tmp_path, SINGLE.replace(DOC, f"{DOC}///\n/// In metres above the chart.\n"))
    said = found["tide"]
    assert said.startswith("Tides of two series.\n\nIn metres above the chart.\n\nArgs:\n")
    assert "    low: one-dimensional float64 array" in said
    assert "Returns:\n    ebb, flood: one-dimensional float64 arrays of the shape of ``high``." in (
        said
    )
    assert "Raises:\n    ValueError: " in said
    assert "    TypeError: an input is no one-dimensional array of its dtype." in said
    grid = found["tide_grid"]
    assert grid.startswith("tide, for every combination of parameters.\n")
    assert "    spans: ``(start, end, step)``." not in grid  # Its name tells nothing of a range.
    assert "    ``up``, ``down``: of shape (combinations, ``len(high)``)." in grid
    assert "    ``rows``: the number of combinations." in grid
    assert found["Tides"] == "tide, one value at a time."


def test_who_tells_of_arguments_is_left_alone(tmp_path: Path) -> None:
    own = "/// Tides.\n///\n/// # Errors\n///\n/// None, they say.\n"
    assert kept(tmp_path, SINGLE.replace(DOC, own))["tide"] == (
        "Tides.\n\n# Errors\n\nNone, they say."
    )


@pytest.mark.parametrize(
    ("doc", "first"),
    [
        ('/// Says "high"\n', 'Says "high".'),
        ('/// A `\\d` of """tides"""\n', 'A `\\d` of """tides""".'),
        ("/// Two lines\n/// of it\n", "Two lines\nof it"),
        ("/// tide(low, high)\n/// --\n///\n/// Tides!\n", "Tides!"),
        ("", "tide."),
    ],
)
def test_words_stay_as_they_are(tmp_path: Path, doc: str, first: str) -> None:
    said = kept(tmp_path, SINGLE.replace(DOC, doc))["tide"]
    assert said.partition("\n\nArgs:")[0] == first


def test_methods_have_their_words(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, INIT)
    run(crate, replacing=True)
    text = (crate / STUB).read_text()
    update = "    def update(self, low: float, high: float) -> float:\n"
    assert f'{update}        """The next tide."""' in text
    assert "    def reset(self) -> None: ..." in text
