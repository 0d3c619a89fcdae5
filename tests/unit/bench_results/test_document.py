from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from bindcheck.bench import document
from bindcheck.bench.codec import Misfit, decode, encode
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.samples import Argument, Failure, Phases
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace

SCHEMA = Path(__file__).parents[3] / "docs" / "bench.schema.json"


@pytest.fixture
def outcome(maker, make_case):
    """One of everything: single and batch, controls, fits, phases, troubles, notes."""
    sweep = (Argument("period", (5.0, 35.0, 0.5)), Argument("source", "close"))
    made = []
    for cells in (100, 1000, 10_000):
        one = make_case(cells)
        for sides in (("python", "native"), ("python", "python"), ("native", "native")):
            made.append(maker.measurement(one, 600.0 + cells, cells, sides, copy_ns=cells / 10))
    made.append(maker.measurement(make_case(500, 61, arguments=sweep, threads=2), 3e6, 2e6))
    values = (1.0, 2.0, 3.0, 4.0, 5.0)
    phases = Phases(make_case(), values, values, values, values, values)
    failure = Failure("kama/single/7", ("python", "native"), "no module talib")
    session = maker.session(
        made, phases=(phases,), failures=(failure,), notes=("a note",), budget_s=5.0
    )
    return evaluate(session)


def test_results_come_back_as_they_were(outcome, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document.write(outcome, path)
    assert document.read(path) == outcome
    line = document.to_json(outcome, indent=None)
    assert line.count("\n") == 1
    assert document.from_json(line, path, 1) == outcome


def test_results_keep_to_the_published_schema(outcome, maker) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for one in (outcome, evaluate(maker.session([]))):
        validator.validate(json.loads(document.to_json(one)))


def test_the_schema_names_every_field(outcome) -> None:
    """What is not described cannot be relied on: nothing may be written beside the schema."""
    schema = json.loads(SCHEMA.read_text())

    def closed(node: object) -> object:
        if isinstance(node, dict):
            node = {key: closed(value) for key, value in node.items()}
            if "properties" in node:
                node["additionalProperties"] = False
        return [closed(one) for one in node] if isinstance(node, list) else node

    jsonschema.Draft202012Validator(closed(schema)).validate(document.as_data(outcome))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no results of `bindcheck bench`"),
        ('{"kind": "other"}', "holds no results of `bindcheck bench`"),
        (
            '{"kind": "bindcheck-bench", "schema_version": 99}',
            "results of schema version 99; this bindcheck reads 1",
        ),
        (
            '{"kind": "bindcheck-bench", "schema_version": 1}',
            "damaged results: provenance: is missing",
        ),
    ],
)
def test_other_files_are_refused_with_their_path(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(BindcheckError, match=r"r\.json") as caught:
        document.read(path)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data["comparisons"][0]["ratio"].pop("low"), "comparisons[0].ratio.low"),
        (lambda data: data["comparisons"][0].update(verdict="fine"), "'fine' is no verdict"),
        (lambda data: data.update(margin="1 %"), "margin: '1 %' is not a number"),
        (lambda data: data["comparisons"][1].update(sides=["python"]), "1 entries instead of 2"),
        (lambda data: data.update(notes=None), "notes: is not a list"),
        (lambda data: data.update(interrupted=1), "interrupted: 1 is not true or false"),
        (lambda data: data.update(provenance=3), "provenance: is not an object"),
        (lambda data: data["comparisons"][0]["case"].update(threads=True), "threads: True is not"),
    ],
)
def test_damaged_results_are_an_error_that_names_the_place(
    outcome, change, told: str, tmp_path: Path
) -> None:
    data = document.as_data(outcome)
    change(data)
    with pytest.raises(BindcheckError) as caught:
        document.from_json(json.dumps(data), tmp_path / "r.json")
    assert told in str(caught.value)


def test_a_number_that_is_none_is_no_json(outcome, tmp_path: Path) -> None:
    text = document.to_json(outcome).replace('"margin": 0.01', '"margin": NaN')
    with pytest.raises(BindcheckError, match="NaN is no JSON number"):
        document.from_json(text, tmp_path / "r.json")


def test_unknown_members_of_a_later_version_are_passed_over(outcome, tmp_path: Path) -> None:
    data = document.as_data(outcome) | {"new": 1}
    assert document.from_json(json.dumps(data), tmp_path / "r.json") == outcome


def test_a_value_that_is_the_whole_is_named_so() -> None:
    with pytest.raises(Misfit, match="the whole: is not an object"):
        decode(Argument, 3)
    assert decode(Argument, encode(Argument("a", (1, 2.5, 3)))) == Argument("a", (1, 2.5, 3))


def test_earlier_results_are_kept_when_writing_fails(outcome, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "results.json"
    document.write(outcome, path)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BindcheckError, match="No space left on device"):
        document.write(replace(outcome, notes=("later",)), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]
