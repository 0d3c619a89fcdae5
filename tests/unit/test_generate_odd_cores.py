"""Cores whose documentation, numbers or series are unusual: one piece at most, never the run."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate import checked
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, Output, Parameter, Series, write_reference


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request((), Mode.WRITE, everything=True)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def states(result: GenerateResult, name: str) -> dict[str, str]:
    return {one.piece: one.state.value for one in result.plans if one.indicator == name}


@pytest.mark.parametrize("doc", [r"Of C:\Users and \N \xi", 'Of """three""" quotes', r"Ends \\"])
def test_documentation_is_escaped_in_docstrings(tmp_path: Path, doc: str) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    path = tmp_path / "src/tide.rs"
    text = path.read_text().replace("/// The indicator tide.", f"/// {doc}")
    path.write_text(text.replace("    pub period: Op", f"    /// {doc}\n    pub period: Op", 1))
    result = run(tmp_path)
    assert states(result, "tide") == states(result, "wave")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stub = ast.parse((tmp_path / "python/made_up/_core.pyi").read_text())
    named = {one.name: one for one in stub.body if isinstance(one, ast.FunctionDef)}
    told = ast.get_docstring(named["tide"])
    assert told is not None
    assert told.startswith(f"{doc}.\n")
    assert f"period: {doc[:1].lower()}{doc[1:]}." in told


def test_what_cannot_be_written_is_lacking_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reference(tmp_path, (Core("tide"), Core("wave")))
    render = checked.render

    def broken(name: str, context: dict[str, object], templates: Path | None) -> str:
        text = render(name, context, templates)
        return text + "}" if name.endswith("stream.rs.j2") and "TideStream" in text else text

    monkeypatch.setattr(checked, "render", broken)
    result = run(tmp_path)
    assert states(result, "tide")["stream"] == "lacking"
    assert states(result, "tide")["single"] == states(result, "wave")["stream"] == "missing"
    line = next(one for one in result.output.splitlines() if "tide" in one and "not Rust" in one)
    assert "src/tide.rs:" in line
    assert "TideStreamPy" not in (tmp_path / "src/tide.rs").read_text()


def test_a_grid_over_integers_begins_at_the_first_value(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("stamps", series=(Series("stamps", "i64"),)),))
    path = tmp_path / "src/stamps.rs"
    text = path.read_text()
    begin = text.index("fn stamps_batch_inner_into(")
    close = text.index(")", begin)
    path.write_text(f"{text[:close]}, first: usize{text[close:]}")
    result = run(tmp_path)
    assert states(result, "stamps")["batch"] == "missing"
    written = " ".join(path.read_text().split())
    assert "let first = (0..cols) .next() .ok_or_else(" in written


def test_a_default_that_python_does_not_read_is_none(tmp_path: Path) -> None:
    core = Core("tide", parameters=(Parameter("period", "usize", "014"),))
    write_reference(tmp_path, (core, Core("wave")))
    result = run(tmp_path)
    assert states(result, "tide")["stub"] == "missing"
    assert states(result, "wave")["stub"] == "missing"
    ast.parse((tmp_path / "python/made_up/_core.pyi").read_text())


def test_a_stream_takes_no_value_that_the_input_alone_takes(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    text = path.read_text()
    for old, new in (
        ("    pub params: TideParams,\n}", "    pub params: TideParams,\n    pub shift: f64,\n}"),
        (
            "params: TideParams) -> Self {\n        Self {",
            "params: TideParams, shift: f64) -> Self {\n        Self { shift,",
        ),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text)
    plans = {one.piece: one for one in run(tmp_path).plans}
    assert "shift: f64" in plans["single"].text
    assert "fn new(period: usize) ->" in plans["stream"].text
    assert "shift" not in plans["stream"].text
    stub = ast.parse((tmp_path / "python/made_up/_core.pyi").read_text())
    (stream,) = (
        one for one in stub.body if isinstance(one, ast.ClassDef) and one.name == "TideStream"
    )
    assert "period" in ast.unparse(stream)
    assert "shift" not in ast.unparse(stream)


@pytest.mark.parametrize(("outputs", "kind"), [(1, "u64"), (2, "[u64; 2]")])
def test_memory_that_a_grid_cannot_have_is_asked_for_first(
    tmp_path: Path, outputs: int, kind: str
) -> None:
    names = ("values", "more")[:outputs]
    write_reference(tmp_path, (Core("tide", outputs=tuple(Output(name) for name in names)),))
    (batch,) = (one for one in run(tmp_path).plans if one.piece == "batch")
    parts = [
        f"let mut room = Vec::<{kind}>::new();",
        "try_reserve_exact(total)",
        "pyo3::exceptions::PyMemoryError::new_err(",
        "drop(std::hint::black_box(room));",
        "numpy::PyArray1::<f64>::zeros(",
    ]
    places = [batch.text.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("package", "after"),
    [
        (
            'from made_up._core import version\n\n__all__ = ["version"]\n',
            "from made_up._core import TideStream, tide, tide_batch, version\n\n"
            '__all__ = ["TideStream", "tide", "tide_batch", "version"]\n',
        ),
        ("from made_up._core import *\n", "from made_up._core import *\n"),
        ("LIMIT = 3\n", "LIMIT = 3\n"),
    ],
)
def test_a_package_without_a_stub_passes_new_names_on(
    tmp_path: Path, package: str, after: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    init = tmp_path / "python/made_up/__init__.py"
    init.write_text(package)
    (tmp_path / "python/made_up/_core.pyi").unlink()
    assert states(run(tmp_path), "tide")["single"] == "missing"
    assert init.read_text() == after
    assert sorted(path.name for path in init.parent.iterdir()) == ["__init__.py"]
    assert run(tmp_path).changes == ()
