"""Names that the package takes from the extension module, and that were generated once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.generate.store import Store, exported_by
from bindcheck.generate.stub import python_root
from bindcheck.generate.workspace import OpenFile, Workspace

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_MAYBE = re.compile(r"\"\w+\"|\b\w+![^;]*")


def imported_names(crate: Crate, workspace: Workspace) -> frozenset[str]:
    """The names that the package imports from the extension module one by one."""
    file, native = _init(crate, workspace), crate.extension.module_name
    return frozenset() if file is None else frozenset(_imported(file.text, native))


def gone_imports(
    program: Program, crate: Crate, workspace: Workspace, store: Store
) -> Iterator[str]:
    """`path:line: ..` for each such name that was generated and that no binding has any more.

    What texts or macros name may be there all the same.
    """
    file = _init(crate, workspace)
    if file is None:
        return
    lines = _imported(file.text, crate.extension.module_name)
    if not lines:
        return
    texts = ("".join(regions.values()) for regions in store.bases.values())
    ours = {name for text in texts for name in exported_by(text)} & lines.keys()
    ours -= {entry.python_name for entry in program.entries}
    for path in filter(program.in_crate, program.modules):
        # Few are left: what this run has made, and what is gone.
        if not ours:
            return
        text = _COMMENT.sub("", workspace.open(path).text)
        ours -= exported_by(text)
        ours -= {word for part in _MAYBE.findall(text) for word in re.findall(r"\w+", part)}
    for name in sorted(ours):
        place = f"{display(file.path)}:{lines[name]}"
        yield f"{place}: imports `{name}`, which the module does not have any more"


def _init(crate: Crate, workspace: Workspace) -> OpenFile | None:
    """The `__init__.py` of the package around the extension module."""
    package, _, inner = crate.extension.module_name.rpartition(".")
    path = python_root(crate).joinpath(*package.split("."), "__init__.py")
    return workspace.open(path) if inner and package and path.is_file() else None


def _imported(source: str, native: str) -> dict[str, int]:
    """The names with their lines; none where the file does not parse."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return {}
    own = (native, 0), (native.rpartition(".")[2], 1)
    return {
        alias.name: alias.lineno
        for one in body
        if isinstance(one, ast.ImportFrom) and (one.module or "", one.level) in own
        for alias in one.names
        if alias.name != "*"
    }
