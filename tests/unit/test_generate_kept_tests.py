"""Tests of bindings whose interface is kept: they call what is there, and what it lets pass."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, SINGLE, STREAM
from tides_package import PUBLIC, written

BOTH = STREAM.replace("high: f64) -> f64 {", "high: f64) -> Option<(f64, f64)> {").replace(
    ".unwrap_or(f64::NAN)", ""
)
GUARD = "    let kern = crate::read_kernel(kernel)?;\n    let chosen"


def run(crate: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def told(folder: Path, single: str, batch: str = BATCH, stream: str = "") -> tuple[str, str]:
    """What is told of the test, and its text, empty without one."""
    core = CORE.replace("pub name: Option<String>,", "")
    core = core.replace(', name: Some("spring".to_string())', "").replace(", name: None", "")
    core = core.replace("low: f64) -> Option<f64> {", "low: f64) -> Option<(f64, f64)> {")
    core = core.replace("map(|_| high - low)", "map(|_| (high, low))")
    crate = written(folder, core + single + batch + (stream or BOTH), PUBLIC)
    (plan,) = [one for one in run(crate).plans if one.piece == "test"]
    path = crate / "tests/test_tide_binding.py"
    return plan.detail, path.read_text() if path.is_file() else ""


PLAIN = (
    SINGLE.replace(', kind="neap"', "")
    .replace("    kind: &str,\n", "")
    .replace(", name: Some(kind.to_string())", "")
    .replace("span=None", "span=5")
    .replace("span: Option<usize>", "span: usize")
    .replace("span.unwrap_or(7)", "span")
)


class Module(ModuleType):
    """A module whose functions note how they are called."""

    def __init__(self) -> None:
        super().__init__("tides")
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.Tides = self.called
        self.tide = self.called
        self.tide_grid = self.called

    def called(self, *args: object, **more: object) -> list[np.ndarray]:
        self.calls.append((args, more))
        return [np.zeros(1), np.zeros(1)]


def executed(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], Module]:
    module = Module()
    monkeypatch.setitem(__import__("sys").modules, "tides", module)
    monkeypatch.setitem(__import__("sys").modules, "tides.tides", module)
    names: dict[str, Any] = {}
    exec(compile(text, "test", "exec"), names)
    return names, module


def test_arguments_by_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    single = PLAIN.replace("(low, high, *, span=5, ", "(low, high, /, span=5, *, ")
    batch = BATCH.replace("(high, low, spans, kernel=None)", "(high, low, spans, kernel=None, /)")
    stream = BOTH.replace("signature = (span=7)", "signature = (span=7, /)")
    detail, text = told(tmp_path, single, batch, stream)
    assert "not known" not in detail
    names, module = executed(text, monkeypatch)
    arrays = names["series"]()
    names["call"](arrays, kernel="scalar")
    names["grid"](arrays)
    (args, more), (grid_args, grid_more) = module.calls
    assert [list(one) for one in args] == [list(arrays["low"]), list(arrays["high"])]
    assert more == {"span": 5, "kernel": "scalar"}
    assert (len(grid_args), grid_args[2], grid_more) == (3, (5, 7, 1), {})
    assert '*[given.pop(name) for name in ("span",) if name in given]' in text


def test_arguments_by_name_are_given_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = told(tmp_path, PLAIN)
    names, module = executed(text, monkeypatch)
    names["call"](names["series"]())
    ((args, more),) = module.calls
    assert args == ()
    assert sorted(more) == ["high", "low", "span"]


def test_a_step_that_takes_names_alone_is_not_told(tmp_path: Path) -> None:
    update = "    /// The next tide.\n"
    stream = BOTH.replace(update, update + "    #[pyo3(signature = (*, low, high))]\n")
    detail, text = told(tmp_path, PLAIN, stream=stream)
    assert "no test of the stream: not known: which series" in detail
    assert "test_batch_rows" in text


REFUSED = {
    "a default": "span > 4",
    "on one side": "kernel.is_some() || span >= 5",
    "a length": "h.len() < 1000",
    "both": "h.len() > 10 && span == 5",
    "a range": "!(6..=90).contains(&span)",
    "computed": "(span as f64) * 2.0 > 9.5",
    "not": "!(span < 5)",
}
PASSED = {
    "a default": "span > 5",
    "what is not known": "kind_of(span) > 4",
    "one side not known": "kind_of(span) > 4 || span > 5",
    "a length": "h.len() > 1000",
    "a range": "!(1..=5).contains(&span)",
    "a wider range": "!(1..).contains(&span)",
    "a kernel": "kernel.is_some()",
}


def checked(condition: str) -> str:
    check = f'    if {condition} {{\n        return Err(PyValueError::new_err("no"));\n    }}\n'
    return PLAIN.replace(GUARD, check + GUARD)


@pytest.mark.parametrize("name", REFUSED)
def test_a_check_that_refuses_the_defaults_is_told(tmp_path: Path, name: str) -> None:
    detail, text = told(tmp_path, checked(REFUSED[name]))
    assert "not known: values that the check `if " in detail
    assert not text


@pytest.mark.parametrize("name", PASSED)
def test_a_check_that_lets_the_defaults_pass(tmp_path: Path, name: str) -> None:
    detail, text = told(tmp_path, checked(PASSED[name]))
    assert "not known" not in detail
    assert "test_batch_rows_are_single_calls" in text


def test_a_check_of_a_grid_and_of_a_stream(tmp_path: Path) -> None:
    check = '    if spans.0 < 6 {\n        return Err(PyValueError::new_err("no"));\n    }\n'
    batch = BATCH.replace("    let sweep", check + "    let sweep")
    stream = BOTH.replace("if span > 1000", "if span < 1000")
    detail, text = told(tmp_path, PLAIN, batch, stream)
    assert "no test of the batch: not known: values that the check `if spans.0 < 6` lets" in detail
    assert "no test of the stream: not known: values that the check `if span < 1000` lets" in detail
    assert "def call(" in text


NAN = float("nan")


@pytest.mark.parametrize(
    ("steps", "holds"),
    [
        # One output has its values before the other one; a tuple comes once both are there.
        ([None, None, (3.0, 1.0)], True),
        ([None, (2.0, NAN), (3.0, 1.0)], True),
        ([(1.0, NAN), (2.0, NAN), (3.0, 1.0)], True),
        ([None, None, None], False),  # both are there at the end
        ([None, (2.0, NAN), (3.0, 2.0)], False),  # another value
    ],
)
def test_no_tuple_says_that_an_output_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[object], *, holds: bool
) -> None:
    _, text = told(tmp_path, PLAIN)
    names, module = executed(text, monkeypatch)
    # The single call gives them in the other order.
    results = [np.array([NAN, NAN, 1.0]), np.array([1.0, 2.0, 3.0])]
    names["LENGTH"] = 6  # half of them at most may be missing

    class Stream:
        def __init__(self, **_: object) -> None:
            self.left = [*steps, *[(3.0, 1.0)] * 3]

        def update(self, *_: object) -> object:
            return self.left.pop(0)

    def result(*_: object, **__: object) -> list[np.ndarray]:
        return [np.append(one, [one[-1]] * 3) for one in results]

    monkeypatch.setattr(module, "called", result)
    for name in ("tide", "TideStream", "Tides"):
        if name in names:
            names[name] = Stream if name != "tide" else result
    names["series"] = lambda: {"high": np.arange(6.0), "low": np.arange(6.0)}
    check = names["test_a_stream_gives_the_values_of_a_single_call"]
    if holds:
        check()
    else:
        with pytest.raises(AssertionError):
            check()
