"""What is generated is compiled, imported and run, together with the tests that are generated."""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bindcheck.cli import main
from compiled import Compiler
from synthetic_cores import SAMPLE, STRICT_SAMPLE, Core, Parameter, write_reference, write_strict

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.cargo


def run(*command: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def build(crate: Path, compiler: Compiler, library: str, module: Path) -> None:
    """Compile the extension, put it into the package and let it be imported."""
    with contextlib.chdir(crate):
        assert main(["generate", "--all"]) == 0
        assert main(["generate", "--check"]) == 0
    compiler.build(crate, library, module, "--features", "python")


FORMULA = """
import math
import numpy as np
import pytest
import {package} as built

CASES = {cases!r}
N = 60


def bias(numbers):
    return sum(value * (at + 2) / 8 for at, value in enumerate(numbers))


@pytest.mark.parametrize("name, elements, parameters, numbers, warm, outputs", CASES)
def test_values_are_those_of_the_formula(name, elements, parameters, numbers, warm, outputs):
    generator = np.random.default_rng(3)
    arrays = [
        np.arange(N) * 60_000 if element == "i64" else 50.0 + at + generator.random(N)
        for at, element in enumerate(elements)
    ]
    scale = [1e-6 if element == "i64" else 1.0 for element in elements]
    x = sum((at + 1) * array * unit for at, (array, unit) in enumerate(zip(arrays, scale)))
    state, expected = math.nan, []
    for at in range(N):
        state = x[at] if at == 0 else (state + x[at]) / 2
        expected.append(state + bias(numbers) if at + 1 >= warm else math.nan)
    result = getattr(built, name)(*arrays, *parameters)
    results = result if outputs > 1 else [result]
    assert len(results) == outputs
    for at, one in enumerate(results):
        if one.dtype == np.float64:
            np.testing.assert_allclose(one, np.array(expected) * (at + 1), rtol=1e-12)
"""


def add_formula(crate: Path, cores: Sequence[Core], package: str) -> None:
    """A test that knows the formula and nothing of the cores: all routes could share a fault."""
    cases = [
        (
            core.name,
            [one.element for one in core.series],
            [_python(one) for one in core.parameters],
            [_number(one) for one in core.parameters],
            int(core.window.default) if core.window else 1,
            len(core.outputs),
        )
        for core in cores
    ]
    text = FORMULA.format(package=package, cases=cases)
    (crate / "tests/test_formula.py").write_text(text)


def _python(one: Parameter) -> object:
    value = {"true": "True", "false": "False"}.get(one.default, one.default)
    return ast.literal_eval(value)


def _number(one: Parameter) -> float:
    """What the formula makes of a parameter: of a text its length, of a variant its place."""
    value = _python(one)
    if one.choice is not None:
        return float([text for _, text in one.choice.variants].index(str(value)))
    return float(len(value)) if isinstance(value, str) else float(str(value) == "True" or value)


def check_stubs(crate: Path, package: str, *options: str) -> None:
    """The stub and the extension tell of the same names, arguments and defaults."""
    command = (sys.executable, "-m", "mypy.stubtest", package, *options)
    path = str(crate / "python")
    run(*command, folder=crate, PYTHONPATH=path, MYPYPATH=path)


def run_tests(crate: Path, count: int) -> None:
    """The generated tests pass as they are; at least so many are collected."""
    said = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"),
        folder=crate,
        PYTHONPATH=str(crate / "python"),
    )
    summary = said.strip().splitlines()[-1]
    passed, _, rest = summary.partition(" passed")
    assert int(passed) >= count, summary
    assert not any(word in rest for word in ("fail", "skip", "error", "warning")), summary


@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_generated_tests_pass_in_the_style_of_a_reference(
    tmp_path: Path, compiler: Compiler
) -> None:
    write_reference(tmp_path, SAMPLE)
    add_formula(tmp_path, SAMPLE, "made_up")
    build(tmp_path, compiler, "libmade_up.so", tmp_path / "python/made_up/_core.so")
    run_tests(tmp_path, 13 * len(SAMPLE))
    check_stubs(tmp_path, "made_up")


@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_generated_tests_pass_in_strict_style(tmp_path: Path, compiler: Compiler) -> None:
    write_strict(tmp_path, STRICT_SAMPLE, REPOSITORY)
    crate = tmp_path / "indicators"
    add_formula(crate, STRICT_SAMPLE, "bindcheck_indicators")
    package = crate / "python/bindcheck_indicators"
    build(crate, compiler, "libbindcheck_indicators.so", package / "_core.so")
    run_tests(crate, 14 * len(STRICT_SAMPLE))
    check_stubs(crate, "bindcheck_indicators")
