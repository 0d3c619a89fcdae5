"""What the imports of a stub bind, so that nothing is imported a second time."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping


def spelled(source: str, wanted: Iterable[str]) -> Mapping[str, str]:
    """How a module says items or modules that it imports: `npt.NDArray` for `numpy.typing.NDArray`.

    What none of its imports has is left out.
    """
    known = {full: name for name, full in reversed(list(_bound(ast.parse(source).body)))}
    found = ((full, _said(known, full)) for full in wanted)
    return {full: said for full, said in found if said}


def _said(known: Mapping[str, str], full: str) -> str:
    if full in known:
        return known[full]
    module, _, last = full.rpartition(".")
    return f"{known[module]}.{last}" if module in known else ""


def _bound(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Expressions with the whole names of what they are, for all that is there in any case."""
    for one in body:
        if isinstance(one, ast.Import):
            for alias in one.names:
                yield alias.asname or alias.name, alias.name
                root = alias.name.partition(".")[0]
                if alias.asname is None and root != alias.name:
                    yield root, root
        elif isinstance(one, ast.ImportFrom) and one.module and not one.level:
            for alias in one.names:
                yield alias.asname or alias.name, f"{one.module}.{alias.name}"
        elif isinstance(one, ast.If):
            yield from _chosen(one)


def _chosen(one: ast.If) -> Iterator[tuple[str, str]]:
    """What type checkers see of a condition: one branch that is for them, or what both bind."""
    then = list(_bound(one.body))
    if ast.unparse(one.test).rpartition(".")[2] == "TYPE_CHECKING":
        yield from then
        return
    other = dict(_bound(one.orelse))
    yield from ((name, full) for name, full in then if name in other)
