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
    """The names that the package has from the extension module, imported one by one or listed."""
    file, native = _init(crate, workspace), crate.extension.module_name
    return frozenset() if file is None else frozenset(_wanted(file.text, native))


def gone_imports(
    program: Program, crate: Crate, workspace: Workspace, store: Store
) -> Iterator[str]:
    """`path:line: ..` for each such name that was generated and that no binding has any more.

    What texts or macros name may be there all the same.
    """
    file = _init(crate, workspace)
    if file is None:
        return
    lines = _wanted(file.text, crate.extension.module_name)
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
        line, wants = lines[name]
        place = f"{display(file.path)}:{line}"
        yield f"{place}: {wants} `{name}`, which the module does not have any more"


def _init(crate: Crate, workspace: Workspace) -> OpenFile | None:
    """The `__init__.py` of the package around the extension module."""
    package, _, inner = crate.extension.module_name.rpartition(".")
    path = python_root(crate).joinpath(*package.split("."), "__init__.py")
    return workspace.open(path) if inner and package and path.is_file() else None


def _wanted(source: str, native: str) -> dict[str, tuple[int, str]]:
    """The names with their lines, and how they are asked for; none where the file does not parse.

    What `__all__` lists is from the extension module if nothing in the file has that name.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return {}
    own = (native, 0), (native.rpartition(".")[2], 1)
    taken = [one for one in body if isinstance(one, ast.ImportFrom)]
    inner = [one for one in taken if (one.module or "", one.level) in own]
    imported = {
        alias.name: (one.lineno, "imports")
        for one in inner
        for alias in one.names
        if alias.name != "*"
    }
    others = (alias.name for one in taken if one not in inner for alias in one.names)
    if "*" in others or any(map(_defines_any, body)):
        return imported
    bound = {name for one in body for name in _bound(one)}
    listed = {
        name.value: (name.lineno, "lists")
        for one in body
        if isinstance(one, ast.Assign | ast.AnnAssign | ast.AugAssign) and "__all__" in _bound(one)
        for name in ast.walk(one.value or ast.Constant(None))
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
        if name.value not in bound
    }
    return listed | imported


def _defines_any(node: ast.stmt) -> bool:
    """Whether a statement may give the file names of which nothing is known."""
    plain = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr
    items = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    getattr_ = isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
    return getattr_ or not isinstance(node, plain | items)


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement gives to something."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (
            name.id
            for target in node.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        )
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
