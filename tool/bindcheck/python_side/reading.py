"""One Python source or stub read into facts, with the parser of the standard library.

libcst keeps every blank and takes long to load; what is only read does not need it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bindcheck.fact import fact
from bindcheck.findings import Location
from bindcheck.model.python import (
    ArgumentKind,
    Chain,
    PythonArgument,
    PythonClass,
    PythonFile,
    PythonFunction,
    PythonImport,
    PythonVariable,
)
from bindcheck.python_side.scopes import Binding, Scopes, chain_of

_FETCHERS = (("import_module",), ("importorskip",), ("__import__",))
_MODULES = ("modules",)
_MAKERS = tuple((name,) for name in ("globals", "exec", "eval", "setattr", "vars", "locals"))
_Definition = ast.FunctionDef | ast.AsyncFunctionDef


@fact
class Unparsed:
    """A Python file that does not parse, with the reason and its place."""

    path: str
    line: int
    reason: str


def read_python(source: bytes, path: str, module: str) -> PythonFile | Unparsed:
    """The facts of one file; `module` is its dotted name, empty for a script or test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as error:
        return Unparsed(path, max(1, error.lineno or 1), error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return Unparsed(path, 1, str(error) or "is nested too deeply")
    text = source.decode("utf-8-sig", errors="replace")
    is_stub = path.endswith(".pyi")
    registers = not is_stub and "modules" in text
    reader = _Reader(path, module, is_stub, registers, text.splitlines())
    return reader.file(tree)


@dataclass
class _Body:
    """What the statements of a module or class declare."""

    functions: list[PythonFunction] = field(default_factory=list)
    classes: list[PythonClass] = field(default_factory=list)
    variables: list[PythonVariable] = field(default_factory=list)


@dataclass(frozen=True)
class _Reader:
    path: str
    module: str
    is_stub: bool
    registers: bool
    lines: Sequence[str]

    def file(self, tree: ast.Module) -> PythonFile:
        body = self._body(tree.body)
        scopes = Scopes()
        if self.is_stub:
            scopes.binding.extend(one for one in ast.walk(tree) if isinstance(one, Binding))
        else:
            scopes.read(tree)
        return PythonFile(
            path=self.path,
            module=self.module,
            is_stub=self.is_stub,
            functions=tuple(body.functions),
            classes=tuple(body.classes),
            variables=tuple(body.variables),
            imports=tuple(self._imports(tree, scopes.binding)),
            scopes=tuple(scopes.found),
            public=_public(tree),
            dynamic=_is_dynamic(tree, body),
            registered=tuple(_registered(tree, self.module)) if self.registers else (),
        )

    # --- declarations --------------------------------------------------------------------------

    def _body(self, statements: Sequence[ast.stmt]) -> _Body:
        body = _Body()
        for statement, conditional in _flat(statements, False, typing=self.is_stub):
            if isinstance(statement, _Definition):
                body.functions.append(self._function(statement, conditional))
            elif isinstance(statement, ast.ClassDef):
                body.classes.append(self._class(statement, conditional))
            else:
                body.variables.extend(self._variables(statement, conditional))
        return body

    def _function(self, node: _Definition, conditional: bool) -> PythonFunction:
        return PythonFunction(
            name=node.name,
            place=self._name_place(node, node.name),
            conditional=conditional,
            arguments=tuple(_arguments(node.args)),
            decorators=tuple(_decorator(one) for one in node.decorator_list),
            returns=None if node.returns is None else ast.unparse(node.returns),
        )

    def _class(self, node: ast.ClassDef, conditional: bool) -> PythonClass:
        body = self._body(node.body)
        return PythonClass(
            name=node.name,
            place=self._name_place(node, node.name),
            conditional=conditional,
            bases=tuple(_decorator(one) for one in node.bases),
            functions=tuple(body.functions),
            variables=tuple(body.variables),
            classes=tuple(body.classes),
        )

    def _variables(self, statement: ast.stmt, conditional: bool) -> Iterator[PythonVariable]:
        if isinstance(statement, ast.AnnAssign):
            targets: list[ast.expr] = [statement.target]
            annotation: str | None = ast.unparse(statement.annotation)
        elif isinstance(statement, ast.Assign):
            targets, annotation = statement.targets, None
        else:
            return
        value = () if statement.value is None else chain_of(statement.value)
        for target in _names(targets):
            place = self._place(target, len(target.id))
            yield PythonVariable(target.id, place, conditional, annotation, value)

    def _name_place(self, node: _Definition | ast.ClassDef, name: str) -> Location:
        """The place of the name behind `def` or `class`."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        word = "class" if isinstance(node, ast.ClassDef) else "def"
        start = line.find(name, line.find(word, node.col_offset) + len(word))
        column = start + 1 if start >= 0 else node.col_offset + 1
        return Location(self.path, node.lineno, column, node.lineno, column + len(name))

    def _place(self, node: ast.expr, width: int) -> Location:
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        column = len(line.encode()[: node.col_offset].decode(errors="replace")) + 1
        return Location(self.path, node.lineno, column, node.lineno, column + width)

    # --- imports -------------------------------------------------------------------------------

    def _imports(self, tree: ast.Module, binding: Sequence[Binding]) -> Iterator[PythonImport]:
        lasting = {id(one) for one, _ in _flat(tree.body, False, typing=self.is_stub)}
        for node in binding:
            stays = id(node) in lasting
            if isinstance(node, ast.Import):
                yield from _plain_imports(node, stays)
            elif isinstance(node, ast.ImportFrom):
                yield from self._from_imports(node, stays)
            else:
                yield from _fetched_modules(node, stays)

    def _from_imports(self, node: ast.ImportFrom, lasting: bool) -> Iterator[PythonImport]:
        module = self._absolute(node.module or "", node.level)
        for alias in node.names:
            yield PythonImport(alias.asname or alias.name, module, alias.name, lasting)

    def _absolute(self, module: str, level: int) -> str:
        if level == 0:
            return module
        parts = self.module.split(".")
        is_package = self.path.rpartition("/")[2].startswith("__init__.")
        cut = level - 1 if is_package else level
        above = parts[: max(0, len(parts) - cut)]
        return ".".join((*above, *([module] if module else [])))


def _flat(
    statements: Sequence[ast.stmt], conditional: bool, *, typing: bool = True
) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements of a body with those under `if`, `try` and `with`, and whether under those.

    Without `typing` the blocks of `if TYPE_CHECKING` are left out.
    """
    for one in statements:
        if isinstance(one, ast.If):
            checking = _is_type_checking(one.test)
            inner = conditional or not checking
            if typing or not checking:
                yield from _flat(one.body, inner, typing=typing)
            yield from _flat(one.orelse, inner, typing=typing)
        elif isinstance(one, ast.Try):
            handlers = [line for handler in one.handlers for line in handler.body]
            for block in (one.body, handlers, one.orelse, one.finalbody):
                yield from _flat(block, True, typing=typing)
        elif isinstance(one, ast.With):
            yield from _flat(one.body, conditional, typing=typing)
        else:
            yield one, conditional


def _is_type_checking(test: ast.expr) -> bool:
    chain = chain_of(test)
    return bool(chain) and chain[-1] == "TYPE_CHECKING"


def _arguments(node: ast.arguments) -> Iterator[PythonArgument]:
    positional = [*node.posonlyargs, *node.args]
    blank: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults))
    for index, (one, default) in enumerate(zip(positional, [*blank, *node.defaults], strict=True)):
        hidden = one.arg.startswith("__") and not one.arg.endswith("__")
        only = index < len(node.posonlyargs) or hidden
        kind = ArgumentKind.POSITIONAL_ONLY if only else ArgumentKind.POSITIONAL
        yield _argument(one, kind, default)
    if node.vararg is not None:
        yield _argument(node.vararg, ArgumentKind.ARGS, None)
    for one, given in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield _argument(one, ArgumentKind.KEYWORD, given)
    if node.kwarg is not None:
        yield _argument(node.kwarg, ArgumentKind.KWARGS, None)


def _argument(node: ast.arg, kind: ArgumentKind, default: ast.expr | None) -> PythonArgument:
    return PythonArgument(
        name=node.arg,
        kind=kind,
        default=None if default is None else ast.unparse(default),
        annotation=None if node.annotation is None else ast.unparse(node.annotation),
    )


def _decorator(node: ast.expr) -> str:
    """The dotted name of a decorator or base, arguments left out; empty for an expression."""
    while isinstance(node, (ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return ".".join(chain_of(node)).lstrip(".")


def _names(targets: Sequence[ast.expr]) -> Iterator[ast.Name]:
    for target in targets:
        if isinstance(target, ast.Name):
            yield target
        elif isinstance(target, (ast.Tuple, ast.List)):
            yield from _names(target.elts)


# --- imports and names that are made ------------------------------------------------------------


def _plain_imports(node: ast.Import, lasting: bool) -> Iterator[PythonImport]:
    for alias in node.names:
        if alias.asname is None:
            first = alias.name.partition(".")[0]
            yield PythonImport(first, first, lasting=lasting)
        else:
            yield PythonImport(alias.asname, alias.name, lasting=lasting)


def _fetched_modules(node: ast.Assign | ast.NamedExpr, lasting: bool) -> Iterator[PythonImport]:
    """`lib = pytest.importorskip("pkg")` imports as well."""
    call = node.value
    if not isinstance(call, ast.Call) or not call.args:
        return
    if chain_of(call.func)[-1:] not in _FETCHERS:
        return
    name = call.args[0]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in _names(targets):
            yield PythonImport(target.id, name.value, lasting=lasting)


def _public(tree: ast.Module) -> tuple[str, ...] | None:
    """The strings of a literal `__all__`."""
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(name.id == "__all__" for name in _names(targets)):
                return _strings(node.value)
    return None


def _strings(node: ast.expr | None) -> tuple[str, ...] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    found = [one.value for one in node.elts if isinstance(one, ast.Constant)]
    names = tuple(one for one in found if isinstance(one, str))
    return names if len(names) == len(node.elts) else None


def _is_dynamic(tree: ast.Module, body: _Body) -> bool:
    """Whether the module may have names that it does not write out."""
    if any(one.name == "__getattr__" for one in body.functions):
        return True
    for statement, _ in _flat(tree.body, False):
        if isinstance(statement, (_Definition, ast.ClassDef)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and chain_of(node.func)[-1:] in _MAKERS:
                return True
    return False


def _registered(tree: ast.Module, module: str) -> Iterator[tuple[str, Chain]]:
    """`sys.modules["name"] = module` and `sys.modules.setdefault("name", module)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and chain_of(target.value)[-1:] == _MODULES:
                    yield from _entry([target.slice, node.value], module)
        elif isinstance(node, ast.Call) and chain_of(node.func)[-2:] == (*_MODULES, "setdefault"):
            yield from _entry(node.args, module)


def _entry(pair: Sequence[ast.expr], module: str) -> Iterator[tuple[str, Chain]]:
    """The name and what it is given; nothing for what is computed."""
    name, value = pair if len(pair) == 2 else (None, None)
    chain = chain_of(value) if value is not None else ()
    if chain and isinstance(name, ast.Name) and name.id == "__name__" and module:
        yield module, chain
    elif chain and isinstance(name, ast.Constant) and isinstance(name.value, str):
        yield name.value, chain
