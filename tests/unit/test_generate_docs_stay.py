"""Under new heads the stub says what the documentation of a replaced binding says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.cli import main
from tides import BATCH, CORE, RESET, SINGLE, STREAM
from tides_package import PUBLIC, texts, written

STUB = "python/tides/tides.pyi"
GRID = """/// Tides for several spans,
/// row by row.
///
/// Args:
///     spans: what no new head takes.
#[pyfunction(name = "tide_grid")]"""
NEW = ("generate", "--all", "--replace", "--interface", "new")


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    batch = BATCH.replace('#[pyfunction(name = "tide_grid")]', GRID)
    stream = STREAM.replace(RESET, "").replace(
        "#[pyclass", "/** One tide\n * after the other */\n#[pyclass"
    )
    folder = written(tmp_path, CORE + SINGLE + batch + stream, PUBLIC)
    monkeypatch.chdir(folder)
    return folder


def test_documentation_stays_where_only_the_name_is_kept(crate: Path) -> None:
    assert main(list(NEW)) == 0
    stub = (crate / STUB).read_text()
    assert '    """Tides of two series.\n\n    Args:\n' in stub
    assert '    """Tides for several spans,\n    row by row.\n\n    Args:\n' in stub
    assert "what no new head takes" not in stub
    assert '    """One tide\n' in stub
    assert "after the other" in stub
    assert "length_range" in stub


def test_a_second_run_says_the_same(crate: Path) -> None:
    main(list(NEW))
    first = texts(crate)
    assert main(["generate", "--check"]) == 0
    assert main(["generate", "--all"]) == 0
    assert texts(crate) == first


def test_documentation_that_was_edited_in_a_region_is_in_the_stub(crate: Path) -> None:
    main(list(NEW))
    source = crate / "src/tide.rs"
    source.write_text(source.read_text().replace("/// Tides of two", '/// Floods of "two"'))
    assert main(["generate", "--all"]) == 0
    assert '    """Floods of "two" series.\n' in (crate / STUB).read_text()
    assert '/// Floods of "two" series.' in source.read_text()


def test_a_binding_without_documentation_has_the_title_of_its_core(crate: Path) -> None:
    source = crate / "src/tide.rs"
    text = (
        source.read_text()
        .replace("/// Tides of two series.\n", "")
        .replace(GRID, '#[pyfunction(name = "tide_grid")]')
    )
    source.write_text(text)
    assert main(list(NEW)) == 0
    stub = (crate / STUB).read_text()
    assert '    """tide.\n' in stub
    assert '    """tide, for every combination of parameters.\n' in stub
