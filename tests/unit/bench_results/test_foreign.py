from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bindcheck.bench.foreign import CRITERION, PYTEST, read
from bindcheck.errors import BindcheckError


def _criterion(folder: Path, name: str, mean: float, slope: float | None, seconds: int = 0) -> None:
    def estimate(value: float) -> dict[str, object]:
        bounds = {"confidence_level": 0.95, "lower_bound": value, "upper_bound": value}
        return {"confidence_interval": bounds, "point_estimate": value, "standard_error": 0.1}

    folder.mkdir(parents=True)
    estimates = {"mean": estimate(mean), "slope": None if slope is None else estimate(slope)}
    (folder / "estimates.json").write_text(json.dumps(estimates))
    (folder / "benchmark.json").write_text(json.dumps({"group_id": "g", "full_id": name}))
    (folder / "sample.json").write_text("{}")
    os.utime(folder / "estimates.json", (1_767_268_800 + seconds,) * 2)


def _pytest(path: Path, day: int, medians: dict[str, float]) -> None:
    data = {
        "machine_info": {"python_version": "3.11.2", "cpu": {"brand_raw": "A processor"}},
        "commit_info": {"id": f"{day:040}", "dirty": False},
        "benchmarks": [
            {"name": name, "fullname": name, "stats": {"mean": 9.9, "median": median}}
            for name, median in medians.items()
        ],
        "datetime": f"2026-01-{day:02}T12:00:00.123456+00:00",
        "version": "5.1.0",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def test_criterion_gives_its_own_choice_of_estimate(tmp_path: Path) -> None:
    _criterion(tmp_path / "a_b" / "100" / "new", "a/b/100", 12.0, 11.0)
    _criterion(tmp_path / "flat" / "new", "flat", 7.0, None)
    one, other = read([tmp_path])
    assert (one.tool, one.name, one.runs[0].ns) == (CRITERION, "a/b/100", 11.0)
    assert one.runs[0].started == "2026-01-01T12:00:00+00:00"
    assert (other.name, other.runs[0].ns) == ("flat", 7.0)


def test_what_criterion_copies_is_one_measurement(tmp_path: Path) -> None:
    _criterion(tmp_path / "x" / "new", "x", 12.0, 11.0, seconds=1)
    _criterion(tmp_path / "x" / "base", "x", 12.0, 11.0, seconds=2)
    _criterion(tmp_path / "x" / "before", "x", 13.0, 14.0, seconds=-60)
    change = tmp_path / "x" / "change"
    change.mkdir()
    (change / "estimates.json").write_text('{"mean": {"point_estimate": -0.1}}')
    (one,) = read([tmp_path])
    assert [run.ns for run in one.runs] == [14.0, 11.0]


def test_pytest_benchmark_gives_medians_over_time_with_commit(tmp_path: Path) -> None:
    for day in range(1, 21):
        slow = 1.3 if day > 12 else 1.0
        wobble = 1.0 + 0.001 * (day % 3)
        _pytest(tmp_path / "m" / f"{day:04}.json", day, {"test_a": 1e-6 * slow * wobble})
    (tmp_path / "m" / "other.json").write_text('{"benchmark": 1}')
    (one,) = read([tmp_path])
    assert (one.tool, one.machine) == (PYTEST, "A processor, Python 3.11.2")
    assert len(one.runs) == 20
    assert one.runs[3].commit == f"{4:040}"
    assert one.runs[0].ns == pytest.approx(1001.0)
    assert [change.index for change in one.changes] == [12]


def test_one_file_may_be_named(tmp_path: Path) -> None:
    _pytest(tmp_path / "r.json", 1, {"test_b": 2e-6, "test_a": 1e-6})
    assert [one.name for one in read([tmp_path / "r.json"])] == ["test_a", "test_b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ('{"benchmarks": []}', "not as pytest-benchmark writes it: no 'machine_info'"),
        ("[]", "not as pytest-benchmark writes it"),
        (
            '{"benchmarks": [{"fullname": "a", "stats": {"median": -1}}], "machine_info": {},'
            ' "datetime": "2026-01-01T00:00:00"}',
            "-1.0 is no time",
        ),
    ],
)
def test_files_of_another_kind_are_an_error_with_their_path(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(BindcheckError, match=r"r\.json") as caught:
        read([path])
    assert told in str(caught.value)


def test_a_damaged_result_of_criterion_is_an_error_with_its_path(tmp_path: Path) -> None:
    _criterion(tmp_path / "x" / "new", "x", 12.0, 11.0)
    (tmp_path / "x" / "new" / "estimates.json").write_text('{"slope": null}')
    with pytest.raises(BindcheckError, match="not as Criterion writes it: no 'mean'"):
        read([tmp_path])


def test_paths_without_results_are_errors(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="holds no results of Criterion or pytest-benchmark"):
        read([tmp_path])
    with pytest.raises(BindcheckError, match="no such file or folder"):
        read([tmp_path / "none"])
