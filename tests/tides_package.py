"""The crate of the tides with a Python package around it."""

from __future__ import annotations

from pathlib import Path

from tides import LIB, MANIFEST, PYPROJECT

INIT = "python/tides/__init__.py"
PRIVATE = 'from tides.tides import Tides\n\n__all__ = ["Tides"]\n'
PUBLIC = 'from tides.tides import Tides, tide, tide_grid\n\n__all__ = ["Tides", "tide"]\n'


def written(folder: Path, text: str, init: str) -> Path:
    """A crate with a package that exports what `init` says, a stub and a folder of tests."""
    for name in ("src", "python/tides", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "src/lib.rs").write_text(LIB)
    (folder / "src/tide.rs").write_text(text)
    (folder / INIT).write_text(init)
    (folder / "python/tides/tides.pyi").write_text("")
    (folder / "tests/test_more.py").write_text("")
    return folder


def texts(crate: Path) -> dict[str, bytes]:
    found = sorted(path for path in crate.rglob("*") if path.is_file())
    return {path.relative_to(crate).as_posix(): path.read_bytes() for path in found}


def edit(crate: Path, *pairs: tuple[str, str]) -> None:
    """Replace texts in the file of the core, each of which must stand there once."""
    path = crate / "src/tide.rs"
    text = path.read_text()
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    path.write_text(text)
