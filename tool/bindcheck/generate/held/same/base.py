"""What all that reads a body stands on: steps, memory, variables."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import (
    ANY,
    ZERO,
    Term,
    pattern,
)
from bindcheck.generate.held.same.trace import Trace
from bindcheck.generate.held.scopes import fields
from bindcheck.model import (
    FieldAccess,
    Index,
    MethodCall,
    Node,
    Path,
    Unary,
)

_ZEROS = re.compile(r"0(?:\.0*)?_?(?:[fiu]\d+)?")


@dataclass(slots=True)
class Base:
    """Reads one body; `source` is the text that its spans are about, `owner` what `Self` is.

    `arrays` are the arguments that are arrays, as Python gives them. `error` is the type of its
    errors, where that is its own. `released` is what runs without the GIL, `memory` what each
    vector or array holds that the body has made.
    """

    naming: Naming
    source: bytes
    owner: str
    arrays: frozenset[str] = frozenset()
    error: str = ""
    trace: Trace = field(default_factory=Trace)
    released: Trace | None = None
    depth: int = 0
    level: int = 0
    inlined: int = 0
    dicts: int = 0
    seen: dict[Term, int] = field(default_factory=dict)
    memory: dict[int, Term] = field(default_factory=dict)
    sizes: dict[int, Term] = field(default_factory=dict)
    pending: dict[Term, list[int]] = field(default_factory=dict)
    given: set[Term] = field(default_factory=set)

    @abstractmethod
    def value(self, node: Node | None, scope: Scope) -> Term:
        """What a node gives; what it does goes into the trace."""

    @abstractmethod
    def field_of(self, name: str, base: Term) -> Term:
        """A field of a value, or the part of a tuple at a place."""

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
        return self._settled(term, {}) if self.memory else term

    def _settled(self, term: Term, known: dict[int, Term]) -> Term:
        # Terms share parts so often that as trees they would be far larger.
        found = known.get(id(term))
        if found is None:
            found = known[id(term)] = self._replaced(term, known)
        return found

    def _replaced(self, term: Term, known: dict[int, Term]) -> Term:
        if term[:1] == ("memory",):
            return self._settled(self.memory[term[1]], known)
        if term[:1] == ("part of memory",):
            held, at = self.memory[term[1]], term[2]
            return ("index", self._settled(held, known), self._settled(at, known))
        parts = tuple(self._settled(one, known) if isinstance(one, tuple) else one for one in term)
        same = all(one is other for one, other in zip(parts, term, strict=True))
        return term if same else parts

    def reserve(self, fill: Term, size: Term) -> Term:
        """New memory, with what is in it, and how long it is."""
        number = len(self.memory)
        fill = ANY if fill[0] == "default" else fill
        fill = ZERO if fill[0] == "literal" and _ZEROS.fullmatch(fill[2]) else fill
        self.memory[number], self.sizes[number] = ("filled", fill, size), size
        return ("memory", number)

    def _where(self, content: Term) -> Term:
        # That the core runs released is what a new body is for.
        apart = self.trace is self.released and content[0] != "core"
        return ("released", content) if apart else content

    def part(self, node: Node, scope: Scope, *, released: bool = False) -> tuple[Trace, Term]:
        """What a node does that runs only sometimes, or without the GIL, apart from the rest."""
        outer, self.trace = self.trace, Trace()
        self.released = self.trace if released else self.released
        self.depth += 1
        before = dict(self.memory)
        value = self.value(node, scope)
        self.depth -= 1
        found, self.trace = self.trace, outer
        found.written = {n: c for n, c in self.memory.items() if n in before and c != before[n]}
        self.memory |= before
        return found, value

    def sometimes(self, node: Node, scope: Scope) -> Term:
        """The same as one term."""
        inner = Scope(scope)
        trace, value = self.part(node, inner)
        return self.left(inner, trace, value, scope)

    def left(self, inner: Scope, trace: Trace, value: Term, scope: Scope) -> Term:
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

    def join(self, trace: Trace) -> None:
        """What was read apart runs right here."""
        self.trace.steps += trace.steps
        self.trace.work += trace.work
        self.trace.asked += trace.asked
        self.memory |= trace.written

    def text(self, node: Node) -> str:
        """A node as it is written, without white space."""
        return "".join(self.source[node.span.start : node.span.end].decode("utf-8").split())

    def span_text(self, start: int, end: int) -> str:
        """The source between two offsets, without white space."""
        return "".join(self.source[start:end].decode("utf-8").split())

    def unread(self, node: Node, scope: Scope) -> Term:
        """What is not read: its text, and all that the variables in it stand for."""
        text = self.text(node)
        names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", text))
        known = tuple((name, scope.get(name)) for name in names if scope.get(name) is not None)
        return self.event(("text", text, known), node)

    def bind_pattern(self, text: str, names: Sequence[str], value: Term, scope: Scope) -> None:
        """The variables of a pattern."""
        shape = pattern(text, names)
        if shape == "$0":
            scope.bind(names[0], value)
            return
        parts = dict(_taken_apart(text, shape, names))
        for at, name in enumerate(names):
            whole = parts.keys() == set(names)
            taken = self.field_of(parts[name], value) if whole else ("part", shape, at, value)
            scope.bind(name, taken)

    def bind_names(self, names: Sequence[str], scope: Scope) -> None:
        """Variables of which nothing is known but where they are bound."""
        for at, name in enumerate(names):
            scope.bind(name, ("bound", self.level, at))

    def touch(self, node: Node, scope: Scope) -> None:
        """The variable at the root of a place is another one from now on, like its memory."""
        root = root_of(node)
        if root is None:
            return
        before = scope.get(root.last)
        if before is None or before[0] == "slice":
            return
        if before[0] in ("memory", "part of memory"):
            number = before[1]
            self.memory[number] = ("after", len(self.trace.steps), self.memory[number])
        else:
            scope.assign(root.last, ("after", len(self.trace.steps), before))


def _taken_apart(text: str, shape: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The variables of `(a, _)` and `Output { upper: a, .. }`, each with what it is a field of."""
    if shape.startswith("("):
        places = shape[1:-1].split(",")
        plain = all(re.fullmatch(r"_|\$\d+", place) for place in places if place)
        if plain and len(places) > 1:
            for at, place in enumerate(places):
                if place.startswith("$"):
                    yield names[int(place[1:])], str(at)
    elif re.match(r"[\w:]+\{", shape):
        yield from ((variable, field) for field, variable in fields(text))


def root_of(node: Node) -> Path | None:
    """The variable that a place is a part of; None where there is none."""
    while isinstance(node, FieldAccess | Index | Unary | MethodCall):
        node = node.children()[0]
    return node if isinstance(node, Path) and len(node.segments) == 1 else None
