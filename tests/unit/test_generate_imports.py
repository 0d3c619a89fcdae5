"""Bindings name things as the reference does; what that takes is imported, once, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.cli import main
from bindcheck.config import Options
from bindcheck.conformance import find_reference
from bindcheck.generate.imported import PIECE
from bindcheck.generate.learned.imports import Import, learned_imports
from bindcheck.generate.plan import State
from bindcheck.generate.run import GenerateResult, Mode, Request
from bindcheck.generate.shortening import declarations, shortened, words
from bindcheck.load import load
from bindcheck.testing import program_from
from odd_imports import IMPORTED, INLINE, LIB, asked, bound, crate_with, restyled, texts
from odd_reference import COMMON, CORE, FROM, named

WHOLE = re.compile(r"(?:numpy|pyo3)::(?!types\b|exceptions\b)\w+")


# --- the pass -------------------------------------------------------------------------------

SHORT = {
    ("numpy",): "np",
    ("numpy", "IntoPyArray"): "_",
    ("numpy", "PyArray1"): "PyArray1",
    ("pyo3", "types"): "types",
    ("pyo3", "types", "PyDict"): "Dict",
    ("pyo3", "prelude", "*"): "*",
    ("crate", "common", "raise"): "raise",
}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("fn f() -> numpy::PyArray1<f64> {}", "fn f() -> PyArray1<f64> {}"),
        ("let a = numpy::PyArray1::<f64>::zeros(py);", "let a = PyArray1::<f64>::zeros(py);"),
        ("a: numpy::PyReadonlyArray1<'py, f64>", "a: np::PyReadonlyArray1<'py, f64>"),
        ("pyo3::types::PyDict::new(py)", "Dict::new(py)"),
        ("pyo3::types::PyList::new(py)", "types::PyList::new(py)"),
        (".map_err(crate::common::raise)", ".map_err(raise)"),
        ("vec![pyo3::types::PyDict::new(py)]", "vec![Dict::new(py)]"),
    ],
)
def test_a_path_is_as_short_as_the_longest_import_makes_it(text: str, made: str) -> None:
    assert shortened(text, SHORT)[0] == made


@pytest.mark.parametrize(
    "text",
    [
        "::numpy::PyArray1::zeros()",
        "own::numpy::PyArray1::zeros()",
        'f("numpy::PyArray1") // numpy::PyArray1',
        "let numpy = 1;",
        "use numpy::PyArrayMethods;",
        "use numpy::{PyArray1, IntoPyArray};",
        "use pyo3::types::PyDict;",
        "numpy::IntoPyArray::into_pyarray(a, py)".replace("numpy", "other"),
    ],
)
def test_what_is_no_such_path_stays(text: str) -> None:
    assert shortened(text, SHORT) == (text, frozenset())


def test_a_use_goes_with_its_line_where_the_file_has_it() -> None:
    text = "fn f() {\n    use numpy::IntoPyArray;\n    use pyo3::prelude::*;\n\n    g();\n}\n"
    made, used = shortened(text, SHORT)
    assert made == "fn f() {\n\n    g();\n}\n"
    assert used == {("numpy", "IntoPyArray"), ("pyo3", "prelude", "*")}


def test_only_words_that_begin_a_path_of_the_code_count() -> None:
    source = b'fn f(a: own::PyDict) -> Bound { a.Py().data() /* np */ "PyList" } '
    assert words(source, {"PyDict", "Bound", "PyList", "np", "Py", ".data", ".f"}) == {
        "Bound",
        ".data",
    }


def test_what_is_of_one_module_is_declared_together() -> None:
    names = [("PyList", "PyList"), ("PyDict", "Dict")]
    made = declarations(
        [
            (("numpy",), "np"),
            (("pyo3", "prelude"), "*"),
            *((("pyo3", "types", last), name) for last, name in names),
            (("numpy", "IntoPyArray"), "_"),
        ]
    )
    assert list(made) == [
        "numpy as np",
        "numpy::IntoPyArray as _",
        "pyo3::prelude::*",
        "pyo3::types::{PyDict as Dict, PyList}",
    ]


# --- what is learned ------------------------------------------------------------------------


def learned(head: str, before: str = "", after: str = "", **files: str) -> set[tuple[str, str]]:
    """What is taken over from a reference with these imports."""
    text = bound().partition("\n#[pyfunction")[2]
    sources = {
        "src/lib.rs": "pub mod alma;\npub mod common;\n" + files.pop("lib", ""),
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": f"{named(CORE, 'alma')}{before}{head}\n#[pyfunction{text}{after}",
    }
    program = program_from(sources)
    reference, _ = find_reference(program, None)
    assert reference is not None
    return {("::".join(one.path), one.name) for one in learned_imports(program, reference)}


def test_names_aliases_modules_and_globs_are_learned() -> None:
    assert learned(
        "use numpy as np;\nuse pyo3::{types, prelude::*, exceptions::PyValueError as Bad};\n"
        "use np::IntoPyArray as _;\nuse super::common::raise;\nuse std::fmt;\n"
    ) >= {
        ("numpy", "np"),
        ("pyo3::types", "types"),
        ("pyo3::prelude", "*"),
        ("pyo3::exceptions::PyValueError", "Bad"),
        ("numpy::IntoPyArray", "_"),
        ("crate::common::raise", "raise"),
    }


def test_of_a_glob_that_may_bring_anything_only_what_templates_name_is_taken() -> None:
    found = learned("use numpy::*;\nuse pyo3::types::*;\n")
    assert ("pyo3::types::PyDict", "PyDict") in found
    assert {name for path, name in found if path.startswith("numpy")} == {
        *("IntoPyArray", "PyArray1", "PyArrayMethods", "PyReadonlyArray1")
    }


def test_an_import_under_another_predicate_is_not_learned() -> None:
    assert ("numpy::PyArray1", "PyArray1") not in learned(
        '#[cfg(feature = "cuda")]\nuse numpy::PyArray1;\nuse pyo3::prelude::*;\n'
    )


def test_what_an_inline_module_and_those_around_it_import_is_learned() -> None:
    found = learned(
        "use super::*;\nuse numpy as np;\n",
        before="use pyo3::types::PyDict;\npub mod python {\n",
        after="}\n",
    )
    assert {("numpy", "np"), ("pyo3::types::PyDict", "PyDict")} <= found


def test_what_the_parent_imports_is_seen_by_a_glob() -> None:
    found = learned("use super::*;\n", lib="use pyo3::types::PyDict;\nuse pyo3::prelude::*;\n")
    assert {("pyo3::types::PyDict", "PyDict"), ("pyo3::prelude", "*")} <= found


# --- files ----------------------------------------------------------------------------------


def generate_in(crate: Path, mode: Mode = Mode.WRITE, **more: object) -> GenerateResult:
    names = () if mode is Mode.CHECK else ("wave",)
    return asked(crate, Request(names=names, mode=mode, **more))  # type: ignore[arg-type]


def imports_of(crate: Path, name: str = "wave") -> str:
    """The lines in the region of imports."""
    text = (crate / f"src/{name}.rs").read_text()
    found = re.search(r"begin \w+/imports .*\n((?:.*\n)*?)// bindcheck: end", text)
    return found[1] if found else ""


@pytest.mark.parametrize("kind", IMPORTED)
def test_new_bindings_import_what_they_use_and_nothing_is_left_to_do(
    tmp_path: Path, kind: str
) -> None:
    crate = crate_with(tmp_path, kind)
    assert generate_in(crate).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert imports_of(crate) == IMPORTED[kind].made
    outside = text.replace(imports_of(crate), "")
    assert not WHOLE.findall(outside) or kind in ("whole", "modules", "single names")
    before = texts(crate)
    assert not generate_in(crate).changes
    assert texts(crate) == before
    assert generate_in(crate, Mode.CHECK).status == 0
    inputs, config = load(Options(paths=(crate / "src",)))
    found = [one.location.path for one in audit(inputs, config).findings]
    assert found, "the reference has findings"
    assert not [path for path in found if path.endswith("wave.rs")]


def test_a_reference_in_an_inline_module_is_followed_at_the_top_of_files(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names", alma=INLINE)
    assert generate_in(crate).status == 0
    assert imports_of(crate) == IMPORTED["names"].made


def test_imports_stand_under_the_gate_of_the_bindings(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "alias", gated=True)
    assert generate_in(crate).status == 0
    made = IMPORTED["alias"].made.splitlines()
    gate = '#[cfg(feature = "python")]'
    assert imports_of(crate).splitlines() == [part for one in made for part in (gate, one)]


@pytest.mark.parametrize(
    "head",
    [
        "use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};\n"
        "use pyo3::{prelude::*, types::PyDict};\n",
        "use super::*;\n",
        "use crate::python::*;\n",
        "use numpy::*;\nuse pyo3::{prelude::*, types::*};\n",
    ],
    ids=["group", "parent", "own prelude", "globs"],
)
def test_what_the_file_has_in_another_form_is_not_imported_again(tmp_path: Path, head: str) -> None:
    everything = "use numpy::*;\npub use pyo3::prelude::*;\nuse pyo3::types::PyDict;\n"
    own = f"pub mod python {{\n{everything}}}\n".replace("use", "pub use").replace("pub pub", "pub")
    more = everything if "super" in head else own
    crate = crate_with(tmp_path, "names", wave=head + named(CORE, "wave"), lib=LIB + more)
    assert generate_in(crate).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert PIECE not in text
    assert "-> PyResult<Bound<'py, PyDict>>" in text
    assert not generate_in(crate).changes


def test_the_files_own_alias_is_used(tmp_path: Path) -> None:
    head = "use numpy as nump;\nuse pyo3::types::PyDict as D;\n"
    crate = crate_with(tmp_path, "alias", wave=head + named(CORE, "wave"))
    assert generate_in(crate).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert "data: nump::PyReadonlyArray1<'py, f64>" in text
    assert "-> PyResult<Bound<'py, D>>" in text
    assert "PyDict" not in imports_of(crate)


@pytest.mark.parametrize(
    "own",
    [
        "pub struct PyDict;\n",
        "use std::collections::HashMap as PyDict;\n",
        "macro_rules! pydict { () => { PyDict } }\n",
        "pub fn shown<PyDict>(one: PyDict) -> PyDict { one }\n",
        "pub mod inner { use super::*; pub fn f() -> Option<PyDict> { None } }\n",
        '#[cfg(feature = "cuda")]\nuse pyo3::types::PyDict;\n',
    ],
    ids=["item", "alias", "macro", "generic", "module", "gate"],
)
def test_a_name_that_the_file_gives_to_something_else_keeps_its_whole_path(
    tmp_path: Path, own: str
) -> None:
    crate = crate_with(tmp_path, "names", wave=own + named(CORE, "wave"))
    assert generate_in(crate).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert "-> PyResult<Bound<'py, pyo3::types::PyDict>>" in text
    assert "PyDict" not in imports_of(crate)
    assert not generate_in(crate).changes


def test_of_a_prelude_that_would_be_mixed_up_names_are_imported_alone(tmp_path: Path) -> None:
    own = "use crate::common::*;\npub fn sized(one: &Bound) -> usize { 0 }\n"
    crate = crate_with(tmp_path, "names", wave=own + named(CORE, "wave"))
    assert generate_in(crate).status == 0
    assert "use pyo3::{" in imports_of(crate)
    assert "prelude" not in imports_of(crate)
    assert "PyResult<pyo3::Bound<'py, PyDict>>" in (crate / "src/wave.rs").read_text()
    assert not generate_in(crate).changes


@pytest.mark.parametrize(
    ("glob", "common"),
    [
        ("use crate::common::*;\n", "pub type PyResult<T> = Result<T, TaError>;\n"),
        ("use crate::common::*;\n", "pub use std::ops::Bound;\n"),
        ("use other::prelude::*;\n", ""),
    ],
)
def test_a_glob_that_may_give_the_same_names_keeps_the_prelude_out(
    tmp_path: Path, glob: str, common: str
) -> None:
    crate = crate_with(tmp_path, "names", wave=glob + named(CORE, "wave"))
    path = crate / "src/common.rs"
    path.write_text(path.read_text() + common)
    assert generate_in(crate).status == 0
    assert "prelude" not in imports_of(crate)
    assert re.search(r"use pyo3::\{.*\bBound\b.*PyResult", imports_of(crate))
    assert not generate_in(crate).changes


def test_cores_that_share_a_file_keep_whole_paths(tmp_path: Path) -> None:
    second = named(CORE, "wind").replace("\nuse crate::common::TaError;\n", "\n")
    crate = crate_with(tmp_path, "names", wave=named(CORE, "wave") + second)
    assert asked(crate, Request(everything=True)).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert PIECE not in text
    assert text.count("pyo3::types::PyDict::new") == 2
    assert not asked(crate, Request(everything=True)).changes


def test_cores_that_share_a_file_use_the_alias_that_it_has(tmp_path: Path) -> None:
    second = named(CORE, "wind").replace("\nuse crate::common::TaError;\n", "\n")
    text = "use numpy as np;\n" + named(CORE, "wave") + second
    crate = crate_with(tmp_path, "alias", wave=text)
    assert asked(crate, Request(everything=True)).status == 0
    text = (crate / "src/wave.rs").read_text()
    assert PIECE not in text
    assert text.count("data: np::PyReadonlyArray1<'py, f64>") == 4


# --- later runs -----------------------------------------------------------------------------


def edit(crate: Path, old: str, new: str, name: str = "wave") -> None:
    path = crate / f"src/{name}.rs"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_core_that_joins_the_file_takes_the_imports_away(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    edit(crate, "use crate::common::TaError;", "use crate::common::TaError;\nmod more {}")
    path = crate / "src/wave.rs"
    second = named(CORE, "wind").replace("\nuse crate::common::TaError;\n", "\n")
    path.write_text(second + path.read_text())
    assert asked(crate, Request(everything=True)).status == 0
    assert PIECE not in path.read_text()
    assert "wave/imports" not in (crate / ".bindcheck/generated.json").read_text()
    before = texts(crate)
    assert not asked(crate, Request(everything=True)).changes
    assert texts(crate) == before


def test_imports_that_were_edited_are_left_alone_where_all_of_ours_would_go(
    tmp_path: Path,
) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    added = "use pyo3::types::PyList;\n"
    edit(crate, "use pyo3::types::PyDict;\n", f"use pyo3::types::PyDict;\n{added}")
    path = crate / "src/wave.rs"
    second = named(CORE, "wind").replace("\nuse crate::common::TaError;\n", "\n")
    path.write_text(second + path.read_text())
    before = imports_of(crate)
    result = generate_in(crate)
    assert result.status == 1
    states = {one.piece: one.state for one in result.plans}
    assert states[PIECE] is State.CONFLICT
    assert states["single"] is State.KEPT
    assert imports_of(crate) == before
    assert generate_in(crate, keep_edits=True).status == 0
    assert imports_of(crate) == before
    assert not generate_in(crate).changes


def test_an_import_that_is_there_by_hand_by_now_is_ours_no_more(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    edit(crate, "use crate::common::TaError;", "use crate::common::TaError;\nuse pyo3::prelude::*;")
    assert generate_in(crate, Mode.CHECK).status == 1
    assert generate_in(crate).status == 0
    assert "prelude" not in imports_of(crate)
    assert (crate / "src/wave.rs").read_text().count("pyo3::prelude::*") == 1
    assert not generate_in(crate).changes


def test_an_import_that_nothing_needs_any_more_goes(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    # Without its grid the core has no batch, which alone has a dict.
    text = (crate / "src/wave.rs").read_text()
    text = re.sub(r"(?s)// bindcheck: begin wave/batch.*?end wave/batch\n", "", text)
    text = re.sub(r"(?s)pub struct WaveBatchRange.*?(?=pub struct WaveStream)", "", text)
    (crate / "src/wave.rs").write_text(text)
    generate_in(crate)
    assert "PyDict" not in imports_of(crate)
    assert "PyArray1" in imports_of(crate)


def test_what_code_by_hand_uses_of_our_imports_stays(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    by_hand = "pub fn shown(one: &Bound<'_, PyDict>) -> usize { one.len() }\n"
    text = (crate / "src/wave.rs").read_text()
    text = re.sub(r"(?s)// bindcheck: begin wave/batch.*?end wave/batch\n", "", text)
    text = re.sub(r"(?s)pub struct WaveBatchRange.*?(?=pub struct WaveStream)", "", text)
    (crate / "src/wave.rs").write_text(by_hand + text)
    generate_in(crate)
    assert "use pyo3::types::PyDict;" in imports_of(crate)
    assert not generate_in(crate).changes


def test_imports_of_a_core_with_another_name_now_are_not_made_again(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    path = crate / "src/wave.rs"
    core, mark, made = path.read_text().partition("// bindcheck: begin")
    core = re.sub(r"\bwave(_with_kernel|_into_slice)?\(", r"swell\1(", core)
    path.write_text(core + mark + made)
    generate_in(crate)
    text = path.read_text()
    assert "begin swell/single" in text
    assert text.count("IntoPyArray") == 1
    # With the old regions gone they are ours again.
    path.write_text(
        re.sub(r"(?s)// bindcheck: begin wave/.*?// bindcheck: end wave/\w+\n", "", text)
    )
    generate_in(crate)
    assert "begin swell/imports" in path.read_text()
    assert path.read_text().count("IntoPyArray") == 1


def test_a_line_that_was_added_by_hand_stays_with_ours(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    added = "use pyo3::types::PyList;\n"
    edit(crate, "use pyo3::types::PyDict;\n", "use pyo3::types::PyDict;\n\n// Ours.\n" + added)
    assert not generate_in(crate).changes
    # The reference has another name for an array from now on: the line that was added stays.
    alma = re.sub(r"(?<!:)\bPyArray1\b", "Array", restyled("names"))
    alma = alma.replace("IntoPyArray, Array,", "IntoPyArray, PyArray1 as Array,")
    (crate / "src/alma.rs").write_text(named(CORE, "alma") + alma)
    assert generate_in(crate).status == 0
    assert added in imports_of(crate)
    assert "PyArray1 as Array" in imports_of(crate)
    assert "Bound<'py, Array<f64>>" in (crate / "src/wave.rs").read_text()
    assert not generate_in(crate).changes


@pytest.mark.parametrize("lost", ["one", "all"])
def test_a_text_that_a_killed_run_left_behind_takes_no_import_away(
    tmp_path: Path, lost: str
) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate)
    wave, store = crate / "src/wave.rs", crate / ".bindcheck/generated.json"
    before = wave.read_text()
    if lost == "all":
        store.unlink()
    else:
        line = '    "use pyo3::prelude::*;",\n'
        assert line in store.read_text()
        store.write_text(store.read_text().replace(line, ""))
    assert generate_in(crate).status == 0
    assert wave.read_text() == before
    assert not generate_in(crate).changes


def test_one_piece_alone_imports_what_it_uses(tmp_path: Path) -> None:
    crate = crate_with(tmp_path, "names")
    generate_in(crate, pieces=("stream",))
    assert imports_of(crate) == "use pyo3::prelude::*;\n"
    generate_in(crate, pieces=("single",))
    assert "PyDict" not in imports_of(crate)
    generate_in(crate)
    assert imports_of(crate) == IMPORTED["names"].made


def test_an_import_is_under_what_the_pieces_that_use_it_are_under(tmp_path: Path) -> None:
    core = named(CORE, "wave")
    batch, stream = 'not(feature = "slim")', 'not(feature = "still")'
    for item in ("pub struct WaveBatchRange", "pub fn wave_batch_inner_into", "fn expand_grid"):
        core = core.replace(item, f"#[cfg({batch})]\n{item}")
    core = core.replace("pub struct WaveStream", f"#[cfg({stream})]\npub struct WaveStream")
    crate = crate_with(tmp_path, "names", wave=core)
    generate_in(crate, pieces=("batch", "stream"))
    assert f"#[cfg(any({batch}, {stream}))]\nuse pyo3::prelude::*;" in imports_of(crate)
    assert f"#[cfg({batch})]\nuse pyo3::types::PyDict;" in imports_of(crate)
    generate_in(crate)
    assert "\n\nuse pyo3::prelude::*;" in f"\n\n{imports_of(crate)}".replace(";\n", ";\n\n")
    assert f"#[cfg({batch})]\nuse pyo3::types::PyDict;" in imports_of(crate)
    assert not generate_in(crate).changes


def test_bindings_that_keep_an_interface_stay_as_they_are(tmp_path: Path) -> None:
    """`--replace`: what was written by hand keeps its head, with the names that it has there."""
    own = bound().replace("alma", "wave").replace("Alma", "Wave")
    crate = crate_with(tmp_path, "alias", wave=named(CORE, "wave") + own)
    generate_in(crate)
    assert PIECE not in (crate / "src/wave.rs").read_text()


def test_import_keys_tell_globs_from_names() -> None:
    assert Import(("pyo3", "prelude"), "*").key == ("pyo3", "prelude", "*")
    assert Import(("pyo3", "prelude"), "prelude").key == ("pyo3", "prelude")


@pytest.mark.parametrize("crate", ["numpy", "pyo3"])
@pytest.mark.parametrize(
    "taken",
    ["pub mod {crate} {{}}\n", "use crate::common as {crate};\n"],
    ids=["module", "import"],
)
def test_nothing_is_imported_from_a_crate_whose_name_the_file_gives_away(
    tmp_path: Path, crate: str, taken: str
) -> None:
    wave = named(CORE, "wave") + taken.format(crate=crate)
    root = crate_with(tmp_path / "crate", "names", wave=wave)
    asked(root, Request(everything=True))
    text = (root / "src/wave.rs").read_text()
    assert f"::{crate}::" in text
    assert not re.search(rf"(?<!::)\b{crate}::", text)
    before = texts(root)
    asked(root, Request(everything=True))
    assert texts(root) == before
    assert asked(root, Request(mode=Mode.CHECK, everything=True)).status == 0


def test_a_crate_that_the_file_imports_itself_keeps_its_name(tmp_path: Path) -> None:
    wave = "use numpy::{self};\n" + named(CORE, "wave")
    root = crate_with(tmp_path / "crate", "names", wave=wave)
    asked(root, Request(everything=True))
    text = (root / "src/wave.rs").read_text()
    assert "::numpy::" not in text
    assert "use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};" in text


def test_imports_are_printed_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = crate_with(tmp_path / "crate", "names")
    before = texts(root)
    monkeypatch.chdir(root)
    main(["generate", "wave", "--stdout", "imports"])
    assert capsys.readouterr().out.strip() == IMPORTED["names"].made.strip()
    assert texts(root) == before
