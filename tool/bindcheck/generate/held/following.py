"""Following a body statement by statement.

A variable stands for a symbol; an expression that is made of arguments alone stands for its own
text, with the variables in it replaced by theirs.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.generate.held.choices import mixes
from bindcheck.generate.held.errors import mapped_by
from bindcheck.generate.held.evidence import LISTED, Made
from bindcheck.generate.held.noting import Noting
from bindcheck.generate.held.scopes import Scope, apart, carry, fields, joined, matched
from bindcheck.generate.held.statements import (
    handed,
    is_part,
)
from bindcheck.generate.held.symbols import (
    CHANGED,
    UNKNOWN,
    UNSET,
    Array,
    Code,
    Kernel,
    Memory,
    Names,
    Output,
    Several,
    Symbol,
    Unknown,
    Whole,
)
from bindcheck.generate.held.texts import listed_texts
from bindcheck.generate.held.typed import declared, each_declared
from bindcheck.generate.lacking import Lacking, placed
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Cast,
    Closure,
    FieldAccess,
    Gated,
    If,
    Index,
    Let,
    Loop,
    Match,
    Node,
    Path,
    StructLiteral,
    Try,
    Unary,
)
from bindcheck.model import Sequence as Items


@dataclass(slots=True)
class Follower(Noting):
    """Statements and expressions; what calls come to is told by `calls`."""

    # --- statements --------------------------------------------------------------------------

    def body(self, body: Block, scope: Scope) -> Symbol:
        """Follow the body of a function, and note its checks."""
        self.outermost, self.whole = True, body
        self.handed = handed(body, self.known.functions)
        return self.block(body, scope)

    def block(self, block: Block, scope: Scope) -> Symbol:
        """Follow the statements; the symbol of the value."""
        # Functions inside the body are gone with it.
        inner = {**scope, **{one.name: UNKNOWN for one in block.functions}}
        last: Symbol = UNKNOWN
        outermost, self.outermost = self.outermost, False
        for statement in block.statements:
            with placed(statement):
                if outermost:
                    self.check(statement, inner)
                last = self.statement(statement, inner)
        carry(inner, scope)
        return last if block.tail else UNKNOWN

    def _inner_block(self, block: Block, scope: Scope) -> Symbol:
        value = self.block(block, scope)
        if block.kind == "unsafe" and isinstance(value, Code) and "(" in value.text:
            return Code(f"unsafe {{ {value.text} }}", value.uses, atomic=True)
        return value

    def inside(self, node: Node, scope: Scope, names: Mapping[str, Symbol] | None = None) -> Symbol:
        """The value of a node with variables of its own; what it assigns outside counts."""
        inner = {**scope, **(names or {})}
        value = self.statement(node, inner)
        carry(inner, scope)
        return value

    def statement(self, node: Node, scope: Scope) -> Symbol:
        """The symbol of a statement that is a value; what it binds goes into the scope."""
        if isinstance(node, Gated):
            return self.statement(node.inner, scope)
        if isinstance(node, Let):
            self._let(node, scope)
            return UNKNOWN
        if isinstance(node, Assign):
            self._assign(node, scope)
            return UNKNOWN
        return self.value(node, scope)

    def _let(self, node: Let, scope: Scope) -> None:
        value = self.value(node.value, scope) if node.value is not None else UNSET
        if isinstance(value, Code) and id(node) in self.raising:
            value = self._raising(node, value)
        elif isinstance(node.value, Items) and node.pattern.startswith("("):
            made = [(self.value(one, scope), one) for one in node.value.items]
            value = Several(each_declared(made, node.type, scope))
        elif isinstance(value, Code) and node.mutable:
            value = self._changing(node, value)
        elif node.value is not None and not node.mutable:
            value = declared(value, node.type, node.value, scope)
        if node.value is not None and id(node) not in self.raising:
            self.settle(node, node.value, value)
        if isinstance(value, Output) and node.mutable:
            value = Output(value.name, CHANGED)
        self._bind(node, value, scope)

    def _changing(self, node: Let, made: Code) -> Symbol:
        """A variable that changes: what a call has made may be memory for an output."""
        if not isinstance(node.value, Call):
            return UNKNOWN
        self.memories += 1
        return Memory(self.memories, made=made)

    def _assign(self, node: Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        if isinstance(node.target, Path) and len(node.target.segments) == 1:
            name = node.target.last
            self.settle(node, node.value, value)
            scope[name] = joined(scope.get(name), value) if node.op == "=" else UNKNOWN
            scope[f"={name}"] = scope[name]
            return
        root = self.value(node.target, scope)
        if isinstance(root, Memory):
            self.found.change(root)
        if isinstance(root, Output) and root.element != CHANGED:
            raise Lacking(f"what the body changes in `{root.name}`")

    def _bind(self, node: Let, value: Symbol, scope: Scope) -> None:
        whole = not node.pattern.startswith("(") and "{" not in node.pattern
        if len(node.names) == 1 and whole:
            scope[node.names[0]] = value
            return
        if isinstance(value, Whole) and not value.batch and node.pattern.startswith("("):
            places = range(len(self.known.outputs))
            value = Several(tuple(self.splicer.field(value, str(at)) for at in places))
        if isinstance(value, Several):
            scope.update(apart(node.pattern, node.names, value))
            return
        scope.update(dict.fromkeys(node.names, UNSET if value is UNSET else UNKNOWN))
        if isinstance(value, Whole):
            found = fields(node.pattern)
            scope.update({name: self.splicer.field(value, field) for field, name in found})

    @abstractmethod
    def reaches_core(self, node: Node) -> bool:
        """Whether an expression is what the core gives, or the error that it has instead."""

    def asked_for_list(self, node: Try) -> None:
        """Note that the body asks whether combinations could be listed."""

    @abstractmethod
    def calls(self, node: Node, scope: Scope) -> Symbol | None:
        """The symbol of a call, of a function, a method or a macro; None for other nodes."""

    # --- values ------------------------------------------------------------------------------

    def value(self, node: Node, scope: Scope) -> Symbol:
        """The symbol of an expression."""
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            return handler(self, node, scope)
        with placed(node):
            found = self.calls(node, scope)
        if found is not None:
            return found
        for child in node.children():
            self.statement(child, scope)
        return self.code(node, scope)

    def _path(self, node: Path, scope: Scope) -> Symbol:
        if len(node.segments) == 1 and node.last in scope:
            return scope[node.last]
        return Code(self.splicer.text(node), atomic=True)

    def _try(self, node: Try, scope: Scope) -> Symbol:
        value = self.value(node.value, scope)
        if not self.released and self.reaches_core(node.value):
            self.found.converted = True
        if value == LISTED:
            self.asked_for_list(node)
        if not isinstance(value, Code) or value == LISTED:
            return value
        raised = (
            f".map_err(|error| {self.known.error}::new_err(error.to_string()))"
            if self.released
            else ""
        )
        return Code(f"{value.inner}{raised}?", value.uses, atomic=True)

    def _same(self, node: Unary | Index, scope: Scope) -> Symbol:
        inner = node.value if isinstance(node, Unary) else node.base
        value = self.value(inner, scope)
        if isinstance(value, Array | Output) and is_part(node):
            return self.part(node, value, scope)
        if isinstance(value, Array) and isinstance(node, Unary) and node.op == "&mut":
            if isinstance(inner, Path):  # It may be changed.
                scope[inner.last] = scope[f"={inner.last}"] = UNKNOWN
            return UNKNOWN
        return self.code(node, scope) if isinstance(value, Code) else value

    def part(self, node: Unary | Index, value: Symbol, scope: Scope) -> Symbol:
        """Numbers other than those of a whole array or result."""
        return self.code(node, scope) if isinstance(value, Array) else UNKNOWN

    def _cast(self, node: Cast, scope: Scope) -> Symbol:
        value = self.value(node.value, scope)
        if isinstance(value, Output):
            return Output(value.name, node.type.text)
        return self.code(node, scope) if isinstance(value, Code) else value

    def _tuple(self, node: Items, scope: Scope) -> Symbol:
        items = tuple(self.value(item, scope) for item in node.items)
        if node.kind == "tuple" and any(not isinstance(item, Code) for item in items):
            return Several(items)
        return self.code(node, scope)

    def _literal(self, node: StructLiteral, scope: Scope) -> Symbol:
        fields = {init.name: self.value(init.value, scope) for init in node.inits}
        # Not by way of `value`: `..KamaParams::default()` is no literal of its own.
        base = self.code(node.base, scope) if node.base is not None else None
        return self.struct(node.path.rpartition("::")[2], Made(fields, base, node.span.start))

    def struct(self, name: str, literal: Made) -> Symbol:
        """Note a struct that the body makes."""
        if name == self.known.params:
            self.found.params.append(literal)
        if name == self.known.ranges:
            self.found.ranges.append(literal)
        elif name != self.known.params:
            self.found.others.append(literal)
        return UNKNOWN

    def _branch(self, node: If | Match, scope: Scope) -> Symbol:
        if isinstance(node, Match):
            subject = self.value(node.subject, scope)
            values = [self.inside(arm.body, scope, matched(arm, subject)) for arm in node.arms]
            if isinstance(subject, Whole) or self.reaches_core(node.subject):
                self.found.mapped |= set(mapped_by(node, scope, self.splicer, self.released > 0))
        else:
            subject = UNKNOWN
            inner = dict(scope)
            self.statement(node.condition, inner)
            other = dict(scope)
            values = [self.inside(node.then, inner)]
            carry(inner, scope)
            if node.otherwise is not None:
                values.append(self.inside(node.otherwise, other))
                carry(other, scope)
        chosen = self.chosen(node, subject, values, scope)
        if chosen is not None:
            return chosen
        known = {value for value in values if not isinstance(value, Code | Unknown)}
        if any(isinstance(value, Kernel) for value in known) and set(values) != known:
            return self.code(node, scope)  # Another kernel in some cases.
        if len(known) == 1:
            return known.pop()
        held = {self.found.output(value) for value in values if isinstance(value, Memory)}
        filled = {one.name if one is not None else "" for one in held}
        if len(filled) == 1 and "" not in filled and len(known) == len(values):
            return values[0]  # Memory of two kinds for the same output.
        if isinstance(subject, Array | Kernel):
            return subject
        return self.code(node, scope)

    def chosen(
        self, node: If | Match, subject: Symbol, values: Sequence[Symbol], scope: Scope
    ) -> Symbol | None:
        """What a choice between values comes to, where that is more than the one that is known."""
        return UNKNOWN if mixes(node, subject, values, self.known) else None

    def _loop(self, node: Loop, scope: Scope) -> Symbol:
        names: Scope = dict.fromkeys(node.names, UNKNOWN)
        if node.over is not None:
            over = self.statement(node.over, scope)
            texts = listed_texts(over.text, len(node.names)) if isinstance(over, Code) else ()
            if texts:
                names[node.names[-1]] = Names(texts)
        self.inside(node.body, scope, names)
        return UNKNOWN

    def _closure(self, node: Closure, scope: Scope) -> Symbol:
        """A closure that nothing here calls."""
        self.called(node, (), scope)
        return self.code(node, scope)

    def called(self, node: Closure, args: Sequence[Symbol], scope: Scope) -> Symbol:
        """The value of a closure given its arguments."""
        names: Scope = {}
        for at, param in enumerate(node.params):
            value = args[at] if at < len(args) else UNKNOWN
            if isinstance(value, Several):
                pattern = self.splicer.source[param.span.start : param.span.end].decode("utf-8")
                names.update(apart(pattern, param.names, value))
            else:
                alone = value if len(param.names) == 1 else UNKNOWN
                names.update(dict.fromkeys(param.names, alone))
        return self.inside(node.body, scope, names)

    def _field(self, node: FieldAccess, scope: Scope) -> Symbol:
        base = self.value(node.base, scope)
        if isinstance(base, Whole):
            return self.splicer.field(base, node.name)
        if isinstance(base, Several) and node.name.isdigit() and int(node.name) < len(base.items):
            return base.items[int(node.name)]
        return self.code(node, scope) if isinstance(base, Code) else UNKNOWN


_HANDLERS: Mapping[type[Node], Callable[..., Symbol]] = {
    Path: Follower._path,
    Try: Follower._try,
    Unary: Follower._same,
    Index: Follower._same,
    Cast: Follower._cast,
    Items: Follower._tuple,
    StructLiteral: Follower._literal,
    If: Follower._branch,
    Match: Follower._branch,
    Loop: Follower._loop,
    Closure: Follower._closure,
    FieldAccess: Follower._field,
    Block: Follower._inner_block,
    Gated: Follower.statement,
    Let: Follower.statement,
    Assign: Follower.statement,
}
