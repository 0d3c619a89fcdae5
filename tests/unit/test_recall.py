"""When an audit is found again, and when it has to be done anew."""

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from bindcheck import recall as module
from bindcheck.cache import Cache
from bindcheck.cli import main
from bindcheck.config import Options
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall, Recalled
from bindcheck.run import audit_plan

MANIFEST = """\
[package]
name = "demo"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
"""
SOURCE = """\
use pyo3::prelude::*;

mod helper;

#[pyfunction]
fn double(values: Vec<f64>) -> Vec<f64> {
    values.iter().map(|x| helper::twice(*x)).collect()
}

#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(double, m)?)?;
    Ok(())
}
"""
HELPER = "pub fn twice(x: f64) -> f64 {\n    x * 2.0\n}\n"
STUB = "def double(values: list[float]) -> list[float]: ...\n"


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "crate"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(MANIFEST)
    (root / "src" / "lib.rs").write_text(SOURCE)
    (root / "src" / "helper.rs").write_text(HELPER)
    (root / "demo.pyi").write_text(STUB)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def once_more(cache: Cache, options: Options | None = None) -> Recalled | None:
    """What is recalled; where nothing is, the audit is done and kept."""
    options = options or Options()
    plan = prepare_all(options)
    recall = Recall(cache, options, plan)
    found = recall.find()
    if found is None:
        recall.keep(audit_plan(plan, options))
    return found


@pytest.mark.usefixtures("crate")
def test_the_second_audit_is_the_first(cache: Cache) -> None:
    options = Options()
    plan = prepare_all(options)
    recall = Recall(cache, options, plan)
    assert recall.find() is None
    run = audit_plan(plan, options)
    recall.keep(run)
    found = Recall(cache, options, prepare_all(options)).find()
    assert found is not None
    assert found.report.findings == run.report.findings
    assert found.report.rows == run.report.rows
    assert found.report.coverage == run.report.coverage
    assert found.sources["src/lib.rs"] == SOURCE.encode()


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(text)


@pytest.mark.parametrize(
    "change",
    [
        write("src/lib.rs", SOURCE.replace("(*x)", "(*x) + helper::twice(0.0)")),
        write("src/helper.rs", HELPER.replace("x * 2.0", "twice(x)")),
        write("src/more.rs", ""),
        write("Cargo.toml", MANIFEST.replace("0.25", "0.26")),
        write("Cargo.toml", MANIFEST + "\n[profile.release]\npanic = 'abort'\n"),
        write("Cargo.lock", 'version = 3\n[[package]]\nname = "pyo3"\nversion = "0.25.1"\n'),
        write("bindcheck.toml", 'ignore = ["BC110"]\n'),
        write("demo.pyi", STUB + "\n\n"),
        write("test_demo.py", "import demo\n"),
        lambda root: (root / "src" / "helper.rs").unlink(),
        lambda root: (root / "demo.pyi").unlink(),
    ],
    ids=[
        "calls in a binding",
        "calls in a body that it leads to",
        "a new file",
        "a dependency",
        "a profile",
        "a lock file",
        "a configuration",
        "a stub",
        "a test",
        "a file has gone",
        "a stub has gone",
    ],
)
def test_what_has_changed_is_audited_anew(
    crate: Path, cache: Cache, change: Callable[[Path], object]
) -> None:
    once_more(cache)
    assert once_more(cache) is not None
    change(crate)
    assert once_more(cache) is None
    assert once_more(cache) is not None


@pytest.mark.parametrize(
    "options",
    [
        Options(select=("BC2",)),
        Options(target_pyo3="0.29"),
        Options(features=("fast",)),
        Options(paths=(Path("src/helper.rs"),)),
    ],
    ids=["selection", "target", "features", "paths"],
)
def test_other_options_are_another_audit(crate: Path, cache: Cache, options: Options) -> None:
    (crate / "Cargo.toml").write_text(MANIFEST + "\n[features]\nfast = []\n")
    once_more(cache)
    assert once_more(cache, options) is None
    assert once_more(cache, options) is not None
    assert once_more(cache) is not None


def test_a_module_that_appears_where_it_was_looked_for_is_a_change(
    crate: Path, cache: Cache
) -> None:
    (crate / "src" / "lib.rs").write_text('#[path = "../other/far.rs"]\nmod far;\n' + SOURCE)
    once_more(cache)
    assert once_more(cache) is not None
    (crate / "other").mkdir()
    (crate / "other" / "far.rs").write_text(HELPER)
    assert once_more(cache) is None
    assert once_more(cache) is not None
    (crate / "other" / "far.rs").write_text(HELPER + "\n")
    assert once_more(cache) is None


@pytest.mark.usefixtures("crate")
def test_another_version_of_the_tool_has_other_results(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    once_more(cache)
    monkeypatch.setattr(module, "_tool", lambda: [("rules/new.py", 1, 1)])
    assert once_more(cache) is None


@pytest.mark.usefixtures("crate")
def test_another_parser_has_other_results(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "parser"
    folder.mkdir()
    (folder / "binding.so").write_bytes(b"one")
    monkeypatch.setattr(module, "_parser_folders", lambda: iter([str(folder)]))
    once_more(cache)
    assert once_more(cache) is not None
    (folder / "binding.so").write_bytes(b"another")
    assert once_more(cache) is None


def test_the_parser_is_found() -> None:
    names = [Path(folder).name for folder in module._parser_folders()]
    assert names == ["tree_sitter", "tree_sitter_rust"]


@pytest.mark.usefixtures("crate")
def test_a_run_that_lost_a_process_is_not_kept(cache: Cache) -> None:
    options = Options()
    plan = prepare_all(options)
    recall = Recall(cache, options, plan)
    run = audit_plan(plan, options)
    run.crates[0].inputs.program.asked.partial = True
    recall.keep(run)
    assert Recall(cache, options, plan).find() is None
    run.crates[0].inputs.program.asked.partial = False
    recall.keep(run)
    assert Recall(cache, options, plan).find() is not None


def test_a_stub_that_changes_during_the_audit_is_not_kept(crate: Path, cache: Cache) -> None:
    options = Options()
    plan = prepare_all(options)
    recall = Recall(cache, options, plan)
    run = audit_plan(plan, options)
    (crate / "demo.pyi").write_text(STUB + "\n\n\n")
    recall.keep(run)
    assert Recall(cache, options, plan).find() is None
    os.utime(crate / "demo.pyi")


class Harmful:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("harm",))


@pytest.mark.usefixtures("crate")
@pytest.mark.parametrize(
    "value", [Harmful(), ((), (), Harmful()), b"", None, ((), (), "report", None)]
)
def test_an_entry_that_is_no_audit_is_not_read(
    cache: Cache, capsys: pytest.CaptureFixture[str], value: object
) -> None:
    options = Options()
    recall = Recall(cache, options, prepare_all(options))
    cache.put(recall._key, pickle.dumps(value))
    assert recall.find() is None
    assert capsys.readouterr().out == ""


def test_only_what_reports_are_made_of_is_made() -> None:
    body = pickle.dumps(Path("x"))
    with pytest.raises(pickle.UnpicklingError):
        module._Reader(io.BytesIO(body)).load()


@pytest.mark.usefixtures("crate")
def test_what_the_cache_says_can_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checked"
    monkeypatch.setenv("BINDCHECK_CACHE_DIR", str(folder))
    command = ["audit", "--exit-zero", "--output-format", "json"]
    assert main(command) == 0
    monkeypatch.setenv(module.CHECK_VARIABLE, "1")
    assert main(command) == 0
    (name,) = [one.stem for one in folder.glob("*.entry") if "-" not in one.name]
    body = Cache(folder).get(name)
    assert body is not None
    Cache(folder).put(name, body.replace(b"BC", b"BD"))
    assert main(command) != 0
    assert "differs in its findings" in capsys.readouterr().err
