"""The text of an expression, with variables replaced by what they stand for."""

from __future__ import annotations

import re

from bindcheck.analysis.paths_as_methods import is_by_path
from bindcheck.fact import fact, replace
from bindcheck.generate.held.evidence import COLS, COMBOS, ROWS, Evidence, Known
from bindcheck.generate.held.scopes import Scope, visible
from bindcheck.generate.held.symbols import (
    UNKNOWN,
    Array,
    Code,
    Kernel,
    Memory,
    Output,
    Symbol,
    Whole,
)
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    FieldAccess,
    FieldInit,
    If,
    Index,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
)
from bindcheck.model import Sequence as Items

_INLINED = re.compile(r"\{(\w+)(?=[:}])|(\w+)\$")
"""`{n}` and `{0:>width$}` in the text of a macro."""

_WORD = re.compile(r"[^\W\d]\w*")

_OF_ARRAYS = frozenset({"is_empty", "is_none", "is_some", "len"})
"""Methods that an array as Python gives it and its slice have in common."""

_OF_VIEWS = frozenset({"first", "is_empty", "iter", "last", "len", "to_vec"})
"""Methods that a view of an array and its slice have in common."""

Splices = tuple[list[tuple[int, int, str]], set[str]]
"""Replacements by byte offsets, and the names that the text uses."""

_ATOMIC = (Path, Call, MethodCall, FieldAccess, Try, Index, Literal, MacroCall, Items)


@fact
class Splicer:
    """Writes expressions of a body anew. `found` tells which memory a call has filled."""

    source: bytes
    known: Known
    found: Evidence

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.span.start : node.span.end].decode("utf-8")

    def first_line(self, node: Node) -> str:
        """The first line of a node, for a message."""
        return self.text(node).partition("\n")[0].strip()

    def code(self, node: Node, scope: Scope, *, released: bool) -> Symbol:
        """The text over arguments; unknown where a variable is. `released`: inside a closure."""
        spliced = _Pass(self, scope, released).node(node, frozenset())
        if spliced is None:
            return UNKNOWN
        edits, uses = spliced
        text, at = "", node.span.start
        for start, end, new in sorted(edits):
            text += self.source[at:start].decode("utf-8") + new
            at = end
        text += self.source[at : node.span.end].decode("utf-8")
        return Code(text, frozenset(uses), atomic=isinstance(node, _ATOMIC))

    def inlined(self, node: Node, scope: Scope) -> tuple[str, ...]:
        """`{rows}` in texts of macros where the new body does not have the variable so."""
        macros = (one for one in node.walk() if isinstance(one, MacroCall))
        return tuple(f"{{{name}}}" for one in macros for name in _unknown(one, scope, frozenset()))

    def hands_on(self, node: Node) -> bool:
        """Whether a call hands values to the core's stream: `self.stream.update(..)`."""
        return (
            isinstance(node, MethodCall)
            and node.method == self.known.update
            and isinstance(node.receiver, FieldAccess)
            and isinstance(node.receiver.base, Path)
            and node.receiver.base.segments == ("self",)
        )

    def field(self, whole: Whole, name: str) -> Symbol:
        """A field of a result."""
        known = self.known.grid if whole.batch else self.known.outputs
        if name in known and not whole.other:
            return Output(known[name])
        if whole.other and name == ROWS:
            return UNKNOWN  # Of another matrix.
        if whole.batch and name in (ROWS, COLS, COMBOS):
            return Code(name, frozenset({name}), atomic=True)
        return UNKNOWN


@fact
class _Pass:
    """One expression. A method gives replacements, or None where a variable is not known.

    `closed`: it stands between a bracket, or `=`, and a comma or another bracket, by itself;
    `apart`: between a word and the brace of a block, or at the end of one.
    """

    splicer: Splicer
    scope: Scope
    released: bool
    closed: bool = False
    apart: bool = False

    def node(self, node: Node, hidden: frozenset[str]) -> Splices | None:
        """Replacements inside a node; `hidden` are names that it binds itself."""
        if isinstance(node, Path):
            return self._path(node, hidden)
        whole = self._whole(node, hidden) or self._slice(node, hidden)
        if whole is not None:
            if _captured(whole, hidden):
                return None
            return [(node.span.start, node.span.end, self._put(whole))], set(whole.uses)
        if isinstance(node, MethodCall) and (of := self._of_slice(node, hidden)) is not None:
            return of
        if isinstance(node, FieldInit) and node.span == node.value.span:
            return self._short(node, hidden)
        if (isinstance(node, Return) and self.released) or _is_unread(node):
            return None
        if isinstance(node, MacroCall) and _unknown(node, self.scope, hidden):
            return None
        return self._children(node, hidden)

    def _children(self, node: Node, hidden: frozenset[str]) -> Splices | None:
        edits: list[tuple[int, int, str]] = []
        uses: set[str] = set()
        closed, apart = _closed(node, statement=self.closed), _apart(node)
        for child, names in visible(node):
            inside = any(child is one for one in closed)
            below = (inside, child is apart)
            if below == (self.closed, self.apart):
                inner = self
            else:
                inner = replace(self, closed=below[0], apart=below[1])
            found = inner.node(child, hidden | names)
            if found is None:
                return None
            edits += found[0]
            uses |= found[1]
        return edits, uses

    def _whole(self, node: Node, hidden: frozenset[str]) -> Code | None:
        """What takes the place of a whole node."""
        if self.splicer.hands_on(node):
            name = self.splicer.known.result
            return Code(name, frozenset({name}), atomic=True)
        if isinstance(node, FieldAccess) and isinstance(node.base, Path):
            base = None if node.base.last in hidden else self.scope.get(node.base.text)
            part = self.splicer.field(base, node.name) if isinstance(base, Whole) else None
            return part if isinstance(part, Code) else None
        return None

    def _slice(self, node: Node, hidden: frozenset[str]) -> Code | None:
        """The slice of the new body, where the old one asks an array for it."""
        asked = node.value if isinstance(node, Try) else None
        if not isinstance(asked, MethodCall) or asked.method != "as_slice":
            return None
        array = self._raw(asked.receiver, hidden)
        return self._variable(Array(array.argument)) if array is not None else None

    def _of_slice(self, node: MethodCall, hidden: frozenset[str]) -> Splices | None:
        """A method of an array that the slice of the new body has as well; nothing for others."""
        given, array = node.receiver, self._raw(node.receiver, hidden)
        if isinstance(given, MethodCall) and given.method == "as_array":
            array = self._raw(given.receiver, hidden) if node.method in _OF_VIEWS else None
        elif node.method not in _OF_ARRAYS:
            array = None
        code = self._variable(Array(array.argument)) if array is not None else None
        if code is None or _captured(code, hidden):
            return None
        edits, uses = [(given.span.start, given.span.end, code.text)], set(code.uses)
        for arg in node.args:
            found = replace(self, closed=True).node(arg, hidden)
            if found is None:
                return None
            edits += found[0]
            uses |= found[1]
        return edits, uses

    def _raw(self, node: Node, hidden: frozenset[str]) -> Array | None:
        """The array that Python gives, where an expression is that."""
        shown = isinstance(node, Path) and node.last not in hidden
        found = self.scope.get(node.last) if isinstance(node, Path) and shown else None
        return found if isinstance(found, Array) and found.raw else None

    def _short(self, node: FieldInit, hidden: frozenset[str]) -> Splices | None:
        """The short form of a field, written out where the variable is replaced."""
        found = replace(self, closed=True).node(node.value, hidden)
        if found is None or not found[0]:
            return found
        start, end, new = found[0][0]
        return [(start, end, f"{node.name}: {new}")], found[1]

    def _path(self, node: Path, hidden: frozenset[str]) -> Splices | None:
        if len(node.segments) != 1 or node.last in hidden or node.last not in self.scope:
            return [], set()
        code = self._variable(self.scope[node.last])
        if code is None or _captured(code, hidden):
            return None
        if code.text == node.last:
            return [], set(code.uses)
        return [(node.span.start, node.span.end, self._put(code))], set(code.uses)

    def _put(self, code: Code) -> str:
        """Code in its place, with parentheses only where it needs them."""
        bare = self.closed or (self.apart and "{" not in code.text)
        return code.text if bare else code.inner

    def _variable(self, symbol: Symbol) -> Code | None:
        if isinstance(symbol, Array) and not symbol.raw:
            name = self.splicer.known.variable(symbol.argument)
            return Code(name, frozenset({symbol.argument}), atomic=True)
        if isinstance(symbol, Kernel) and symbol.text:
            return Code(
                symbol.text, frozenset({symbol.argument}), atomic=symbol.text.isidentifier()
            )
        if isinstance(symbol, Memory) and symbol.number not in self.splicer.found.filled:
            return symbol.code
        return symbol if isinstance(symbol, Code) else None


def _apart(node: Node) -> Node | None:
    """The part of a node before its block, or at its end, where no block may begin."""
    if isinstance(node, If):
        return node.condition
    if isinstance(node, Loop):
        return node.over
    if isinstance(node, Block):
        return node.statements[-1] if node.tail else None
    if isinstance(node, Arm | Closure):
        return node.body
    return node.subject if isinstance(node, Match) else None


def _closed(node: Node, *, statement: bool) -> tuple[Node, ...]:
    """The parts of a node, which may be a `statement`, that need no parentheses in any case."""
    if isinstance(node, MethodCall) and is_by_path(node):
        return (node.receiver, *node.args)
    if isinstance(node, Call | MethodCall):
        return node.args
    if isinstance(node, FieldInit):
        return (node.value,)
    if isinstance(node, Index):
        return (node.index,)
    if isinstance(node, Items):
        return node.items if node.kind != "repeat" else ()
    if isinstance(node, Block):
        return tuple(one for one in node.statements if isinstance(one, Let))
    if isinstance(node, Let) and statement and node.value is not None:
        return (node.value,) if node.otherwise is None else ()
    return ()


def _unknown(node: MacroCall, scope: Scope, hidden: frozenset[str]) -> list[str]:
    """Names in braces in a text that the new body does not have under these names."""
    named = {one for found in _INLINED.findall(node.tokens) for one in found} - hidden
    symbols = {name: scope[name] for name in sorted(named) if name in scope}
    return [name for name, one in symbols.items() if not isinstance(one, Code) or one.text != name]


def _is_unread(node: Node) -> bool:
    return isinstance(node, MacroCall) and not node.parsed


def _captured(code: Code, hidden: frozenset[str]) -> bool:
    """Whether what is put in mentions a name that means another value at that place."""
    return not hidden.isdisjoint(_WORD.findall(code.text))
