"""Regions in Python files: settled against new text, written, and told of."""

from __future__ import annotations

from bindcheck.discover import display
from bindcheck.fact import fact
from bindcheck.generate.docstrings import merge_entries
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.merge import merge
from bindcheck.generate.pieces import VERSIONS
from bindcheck.generate.plan import PiecePlan, State
from bindcheck.generate.regions import PYTHON, find_regions
from bindcheck.generate.rustfile import Settled, place, settle
from bindcheck.generate.store import Store
from bindcheck.generate.workspace import OpenFile, Workspace


@fact
class PythonRegions:
    """Writes regions of Python files in the workspace; their base texts go into the store."""

    workspace: Workspace
    store: Store
    keep_edits: bool = False

    def write(self, one: Indicator, piece: str, text: str, file: OpenFile) -> Settled:
        """Settle a region, and put what becomes of it into the file."""
        key = one.key(piece)
        name = self.workspace.relative(file.path)
        regions = {region.key: region for region in find_regions(file.text, str(file.path))}
        settled = settle(
            regions.get(key),
            key,
            VERSIONS[piece],
            text,
            self.store.base(name, key),
            PYTHON,
            keep=self.keep_edits,
            merging=merge_entries if piece == "stub" else merge,
        )
        if settled.wrapped is not None:
            # Entries of one file stand in the order of their names.
            order = sorted({key, *regions})
            file.text = place(file.text, str(file.path), key, settled.wrapped, order, 0)
        if settled.base:
            self.store.keep(name, key, settled.base)
        return settled

    def where(self, one: Indicator, piece: str, settled: Settled, file: OpenFile) -> str:
        """The file, with the line of a region in conflict."""
        shown = display(file.path)
        regions = find_regions(file.text, str(file.path)) if settled.conflict else ()
        lines = (region.line_in(file.text) for region in regions if region.key == one.key(piece))
        return next((f"{shown}:{line}" for line in lines), shown)


def ended(text: str, blank: int) -> str:
    """`text` with as many blank lines behind it as formatters want between definitions."""
    return text.strip("\n") + "\n" * (blank + 1)


def planned(one: Indicator, piece: str, state: State, detail: str, text: str = "") -> PiecePlan:
    """What becomes of a piece of an indicator."""
    return PiecePlan(one.core.name, piece, state, detail, text)
