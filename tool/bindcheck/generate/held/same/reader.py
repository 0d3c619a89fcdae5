"""Brings a body to its form: what it does in order, what it computes, what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bindcheck.generate.held.same import methods
from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import (
    ANY,
    DROPPED,
    NEVER,
    NONE,
    UNIT,
    UNSET,
    Term,
    difference,
    fallible,
    replaced,
    unified,
    within,
)
from bindcheck.model import (
    Arm,
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
    Sequence as Items,
    StructLiteral,
    Try,
    Unary,
)

_ALLOC = frozenset({"from_owned_array", "from_slice", "from_slice_bound", "from_vec"})
_WRAPPERS = frozenset({"Err", "Ok", "Some"})
_GIVEN = (["None", "Some($0)"], ["Some($0)", "_"])
_PRIMITIVES = frozenset({"bool", "char", "f32", "f64", "i32", "i64", "u32", "u64", "u8", "usize"})
_MEMORY = (("memory",), ("part of memory",))
_LAYOUT = frozenset({"is_c_contiguous", "is_contiguous", "is_err", "is_ok"})
_RELEASES = frozenset({"allow_threads", "detach"})


@dataclass(slots=True)
class Trace:
    """What runs: steps in order, each with its place, and computations that take time.

    `asked` are readings of the kernel's name, whose order among the other steps is no matter, and
    `written` is what older memory holds in the end.
    """

    steps: list[tuple[Term, Node]] = field(default_factory=list)
    work: list[tuple[Term, Node]] = field(default_factory=list)
    asked: list[tuple[Term, Node]] = field(default_factory=list)
    written: dict[int, Term] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing runs but what is computed in no time."""
        return not (self.steps or self.work or self.asked)

    def term(self, value: Term) -> Term:
        """All of it as one term, with the value in the end."""
        if self.empty:
            return value
        parts = (tuple(sorted((t for t, _ in one), key=repr)) for one in (self.work, self.asked))
        return ("trace", tuple(step for step, _ in self.steps), *parts, value)


@dataclass(slots=True)
class Reader:
    """Reads one body; `source` is the text that its spans are about, `owner` what `Self` is.

    `arrays` are the arguments that are arrays, as Python gives them.
    """

    naming: Naming
    source: bytes
    owner: str
    arrays: frozenset[str] = frozenset()
    trace: Trace = field(default_factory=Trace)
    level: int = 0
    released: Trace | None = None
    inlined: int = 0
    seen: dict[Term, int] = field(default_factory=dict)
    memory: dict[int, Term] = field(default_factory=dict)
    sizes: dict[int, Term] = field(default_factory=dict)
    pending: dict[Term, list[int]] = field(default_factory=dict)
    given: set[Term] = field(default_factory=set)

    # --- what runs ---------------------------------------------------------------------------

    def event(self, content: Term, node: Node) -> Term:
        """Something that may change anything: a step, and what it gives."""
        content = self.settled(content)
        count = self.seen[content] = self.seen.get(content, 0) + 1
        self.trace.steps.append((self._where(content), node))
        return ("event", content, count)

    def computed(self, content: Term, node: Node) -> Term:
        """Something that only computes, but takes time."""
        content = self.settled(content)
        # The type of what is computed may be said elsewhere.
        self.trace.work.append((self._where((*content[:2], *content[3:])), node))
        return content

    def settled(self, term: Term) -> Term:
        """A term with what memory holds by now, in place of the memory."""
        if not self.memory:
            return term
        if term[:1] == ("part of memory",):
            return ("index", self.settled(("memory", term[1])), self.settled(term[2]))  # type: ignore[arg-type]
        if term[:1] == ("memory",):
            return self.settled(self.memory[term[1]])  # type: ignore[index]
        return tuple(self.settled(one) if isinstance(one, tuple) else one for one in term)

    def _reserved(self, fill: Term, size: Term) -> Term:
        """New memory, with what is in it, and how long it is."""
        number = len(self.memory)
        fill = ANY if fill[0] == "default" else fill
        self.memory[number], self.sizes[number] = ("filled", fill, size), size
        return ("memory", number)

    def _where(self, content: Term) -> Term:
        # That the core runs released is what a new body is for.
        apart = self.trace is self.released and content[0] != "core"
        return ("released", content) if apart else content

    def part(
        self, node: Node, scope: Scope, *, released: bool = False
    ) -> tuple[Trace, Term]:
        """What a node does that runs only sometimes, or without the GIL, apart from the rest."""
        outer, self.trace = self.trace, Trace()
        self.released = self.trace if released else self.released
        before = dict(self.memory)
        value = self.value(node, scope)
        found, self.trace = self.trace, outer
        found.written = {n: c for n, c in self.memory.items() if n in before and c != before[n]}
        self.memory |= before
        return found, value

    def sometimes(self, node: Node, scope: Scope) -> Term:
        """The same as one term."""
        inner = Scope(scope)
        trace, value = self.part(node, inner)
        return self._left(inner, trace, value, scope)

    def _left(self, inner: Scope, trace: Trace, value: Term, scope: Scope) -> Term:
        """What runs sometimes may leave other values in the variables and the memory around it."""
        made = trace.term(value)
        if inner.assigned or trace.written:
            names = list(inner.assigned)
            held = tuple(self.settled(one) for one in trace.written.values())
            made = ("leaving", made, tuple(inner.assigned.values()), held)
            for at, name in enumerate(names):
                scope.assign(name, ("left", at, made))
            for at, number in enumerate(trace.written):
                self.memory[number] = ("left in memory", at, made)
        return made

    # --- statements --------------------------------------------------------------------------

    def value(self, node: Node | None, scope: Scope) -> Term:
        """What a node gives; what it does goes into the trace."""
        if node is None:
            return UNIT
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope) if handler is not None else self._unread(node, scope)

    def text(self, node: Node) -> str:
        """A node as it is written, without white space."""
        return "".join(self.source[node.span.start : node.span.end].decode("utf-8").split())

    def _unread(self, node: Node, scope: Scope) -> Term:
        """What is not read: its text, and all that the variables in it stand for."""
        text = self.text(node)
        names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", text))
        known = tuple((name, scope.get(name)) for name in names if scope.get(name) is not None)
        return self.event(("text", text, known), node)

    def _block(self, node: Block, scope: Scope) -> Term:
        inner = Scope(scope)
        for one in node.functions:
            inner.bind(one.name, ("inner", self._span(one.span.start, one.span.end)))
        last: Term = UNIT
        for statement in node.statements:
            last = self.value(statement, inner)
        for name, value in inner.assigned.items():
            scope.assign(name, value)
        if not node.tail:
            return UNIT
        # What is read of an array, or is memory, is the same without the GIL's rules.
        plain = node.kind == "plain" or _is_array(last) or last[0] in ("memory", "result", "unit")
        return last if plain else (node.kind, last)

    def _span(self, start: int, end: int) -> str:
        return "".join(self.source[start:end].decode("utf-8").split())

    def _let(self, node: Let, scope: Scope) -> Term:
        if node.otherwise is not None:
            value = self.value(node.value, scope)
            if value in self.given and _pattern(node.pattern, node.names) == "Some($0)":
                scope.bind(node.names[0], ("slice", value[1]))
                return UNIT
            missing = self.sometimes(node.otherwise, scope)
            pattern = _pattern(node.pattern, node.names)
            made = self.event(("let else", pattern, value, missing), node)
            self._bind(node.pattern, node.names, made, scope)
            return UNIT
        value = self.value(node.value, scope) if node.value is not None else UNSET
        if node.type is not None and not methods.is_typed(value):
            value = methods.typed("".join(node.type.text.split()), value)
        self._bind(node.pattern, node.names, value, scope)
        return UNIT

    def _bind(self, pattern: str, names: Sequence[str], value: Term, scope: Scope) -> None:
        shape = _pattern(pattern, names)
        if shape == "$0":
            scope.bind(names[0], value)
            return
        tuple_of = tuple(f"${at}" for at in range(len(names)))
        parts = value[2] if value[0] == "items" and value[1] == "tuple" else ()
        if isinstance(parts, tuple) and shape == f"({','.join(tuple_of)})" and len(parts) == len(names):
            for name, one in zip(names, parts, strict=True):
                scope.bind(name, one)
            return
        for at, name in enumerate(names):
            scope.bind(name, ("part", shape, at, value))

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
        self._touch(target, scope)
        return UNIT

    def _touch(self, node: Node, scope: Scope) -> None:
        """The variable at the root of a place is another one from now on."""
        while isinstance(node, FieldAccess | Index | Unary | MethodCall):
            inner = node.receiver if isinstance(node, MethodCall) else None
            if isinstance(node, FieldAccess | Index):
                inner = node.base
            elif isinstance(node, Unary):
                inner = node.value
            assert inner is not None
            node = inner
        if isinstance(node, Path) and len(node.segments) == 1:
            before = scope.get(node.last)
            if before is not None and before[0] not in ("slice", "python"):
                scope.assign(node.last, ("after", len(self.trace.steps), before))

    def _return(self, node: Return, scope: Scope) -> Term:
        self.trace.steps.append((("return", self.value(node.value, scope)), node))
        return DROPPED

    def _gated(self, node: Gated, scope: Scope) -> Term:
        return self.event(("cfg", repr(node.cfg), self.sometimes(node.inner, scope)), node)

    def _loop(self, node: Loop, scope: Scope) -> Term:
        over = self.value(node.over, scope) if node.kind == "for" else UNIT
        inner = Scope(scope)
        changed = scope.changed_in(node)
        for at, name in enumerate(changed):
            inner.assign(name, ("carried", self.level, at))
        self._binders(node.names, inner)
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
            self.memory[number] = ("looped over", at, made)  # type: ignore[index]
        return made

    def _binders(self, names: Sequence[str], scope: Scope) -> None:
        for at, name in enumerate(names):
            scope.bind(name, ("bound", self.level, at))

    # --- conditions --------------------------------------------------------------------------

    def _if(self, node: If, scope: Scope) -> Term:
        then = Scope(scope)
        condition, shape = self._condition(node.condition, then)
        ways = [self._way(node.then, then)]
        ways.append(self._way(node.otherwise, Scope(scope)))
        if shape == ("pattern", "Some($0)") and condition[1][0] == "maybe array":  # type: ignore[index]
            return self._joined(("given", condition[1]), ways, node, scope)
        ends = ways[0][0].steps[-1:] and ways[0][0].steps[-1][0][0] == "return"
        made = self._joined(("if", condition, shape), ways, node, scope)
        if ends and node.otherwise is None:
            self.given |= set(_nones(condition))
        return made

    def _condition(self, node: Node, scope: Scope) -> tuple[Term, Term]:
        if isinstance(node, Let):
            value = self.value(node.value, scope)
            shape = _pattern(node.pattern, node.names)
            self._matched(shape, node.names, value, scope)
            return value if _is_array(value) else ("asked", value), ("pattern", shape)
        if isinstance(node, Binary) and node.op == "&&" and _has_let(node):
            left = self._condition(node.left, scope)
            trace, right = Trace(), self._condition(node.right, scope)
            return ("both", left, right, trace.term(UNIT)), UNIT
        return self.value(node, scope), UNIT

    def _matched(self, shape: str, names: Sequence[str], value: Term, scope: Scope) -> None:
        several = value[2] if value[0] == "items" else ()
        if isinstance(several, tuple) and len(several) == len(names) and all(map(_is_array, several)):
            if shape == f"({','.join(f'Ok(${at})' for at in range(len(names)))})":
                for name, one in zip(names, several, strict=True):
                    scope.bind(name, one)
                return
        for at, name in enumerate(names):
            if value[0] == "maybe array" and shape == "Some($0)":
                scope.bind(name, ("slice", value[1]))
            elif value[0] == "maybe copy" and shape == "Some($0)":
                scope.bind(name, value[1])  # type: ignore[arg-type]
            else:
                whole = _is_array(value) and shape in ("Ok($0)", "Some($0)")
                scope.bind(name, value if whole else ("matched", shape, at, value))

    def _way(self, node: Node | None, scope: Scope) -> tuple[Trace, Term, Scope]:
        trace, value = self.part(node, scope) if node is not None else (Trace(), UNIT)
        return trace, value, scope

    def _joined(
        self,
        asked: Term,
        ways: Sequence[tuple[Trace, Term, Scope]],
        node: Node,
        scope: Scope,
    ) -> Term:
        """One of several ways: its value, and what is assigned on it."""
        if _is_layout(asked[1]):
            ways = [way for way in ways if way[1] != NEVER]
        names = sorted({name for _, _, inner in ways for name in inner.assigned})
        numbers = sorted({number for trace, _, _ in ways for number in trace.written})
        held = [[t.written.get(n, self.memory[n]) for n in numbers] for t, _, _ in ways]
        quiet = all(trace.empty for trace, _, _ in ways)
        outcome = tuple(
            self.settled(
                (
                    trace.term(value),
                    tuple(inner.get(name) or UNIT for name in names),
                    tuple(memory),
                )
            )
            for (trace, value, inner), memory in zip(ways, held, strict=True)
        )
        plain = quiet and not numbers
        perhaps = self._perhaps_copied(asked, [way[1] for way in ways]) if plain else None
        if perhaps is not None:
            for name in names:  # The copy, where one is made.
                scope.assign(name, ("copy in", perhaps))
            return perhaps
        whole = unified(outcome[0], outcome[1:]) if quiet or _is_layout(asked[1]) else None
        if whole is not None:
            made, assigned, memory = whole
            # The way on which memory holds what is known is the one to go on with.
            at = next((i for i, one in enumerate(outcome) if one[::2] == (made, memory)), None)
            if at is not None:
                self._join(ways[at][0])
                for name, value in zip(names, assigned, strict=True):  # type: ignore[arg-type]
                    scope.assign(name, value)
                return ways[at][1]
        if asked[0] == "given" and len(ways) == 2 and not names and not numbers:
            chosen = self._chosen(asked, ways)
            if chosen is not None:
                return chosen
        made = (*asked, outcome)
        made = made if quiet else self.event(made, node)
        for at, name in enumerate(names):
            scope.assign(name, ("assigned", at, made))
        for at, number in enumerate(numbers):
            self.memory[number] = ("either", at, made)
        return made

    def _perhaps_copied(self, asked: Term, values: Sequence[Term]) -> Term | None:
        """What ways come to that differ in whether an array is copied, or given."""
        subject = asked[1]
        if asked[0] == "given" and isinstance(subject, tuple) and subject[0] == "maybe array":
            return subject if values == [("Some", ("slice", subject[1])), NONE] else None
        if not _is_layout(subject) or len(values) != 2:
            return None
        if NONE in values:
            other = next(iter(value for value in values if value != NONE), NONE)
            return ("maybe copy", other[1]) if other[0] == "Some" else None
        return values[0] if _is_array(values[0]) and values[0] == values[1] else None

    def _chosen(self, asked: Term, ways: Sequence[tuple[Trace, Term, Scope]]) -> Term | None:
        """Two ways that differ in one value: one way, with a choice of the value."""
        (one, value, _), (other, second, _) = ways
        if len(one.steps) != len(other.steps) or one.work or other.work or one.asked or other.asked:
            return None
        had = [*(step for step, _ in one.steps), value]
        has = [*(step for step, _ in other.steps), second]
        pairs = {pair for a, b in zip(had, has, strict=True) if (pair := difference(a, b))}
        if len(pairs) != 1:
            return None
        pair = pairs.pop()
        choice = (*asked, pair)
        merged = [replaced(term, pair[0], choice) if a != b else term
                  for term, a, b in zip(had, had, has, strict=True)]
        self.trace.steps += [(t, node) for t, (_, node) in zip(merged, one.steps, strict=False)]
        return merged[-1]

    def _match(self, node: Match, scope: Scope) -> Term:
        subject = self.value(node.subject, scope)
        shapes = [_pattern(arm.pattern, arm.names) for arm in node.arms]
        plain = all(arm.guard is None and not arm.cfg for arm in node.arms)
        if subject[0] == "result" and plain and sorted(shapes) == ["Err($0)", "Ok($0)"]:
            found = self._result_matched(subject, dict(zip(shapes, node.arms, strict=True)), scope)
            if found is not None:
                return found
        ways: list[tuple[Trace, Term, Scope]] = []
        asked = []
        for shape, arm in zip(shapes, node.arms, strict=True):
            inner = Scope(scope)
            self._matched(shape, arm.names, subject, inner)
            guard = self.sometimes(arm.guard, inner) if arm.guard is not None else UNIT
            asked.append((shape, guard, repr(arm.cfg)))
            ways.append(self._way(arm.body, inner))
        if subject[0] == "maybe array" and plain and sorted(shapes) in _GIVEN:
            ways = [way for _, way in sorted(
                zip(shapes, ways, strict=True), key=lambda one: one[0] != "Some($0)"
            )]
            return self._joined(("given", subject), ways, node, scope)
        return self._joined(("match", subject, tuple(asked)), ways, node, scope)

    def _result_matched(self, subject: Term, arms: Mapping[str, Arm], scope: Scope) -> Term | None:
        """`match call { Ok(v) => .., Err(e) => return Err(..) }`: like `map_err`, and like `?`."""
        failed, good = arms["Err($0)"], arms["Ok($0)"]
        inner = Scope(scope)
        self._binders(failed.names, inner)
        self.level += 1
        trace, error = self.part(failed.body, inner)
        self.level -= 1
        if trace.work or trace.asked or inner.assigned:
            return None
        ends = len(trace.steps) == 1 and trace.steps[0][0][0] == "return" and error == DROPPED
        raised = trace.steps[0][0][1] if ends else error
        if (trace.steps and not ends) or not isinstance(raised, tuple) or raised[:1] != ("Err",):
            return None
        mapped = _mapped(subject, ("closure", 1, raised[1]))
        value = Scope(scope)
        value.bind(good.names[0], mapped[3])
        if ends:
            self._raise(mapped, failed)
            return self.value(good.body, value)
        done = self.value(good.body, value)
        return ("result", *mapped[1:3], done[1]) if done[0] == "Ok" else None

    def _raise(self, result: Term, node: Node) -> None:
        for at in self.pending.pop(result[1], ()):  # type: ignore[arg-type]
            (kind, source, mapping), place = self.trace.steps[at]
            inner: Term = ("result", source, mapping, UNIT)
            mapped = _mapped(inner, result[2]) if result[2] else inner  # type: ignore[arg-type]
            self.trace.steps[at] = ((kind, *mapped[1:3]), place)
        if result[1][0] == "closure raises":  # type: ignore[index]
            return
        step = (("raise", *result[1:3]), node)
        source = result[1]
        asks = isinstance(source, tuple) and source[0] == "kernel"
        (self.trace.asked if asks else self.trace.steps).append(step)

    def _try(self, node: Try, scope: Scope) -> Term:
        value = self.value(node.value, scope)
        if self._is_asked_of_python(node.value):
            value = ("of python", value)
        if _is_array(value) or value[0] in ("dict", "maybe array", "memory", "set"):
            return value
        if value[0] == "Ok":
            return value[1]
        if value[0] != "result":
            value = fallible(value)
        self._raise(value, node)
        return value[3]

    def _is_asked_of_python(self, node: Node) -> bool:
        """`data.len()?` of an argument: of its values nobody asks like that."""
        asked = isinstance(node, MethodCall) and node.method in ("is_empty", "len")
        receiver = node.receiver if isinstance(node, MethodCall) else None
        return asked and isinstance(receiver, Path) and receiver.text in self.arrays

    # --- expressions -------------------------------------------------------------------------

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
            right = self._left(inner, trace, right, scope)
            term = self.settled(("binary", node.op, left, right))
            return term if trace.empty else self.event(term, node)
        return self.settled(("binary", node.op, left, self.value(node.right, scope)))

    def _cast(self, node: Cast, scope: Scope) -> Term:
        kind = "".join(node.type.text.split())
        value = self.value(node.value, scope)
        numeral = value[0] == "literal" and kind != "_"
        return methods.typed(kind, value) if numeral else ("cast", kind, value)

    def _field(self, node: FieldAccess, scope: Scope) -> Term:
        base = self.value(node.base, scope)
        if base[0] == "result":
            base = base[3]
        if base[0] == "struct":
            found = dict(base[2]).get(node.name)
            if found is not None:
                return found
        if base[0] == "items" and node.name.isdigit() and int(node.name) < len(base[2]):
            return base[2][int(node.name)]
        return self.settled(("field", node.name, base))

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
        return ("closure", len(node.params), self._applied(node, (), scope))

    def _applied(self, node: Closure, given: Sequence[Term], scope: Scope) -> Term:
        """A closure's body, given the first arguments; the others are bound by it."""
        inner = Scope(scope)
        for at, param in enumerate(node.params):
            whole = given[at] if at < len(given) else ("bound", self.level, at)
            pattern = self._span(param.span.start, param.span.end).split(":")[0]
            self._bind(pattern, param.names, whole, inner)
        bound = len(node.params) > len(given)
        self.level += bound
        trace, value = self.part(node.body, inner)
        self.level -= bound
        return self._left(inner, trace, value, scope)

    def _macro(self, node: MacroCall, scope: Scope) -> Term:
        name = node.path.rpartition("::")[2]
        if name == "unreachable":
            return NEVER
        if name == "format" and node.parsed:
            return self._format(node, scope)
        if name == "vec" and node.parsed:
            items = tuple(self.value(one, scope) for one in node.args)
            repeated = items[0][2] if len(items) == 1 and items[0][:2] == ("items", "repeat") else ()
            return self._reserved(*repeated) if repeated else ("vec", items)
        return self._unread(node, scope)

    def _format(self, node: MacroCall, scope: Scope) -> Term:
        first, *others = node.args
        if not isinstance(first, Literal):
            return self._unread(node, scope)
        given = [self.value(one, scope) for one in others]
        text, named = _inlined(first.text)
        given += [self.value(Path(node.span, (name,)), scope) for name in named]
        if text == "{}" and len(given) == 1:
            return ("method", "to_string", (), given[0], ())
        return self.settled(("format", text, tuple(given)))

    # --- calls -------------------------------------------------------------------------------

    def _call(self, node: Call, scope: Scope) -> Term:
        path = node.function if isinstance(node.function, Path) else None
        if path is None or (len(path.segments) == 1 and scope.get(path.last) is not None):
            function = self.value(node.function, scope)
            return self._done(("call", function, self._given(node, scope)), node, node.args, scope)
        args = self._given(node, scope)
        if path.segments[-1] in _WRAPPERS and len(args) == 1 and len(path.segments) == 1:
            return (path.last, args[0])
        ref = self.naming.function(path.segments)
        if ref is not None and ref == self.naming.validator:
            return fallible(("kernel", *args))
        name = self.naming.functions.get(ref) if ref is not None else None
        if name is None and ref is not None and len(path.segments) == 1:
            whole, places = self.naming.forwarded.get(path.last, ("", ()))
            if whole and len(places) == len(args):
                name, args = whole, tuple(args[at] for at in places)
        if name is not None:
            return self._core(name, args, node, scope)
        constructed = self._constructed(path, args)
        if constructed is not None:
            return constructed
        function = self.naming.called(path.segments)
        if path.last == "default" and not args and self.naming.is_empty(path.segments[:-1]):
            return self.naming.spelled(path.segments[:-1])
        kinds = tuple("".join(one.text.split()) for one in path.turbofish)
        if path.last == "new_err" or (path.segments[-2:] == ("PyErr", "new") and len(kinds) == 2):
            kind = function[-2] if path.last == "new_err" else kinds[0].rpartition("::")[2]
            return ("error", kind, args)
        if path.segments[0].startswith("<") and path.last == "default" and not args:
            return ("default", path.segments[0])
        if path.segments[-2:-1] == ("PyDict",) and path.last in ("new", "new_bound"):
            return ("dict", sum(1 for one in self.seen if one[0] == "dict made"))
        if path.segments[-2:-1] == ("PyArray1",) and path.last in _ALLOC and len(args) == 2:
            return ("array", args[1])
        if path.segments[-2:-1] == ("PyArray1",) and path.last in ("new", "new_bound"):
            return self._blank(args)
        if path.last[:1].isupper():
            return ("made", function, args)
        if path.segments[0] in _PRIMITIVES:
            return self.settled(("call", function, kinds, args))
        made = self._done(("call", function, kinds, args), node, node.args, scope)
        fails = ref is not None and self.naming.fails(ref)
        return fallible(made) if fails else made

    def _blank(self, args: tuple[Term, ...]) -> Term:
        """An array of Python whose memory holds anything."""
        size = args[1]
        alone = size[0] == "items" and len(size[2]) == 1  # type: ignore[arg-type]
        made = self._reserved(ANY, size[2][0] if alone else size)  # type: ignore[index]
        return ("array", made)

    def _given(self, node: Call, scope: Scope) -> tuple[Term, ...]:
        return tuple(self.value(one, scope) for one in node.args)

    def _core(self, name: str, args: tuple[Term, ...], node: Call, scope: Scope) -> Term:
        term: Term = ("core", name, args)
        self.event(term, node)
        term = self.settled(term)
        for at, one in enumerate(args):
            if one[0] == "memory":
                self.memory[one[1]] = ("written", at, term)  # type: ignore[index]
        return fallible(term)

    def _done(self, content: Term, node: Node, args: Sequence[Node], scope: Scope) -> Term:
        made = self.event(content, node)
        self._written(args, made, scope)
        return made

    def _written(self, args: Sequence[Node], made: Term, scope: Scope) -> None:
        """Variables that a call was given to write to."""
        for at, one in enumerate(args):
            if isinstance(one, Unary) and one.op.startswith("&mut") and isinstance(one.value, Path):
                before = scope.get(one.value.last)
                if before is not None and before[0] == "memory":
                    self.memory[before[1]] = ("written", at, made)  # type: ignore[index]
                else:
                    scope.assign(one.value.last, ("written", at, made))

    def _constructed(self, path: Path, args: tuple[Term, ...]) -> Term | None:
        """What a function of the input's type makes, where that is one expression."""
        owner = self.naming.type(path.segments[:-1]) if len(path.segments) > 1 else None
        if owner is None or owner != self.naming.input or self.inlined:
            return None
        found = self.naming.program.methods(owner).get(path.last, ())
        body = self.naming.program.body(found[0]) if len(found) == 1 else None
        if body is None or not body.tail or len(body.statements) != 1:
            return None
        function = self.naming.program.function(found[0])
        if len(function.params) != len(args) or not all(one.name for one in function.params):
            return None
        other = Naming.elsewhere(self.naming, found[0].path, function.scope)
        source = self.naming.program.source(found[0].path)
        inner = Scope(None)
        for param, value in zip(function.params, args, strict=True):
            inner.bind(param.name, value)
        reader = Reader(other, source, function.owner, inlined=1)
        value = reader.value(body, inner)
        return value if reader.trace.empty else None

    def _method(self, node: MethodCall, scope: Scope) -> Term:
        if node.method in _RELEASES and len(node.args) == 1 and isinstance(node.args[0], Closure):
            return self._release(node.args[0], scope)
        receiver = self.value(node.receiver, scope)
        closure = node.args[0] if len(node.args) == 1 else None
        if node.method == "map_err" and receiver[0] not in ("array", "memory", "result", "slice"):
            receiver = self._result(receiver)
        if receiver[0] == "result" and node.method in ("map", "map_err") and closure is not None:
            return self._mapping(node.method, receiver, closure, scope)
        if node.method == "set_item" and receiver[0] == "dict":
            args = tuple(self.value(one, scope) for one in node.args)
            self.event(("set", receiver, *args), node)
            return ("set",)
        if node.method in ("as_slice_mut", "as_mut") and receiver[0] == "array":
            return receiver[1]  # type: ignore[return-value]
        if methods.keeps(receiver, node.method):
            return receiver
        if receiver[0] == "memory" and methods.handles(node.method):
            return receiver
        if receiver[0] == "maybe array":
            found = self._perhaps(node, receiver, scope)
            if found is not None:
                return found
        args = tuple(self.value(one, scope) for one in node.args)
        whole = self._whole(node, receiver, args) or self._same_array(node, receiver, args, scope)
        if whole is not None:
            return whole
        if methods.shows(node.method):
            return ("array", receiver)
        kinds = tuple("".join(one.text.split()) for one in node.turbofish)
        content = self.settled(("method", node.method, kinds, receiver, args))
        if methods.is_quick(node.method):
            return content
        if methods.computes(node.method):
            return self.computed(content, node)
        made = self._done(content, node, node.args, scope)
        self._touch(node.receiver, scope)
        return made

    def _perhaps(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """A method of an array that need not be given."""
        only = node.args[0] if len(node.args) == 1 else None
        slice_: Term = ("slice", receiver[1])
        if node.method == "map" and isinstance(only, Closure):
            same = self._applied(only, (slice_,), Scope(scope)) == slice_
            return receiver if same else None
        if node.method in ("unwrap", "expect") and receiver in self.given:
            return slice_
        return receiver if node.method in ("as_ref", "map_err", "transpose") else None

    def _same_array(
        self, node: MethodCall, receiver: Term, args: tuple[Term, ...], scope: Scope
    ) -> Term | None:
        """What leaves the values of an array as they are: `map(|v| *v)`, or copying them over."""
        if receiver[0] != "slice":
            return None
        only = node.args[0] if len(node.args) == 1 else None
        if node.method == "copy_from_slice" and args == (receiver,):
            return UNIT
        if node.method == "map" and isinstance(only, Closure) and len(only.params) == 1:
            same = self._applied(only, (receiver,), Scope(scope)) == receiver
            return receiver if same else None
        return None

    def _whole(self, node: MethodCall, receiver: Term, args: tuple[Term, ...]) -> Term | None:
        """What memory holds that is written to as a whole, and how long it is."""
        if receiver[0] != "memory":
            part = receiver[0] == "part of memory"
            if part and node.method in ("copy_from_slice", "fill"):
                number = receiver[1]
                held = (node.method, self.memory[number], receiver[2], *args)  # type: ignore[index]
                self.memory[number] = self.settled(held)  # type: ignore[index]
                return UNIT
            return None
        number = receiver[1]
        if node.method == "len":
            return self.sizes[number]  # type: ignore[index]
        if node.method == "copy_from_slice" and len(args) == 1:
            self.memory[number] = self.settled(args[0])  # type: ignore[index]
            return UNIT
        if node.method == "fill" and len(args) == 1:
            self.memory[number] = ("filled", args[0], self.sizes[number])  # type: ignore[index]
            return UNIT
        return None

    def _result(self, value: Term) -> Term:
        """A value as a result, `call.map(..)` like what it is called on."""
        if value[0] == "method" and value[1] == "map":
            inner = self._result(value[3])  # type: ignore[arg-type]
            closure = value[4][0]  # type: ignore[index]
            return ("result", *inner[1:3], ("mapped", closure, inner[3]))
        return value if value[0] == "result" else fallible(value)

    def _mapping(self, method: str, receiver: Term, closure: Node, scope: Scope) -> Term:
        if method == "map":
            if not isinstance(closure, Closure) or len(closure.params) != 1:
                made: Term = ("mapped", self.value(closure, scope), receiver[3])
            else:
                made = self._applied(closure, (receiver[3],), scope)
            return ("result", *receiver[1:3], made)
        return _mapped(receiver, self.value(closure, scope))

    def _release(self, closure: Closure, scope: Scope) -> Term:
        """`py.detach(|| ..)`: runs at once; where it raises, it gives the error."""
        trace, value = self.part(closure.body, scope, released=True)
        ends = [step for step, _ in trace.steps if step[0] == "return"]
        if ends:
            return fallible(self.event(("released", trace.term(value)), closure))
        raising = [at for at, (step, _) in enumerate(trace.steps) if step[0] == "raise"]
        if not raising:
            self._join(trace)
            return value
        if value[0] == "result":
            trace.steps.append((("raise", *value[1:3]), closure.body))
            value, raising = ("Ok", value[3]), [*raising, len(trace.steps) - 1]
        if value[0] != "Ok":
            return fallible(self.event(("released", trace.term(value)), closure))
        # All that is raised inside is an error of the closure, which is what may be mapped.
        first = len(self.trace.steps)
        self._join(trace)
        self.pending[("closure raises", first)] = [first + at for at in raising]
        return ("result", ("closure raises", first), (), value[1])

    def _join(self, trace: Trace) -> None:
        """What was read apart runs right here."""
        self.trace.steps += trace.steps
        self.trace.work += trace.work
        self.trace.asked += trace.asked
        self.memory |= trace.written


def _mapped(result: Term, mapping: Term) -> Term:
    before = result[2]
    if mapping == ("path", "PyErr", "from") and not before:
        return result  # As `?` does.
    return ("result", result[1], ("then", before, mapping) if before else mapping, result[3])


def _is_layout(asked: object) -> bool:
    """Whether a condition asks no more than how an array lies in memory."""
    if not isinstance(asked, tuple):
        return True
    if asked[0] in ("asked", "both", "pattern"):
        return all(map(_is_layout, asked[1:]))
    if asked[0] == "items":
        return all(map(_is_array, asked[2]))
    if asked[0] == "maybe copy":
        return True
    method = asked[0] == "method" and asked[1] in _LAYOUT and _is_array(asked[3])
    return method or _is_array(asked) or asked == UNIT


def _nones(condition: Term) -> Iterator[Term]:
    """Arrays that a condition asks for, `high.is_none() || low.is_none()`."""
    if condition[0] == "binary" and condition[1] == "||":
        yield from _nones(condition[2])  # type: ignore[arg-type]
        yield from _nones(condition[3])  # type: ignore[arg-type]
    elif condition[0] == "method" and condition[1] == "is_none":
        yield condition[3]  # type: ignore[misc]


def _is_array(value: Term) -> bool:
    return value[0] in ("array", "slice")


def _has_let(node: Node) -> bool:
    return any(isinstance(one, Let) for one in node.walk())


def _pattern(text: str, names: Sequence[str]) -> str:
    """A pattern with its variables numbered, without what only says how they are bound."""
    text = re.sub(r"\b(mut|ref)\s+", "", text)
    for at, name in enumerate(names):
        text = re.sub(rf"(?<![\w$]){re.escape(name)}\b(?!\s*:[^:])", f"${at}", text)
    return "".join(text.split()).lstrip("&")


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
