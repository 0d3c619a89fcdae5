"""Conditions, matches and errors: ways that a body may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.generate.held.same.base import Base
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import (
    DROPPED,
    NEVER,
    NONE,
    UNIT,
    Term,
    difference,
    fallible,
    is_array,
    mapped,
    pattern,
    replaced,
    unified,
    within,
)
from bindcheck.generate.held.same.trace import Trace
from bindcheck.model import (
    Arm,
    Binary,
    If,
    Let,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
)

_GIVEN = (["None", "Some($0)"], ["Some($0)", "_"])
_LAYOUT = frozenset({"is_c_contiguous", "is_contiguous", "is_err", "is_ok"})

Way = tuple[Trace, Term, Scope]
"""What one of several ways does, what it gives, and the variables on it."""


@dataclass(slots=True)
class Ways(Base):
    """Conditions: what is read on each way, and what comes of them together."""

    def _if(self, node: If, scope: Scope) -> Term:
        then = Scope(scope)
        condition, shape = self._condition(node.condition, then)
        if shape == ("pattern", "Err($0)") and condition[1][:1] == ("result",):
            return self._failed(node, condition[1], scope)
        ways = [self._way(node.then, then)]
        ways.append(self._way(node.otherwise, Scope(scope)))
        if shape == ("pattern", "Some($0)") and condition[1][0] == "maybe array":
            return self._joined(("given", condition[1]), ways, node, scope)
        ends = ways[0][0].steps[-1:] and ways[0][0].steps[-1][0][0] == "return"
        made = self._joined(("if", condition, shape), ways, node, scope)
        if ends and node.otherwise is None and not self.depth:
            self.given |= set(_nones(condition))
        return made

    def _failed(self, node: If, result: Term, scope: Scope) -> Term:
        """`if let Err(e) = call { .. return Err(..); }`: like `call.map_err(..)?`."""
        inner = Scope(scope)
        self.bind_names(node.condition.names if isinstance(node.condition, Let) else (), inner)
        self.level += 1
        trace, _ = self.part(node.then, inner)
        self.level -= 1
        steps = [step for step, _ in trace.steps]
        given: Term = steps[0][1] if len(steps) == 1 and steps[0][0] == "return" else ()
        if given[:1] != ("Err",) or node.otherwise or trace.work or trace.asked or inner.assigned:
            return self.event(("if", result, trace.term(UNIT), self._left_out(node, scope)), node)
        self.raise_(mapped(result, ("closure", 1, given[1])), node)
        return UNIT

    def _left_out(self, node: If, scope: Scope) -> Term:
        return self.sometimes(node.otherwise, scope) if node.otherwise is not None else UNIT

    def _condition(self, node: Node, scope: Scope) -> tuple[Term, Term]:
        if isinstance(node, Let):
            value = self.value(node.value, scope)
            shape = pattern(node.pattern, node.names)
            self._matched(shape, node.names, value, scope)
            return value if is_array(value) else ("asked", value), ("pattern", shape)
        if isinstance(node, Binary) and node.op == "&&" and _has_let(node):
            left = self._condition(node.left, scope)
            return ("both", left, self._condition(node.right, scope)), UNIT
        return self.value(node, scope), UNIT

    def _matched(self, shape: str, names: Sequence[str], value: Term, scope: Scope) -> None:
        several = value[2] if value[0] == "items" else ()
        every = f"({','.join(f'Ok(${at})' for at in range(len(names)))})"
        if shape == every and len(several) == len(names) and all(map(is_array, several)):
            for name, one in zip(names, several, strict=True):
                scope.bind(name, one)
            return
        for at, name in enumerate(names):
            if value[0] == "maybe array" and shape == "Some($0)":
                scope.bind(name, ("slice", value[1]))
            elif value[0] == "maybe copy" and shape == "Some($0)":
                scope.bind(name, value[1])
            else:
                whole = is_array(value) and shape in ("Ok($0)", "Some($0)")
                scope.bind(name, value if whole else ("matched", shape, at, value))

    def _way(self, node: Node | None, scope: Scope) -> Way:
        trace, value = self.part(node, scope) if node is not None else (Trace(), UNIT)
        return trace, value, scope

    def _joined(self, asked: Term, ways: Sequence[Way], node: Node, scope: Scope) -> Term:
        """One of several ways: its value, and what is assigned on it."""
        layout = _is_layout(asked[1])
        if layout:
            ways = [way for way in ways if way[1] != NEVER]
        names = sorted({name for _, _, inner in ways for name in inner.assigned})
        numbers = sorted({number for trace, _, _ in ways for number in trace.written})
        quiet = all(trace.empty for trace, _, _ in ways)
        if quiet and not numbers:
            perhaps = self._perhaps_copied(asked, [way[1] for way in ways])
            if perhaps is not None:
                for name in names:  # The copy, where one is made.
                    scope.assign(name, ("copy in", perhaps))
                return perhaps
        outcome = [self._outcome(way, names, numbers) for way in ways]
        found = self._alike(ways, outcome, names, scope, layout=layout) if quiet or layout else None
        if found is None and asked[0] == "given" and not names and not numbers:
            found = self._chosen(asked, ways)
        if found is not None:
            return found
        made: Term = (*asked, tuple(outcome))
        made = made if quiet else self.event(made, node)
        for at, name in enumerate(names):
            scope.assign(name, ("assigned", at, made))
        for at, number in enumerate(numbers):
            self.memory[number] = ("either", at, made)
        return made

    def _outcome(self, way: Way, names: Sequence[str], numbers: Sequence[int]) -> Term:
        """What a way does and gives, what variables are then, and what memory holds."""
        trace, value, inner = way
        held = tuple(trace.written.get(one, self.memory[one]) for one in numbers)
        assigned = tuple(inner.get(name) or UNIT for name in names)
        return self.settled((trace.term(value), assigned, held))

    def _alike(
        self,
        ways: Sequence[Way],
        outcome: Sequence[Term],
        names: Sequence[str],
        scope: Scope,
        *,
        layout: bool,
    ) -> Term | None:
        """What ways give that all do the same; it runs in any case.

        Of the `layout` of an array variables may depend that hold nothing but a copy of it.
        """
        values, variables, written = zip(*outcome, strict=True)
        made, memory = unified(values[0], values[1:]), unified(written[0], written[1:])
        assigned = [_either(each) for each in zip(*variables, strict=True)]
        apart = any(one[:1] == ("either copy",) for one in assigned)
        if made is None or memory is None or (apart and not layout):
            return None
        # The way on which memory holds what is known is the one to go on with.
        at = next((i for i, one in enumerate(outcome) if one[::2] == (made, memory)), None)
        if at is None:
            return None
        self.join(ways[at][0])
        for name, value in zip(names, assigned, strict=True):
            scope.assign(name, value)
        return ways[at][1]

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
        return values[0] if is_array(values[0]) and values[0] == values[1] else None

    def _chosen(self, asked: Term, ways: Sequence[Way]) -> Term | None:
        """Two ways that differ in one value: one way, with a choice of the value."""
        if len(ways) != 2:
            return None
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
        merged = [
            replaced(term, pair[0], choice) if a != b else term
            for term, a, b in zip(had, had, has, strict=True)
        ]
        self.trace.steps += [(t, node) for t, (_, node) in zip(merged, one.steps, strict=False)]
        return merged[-1]

    def _match(self, node: Match, scope: Scope) -> Term:
        subject = self.value(node.subject, scope)
        shapes = [pattern(arm.pattern, arm.names) for arm in node.arms]
        plain = all(arm.guard is None and not arm.cfg for arm in node.arms)
        if subject[0] == "result" and plain and sorted(shapes) == ["Err($0)", "Ok($0)"]:
            found = self._result_matched(subject, dict(zip(shapes, node.arms, strict=True)), scope)
            if found is not None:
                return found
        ways: list[Way] = []
        asked = []
        for shape, arm in zip(shapes, node.arms, strict=True):
            inner = Scope(scope)
            self._matched(shape, arm.names, subject, inner)
            guard = self.sometimes(arm.guard, inner) if arm.guard is not None else UNIT
            asked.append((shape, guard, repr(arm.cfg)))
            ways.append(self._way(arm.body, inner))
        if subject[0] == "maybe array" and plain and sorted(shapes) in _GIVEN:
            ways = [
                way
                for _, way in sorted(
                    zip(shapes, ways, strict=True), key=lambda one: one[0] != "Some($0)"
                )
            ]
            return self._joined(("given", subject), ways, node, scope)
        return self._joined(("match", subject, tuple(asked)), ways, node, scope)

    def _result_matched(self, subject: Term, arms: Mapping[str, Arm], scope: Scope) -> Term | None:
        """`match call { Ok(v) => .., Err(e) => return Err(..) }`: like `map_err`, and like `?`."""
        failed, good = arms["Err($0)"], arms["Ok($0)"]
        inner = Scope(scope)
        self.bind_names(failed.names, inner)
        self.level += 1
        trace, error = self.part(failed.body, inner)
        self.level -= 1
        if trace.work or trace.asked or inner.assigned:
            return None
        ends = len(trace.steps) == 1 and trace.steps[0][0][0] == "return" and error == DROPPED
        raised = trace.steps[0][0][1] if ends else error
        if (trace.steps and not ends) or not isinstance(raised, tuple) or raised[:1] != ("Err",):
            return None
        result = mapped(subject, ("closure", 1, raised[1]))
        value = Scope(scope)
        value.bind(good.names[0], result[3])
        if ends:
            self.raise_(result, failed)
            return self.value(good.body, value)
        done = self.value(good.body, value)
        return ("result", *result[1:3], done[1]) if done[0] == "Ok" else None

    def raise_(self, result: Term, node: Node) -> None:
        """`?`: the body ends where something fails, with its error as it is mapped."""
        for at in self.pending.pop(result[1], ()):
            (kind, source, mapping), place = self.trace.steps[at]
            inner: Term = ("result", source, mapping, UNIT)
            inner = mapped(inner, result[2]) if result[2] else inner
            self.trace.steps[at] = ((kind, *inner[1:3]), place)
        if result[1][0] == "closure raises":
            self._map_checks(result[1][1], result[2])
            return
        step = (("raise", *result[1:3]), node)
        source = result[1]
        asks = isinstance(source, tuple) and source[0] == "kernel"
        (self.trace.asked if asks else self.trace.steps).append(step)

    def _map_checks(self, first: int, mapping: Term) -> None:
        """Checks of a closure, from a step on, end with errors that are mapped like its others."""
        if mapping[:2] != ("closure", 1):
            return
        error: Term = ("bound", self.level, 0)
        for at, (step, place) in enumerate(self.trace.steps[first:], first):
            if is_check(step):
                self.trace.steps[at] = (_raising(step[1], mapping[2], error), place)

    def _try(self, node: Try, scope: Scope) -> Term:
        value = self.value(node.value, scope)
        if self._is_asked_of_python(node.value):
            value = ("of python", value)
        if is_array(value) or value[0] in ("dict", "maybe array", "memory", "set"):
            return value
        if value[0] == "Ok":
            only: Term = value[1]
            return only
        if value[0] != "result":
            value = fallible(value)
        self.raise_(value, node)
        given: Term = value[3]
        return given

    def _is_asked_of_python(self, node: Node) -> bool:
        """`data.len()?` of an argument: of its values nobody asks like that."""
        asked = isinstance(node, MethodCall) and node.method in ("is_empty", "len")
        receiver = node.receiver if isinstance(node, MethodCall) else None
        return asked and isinstance(receiver, Path) and receiver.text in self.arrays


def _either(values: Sequence[Term]) -> Term:
    """What a variable is that each of several ways gives a value."""
    whole = unified(values[0], values[1:])
    return whole if whole is not None else ("either copy", *values)


def _is_layout(asked: object) -> bool:
    """Whether a condition asks no more than how an array lies in memory."""
    if not isinstance(asked, tuple):
        return True
    if asked[0] in ("asked", "both", "pattern"):
        return all(map(_is_layout, asked[1:]))
    if asked[0] == "items":
        return all(map(is_array, asked[2]))
    if asked[0] == "maybe copy":
        return True
    method = asked[0] == "method" and asked[1] in _LAYOUT and is_array(asked[3])
    return method or is_array(asked) or asked == UNIT


def _nones(condition: Term) -> Iterator[Term]:
    """Arrays that a condition asks for, `high.is_none() || low.is_none()`."""
    if condition[0] == "binary" and condition[1] == "||":
        yield from _nones(condition[2])
        yield from _nones(condition[3])
    elif condition[0] == "method" and condition[1] == "is_none":
        yield condition[3]


def is_check(step: Term) -> bool:
    """Whether a step that runs without the GIL is a condition that may end a closure."""
    asks = step[0] == "released" and step[1][0] == "if"
    return asks and any(one[:1] == ("return",) for one in within(step))


def _raising(term: Term, made: Term, error: Term) -> Term:
    """A check whose errors are mapped: what is `made` of an `error`."""
    if term[:1] == ("return",) and term[1][:1] == ("Err",):
        return ("return", ("Err", replaced(made, error, term[1][1])))
    return tuple(_raising(one, made, error) if isinstance(one, tuple) else one for one in term)


def _has_let(node: Node) -> bool:
    return any(isinstance(one, Let) for one in node.walk())
