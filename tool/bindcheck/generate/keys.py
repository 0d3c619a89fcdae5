"""Names of regions."""

from __future__ import annotations

from bindcheck.analysis.program import Program
from bindcheck.model import CoreApi


def region_key(program: Program, core: CoreApi, piece: str) -> str:
    """Name of a region: the core within its file, and the piece.

    Other files have no say in it, so that a module that comes or goes renames nothing.
    """
    scope = core.module_path[len(program.module_path(core.path)) :]
    return f"{'.'.join((*scope, core.name.rsplit('::', 1)[-1]))}/{piece}"
