"""Whether two numbers are about the same work."""

from __future__ import annotations

from bindcheck.bench.samples import Case, Kind, Measurement
from bindcheck.bench.texts import arguments_text, grid_text


def cell_mismatch(measurement: Measurement) -> str | None:
    """What the two sides computed, if it is not the same or not what the case says.

    The length of a result of one series is that of the core, unless a buffer of a length is given.
    """
    case = measurement.case
    free = case.kind is Kind.SINGLE and not case.out
    for process in measurement.processes:
        wanted = process.cells[0] if free else case.cells
        if not wanted or set(process.cells) != {wanted}:
            (a, b), (cells_a, cells_b) = measurement.sides, process.cells
            return (
                f"the sides computed different work: {a} {cells_a:,} cells, {b} {cells_b:,} cells;"
                f" the case has {grid_text(case)}"
            )
    return None


def grid_mismatch(new: Case, old: Case) -> str | None:
    """The grids, or arguments, of two cases of one name, both named, if they differ."""
    if grid_text(new) == grid_text(old) and new.arguments == old.arguments:
        return None
    if new.rows == 1 and grid_text(new) == grid_text(old):
        return f"other arguments: now {arguments_text(new)}, then {arguments_text(old)}"
    return (
        f"different grids: now {grid_text(new)} with {arguments_text(new)}, "
        f"then {grid_text(old)} with {arguments_text(old)}"
    )
