"""The text of every piece for cores that are compiled elsewhere, one file per language and core.

All of strict style, and shapes of the other that `test_generate_shapes` has not.

Run with BINDCHECK_UPDATE_GOLDEN=1 to write the files anew; read the difference before committing.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.generate.regions import digest, find_regions
from synthetic_cores import SAMPLE, STRICT_SAMPLE, Core, write_reference, write_strict

GOLDEN = Path(__file__).parent
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"
REPOSITORY = Path(__file__).parents[2]
NAMES = (
    "six",
    "bare",
    "with_volume",
    "divided",
    "chosen",
    "chosen_list",
    "flat_rows",
    "flat_planes",
    "open_ref",
    "open_vector",
    "open_value",
    "open_first",
    "open_option",
)
REFERENCE = tuple(one for one in SAMPLE if one.name in NAMES)
CORES = (*REFERENCE, *STRICT_SAMPLE)

pytestmark = pytest.mark.skipif(
    not (REPOSITORY / "indicators").is_dir(), reason="needs the bundled crate"
)


def folder_of(core: Core) -> Path:
    return GOLDEN / ("strict" if core.strict else "made_up")


def write(root: Path, core: Core) -> tuple[Path, str]:
    """A crate with the core, and the path of its stub in it."""
    if core.strict:
        write_strict(root, (core,), REPOSITORY)
        return root / "indicators", "python/bindcheck_indicators/_core.pyi"
    write_reference(root, (core,))
    return root, "python/made_up/_core.pyi"


def made(crate: Path, stub: str, core: Core) -> dict[str, str]:
    """What was generated for a core, by the name of its golden file."""
    source = (crate / "src" / f"{core.name}.rs").read_text()
    lines = [line for line in (crate / "src/lib.rs").read_text().splitlines() if core.name in line]
    pieces = "".join(f"// {one.key}\n{one.body}\n" for one in find_regions(source, core.name))
    stubs = [
        one.body
        for one in find_regions((crate / stub).read_text(), stub)
        if one.key == f"{core.name}/stub"
    ]
    return {
        f"{core.name}.rs": pieces + "\n".join((f"// {core.name}/register", *lines, "")),
        f"{core.name}.pyi.txt": "".join(stubs),
        f"{core.name}.py.txt": (crate / "tests" / f"test_{core.name}_binding.py").read_text(),
    }


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"{folder_of(core).name}-{core.name}")
def test_a_core_gives_its_golden_text(core: Core, tmp_path: Path) -> None:
    crate, stub = write(tmp_path, core)
    with contextlib.chdir(crate):
        assert main(["generate", core.name]) == 0
    for name, text in made(crate, stub, core).items():
        golden = folder_of(core) / name
        if UPDATE:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text)
        if name.endswith(".rs"):
            assert digest(text) == digest(golden.read_text()), text
        else:
            compile(text, name, "exec")
            assert text == golden.read_text()


def test_every_golden_file_has_its_core() -> None:
    for folder in ("strict", "made_up"):
        names = {path.name.partition(".")[0] for path in (GOLDEN / folder).iterdir()}
        assert names == {core.name for core in CORES if folder_of(core).name == folder}
