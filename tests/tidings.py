"""Bindings of the tides with one change, and what replacing makes of them."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.fact import fact
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, INTO, LIB, MANIFEST, SINGLE, STREAM


@fact
class Told:
    """What became of one piece: its new body without white space, or why there is none."""

    body: str
    lacking: str


def packed(text: str) -> str:
    """A text without white space, and without commas that only end a list."""
    return "".join(text.split()).replace(",)", ")").replace(",}", "}")


def replaced(folder: Path, piece: str, old: str, new: str, *, core: str = CORE) -> Told:
    """Replace the bindings of a core, one of them changed; what is told of that one.

    Only that one may be refused: then its text stays, and one of its lines that is changed, or
    comes after that, is named.
    """
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/lib.rs").write_text(LIB)
    parts = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
    assert parts[piece].count(old) == 1
    parts[piece] = parts[piece].replace(old, new)
    path = folder / "src/tide.rs"
    text = core + INTO + "".join(parts.values())
    path.write_text(text)
    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert set(told) <= {piece}
    regions = find_regions(path.read_text(), "tide.rs")
    body = "".join(one.body for one in regions if one.key == f"tide/{piece}")
    if told:
        assert not body
        assert new in path.read_text()
        place, _, line = told[piece].rpartition(" (")[2].rstrip(")").rpartition(":")
        assert place == str(path)
        assert int(line) > text.partition(new)[0].count("\n")
    return Told(packed(body), told.get(piece, ""))
