"""What is gone, unused or asked for alone: left out, forgotten or told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.select import select
from bindcheck.load import load
from bindcheck.testing import program_from
from bindcheck.write import with_line_ends
from synthetic_cores import Core, Parameter, write_reference


def run(
    root: Path,
    names: tuple[str, ...] = ("tide",),
    pieces: tuple[str, ...] = (),
    templates: Path | None = None,
) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",), templates=templates))
    assert inputs.crate is not None
    request = Request(names, Mode.WRITE, pieces=pieces, everything=not names)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def state(result: GenerateResult, piece: str) -> str:
    return next(one.state.value for one in result.plans if one.piece == piece)


def test_a_file_that_is_gone_is_forgotten_once_nothing_of_it_is_exported(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    run(tmp_path, ())
    lib, store = tmp_path / "src/lib.rs", tmp_path / ".bindcheck/generated.json"
    (tmp_path / "src/tide.rs").unlink()
    lib.write_text(lib.read_text().replace("pub mod tide;\n", ""))
    notes = [one for one in run(tmp_path, ("wave",)).notes if "is gone" in one]
    assert notes == [
        f"src/tide.rs is gone, and the module still exports `{name}`, which was in it"
        for name in ("TideStreamPy", "tide_batch_py", "tide_py")
    ]
    lib.write_text(re.sub(r".*[tT]ide.*\n", "", lib.read_text()))
    assert "src/tide.rs" in json.loads(store.read_text())["files"]
    assert not any("is gone" in one for one in run(tmp_path, ("wave",)).notes)
    assert set(json.loads(store.read_text())["files"]) == {
        "src/wave.rs",
        "python/made_up/_core.pyi",
        "tests/test_tide_binding.py",
        "tests/test_wave_binding.py",
    }


@pytest.mark.parametrize("stays", [False, True])
def test_edits_are_merged_in_a_file_that_was_moved(tmp_path: Path, *, stays: bool) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    run(tmp_path, ())
    old, new, lib = (tmp_path / f"src/{name}.rs" for name in ("tide", "sea/tide", "lib"))
    new.parent.mkdir()
    head = '#[pyo3::pyfunction(name = "tide")]'
    text = old.read_text().replace(head, f"/// Ours.\n{head}")
    assert "/// Ours." in text
    if stays:
        old.write_text("")
    else:
        old.unlink()
    (tmp_path / "src/sea/mod.rs").write_text("pub mod tide;\n")
    text = re.sub(
        r"pub struct TideParams \{", "pub struct TideParams {\n    pub deep: Option<usize>,", text
    )
    text = re.sub(r"(fn default\(\) -> Self \{\s*Self \{)", r"\1 deep: Some(3),", text)
    new.write_text(text)
    lib.write_text(
        lib.read_text().replace("pub mod tide;", "pub mod sea;").replace("tide::", "sea::tide::")
    )
    result = run(tmp_path, ())
    single = next(one for one in result.plans if (one.indicator, one.piece) == ("tide", "single"))
    assert single.state.value == ("conflict" if stays else "stale")
    assert "/// Ours." in new.read_text()


@pytest.mark.parametrize("known", [False, True])
def test_a_core_is_split_for_a_batch_that_is_made(tmp_path: Path, *, known: bool) -> None:
    write_reference(tmp_path, (Core("tide", into="split"), Core("wave")))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    if not known:
        # Python cannot say what is swept.
        text, made = re.subn(
            r"(pub struct TideBatchRange \{)", r"\1 pub mode: Vec<(u8, Option<u8>)>,", text
        )
        assert made == 1
    path.write_text(text)
    result = run(tmp_path, ())
    states = {one.piece: one.state.value for one in result.plans if one.indicator == "tide"}
    assert states["batch"] == ("missing" if known else "lacking")
    assert ("begin tide/batch_inner_into" in path.read_text()) == known
    assert ("batch_inner_into" in states) == known


@pytest.mark.parametrize("item", ["tide_py", "TideStreamPy"])
def test_an_import_from_where_a_binding_was_is_told(tmp_path: Path, item: str) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    run(tmp_path, ())
    lib = tmp_path / "src/lib.rs"
    made = lib.read_text()
    assert f"tide::{item}" in made
    named = re.sub(rf"(?:crate::)?tide::{item}\b", item, made)
    lib.write_text(f"use crate::sea::tide::{item};\n{named}")
    told = f"{lib}:1: imports `{item}` from `crate::sea::tide`, and it is in `crate::tide` now"
    assert told in run(tmp_path, ()).notes
    lib.write_text(f"use crate::tide::{item};\n{named}")
    assert not any(": imports `" in one for one in run(tmp_path, ()).notes)


def stored(root: Path) -> list[str]:
    """The files of which there are base texts."""
    return [*json.loads((root / ".bindcheck/generated.json").read_text())["files"]]


def imports(result: GenerateResult) -> list[str]:
    return [one for one in result.notes if ": imports `" in one]


def test_names_of_a_file_that_is_gone_are_told_as_long_as_the_package_imports_them(
    tmp_path: Path,
) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    init, lib = tmp_path / "python/made_up/__init__.py", tmp_path / "src/lib.rs"
    init.write_text("from ._core import version\n")
    run(tmp_path, ())
    assert "tide_batch" in init.read_text()
    (tmp_path / "src/tide.rs").unlink()
    (tmp_path / "tests/test_tide_binding.py").unlink()
    lib.write_text(re.sub(r".*[tT]ide.*\n", "", lib.read_text()))
    stub = tmp_path / "python/made_up/_core.pyi"
    region = r"# bindcheck: begin tide/stub.*?# bindcheck: end tide/stub\n"
    stub.write_text(re.sub(region, "", stub.read_text(), flags=re.DOTALL))
    told = [
        f"{init}:1: imports `{name}`, which the module does not have any more"
        for name in ("TideStream", "tide", "tide_batch")
    ]
    for _ in range(2):
        assert imports(run(tmp_path, ())) == told
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    result = generate(inputs.program, inputs.crate, config, inputs.sources, Request((), Mode.CHECK))
    assert result.status == 1
    assert told[0] in result.output
    kept = "from ._core import WaveStream, version, wave, wave_batch\n"
    init.write_text(f'{kept}__all__ = [\n    "tide",\n    "wave",\n    "version",\n]\n')
    assert any("src/tide.rs" in one for one in stored(tmp_path))
    listed = f"{init}:3: lists `tide`, which the module does not have any more"
    for _ in range(2):
        assert listed in run(tmp_path, ()).notes
    for other in (
        "def tide(): ...\n",
        "from .other import tide\n",
        "from .other import *\n",
        "import tide\n",
        "def __getattr__(name): ...\n",
        "try:\n    from .other import tide\nexcept ImportError:\n    pass\n",
    ):
        init.write_text(f'{kept}{other}__all__ = ["tide", "wave"]\n')
        assert not any(": lists `" in one for one in run(tmp_path, ()).notes)
    init.write_text(kept)
    assert imports(run(tmp_path, ())) == []
    assert "src/tide.rs" not in stored(tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        "#[pyfunction]\nfn tide() {}\n",
        '#[pyfunction]\n#[pyo3(name = "tide")]\nfn other() {}\n',
        'fn more(m: &Bound<PyModule>) { m.add("tide", 1); }\n',
        "bind_all!(tide, wave);\n",
    ],
)
def test_a_name_that_something_else_may_have_is_not_told(tmp_path: Path, more: str) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    init, lib = tmp_path / "python/made_up/__init__.py", tmp_path / "src/lib.rs"
    init.write_text("from ._core import version\n")
    run(tmp_path, ())
    (tmp_path / "src/tide.rs").unlink()
    lib.write_text(re.sub(r".*[tT]ide.*\n", "", lib.read_text()) + more)
    told = [one.partition("imports ")[2].split("`")[1] for one in imports(run(tmp_path, ()))]
    assert told == ["TideStream", "tide_batch"]


def test_what_stood_in_the_region_of_a_core_that_has_another_name_now_is_not_by_hand(
    tmp_path: Path,
) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    run(tmp_path, ())
    path = tmp_path / "src/tide.rs"
    core, mark, made = path.read_text().partition("// bindcheck: begin")
    core = re.sub(r"\btide(_with_kernel|_into_slice)?\(", r"flood\1(", core)
    path.write_text(core + mark + made)
    result = run(tmp_path, ())
    plans = {one.piece: one.state.value for one in result.plans if one.indicator == "flood"}
    assert plans["single"] == "missing"
    (told,) = [one for one in result.notes if "region tide/single belongs to no indicator" in one]
    assert told.endswith("where that is gone or has another name, remove the region and run again")
    stub = (tmp_path / "python/made_up/_core.pyi").read_text()
    assert stub.count("def tide(") == 1
    assert stub.count("def flood(") == 1


@pytest.mark.parametrize("pieces", [(), ("single", "batch", "register", "stub", "test")])
def test_a_binding_that_is_gone_and_still_exported_is_told(
    tmp_path: Path, pieces: tuple[str, ...]
) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    run(tmp_path, ())
    path, lib = tmp_path / "src/tide.rs", tmp_path / "src/lib.rs"
    core, _, made = path.read_text().partition("// bindcheck: begin tide/single")
    region = r"// bindcheck: begin tide/stream.*?// bindcheck: end tide/stream\n"
    made = re.sub(region, "", f"// bindcheck: begin tide/single{made}", flags=re.DOTALL)
    core = core[: core.index("pub struct TideStream")].removesuffix("#[derive(Debug)]\n")
    path.write_text(f"{core.rstrip()}\n\n{made}")
    (line,) = (
        at for at, one in enumerate(lib.read_text().splitlines(), 1) if "TideStreamPy" in one
    )
    told = (
        f"{path.parent}/lib.rs:{line}: the module still exports `TideStreamPy`, "
        "which is no longer in src/tide.rs"
    )
    for _ in range(2):
        assert [one for one in run(tmp_path, ("tide",), pieces).notes if "exports" in one] == [told]
    assert any("exports" in one for one in run(tmp_path, ("wave",)).notes)
    lib.write_text(re.sub(r".*TideStreamPy.*\n", "", lib.read_text()))
    assert not any("exports" in one for one in run(tmp_path, ("tide",)).notes)
    assert "TideStreamPy" not in (tmp_path / ".bindcheck/generated.json").read_text()


def test_a_binding_alone_is_told_to_be_exported_by_nothing(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    notes = run(tmp_path, pieces=("single",)).notes
    assert "tide: no module exports tide_py: --piece register writes the lines" in notes


@pytest.mark.parametrize("name", ["tide.rs", "src/tide.rs", "./src/tide.rs"])
def test_an_indicator_by_its_file(name: str) -> None:
    program = program_from(
        {
            "src/lib.rs": "pub mod tide; pub mod wave;",
            "src/tide.rs": "pub fn flood(data: &[f64]) -> Vec<f64> { data.to_vec() }",
            "src/wave.rs": "pub fn wave(data: &[f64]) -> Vec<f64> { data.to_vec() }",
        }
    )
    assert [one.name for one in select(program, (name,))] == ["flood"]
    for wrong in ("WAVE", "src/wav.rs"):
        with pytest.raises(BindcheckError, match="nearest: wave"):
            select(program, (wrong,))


def test_line_ends_of_other_lines_stay_where_they_are_mixed() -> None:
    old = b"one\r\ntwo\nthree\r\n"
    assert with_line_ends(old, b"one\r\nnew\r\ntwo\r\nthree\r\n") == b"one\r\nnew\r\ntwo\nthree\r\n"
    assert with_line_ends(b"one\n", b"one\r\n") == b"one\r\n"


def test_a_region_in_a_file_of_mixed_line_ends(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    lines = path.read_bytes().splitlines()
    mixed = b"".join(one + (b"\n" if at == 3 else b"\r\n") for at, one in enumerate(lines))
    path.write_bytes(mixed)
    run(tmp_path)
    assert path.read_bytes().startswith(mixed.rstrip())


def test_a_template_that_replaces_none_is_told(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    folder = tmp_path / "own"
    (folder / "reference").mkdir(parents=True)
    (folder / "singel.rs.j2").write_text("hi")
    (folder / "part.j2").write_text("// A part.")
    (folder / "reference/stream.rs.j2").write_text(
        '{% include "part.j2" %}\npub struct {{ data.rust_name }};\n'
    )
    notes = [one for one in run(tmp_path, templates=folder).notes if "template" in one]
    assert notes == [
        f"{folder}/singel.rs.j2: takes the place of no template of ours; nearest: "
        "reference/single.rs.j2"
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("reference/single.rs.j2", "pub fn other() {}\n", "makes no `tide_py`"),
        ("macros.rs.j2", "{% macro gate(x) %}{% endmacro %}", "finds no such thing"),
    ],
)
def test_templates_that_do_not_fit_the_others(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "own" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(BindcheckError, match=told):
        run(tmp_path, templates=tmp_path / "own")


def test_a_default_that_names_its_type(tmp_path: Path) -> None:
    core = Core("tide", parameters=(Parameter("gain", "f64", "0.5_f64"),))
    write_reference(tmp_path, (core,))
    result = run(tmp_path)
    assert result.status == 0
    assert 'PARAMETERS = {"gain": 0.5}' in (tmp_path / "tests/test_tide_binding.py").read_text()


def test_a_test_without_values_is_left_out(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    source = "pub fn tide(data: &[f64], by: f64) -> Vec<f64> { data.to_vec() }\n"
    (tmp_path / "src/tide.rs").write_text(source)
    result = run(tmp_path)
    assert result.status == 0
    assert state(result, "test") == "left out"


def test_a_check_counts_what_is_up_to_date_and_what_is_not_ours(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    run(tmp_path, pieces=("single", "batch", "register"))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    start = text.index("// bindcheck: begin tide/batch ")
    end = text.index("// bindcheck: end tide/batch\n")
    batch = text[text.index("\n", start) + 1 : end]
    path.write_text(text[:start] + batch + text[end:].partition("\n")[2])
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.CHECK, pieces=("single", "batch", "register"))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert result.output == "1 indicator, 2 pieces up to date, 1 by hand\n"


def test_what_a_killed_run_left_is_gone_after_one_that_writes_nothing(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    run(tmp_path)
    left = tmp_path / "src/.lib.rs.bindcheck-4194305-x.tmp"
    deep = tmp_path / "tests/.test_tide_binding.py.bindcheck-4194305-x.tmp"
    for path in (left, deep):
        path.write_text("half")
    assert run(tmp_path).changes == ()
    assert not left.exists()
    assert not deep.exists()
