"""Exports of a package: names of the native module that its `__init__.py` passes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import libcst as cst

from bindcheck.python_side.modules import (
    parse,
    read_module,
    with_imports,
    with_public_names,
)


def with_exports(source: str, path: Path | str, native: str, names: Sequence[str]) -> str:
    """`source`, which passes on names of the module `native` one by one, with `names` too.

    As `name as name` where it has others so: type checkers take those alone for passed on.
    Unchanged where the package imports all names with `*`, or none from the native module.
    """
    found = _import_of(source, path, native)
    if found is None:
        return source
    module, same = found
    wanted = [
        (name, f"from {module} import {name}{f' as {name}' if same else ''}") for name in names
    ]
    return with_public_names(with_imports(source, path, wanted), path, names)


def gives(source: str, path: Path | str, names: Sequence[str]) -> bool:
    """Whether a package has all the names, as far as it says what it has.

    What `*` brings, or its own `__getattr__` finds, is not told.
    """
    missing = set(names) - (known := read_module(source, path).names)
    return not missing or "__getattr__" in known or any(map(_is_star, parse(source, path).body))


def _is_star(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(one, cst.ImportFrom) and isinstance(one.names, cst.ImportStar)
        for one in statement.body
    )


def _import_of(source: str, path: Path | str, native: str) -> tuple[str, bool] | None:
    """The module as the first `from .. import name, ..` of it is written, and `name as name`s."""
    for statement in parse(source, path).body:
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for small in statement.body:
            if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
                written = _module(small)
                if written in (native, f".{native.rpartition('.')[2]}"):
                    return written, any(map(_is_same, small.names))
    return None


def _is_same(one: cst.ImportAlias) -> bool:
    return one.asname is not None and one.evaluated_alias == one.evaluated_name


def _module(node: cst.ImportFrom) -> str:
    name = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
    return "." * len(node.relative) + name
