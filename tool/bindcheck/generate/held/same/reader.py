"""Brings a body to its form: what it does in order, what it computes, what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.generate.held.effects import interned
from bindcheck.generate.held.same import methods
from bindcheck.generate.held.same.calls import PRIMITIVES, Calls
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import (
    DROPPED,
    NEVER,
    UNIT,
    UNSET,
    Term,
    is_array,
    pattern,
    within,
)
from bindcheck.model import (
    Assign,
    Binary,
    Block,
    Call,
    Cast,
    Closure,
    FieldAccess,
    Gated,
    If,
    Index,
    Jump,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Return,
    StructLiteral,
    Try,
    TypeRef,
    Unary,
)
from bindcheck.model import (
    Sequence as Items,
)

_VALUES = frozenset({"function", "made", "path", "struct", "type"})
"""Values that are not those of an argument."""

_MEMORY = (("memory",), ("part of memory",))


@dataclass(slots=True)
class Reader(Calls):
    """Statements and expressions."""

    def value(self, node: Node | None, scope: Scope) -> Term:
        """What a node gives; what it does goes into the trace."""
        if node is None:
            return UNIT
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope) if handler is not None else self.unread(node, scope)

    def _block(self, node: Block, scope: Scope) -> Term:
        inner = Scope(scope)
        for one in node.functions:
            inner.bind(one.name, ("inner", self.span_text(one.span.start, one.span.end)))
        last: Term = UNIT
        for statement in node.statements:
            last = self.statement(statement, inner)
        for name, value in inner.assigned.items():
            scope.assign(name, value)
        if not node.tail:
            return UNIT
        # What is read of an array, or is memory, is the same without the GIL's rules.
        return last if node.kind == "plain" or _is_safe(last) else (node.kind, last)

    def statement(self, node: Node, scope: Scope) -> Term:
        """What a statement gives; what it does goes into the trace."""
        return self.value(node, scope)

    def _let(self, node: Let, scope: Scope) -> Term:
        if node.otherwise is not None:
            value = self.value(node.value, scope)
            if value in self.given and pattern(node.pattern, node.names) == "Some($0)":
                scope.bind(node.names[0], ("slice", value[1]))
                return UNIT
            missing = self.sometimes(node.otherwise, scope)
            shape = pattern(node.pattern, node.names)
            made = self.event(("let else", shape, value, missing), node)
            self.bind_pattern(node.pattern, node.names, made, scope)
            return UNIT
        value = self.value(node.value, scope) if node.value is not None else UNSET
        if node.type is not None:
            value = _declared(node.type, value)
        unused = all(name.startswith("_") for name in node.names)
        if unused and value[0] in _VALUES and value[1] not in PRIMITIVES:
            self.event(("kept to the end", value), node)  # It may do something then.
        self.bind_pattern(node.pattern, node.names, value, scope)
        return UNIT

    def _assign(self, node: Assign, scope: Scope) -> Term:
        value = self.value(node.value, scope)
        target = node.target
        if node.op == "=" and isinstance(target, Path) and len(target.segments) == 1:
            if target.last == "_":
                return UNIT
            scope.assign(target.last, value)
            return UNIT
        place = self.value(target, scope)
        self.event(("assign", place, node.op, value), node)
        self.touch(target, scope)
        return UNIT

    def _return(self, node: Return, scope: Scope) -> Term:
        self.trace.steps.append((("return", self.value(node.value, scope)), node))
        return DROPPED

    def _gated(self, node: Gated, scope: Scope) -> Term:
        return self.event(("cfg", repr(node.cfg), self.sometimes(node.inner, scope)), node)

    def _loop(self, node: Loop, scope: Scope) -> Term:
        over = self.value(node.over, scope) if node.kind == "for" else UNIT
        rounds = _rounds(over, len(node.names))
        if rounds and not any(isinstance(one, Jump) for one in node.body.walk()):
            return self._unrolled(node, rounds, scope)
        inner = Scope(scope)
        changed = scope.changed_in(node)
        for at, name in enumerate(changed):
            inner.assign(name, ("carried", self.level, at))
        self.bind_names(node.names, inner)
        self.level += 1
        condition = self.sometimes(node.over, inner) if node.kind == "while" and node.over else UNIT
        trace, value = self.part(node.body, inner)
        self.level -= 1
        carried = tuple(inner.get(name) for name in changed)
        touched = [one[1] for one in within(over) if one[:1] in _MEMORY]
        made = self.event(("loop", node.kind, over, condition, trace.term(value), carried), node)
        for at, name in enumerate(changed):
            before = scope.get(name)
            if before is None or before[0] != "memory":
                scope.assign(name, ("changed", at, made))
            else:
                touched.append(before[1])
        for at, number in enumerate(dict.fromkeys((*touched, *trace.written))):
            self.memory[number] = ("looped over", at, made)
        return made

    def _unrolled(self, node: Loop, rounds: Sequence[Sequence[Term]], scope: Scope) -> Term:
        """A loop over texts that are written out: one round after the other."""
        for values in rounds:
            inner = Scope(scope)
            for name, value in zip(node.names, values, strict=True):
                inner.bind(name, value)
            self.value(node.body, inner)
            for name, value in inner.assigned.items():
                scope.assign(name, value)
        return UNIT

    def _path(self, node: Path, scope: Scope) -> Term:
        if len(node.segments) == 1:
            found = scope.get(node.last)
            if found is not None:
                return found
        if node.segments[0] == "Self" and self.owner:
            return self.naming.spelled((self.owner, *node.segments[1:]))
        return self.naming.spelled(node.segments)

    def _literal(self, node: Literal, scope: Scope) -> Term:
        return ("literal", node.kind, node.text)

    def _unary(self, node: Unary, scope: Scope) -> Term:
        value = self.value(node.value, scope)
        return value if node.op.startswith(("&", "*")) else ("unary", node.op, value)

    def _binary(self, node: Binary, scope: Scope) -> Term:
        left = self.value(node.left, scope)
        if node.op in ("&&", "||"):
            inner = Scope(scope)
            trace, right = self.part(node.right, inner)
            right = self.left(inner, trace, right, scope)
            term = self.settled(("binary", node.op, left, right))
            return term if trace.empty else self.event(term, node)
        return self.combined(node.op, left, self.value(node.right, scope))

    def combined(self, op: str, left: Term, right: Term) -> Term:
        """`left op right`, of which both are read in any case."""
        return self.settled(("binary", op, left, right))

    def _cast(self, node: Cast, scope: Scope) -> Term:
        kind = "".join(node.type.text.split())
        value = self.value(node.value, scope)
        pointer = self.pointed(node, value)
        if pointer is not None:
            return pointer
        numeral = value[0] == "literal" and kind != "_"
        return methods.typed(kind, value) if numeral else ("cast", kind, value)

    def pointed(self, node: Cast, value: Term) -> Term | None:
        """A pointer that a reader knows, whatever its type; None for other values."""
        return None

    def _field(self, node: FieldAccess, scope: Scope) -> Term:
        return self.field_of(node.name, self.value(node.base, scope))

    def field_of(self, name: str, base: Term) -> Term:
        """A field of a value, or the part of a tuple at a place."""
        if base[0] == "result":
            base = base[3]
        known = self._field_of(name, base)
        if known is not None:
            return known
        if base[0] == "struct":
            found: Term | None = dict(base[2]).get(name)
            if found is not None:
                return found
        if base[0] == "items" and name.isdigit() and int(name) < len(base[2]):
            only: Term = base[2][int(name)]
            return only
        return self.settled(("field", name, base))

    def _field_of(self, name: str, base: Term) -> Term | None:
        """A field of a value that a reader knows; None for others."""
        return None

    def _index(self, node: Index, scope: Scope) -> Term:
        base = self.value(node.base, scope)
        whole = isinstance(node.index, Range) and not node.index.children()
        if whole:
            return base
        if base[0] == "memory" and isinstance(node.index, Range):
            return ("part of memory", base[1], self.value(node.index, scope))
        return self.settled(("index", base, self.value(node.index, scope)))

    def _range(self, node: Range, scope: Scope) -> Term:
        return ("range", self.value(node.start, scope), self.value(node.end, scope), node.inclusive)

    def _items(self, node: Items, scope: Scope) -> Term:
        return ("items", node.kind, tuple(self.value(one, scope) for one in node.items))

    def _struct(self, node: StructLiteral, scope: Scope) -> Term:
        segments = tuple(node.path.split("::"))
        if segments == ("Self",) and self.owner:
            segments = (self.owner,)
        fields = tuple(sorted((one.name, self.value(one.value, scope)) for one in node.inits))
        base = self.value(node.base, scope) if node.base is not None else UNIT
        return ("struct", self.naming.spelled(segments), fields, base)

    def _closure(self, node: Closure, scope: Scope) -> Term:
        return ("closure", len(node.params), self.applied(node, (), scope))

    def _macro(self, node: MacroCall, scope: Scope) -> Term:
        text = interned(node)
        if text is not node:
            return self.value(text, scope)
        name = node.path.rpartition("::")[2]
        if name == "unreachable":
            return NEVER
        if name == "format" and node.parsed:
            return self._format(node, scope)
        if name == "vec" and node.parsed:
            items = tuple(self.value(one, scope) for one in node.args)
            repeated = (
                items[0][2] if len(items) == 1 and items[0][:2] == ("items", "repeat") else ()
            )
            return self.reserve(*repeated) if repeated else ("vec", items)
        return self.unread(node, scope)

    def _format(self, node: MacroCall, scope: Scope) -> Term:
        first, *others = node.args
        if not isinstance(first, Literal):
            return self.unread(node, scope)
        given = [self.value(one, scope) for one in others]
        text, named = _inlined(first.text)
        given += [self.value(Path(node.span, (name,)), scope) for name in named]
        if text == "{}" and len(given) == 1:
            return ("method", "to_string", (), given[0], ())
        return self.settled(("format", text, tuple(given)))


def _declared(kind: TypeRef, value: Term) -> Term:
    """A value with the type that is declared, each part of a tuple with its own."""
    if kind.kind == "tuple" and value[:2] == ("items", "tuple") and len(kind.args) == len(value[2]):
        pairs = zip(kind.args, value[2], strict=True)
        return ("items", "tuple", tuple(_declared(*pair) for pair in pairs))
    return value if methods.is_typed(value) else methods.typed("".join(kind.text.split()), value)


def _rounds(over: Term, names: int) -> list[list[Term]]:
    """What the variables of a loop are in each round, where it goes through texts; else none."""
    counted = over[:2] == ("method", "enumerate")
    inner = over[3] if counted else over
    while inner[:1] == ("method",) and inner[1] in ("iter", "into_iter"):
        inner = inner[3]
    texts = inner[2] if inner[:2] == ("items", "array") else ()
    if names != 1 + counted or any(one[:2] != ("literal", "str") for one in texts):
        return []
    counts = [[("literal", "int", str(at))] if counted else [] for at in range(len(texts))]
    return [[*count, text] for count, text in zip(counts, texts, strict=True)]


def _is_safe(value: Term) -> bool:
    if value[:1] == ("items",):
        return all(map(_is_safe, value[2]))
    if value[:1] == ("Ok",):
        return _is_safe(value[1])
    return is_array(value) or value[0] in ("dict", "memory", "result", "unit")


def _inlined(text: str) -> tuple[str, list[str]]:
    """The text of `format!` with `{}` for each `{name}`, and the names."""
    names: list[str] = []

    def taken(found: re.Match[str]) -> str:
        names.append(found[1])
        return f"{{{found[2] or ''}}}"

    if "{{" in text or re.search(r"\{\}.*\{[a-z_]", text):
        return text, re.findall(r"\{([A-Za-z_]\w*)", text)
    return re.sub(r"\{([A-Za-z_]\w*)(:[^}]*)?\}", taken, text), names


_HANDLERS: Mapping[type[Node], Callable[..., Term]] = {
    Assign: Reader._assign,
    Binary: Reader._binary,
    Block: Reader._block,
    Call: Reader._call,
    Cast: Reader._cast,
    Closure: Reader._closure,
    FieldAccess: Reader._field,
    Gated: Reader._gated,
    If: Reader._if,
    Index: Reader._index,
    Items: Reader._items,
    Let: Reader._let,
    Literal: Reader._literal,
    Loop: Reader._loop,
    MacroCall: Reader._macro,
    Match: Reader._match,
    MethodCall: Reader._method,
    Path: Reader._path,
    Range: Reader._range,
    Return: Reader._return,
    StructLiteral: Reader._struct,
    Try: Reader._try,
    Unary: Reader._unary,
}
