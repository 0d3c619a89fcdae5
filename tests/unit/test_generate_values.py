"""Values of cores beside generated tests: inputs, summaries, the file, and what is told of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.generate.inputs import drawn
from bindcheck.generate.recording import Asked, Given
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.values import NAME, Values, kept_places, summary
from bindcheck.load import load
from synthetic_cores import Core, Series, write_reference

BARS = Core("bars", series=(Series("high"), Series("low"), Series("volume"), Series("index")))
STAMPED = Core("stamped", series=(Series("timestamps", "i64"), Series("price")))


def runner(asked: Sequence[Asked]) -> Mapping[str, Given]:
    """Stands in for cores: the first series, and NaN in front of it."""
    found = {}
    for one in asked:
        numbers = [math.nan, *map(float, one.series[0][1][1:])]
        outputs = [numbers for _ in one.core.outputs]
        found[one.name] = Given("scalar", tuple(outputs for _ in one.points))
    return found


def refusing(asked: Sequence[Asked]) -> Mapping[str, Given]:
    return {one.name: Given(refused="a core that can be run") for one in asked}


def run(folder: Path, **options: object) -> GenerateResult:
    inputs, config = load(Options(manifest_path=folder / "Cargo.toml"), whole_crate=True)
    assert inputs.crate is not None
    request = Request(everything=True, **options)  # type: ignore[arg-type]
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_reference(tmp_path, (BARS, STAMPED))
    return tmp_path


@pytest.mark.parametrize("core", [BARS, STAMPED], ids=lambda core: core.name)
def test_recorded_inputs_are_those_that_the_test_makes(folder: Path, core: Core) -> None:
    run(folder)
    text = (folder / f"tests/test_{core.name}_binding.py").read_text()
    source = text[text.index("LENGTH = ") : text.index("def outputs")]
    names: dict[str, object] = {"np": np}
    exec(source, names)
    made = names["series"]()  # type: ignore[operator]
    inputs, _ = load(Options(manifest_path=folder / "Cargo.toml"), whole_crate=True)
    api = next(one for one in inputs.program.cores if one.name == core.name)
    for one in drawn(inputs.program, api):
        assert made[one.name].dtype.name == one.element
        assert made[one.name].tolist() == one.numbers(400)
    columns = {tuple(array.tolist()) for array in made.values()}
    assert len(columns) == len(core.series)


def test_a_test_compares_with_what_is_recorded(folder: Path) -> None:
    plain = run(folder)
    tests = [one for one in plain.plans if one.piece == "test"]
    assert all("no values of the core are recorded (--values)" in one.detail for one in tests)
    assert not any(one.piece == "values" for one in plain.plans)
    path = folder / "tests/test_bars_binding.py"
    assert "test_values_are_those_of_the_core" not in path.read_text()

    result = run(folder, runner=runner)
    assert result.status == 0
    assert [one.state for one in result.plans if one.piece == "values"] == ["missing"] * 2
    assert "test_values_are_those_of_the_core" in path.read_text()
    records = json.loads((folder / "tests" / NAME).read_text())["indicators"]
    assert list(records) == ["bars", "stamped"]
    assert records["bars"]["release"] == "0.1.0"
    default, changed = (one["parameters"] for one in records["bars"]["points"])
    assert default.keys() == changed.keys()
    assert all(default[name] != changed[name] for name in default)
    again = run(folder, mode=Mode.CHECK)
    assert (again.status, again.changes) == (0, ())


@pytest.mark.parametrize(("fallback", "value"), [("unwrap_or(9)", 10), ("unwrap_or_default()", 15)])
def test_a_parameter_that_is_open_by_default_is_recorded_with_a_number(
    folder: Path, fallback: str, value: int
) -> None:
    path = folder / "src/bars.rs"
    text = path.read_text().replace("period: Some(9)", "period: None")
    path.write_text(text.replace("unwrap_or(9)", fallback))
    run(folder, runner=runner)
    records = json.loads((folder / "tests" / NAME).read_text())["indicators"]
    default, changed = (one["parameters"] for one in records["bars"]["points"])
    assert (default["period"], changed["period"]) == (None, value)


def test_a_core_that_cannot_be_run_is_told(folder: Path) -> None:
    result = run(folder, runner=refusing)
    assert result.status == 1
    assert result.output.count("not known: a core that can be run") == 2
    assert not (folder / "tests" / NAME).exists()


LOCK = """
[[package]]
name = "made_up"
version = "0.1.0"
dependencies = ["faer", "libm", "numpy", "pyo3"]

[[package]]
name = "faer"
version = "0.21.0"

[[package]]
name = "libm"
version = "0.2.8"

[[package]]
name = "numpy"
version = "0.30.0"

[[package]]
name = "pyo3"
version = "0.30.0"
"""


@pytest.mark.parametrize("way", ["imported", "named", "not at all"])
def test_values_of_other_dependencies_are_told(folder: Path, way: str) -> None:
    manifest, lock, source = (folder / one for one in ("Cargo.toml", "Cargo.lock", "src/bars.rs"))
    added = '[dependencies]\nfaer = "0.21"\nlibm = "0.2"\n'
    manifest.write_text(manifest.read_text().replace("[dependencies]\n", added))
    lock.write_text(LOCK)
    text = source.read_text()
    head = re.search(r"pub fn bars_with_kernel[^{]*\{", text)
    assert head is not None
    if way == "imported":
        source.write_text(f"use libm::Libm;\n{text}")
    elif way == "named":
        source.write_text(text.replace(head[0], f"{head[0]} let _ = libm::exp(0.0);"))
    assert run(folder, runner=runner).status == 0
    records = json.loads((folder / "tests" / NAME).read_text())["indicators"]
    assert records["bars"].get("dependencies") == (
        None if way == "not at all" else {"libm": "0.2.8"}
    )
    assert "dependencies" not in records["stamped"]
    # A binding of another release gives no other values, and who has no lock knows nothing.
    lock.write_text(LOCK.replace("0.30.0", "0.30.1").replace("0.21.0", "0.21.1"))
    assert run(folder, mode=Mode.CHECK).status == 0
    lock.unlink()
    assert run(folder, mode=Mode.CHECK).status == 0
    lock.write_text(LOCK.replace("0.2.8", "0.2.11"))
    checked = run(folder, mode=Mode.CHECK)
    told = "libm has gone from 0.2.8 to 0.2.11 since: generate bars --values" in checked.output
    assert (checked.status, told) == ((0, False) if way == "not at all" else (1, True))
    assert run(folder, runner=runner).status == 0
    assert run(folder, mode=Mode.CHECK).status == 0


def test_values_without_tests_are_an_error(folder: Path) -> None:
    (folder / "tests/conftest.py").unlink()
    with pytest.raises(BindcheckError, match="no folder of Python tests"):
        run(folder, runner=runner)


def test_values_of_another_core_are_told(folder: Path) -> None:
    run(folder, runner=runner)
    path = folder / "src/bars.rs"
    text = path.read_text()
    head = re.search(r"pub fn bars_with_kernel[^{]*\{", text)
    assert head is not None
    path.write_text(text.replace(head[0], f"// Why.\n{head[0]}"))
    assert run(folder, mode=Mode.CHECK).status == 0
    path.write_text(text.replace(head[0], f"{head[0]} let _ = 3;"))
    checked = run(folder, mode=Mode.CHECK)
    assert checked.status == 1
    assert "the core has changed since: generate bars --values" in checked.output
    assert "stamped" not in checked.output
    written = run(folder)
    assert written.status == 1
    assert written.changes == ()
    assert run(folder, runner=runner).status == 0
    assert run(folder, mode=Mode.CHECK).status == 0


def test_a_summary_keeps_the_warm_up_and_the_end() -> None:
    numbers = [math.nan] * 30 + [float(at) for at in range(30, 399)] + [-math.inf]
    found = summary("up", numbers)
    assert found["nan"] == 30
    assert found["magnitude"] == sum(range(30, 399))
    values = dict(zip(found["at"], found["values"], strict=True))
    assert (values[29], values[30], values[37]) == ("nan", 30.0, 37.0)
    assert (values[398], values[399]) == (398.0, "-inf")
    assert len(values) < 80
    assert kept_places([1.0, 2.0]) == [0, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("{}", "is not version 1"),
        ('{"version": 1}', "has no `indicators`"),
        ('{"version": 1, "indicators": {"a": 3}}', "a: must hold a record"),
        ('{"version": 1, "indicators": {"a": {}}}', "a: has no `release`"),
        (
            '{"version": 1, "indicators": {"a": {"release": "", "source": "", "length": 1, '
            '"kernel": "", "points": [3]}}}',
            "a: has no `points`",
        ),
        (
            '{"version": 1, "indicators": {"a": {"release": "", "source": "", "length": 1, '
            '"kernel": "", "points": [{"parameters": {}, "outputs": []}], "dependencies": '
            '{"libm": 2}}}}',
            "a: its `dependencies` are no versions",
        ),
    ],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(BindcheckError, match=re.escape(said)):
        Values.read(tmp_path)
