"""What stubs say of NaN, exceptions and arguments is what the code shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.fact import replace
from bindcheck.generate.stub import stub_entry
from odd_bindings import LIB, binding, facts, facts_of, stub
from odd_reference import ARRAYS, COMMON, CORE, FROM, WORKING, named, with_form
from tides import CORE as TIDES
from tides import SINGLE
from tides_package import PUBLIC, written

RAISING = """
fn to_py(error: TideError) -> PyErr {
    pyo3::exceptions::PyOverflowError::new_err(error.to_string())
}

use self::to_py as raise;
"""


@pytest.mark.parametrize(("core", "warms_up"), [(WORKING, True), (CORE, False)])
def test_a_warm_up_is_told_where_the_core_writes_nan(core: str, *, warms_up: bool) -> None:
    files = {
        "src/lib.rs": LIB,
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(CORE, "alma") + with_form({}, ARRAYS),
        "src/wave.rs": named(core, "wave"),
    }
    text = stub(facts_of(files, "wave"))
    assert "float64 array of the shape of ``data``" in text
    assert ("NaN during the warm-up" in text) is warms_up


def entry(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the stub says of a single call that is replaced."""
    monkeypatch.chdir(written(folder, TIDES + text, PUBLIC))
    main(["generate", "--all", "--replace"])
    stub = (folder / "python/tides/tides.pyi").read_text()
    return stub[stub.index("def tide(") :]


def test_exceptions_that_functions_of_the_crate_make_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ".map_err(|e| PyValueError::new_err(e.to_string()))?;"
    assert SINGLE.count(old) == 1
    said = entry(tmp_path, RAISING + SINGLE.replace(old, ".map_err(raise)?;"), monkeypatch)
    assert "ValueError or OverflowError: an argument, or what is in it, is refused." in said


def test_an_argument_that_the_reader_of_kernels_is_given_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = entry(tmp_path, SINGLE, monkeypatch)
    assert '        kernel: instruction set; None or "auto" for the fastest.\n' in said
    assert "OverflowError" not in said


def test_a_stream_is_compared_with_a_single_call_that_there_is_and_that_gives_as_much() -> None:
    own = binding(facts({}))
    alike = "Parameters and errors are those of a single call."
    same = '"""Take the next value; the result is that of a single call at the same place."""'
    text = stub_entry(own, None, "str")
    assert alike in text
    assert same in text
    assert alike not in stub_entry(replace(own, single=""), None, "str")
    text = stub_entry(replace(own, stream_returns="tuple[float, float]"), None, "str")
    assert same not in text
    assert '"""Take the next value."""' in text
