"""What the module must export of a core once its bindings are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bindcheck.generate.context import Facts
from bindcheck.generate.gates import export_gate
from bindcheck.generate.register import Export
from bindcheck.model import Cfg


def generated_exports(
    facts: Facts,
    made: Collection[str],
    scopes: Mapping[str, tuple[str, ...]],
    around: Sequence[Cfg],
) -> Iterator[Export]:
    """One export for each of the pieces `made`.

    `scopes` are the inline modules that they stand in, by piece; `around` the predicates that the
    lines which export them stand under.
    """
    style, program = facts.style, facts.program
    names = {"single": style.single_rust, "batch": style.batch_rust, "stream": style.class_rust}
    for piece, pattern in names.items():
        if piece not in made:
            continue
        module = program.module_path(facts.core.path, scopes.get(piece, ()))
        yield Export(
            facts.named(pattern),
            piece == "stream",
            style.reach.path(module) if style.reach is not None else module,
            export_gate(facts, piece, around),
        )
