"""The conformance table: each indicator beside the reference pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bindcheck.analysis.bindings.reference import candidates, reference_core
from bindcheck.analysis.program import Program
from bindcheck.errors import BindcheckError
from bindcheck.findings import Confidence, Finding
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Role
from bindcheck.pattern import PIECES, PYTHON_PIECES, Piece
from bindcheck.results import IndicatorRow, Mark


def conformance(
    program: Program,
    findings: Mapping[str, Iterable[Finding]],
    reference: CoreApi | None,
    judged: frozenset[str] = frozenset(),
) -> tuple[IndicatorRow, ...]:
    """One row per indicator in the reported files, the reference first, then by name.

    `findings` are grouped by the name of the indicator they are about. `judged` are the rules about
    Python files that had something to look at.
    """
    shown = [core for core in program.cores if program.reported(core.path)]
    if shown and reference is not None and reference not in shown:
        shown.append(reference)
    rows = [
        _row(program, core, tuple(findings.get(core.name, ())), core is reference, judged)
        for core in shown
    ]
    return tuple(sorted(rows, key=lambda row: (not row.is_reference, row.name, row.path)))


def find_reference(program: Program, wanted: str | None) -> tuple[CoreApi | None, str]:
    """The reference indicator and how it was found, in words."""
    chosen = reference_core(program, wanted)
    if wanted is not None:
        if chosen is None:
            raise BindcheckError(_unknown_reference(program, wanted))
        return chosen, "configured"
    if chosen is not None:
        return chosen, "the file named alma.rs that has a binding"
    return None, "built-in pattern: the crate has no alma.rs with a binding"


def _unknown_reference(program: Program, wanted: str) -> str:
    """What the name may have meant: an indicator with a binding, or a function that is no core."""
    known = sorted({name for core in candidates(program) for name in (core.name, core.stem)})
    # Loaded only where a name is wrong.
    from difflib import get_close_matches

    from bindcheck.analysis.cores.nearest import nearest_functions, with_nearest

    near = get_close_matches(wanted, known, 3, 0.4)
    hint = f", did you mean {' or '.join(near)}?" if near else ""
    said = f"reference `{wanted}` is not an indicator with a binding{hint}"
    unbound = [core for core in program.cores if wanted in (core.name, core.stem, core.path)]
    if unbound:
        places = ", ".join(f"`{one.name}` ({one.path})" for one in unbound)
        return f"{said}: no binding of {places} was found"
    return with_nearest(said, nearest_functions(program, wanted))


def _active(program: Program, core: CoreApi) -> tuple[EntryPoint, ...]:
    return tuple(entry for entry in program.entries_of(core) if entry.active)


def _row(
    program: Program,
    core: CoreApi,
    findings: tuple[Finding, ...],
    is_reference: bool,
    judged: frozenset[str],
) -> IndicatorRow:
    certain = [f for f in findings if f.confidence is not Confidence.SUSPECT]
    codes = {finding.code for finding in certain}
    entries = _active(program, core)
    marks = tuple((piece.name, _mark(piece, core, entries, codes, judged)) for piece in PIECES)
    counted = [mark for _, mark in marks if mark is not Mark.ABSENT]
    present = sum(1 for mark in counted if mark is Mark.PRESENT)
    score = present / len(counted) if counted else 1.0
    return IndicatorRow(core.name, core.path, marks, score, is_reference)


def _mark(
    piece: Piece,
    core: CoreApi,
    entries: tuple[EntryPoint, ...],
    codes: set[str],
    judged: frozenset[str],
) -> Mark:
    if piece.missing_rule in codes:
        return Mark.MISSING
    unjudged = piece.name in PYTHON_PIECES and not judged.intersection(piece.flaw_rules)
    if unjudged or not _expected(piece, core, entries):
        return Mark.ABSENT
    return Mark.FLAWED if codes.intersection(piece.flaw_rules) else Mark.PRESENT


def _expected(piece: Piece, core: CoreApi, entries: tuple[EntryPoint, ...]) -> bool:
    """Whether the indicator's own facts give the piece a premise."""
    roles = {entry.role for entry in entries}
    by_name = {
        "single": Role.SINGLE in roles,
        "batch": Role.BATCH in roles,
        "stream": Role.STREAM in roles,
        "batch_inner_into": core.batch_inner_into is not None,
        "register": bool(entries),
    }
    functions = any(entry.kind is EntryKind.FUNCTION for entry in entries)
    return by_name.get(piece.name, functions)
