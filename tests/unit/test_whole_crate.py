"""A crate that is read to the last body of its entry points."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.load import load

MANIFEST = '[package]\nname = "tide"\nversion = "0.1.0"\nedition = "2021"\n'
FUNCTION = "use pyo3::prelude::*;\n#[pymodule]\nfn tide(m: &Bound<'_, PyModule>) -> PyResult<()> {"
INLINE = "use pyo3::prelude::*;\nmod other;\n#[pymodule]\nmod tide {\n    #[pymodule_export]\n"


@pytest.mark.parametrize(
    ("lib", "bad"),
    [
        (f"{INLINE}    use crate::other::level;\n}}\n", 0),
        (f"{FUNCTION} Ok(()) }}\n", 0),
        (f"{FUNCTION} let = ; Ok(()) }}\n", 1),
    ],
)
def test_a_module_is_a_function_or_an_item_of_its_own(tmp_path: Path, lib: str, bad: int) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(lib)
    level = "#[pyo3::pyfunction]\npub fn level() -> usize { 3 }\n"
    (tmp_path / "src/other.rs").write_text(level)
    inputs, _ = load(Options(manifest_path=tmp_path / "Cargo.toml"), whole_crate=True)
    found = [one for path, one in inputs.program.modules.items() if path.endswith("lib.rs")]
    assert [len(one.problems) for one in found] == [bad]
