"""The text of every piece in strict style, one golden file per language and shape of core.

Run with BINDCHECK_UPDATE_GOLDEN=1 to write the files anew; read the difference before committing.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.generate.regions import digest, find_regions
from synthetic_cores import STRICT_SAMPLE, Core, write_strict

GOLDEN = Path(__file__).parent / "strict"
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"
REPOSITORY = Path(__file__).parents[2]
STUB = "python/bindcheck_indicators/_core.pyi"

pytestmark = pytest.mark.skipif(
    not (REPOSITORY / "indicators").is_dir(), reason="needs the bundled crate"
)


def made(crate: Path, core: Core) -> dict[str, str]:
    """What was generated for a core, by the name of its golden file."""
    source = (crate / "src" / f"{core.name}.rs").read_text()
    lines = [line for line in (crate / "src/lib.rs").read_text().splitlines() if core.name in line]
    pieces = "".join(f"// {one.key}\n{one.body}\n" for one in find_regions(source, core.name))
    stubs = [
        one.body
        for one in find_regions((crate / STUB).read_text(), STUB)
        if one.key == f"{core.name}/stub"
    ]
    return {
        f"{core.name}.rs": pieces + "\n".join((f"// {core.name}/register", *lines, "")),
        f"{core.name}.pyi.txt": "".join(stubs),
        f"{core.name}.py.txt": (crate / "tests" / f"test_{core.name}_binding.py").read_text(),
    }


@pytest.mark.parametrize("core", STRICT_SAMPLE, ids=lambda core: core.name)
def test_a_shape_gives_its_golden_text_in_strict_style(core: Core, tmp_path: Path) -> None:
    write_strict(tmp_path, (core,), REPOSITORY)
    crate = tmp_path / "indicators"
    with contextlib.chdir(crate):
        assert main(["generate", core.name]) == 0
    for name, text in made(crate, core).items():
        golden = GOLDEN / name
        if UPDATE:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text)
        if name.endswith(".rs"):
            assert digest(text) == digest(golden.read_text()), text
        else:
            compile(text, name, "exec")
            assert text == golden.read_text()


def test_every_golden_file_in_strict_style_has_its_shape() -> None:
    names = {path.name.partition(".")[0] for path in GOLDEN.iterdir()}
    assert names == {core.name for core in STRICT_SAMPLE}
