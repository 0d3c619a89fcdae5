"""What the code of a Python file reads, calls and fetches, by function."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from bindcheck.model.python import Chain, PythonCall, PythonScope

_REFUSING = ("raises", "assertRaises", "assertRaisesRegex")
_PROBING = (("callable",), ("hasattr",))
"""What looks at a name without using what it stands for."""
_NAMESPACES = ("__dict__",)
_WORDS = re.compile(r"[A-Za-z_]\w*")
ANY_NAME = ".*"
A_STRING = ""
"""The pattern of a name that is computed from strings elsewhere."""
A_WORD = "?"
"""The pattern of a name that comes from another object, such as `function.__name__`."""


Binding = ast.Import | ast.ImportFrom | ast.Assign | ast.NamedExpr
"""Statements and expressions that may bind a module to a name."""

_MARKS = frozenset({"ctx", "op", "ops"})
"""Fields with nodes that say nothing here."""

_BINDING_BY_TEXT: tuple[type[ast.AST], ...] = (
    ast.arg,
    ast.ExceptHandler,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Global,
    ast.Nonlocal,
    ast.MatchAs,
    ast.MatchStar,
    ast.MatchMapping,
)

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
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own.extend((*node.decorator_list, *_defaults(node.args)))
            self._gather(f"{prefix}{node.name}", node.body, _parameters(node.args))
        elif isinstance(node, ast.ClassDef):
            own.extend((*node.decorator_list, *node.bases, *node.keywords))
            body: list[ast.AST] = []
            for statement in node.body:
                self._sort(statement, f"{prefix}{node.name}.", body)
            self._gather(f"{prefix}{node.name}", body)
        elif isinstance(node, (ast.If, ast.Try, ast.ExceptHandler)):
            for child in ast.iter_child_nodes(node):
                self._sort(child, prefix, own)
        elif not _is_public_list(node):
            own.append(node)

    def _gather(self, name: str, nodes: Sequence[ast.AST], parameters: Sequence[str] = ()) -> None:
        found = _Gathered(nodes, parameters)
        found.run()
        self.binding.extend(found.binding)
        scope = PythonScope(
            name=name,
            handed=tuple(found.handed),
            compared=tuple(found.compared),
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


def _parameters(node: ast.arguments) -> list[str]:
    starred = [one for one in (node.vararg, node.kwarg) if one is not None]
    return [one.arg for one in (*node.posonlyargs, *node.args, *node.kwonlyargs, *starred)]


def _defaults(node: ast.arguments) -> list[ast.expr]:
    return [*node.defaults, *(one for one in node.kw_defaults if one is not None)]


class _Refused(ast.AST):
    """Not of the grammar: from here on calls stand in a block that expects an exception."""


class _Allowed(ast.AST):
    """Not of the grammar: here such a block ends."""


class _Gathered:
    """What some nodes and all below them say, in source order."""

    def __init__(self, nodes: Sequence[ast.AST], parameters: Sequence[str]):
        self.binding: list[Binding] = []
        self.handed: dict[Chain, None] = {}
        self.compared: dict[Chain, None] = {}
        self.calls: list[PythonCall] = []
        self.strings: dict[str, None] = {}
        self.fetched: list[tuple[Chain, str]] = []
        self.made: dict[str, Chain] = dict.fromkeys(parameters, ())
        # Expressions nest as deep as their authors like, so the stack is our own.
        self._stack = list(reversed(nodes))
        self._refused = 0

    def run(self) -> None:
        """Visit all nodes."""
        stack = self._stack
        while stack:
            node = stack.pop()
            visit = _VISITS.get(type(node))
            if visit is None:
                self._below(node)
            else:
                visit(self, node)

    def _below(self, node: ast.AST) -> None:
        below: list[ast.AST] = []
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                below += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST):
                below.append(value)
        below.reverse()
        self._stack += below

    def _push(self, nodes: Sequence[ast.AST]) -> None:
        self._stack.extend(reversed(nodes))

    def _name(self, node: ast.Name) -> None:
        if type(node.ctx) is ast.Load:
            self.handed[_shared((node.id,))] = None
        else:
            self.made[node.id] = ()

    def _attribute(self, node: ast.Attribute) -> None:
        chain = chain_of(node)
        used = self.handed if type(node.ctx) is ast.Load else self.compared
        used[chain] = None
        if node.attr in _NAMESPACES:
            self.fetched.append((chain[:-1], ANY_NAME))
        self._stack += _root(node)

    def _compare(self, node: ast.Compare) -> None:
        """What is compared is not called, if it is a method."""
        below: list[ast.AST] = []
        for side in (node.left, *node.comparators):
            plain = type(side) is ast.Attribute and side.attr not in _NAMESPACES
            if plain:
                self.compared[chain_of(side)] = None
            below += _root(side) if plain else [side]
        self._push(below)

    def _constant(self, node: ast.Constant) -> None:
        if type(node.value) is str:
            self.strings.update(dict.fromkeys(_named_in(node.value)))

    def _binds(self, node: Binding) -> None:
        self.binding.append(node)
        self._below(node)

    def _assign(self, node: ast.Assign) -> None:
        """Note what a variable is made by; one that is bound twice is made by nothing known."""
        chain = chain_of(node.value.func) if isinstance(node.value, ast.Call) else ()
        others: list[ast.AST] = []
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.made[target.id] = () if target.id in self.made else chain
            else:
                others.append(target)
        self.binding.append(node)
        self._push([*others, node.value])

    def _names(self, node: ast.AST) -> None:
        """Statements that bind names which are written as text."""
        self.made.update(dict.fromkeys(_bound(node), ()))
        self._below(node)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        if any(_expects(item.context_expr) for item in node.items):
            self._push([*node.items, _Refused(), *node.body, _Allowed()])
        else:
            self._push([*node.items, *node.body])

    def _turn(self, node: _Refused | _Allowed) -> None:
        self._refused += 1 if isinstance(node, _Refused) else -1

    def _call(self, node: ast.Call) -> None:
        chain = chain_of(node.func)
        arguments: list[ast.AST] = [*node.args, *[one.value for one in node.keywords]]
        if not chain:
            self._push([node.func, *arguments])
            return
        self.calls.append(_called(node, chain, refused=self._refused > 0))
        if chain in _PROBING:
            self._push([part for one in node.args for part in _probed(one)])
            return
        if chain[-1] == "getattr" and len(node.args) >= 2:
            self.fetched.append((chain_of(node.args[0]), _pattern(node.args[1])))
        elif chain[-1] == "vars" and node.args:
            self.fetched.append((chain_of(node.args[0]), ANY_NAME))
        self._push([*_root(node.func), *arguments])


_VISITS: dict[type[ast.AST], Callable[[_Gathered, Any], None]] = {
    ast.Name: _Gathered._name,
    ast.Attribute: _Gathered._attribute,
    ast.Compare: _Gathered._compare,
    ast.Constant: _Gathered._constant,
    ast.Call: _Gathered._call,
    ast.Assign: _Gathered._assign,
    ast.NamedExpr: _Gathered._binds,
    ast.Import: _Gathered._binds,
    ast.ImportFrom: _Gathered._binds,
    **dict.fromkeys(_BINDING_BY_TEXT, _Gathered._names),
    ast.With: _Gathered._with,
    ast.AsyncWith: _Gathered._with,
    _Refused: _Gathered._turn,
    _Allowed: _Gathered._turn,
}


def _bound(node: ast.AST) -> list[str]:
    """Names that a node binds, or takes from another scope, and has as text."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return node.names
    if isinstance(node, ast.MatchMapping):
        name = node.rest
    elif isinstance(node, ast.arg):
        name = node.arg
    else:
        name = getattr(node, "name", None)
    return [] if name is None else [name]


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node in which there may be something to visit."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = tuple(name for name in kind._fields if name not in _MARKS)
        return self[kind]


_FIELDS = _Fields()


def _root(node: ast.expr) -> list[ast.AST]:
    """The expression that a dotted name begins with, if it is no name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return [] if isinstance(node, ast.Name) else [node]


def _probed(node: ast.expr) -> list[ast.AST]:
    """What an argument evaluates before the name that is only looked at."""
    if isinstance(node, ast.Constant):
        return []
    return _root(node) if chain_of(node) else [node]


def _called(node: ast.Call, chain: Chain, *, refused: bool) -> PythonCall:
    positional = len(node.args)
    starred = next((at for at, one in enumerate(node.args) if type(one) is ast.Starred), None)
    keywords = tuple([one.arg for one in node.keywords if one.arg is not None])
    return PythonCall(
        target=chain,
        positional=positional if starred is None else starred,
        keywords=_shared(keywords),
        blank=_shared(frozenset(_blank(node))),
        open=starred is not None or len(keywords) < len(node.keywords),
        refused=refused,
        line=node.lineno,
    )


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
    return A_STRING if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) else ANY_NAME
