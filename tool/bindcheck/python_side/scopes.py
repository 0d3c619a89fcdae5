"""What the code of a Python file reads, calls and fetches, by function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from bindcheck.model.python import Chain, PythonCall, PythonScope

_REFUSING = ("raises", "assertRaises", "assertRaisesRegex")
_NAMESPACES = ("__dict__",)
_WORDS = re.compile(r"[A-Za-z_]\w*")
ANY_NAME = ".*"
A_STRING = ""
"""The pattern of a name that is computed from strings elsewhere."""
A_WORD = "?"
"""The pattern of a name that comes from another object, such as `function.__name__`."""


Binding = ast.Import | ast.ImportFrom | ast.Assign | ast.NamedExpr
"""Statements and expressions that may bind a module to a name."""

# Tuples: a union is taken apart at each of the many nodes.
_BINDING = (ast.Import, ast.ImportFrom, ast.Assign, ast.NamedExpr)
_WITH = (ast.With, ast.AsyncWith)

_Part = TypeVar("_Part", tuple[str, ...], frozenset[str | int])


@lru_cache(maxsize=1 << 15)
def _shared(part: _Part) -> _Part:
    """One of all that are equal: tests say the same again and again, and all of it is kept."""
    return part


def chain_of(node: ast.expr) -> Chain:
    """`a.b.c` by its parts; an empty first part when it begins with another expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    elif parts:
        parts.append("")
    chain: Chain = _shared(tuple(reversed(parts)))
    return chain


@dataclass
class Scopes:
    """The scopes of a module, its own code last, and the statements that bind modules to names."""

    found: list[PythonScope] = field(default_factory=list)
    binding: list[Binding] = field(default_factory=list)

    def read(self, tree: ast.Module) -> None:
        """Sort the code of a module into its scopes."""
        own: list[ast.AST] = []
        for statement in tree.body:
            self._sort(statement, "", own)
        self._gather("", own)

    def _sort(self, node: ast.AST, prefix: str, own: list[ast.AST]) -> None:
        """Put a statement with the code of its scope, or make scopes of its functions."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own.extend((*node.decorator_list, *_defaults(node.args)))
            self._gather(f"{prefix}{node.name}", node.body)
        elif isinstance(node, ast.ClassDef):
            own.extend((*node.decorator_list, *node.bases, *node.keywords))
            body: list[ast.AST] = []
            for statement in node.body:
                self._sort(statement, f"{prefix}{node.name}.", body)
            self._gather(f"{prefix}{node.name}", body)
        elif isinstance(node, ast.If | ast.Try | ast.ExceptHandler):
            for child in ast.iter_child_nodes(node):
                self._sort(child, prefix, own)
        elif not _is_public_list(node):
            own.append(node)

    def _gather(self, name: str, nodes: Sequence[ast.AST]) -> None:
        found = _Gathered()
        # Expressions nest as deep as their authors like, so the stack is our own.
        stack = [(node, False) for node in reversed(nodes)]
        while stack:
            node, refused = stack.pop()
            if isinstance(node, _BINDING):
                self.binding.append(node)
            inner = _visit(node, refused, found)
            stack.extend(reversed(inner))
        scope = PythonScope(
            name=name,
            handed=tuple(found.handed),
            calls=tuple(found.calls),
            strings=tuple(found.strings),
            fetched=tuple(found.fetched),
            made=tuple((name, chain) for name, chain in found.made.items() if chain),
        )
        self.found.append(scope)


def _is_public_list(node: ast.AST) -> bool:
    """`__all__ = [..]` names what the module has, and uses nothing."""
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets)


def _defaults(node: ast.arguments) -> list[ast.expr]:
    return [*node.defaults, *(one for one in node.kw_defaults if one is not None)]


@dataclass
class _Gathered:
    handed: dict[Chain, None] = field(default_factory=dict)
    calls: list[PythonCall] = field(default_factory=list)
    strings: dict[str, None] = field(default_factory=dict)
    fetched: list[tuple[Chain, str]] = field(default_factory=list)
    made: dict[str, Chain] = field(default_factory=dict)

    def hand(self, chain: Chain) -> None:
        """Note a name that is used for something other than calling it."""
        self.handed[chain] = None

    def bind(self, node: ast.Assign) -> None:
        """Note what a variable is made by; one that is bound twice is made by nothing known."""
        chain = chain_of(node.value.func) if isinstance(node.value, ast.Call) else ()
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.made[target.id] = () if target.id in self.made else chain


def _visit(node: ast.AST, refused: bool, found: _Gathered) -> list[tuple[ast.AST, bool]]:
    """Note what a node says; the nodes below it that are still to be seen."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            found.hand(_shared((node.id,)))
        return []
    if isinstance(node, ast.Attribute):
        chain = chain_of(node)
        found.hand(chain)
        if node.attr in _NAMESPACES:
            found.fetched.append((chain[:-1], ANY_NAME))
        return [(one, refused) for one in _root(node)]
    if isinstance(node, ast.Call):
        return [(one, refused) for one in _call(node, refused, found)]
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            found.strings.update(dict.fromkeys(_named_in(node.value)))
        return []
    if isinstance(node, ast.Assign):
        found.bind(node)
    elif isinstance(node, _WITH):
        inside = refused or any(_expects(item.context_expr) for item in node.items)
        return [*((item, refused) for item in node.items), *((one, inside) for one in node.body)]
    return [(one, refused) for one in ast.iter_child_nodes(node)]


def _root(node: ast.expr) -> list[ast.AST]:
    """The expression that a dotted name begins with, if it is no name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return [] if isinstance(node, ast.Name) else [node]


def _call(node: ast.Call, refused: bool, found: _Gathered) -> list[ast.AST]:
    chain = chain_of(node.func)
    arguments: list[ast.AST] = [*node.args, *(one.value for one in node.keywords)]
    if not chain:
        return [node.func, *arguments]
    starred = [isinstance(one, ast.Starred) for one in node.args]
    keywords = tuple(one.arg for one in node.keywords if one.arg is not None)
    found.calls.append(
        PythonCall(
            target=chain,
            positional=starred.index(True) if any(starred) else len(node.args),
            keywords=_shared(keywords),
            blank=_shared(frozenset(_blank(node))),
            open=any(starred) or len(keywords) < len(node.keywords),
            refused=refused,
            line=node.lineno,
        )
    )
    if chain[-1] == "getattr" and len(node.args) >= 2:
        found.fetched.append((chain_of(node.args[0]), _pattern(node.args[1])))
    elif chain[-1] == "vars" and node.args:
        found.fetched.append((chain_of(node.args[0]), ANY_NAME))
    return [*_root(node.func), *arguments]


def _blank(node: ast.Call) -> Iterator[str | int]:
    """Arguments that are a plain `None`."""
    for number, one in enumerate(node.args):
        if isinstance(one, ast.Constant) and one.value is None:
            yield number
    for given in node.keywords:
        if given.arg and isinstance(given.value, ast.Constant) and given.value.value is None:
            yield given.arg


def _expects(node: ast.expr) -> bool:
    """`pytest.raises(..)` and its like."""
    return isinstance(node, ast.Call) and chain_of(node.func)[-1:] in [(n,) for n in _REFUSING]


def _named_in(text: str) -> Sequence[str]:
    """A string that is a name, and the names in a string that is code."""
    if text.isidentifier():
        return (text,)
    return _WORDS.findall(text) if "import " in text else ()


def _part(node: ast.expr) -> str:
    pattern = _pattern(node)
    return ANY_NAME if pattern in (A_STRING, A_WORD) else pattern


def _pattern(node: ast.expr) -> str:
    """The names that a computed string can be, as a regular expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        fixed = (isinstance(one, ast.Constant) for one in node.values)
        parts = zip(node.values, fixed, strict=True)
        return "".join(_pattern(one) if known else ANY_NAME for one, known in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _part(node.left) + _part(node.right)
    if isinstance(node, ast.Attribute) and node.attr in ("__name__", "__qualname__"):
        return A_WORD
    return A_STRING if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) else ANY_NAME
