"""What a generated test calls bindings that have the name of something that it uses itself."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from bindcheck.python_side import import_order

OWN = frozenset(
    """
    ARGUMENTS ARRAYS BATCH_ARRAYS BATCH_RESULTS GRID LENGTH PARAMETERS Path RECORDED RESULTS
    STREAM SWEPT TOLERANCE VALUES absent argument array arrays at awaited begin blank call
    changed column columns dtype dtypes expected file finite first floats follows given grid
    json kernel key keys left length magnitude missing more name names near np number numbers
    one output outputs parameters place point pytest raised recorded result results right row
    rows same scalar series shape shifted single step steps stream strided swept taken text
    tolerance value values walk wanted width wrong
    """.split()  # noqa: SIM905 (a list of words reads better than a list of strings)
)
"""Names that the templates of tests define or bind."""

_TAKEN = OWN | frozenset(dir(builtins))


def called_in_test(name: str) -> str:
    """What a test calls a binding."""
    return f"_{name}" if name in _TAKEN else name


def imports(names: Iterable[str]) -> tuple[str, ...]:
    """What a test imports: `abs as _abs` where the name is taken."""
    ordered = sorted(names, key=import_order)
    own = {name: called_in_test(name) for name in ordered}
    return tuple(name if own[name] == name else f"{name} as {own[name]}" for name in ordered)
