"""Cores that contradict themselves: recorded from a report, expected by tests, told by the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.generate.disagreements import CLAIMS, NAME, Disagreements, Known
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, Output, write_reference

STREAM = "test_a_stream_gives_the_values_of_a_single_call"
VALUES = "AssertionError: \nNot equal to tolerance\nMismatched elements: 12 / 400 (3%)\n"
REFUSAL = "Failed: DID NOT RAISE <class 'ValueError'>"


def report(folder: Path, *cases: tuple[str, str], name: str = "one") -> Path:
    """A JUnit report of tests with their failures; an empty message is a test that passed."""
    tests = "".join(
        f'<testcase classname="tests.test_{name}_binding" name={quoteattr(test)}>'
        + (f"<failure message={quoteattr(message)}>..</failure>" if message else "")
        + "</testcase>"
        for test, message in cases
    )
    path = folder / "report.xml"
    path.write_text(f"<testsuites><testsuite>{tests}</testsuite></testsuites>")
    return path


@pytest.mark.parametrize(
    ("test", "message", "claim", "reason"),
    [
        (STREAM, VALUES, "stream", f"{CLAIMS['stream']} in 12 of 400 values"),
        ("test_batch_rows_are_single_calls", "assert 1 == 2", "batch", CLAIMS["batch"]),
        ("test_kernels_agree", VALUES, "kernels", f"{CLAIMS['kernels']} in 12 of 400 values"),
        (
            "test_leading_nan_shift_the_warm_up",
            "AssertionError: \nnan location mismatch:",
            "warm_up",
            f"{CLAIMS['warm_up']} in which values are NaN",
        ),
        ("test_an_empty_input_is_a_value_error", REFUSAL, "empty", CLAIMS["empty"]),
        ("test_an_impossible_period_is_a_value_error[0]", REFUSAL, "zero", CLAIMS["zero"]),
        ("test_an_impossible_n_is_a_value_error[401]", REFUSAL, "too_long", CLAIMS["too_long"]),
        ("test_an_empty_input_is_refused", REFUSAL, "empty", CLAIMS["empty"]),
        ("test_an_impossible_n_is_refused[401]", REFUSAL, "too_long", CLAIMS["too_long"]),
    ],
)
def test_a_contradiction_is_recorded(
    tmp_path: Path, test: str, message: str, claim: str, reason: str
) -> None:
    found = Disagreements.read(tmp_path).with_report(report(tmp_path, (test, message)))
    assert found.by_name == {"one": {claim: reason}}
    assert getattr(found.of("one"), claim) == reason
    assert found.of("two") == Known()


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (STREAM, "TypeError: update() takes 1 positional argument"),
        (STREAM, "pyo3_runtime.PanicException: index out of bounds"),
        ("test_an_impossible_period_is_a_value_error[0]", VALUES),
        ("test_an_unknown_kernel_is_a_value_error", REFUSAL),
        ("test_results_have_the_shape_of_the_input", VALUES),
        ("test_defaults_are_those_of_the_core", VALUES),
        (STREAM, ""),
    ],
)
def test_a_fault_of_the_binding_is_not_recorded(tmp_path: Path, test: str, message: str) -> None:
    found = Disagreements.read(tmp_path).with_report(report(tmp_path, (test, message)))
    assert found.by_name == {}
    assert found.change() is None


@pytest.mark.parametrize("message", ["", "[XPASS(strict)] the core's stream differs"])
def test_a_claim_that_holds_again_is_forgotten(tmp_path: Path, message: str) -> None:
    before = Disagreements.read(tmp_path).with_report(report(tmp_path, (STREAM, VALUES)))
    after = before.with_report(report(tmp_path, (STREAM, message)))
    assert after.by_name == {}


def test_a_report_of_other_tests_leaves_the_record_alone(tmp_path: Path) -> None:
    before = Disagreements.read(tmp_path).with_report(report(tmp_path, (STREAM, VALUES)))
    path = report(tmp_path, ("test_x", VALUES), name="two")
    assert before.with_report(path).by_name == before.by_name
    # As pytest reports a failure that was expected.
    xfail = path.read_text().replace("test_x", STREAM).replace("test_two", "test_one")
    path.write_text(xfail.replace("<failure", "<skipped").replace("</failure", "</skipped"))
    assert before.with_report(path).by_name == before.by_name


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is no JUnit report"), ("<a/>", "with tests"), (None, "cannot be read: No such file")],
)
def test_what_is_no_report_is_an_error_with_its_path(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "report.xml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BindcheckError, match=said) as caught:
        Disagreements.read(tmp_path).with_report(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        (
            "{\n<<<<<<< HEAD\n",
            r"json:2: has marks of a merge in conflict: .*--ours -- .*json`",
        ),
        ("[]", "is not version 1"),
        ('{"version": 1}', "has no `indicators`"),
        ('{"version": 1, "indicators": {"one": []}}', "one: must hold claims"),
        ('{"version": 1, "indicators": {"one": {"mood": "bad"}}}', "no claim with a reason"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_it(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / NAME).parent.mkdir()
    (tmp_path / NAME).write_text(text)
    with pytest.raises(BindcheckError, match=said):
        Disagreements.read(tmp_path)


# --- in a run -------------------------------------------------------------------------------

# A binding in Python whose stream is one step late, whose batch is wrong and which takes any count.
EXTENSION = """
import numpy as np

def one(data, period, kernel=None):
    if isinstance(data, (str, list)) or data is None or data.dtype != float or data.ndim != 1:
        raise TypeError
    if not len(data) or kernel not in (None, "auto", "scalar") or period > len(data):
        raise ValueError
    first = int(np.isfinite(data).argmax())
    made = data * 2.0
    made[: first + period - 1] = np.nan
    return made, -made

def one_batch(data, period_range, kernel=None):
    if isinstance(data, str):
        raise TypeError
    if kernel == "abacus":
        raise ValueError
    periods = np.arange(period_range[0], period_range[1] + 1, period_range[2])
    rows = [one(data, period) for period in periods]
    return {
        "up": np.stack([row[0] for row in rows]),
        "down": np.stack([row[1] for row in rows]) + 1.0,
        "periods": periods,
    }

class OneStream:
    def __init__(self, period):
        self.left = period

    def update(self, value):
        self.left -= 1
        return None if self.left >= 0 else (value * 2.0, -value * 2.0)
"""


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """A crate with an indicator, and beside it such a binding in the place of the extension."""
    write_reference(tmp_path, (Core("one", outputs=(Output("up"), Output("down"))),))
    run(tmp_path)
    package = tmp_path / "python/made_up"
    (package / "__init__.py").write_text(EXTENSION)
    return tmp_path


def run(crate: Path, report: Path | None = None, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, mode=mode, report=report)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def pytest_of(crate: Path, package: str) -> tuple[str, Path]:
    """The last line of pytest, and its report."""
    (crate / "python/made_up/__init__.py").write_text(package)
    path = crate / "report.xml"
    options = ("-q", "-p", "no:cacheprovider", f"--junitxml={path}", "-c", os.devnull)
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", "."]
    done = subprocess.run(
        [*command, "tests"],
        cwd=crate,
        env={"PYTHONPATH": "python", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip().splitlines()[-1], path


def test_a_recorded_contradiction_is_expected_strictly_and_told(crate: Path) -> None:
    summary, path = pytest_of(crate, EXTENSION)
    assert summary.startswith("3 failed"), summary
    result = run(crate, path)
    assert result.status == 0
    assert json.loads((crate / NAME).read_text())["indicators"]["one"].keys() == {
        *("batch", "stream", "zero")
    }
    assert [note for note in result.notes if "expects to fail" in note] == [
        f"one: its test expects to fail: {CLAIMS['batch']} in 392 of 400 values",
        f"one: its test expects to fail: {CLAIMS['stream']} in which values are NaN",
        f"one: its test expects to fail: {CLAIMS['zero']}",
    ]
    summary, path = pytest_of(crate, EXTENSION)
    assert summary.startswith("14 passed, 3 xfailed"), summary
    # It stays, without the report, and a check is content.
    assert run(crate).changes == ()
    assert run(crate, mode=Mode.CHECK).status == 0


def test_an_expected_failure_of_another_kind_is_a_failure(crate: Path) -> None:
    run(crate, pytest_of(crate, EXTENSION)[1])
    broken = EXTENSION.replace("(value * 2.0, -value * 2.0)", "value.nothing")
    summary, path = pytest_of(crate, broken)
    assert summary.startswith("1 failed"), summary
    assert "2 xfailed" in summary
    assert run(crate, path).changes == ()


def test_a_core_that_was_repaired_gets_its_tests_back(crate: Path) -> None:
    before = (crate / "tests/test_one_binding.py").read_text()
    run(crate, pytest_of(crate, EXTENSION)[1])
    repaired = (
        EXTENSION.replace(">= 0 else", "> 0 else")
        .replace(" + 1.0,", ",")
        .replace("period > len(data)", "not 0 < period <= len(data)")
    )
    summary, path = pytest_of(crate, repaired)
    assert summary.startswith("3 failed"), summary
    run(crate, path)
    assert (crate / "tests/test_one_binding.py").read_text() == before
    assert pytest_of(crate, repaired)[0].startswith("17 passed")
