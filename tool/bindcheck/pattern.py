"""The reference pattern as data: the pieces of a binding, and who checks and writes them.

A piece with a template can be generated; the word in `Finding.missing` is a piece's name. Pieces
without one are qualities of a binding that exist only in other pieces' text.
"""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.fact import fact


@fact
class Piece:
    """One column of the conformance table.

    `missing_rule` reports that the piece is not there; `flaw_rules` that it is there and wrong.
    Python pieces are expected where their rule finds a stub, or tests, to look at.
    `templates` are the template files that write it, `<style>/` left out; empty: not generated.
    """

    name: str
    title: str
    meaning: str
    templates: tuple[str, ...] = ()
    missing_rule: str | None = None
    flaw_rules: tuple[str, ...] = ()


PIECES: tuple[Piece, ...] = (
    Piece("single", "single", "#[pyfunction] over the input slices", ("single.rs.j2",), "BC101"),
    Piece("batch", "batch", "#[pyfunction] over a parameter grid", ("batch.rs.j2",), "BC102"),
    Piece("stream", "stream", "#[pyclass] fed value by value", ("stream.rs.j2",), "BC103"),
    Piece(
        "batch_inner_into",
        "into",
        "batch core that writes into a caller's buffer, used by the batch binding",
        ("batch_inner_into.rs.j2",),
        "BC104",
        ("BC207",),
    ),
    Piece("register", "export", "exported by the module", ("register.rs.j2",), None, ("BC105",)),
    Piece(
        "signature",
        "sign.",
        "arguments, defaults and result as Python sees them",
        (),
        None,
        ("BC106", "BC107", "BC110", "BC111"),
    ),
    Piece("gil", "GIL", "GIL released around all array-sized work", (), None, ("BC201",)),
    Piece(
        "zero_copy",
        "copies",
        "arguments read in place, results moved or written in place",
        (),
        None,
        ("BC202", "BC203", "BC204"),
    ),
    Piece(
        "guard",
        "guards",
        "sizes and kernels checked, no panic on bad input",
        (),
        None,
        ("BC302", "BC303", "BC305"),
    ),
    Piece("stub", "stub", "declared in the Python stub as it is", (), None, ("BC108",)),
    Piece("test", "tests", "called from a Python test, kernels included", (), None, ("BC109",)),
)

PYTHON_PIECES = frozenset({"stub", "test"})

PIECE_BY_NAME = {piece.name: piece for piece in PIECES}

KERNEL_NAMES = ("auto", "scalar", "avx2", "avx512", "neon")


IRREGULAR: Mapping[str, str] = {
    **{one: f"{one}es" for one in ("bias", "bonus", "class", "cross", "gas", "loss", "mass")},
    **{one: f"{one}es" for one in ("pass", "radius", "status", "stress")},
    "axis": "axes",
    "basis": "bases",
}
"""Plurals of words in -s that are no plurals themselves, unlike `poles` and `bars`."""


def result_key(field: str) -> str:
    """Key under which a batch result holds the values of a swept parameter: its plural."""
    head, mark, last = field.rpartition("_")
    if last in IRREGULAR:
        return f"{head}{mark}{IRREGULAR[last]}"
    return field if last.endswith("s") and len(last) > 2 else f"{field}s"
