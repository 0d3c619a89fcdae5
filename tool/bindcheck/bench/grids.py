"""Whether two numbers are about the same work."""

from __future__ import annotations

from bindcheck.bench.samples import Argument, Case, Measurement


def cell_mismatch(measurement: Measurement) -> str | None:
    """What the two sides computed, if it is not the same or not what the case says."""
    case = measurement.case
    for process in measurement.processes:
        if set(process.cells) != {case.cells}:
            (a, b), (cells_a, cells_b) = measurement.sides, process.cells
            return (
                f"the sides computed different work: {a} {cells_a:,} cells, {b} {cells_b:,} cells;"
                f" the case has {grid_text(case)}"
            )
    return None


def grid_mismatch(new: Case, old: Case) -> str | None:
    """The grids of two cases of one name, both named, if they differ."""
    if grid_text(new) == grid_text(old) and new.arguments == old.arguments:
        return None
    return (
        f"different grids: now {grid_text(new)} with {arguments_text(new)}, "
        f"then {grid_text(old)} with {arguments_text(old)}"
    )


def grid_text(case: Case) -> str:
    """`61 × 10,000 = 610,000 cells`."""
    return f"{case.rows:,} × {case.cols:,} = {case.cells:,} cells"


def arguments_text(case: Case) -> str:
    """`period=5..35 step 0.5, kernel=auto`."""
    texts = [_argument(one) for one in case.arguments]
    if case.kernel is not None and all(one.name != "kernel" for one in case.arguments):
        texts.append(f"kernel={case.kernel}")
    return ", ".join(texts) or "no arguments"


def _argument(argument: Argument) -> str:
    value = argument.value
    if isinstance(value, tuple):
        start, stop, step = value
        return f"{argument.name}={start:g}..{stop:g} step {step:g}"
    return f"{argument.name}={value}"
