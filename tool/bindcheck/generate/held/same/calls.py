"""Calls of functions and methods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bindcheck.generate.held.same import methods
from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import (
    ANY,
    UNIT,
    ZERO,
    Term,
    fallible,
    mapped,
    within,
)
from bindcheck.generate.held.same.ways import Ways, is_check
from bindcheck.model import (
    Call,
    Closure,
    ItemRef,
    MethodCall,
    Node,
    Path,
    TypeRef,
    Unary,
)

_ALLOC = frozenset({"from_owned_array", "from_slice", "from_slice_bound", "from_vec"})
_BLANKS = frozenset({"new", "new_bound", "zeros", "zeros_bound"})
_BY_ROW: Term = ("literal", "bool", "false")
PRIMITIVES = frozenset({"bool", "char", "f32", "f64", "i32", "i64", "u32", "u64", "u8", "usize"})
_UNFAILING = frozenset({"Ok", "array", "memory", "result", "slice"})
"""What `map_err` makes no result of: it is one, or never an error."""
_RELEASES = frozenset({"allow_threads", "detach"})
_WRAPPERS = frozenset({"Err", "Ok", "Some"})


@dataclass(slots=True)
class Calls(Ways):
    """Calls of functions and methods: those of the core, of arrays and of results are known."""

    def _call(self, node: Call, scope: Scope) -> Term:
        path = node.function if isinstance(node.function, Path) else None
        if path is None or (len(path.segments) == 1 and scope.get(path.last) is not None):
            function = self.value(node.function, scope)
            args = self._given(node, scope)
            return self._done(("call", function, args), node, _paired(node, args), scope)
        args = self._given(node, scope)
        if path.text in _WRAPPERS and len(args) == 1:
            return (path.last, args[0])
        ref = self.naming.function(path.segments)
        if ref is not None and ref == self.naming.validator:
            return fallible(("kernel", *args))
        name, args = self._core_name(path, ref, args)
        args = self.naming.placed(name or self._made_by(path), args)
        if name:
            return self._core(name, args, node)
        known = self._constructed(path, args) or self._named(ref, args, node)
        known = known or self._made(path, args)
        if known is not None:
            return known
        content: Term = ("call", self.naming.called(path.segments), _kinds(path.turbofish), args)
        if path.segments[0] in PRIMITIVES:
            return self.settled(content)
        made = self._done(content, node, _paired(node, args), scope)
        return fallible(made) if ref is not None and self.naming.fails(ref) else made

    def _named(self, ref: ItemRef | None, args: tuple[Term, ...], node: Call) -> Term | None:
        """What a function of the crate gives that a reader knows by name; None for others."""
        return None

    def _core_name(
        self, path: Path, ref: ItemRef | None, args: tuple[Term, ...]
    ) -> tuple[str, tuple[Term, ...]]:
        """The function of the core that is called, and its arguments; empty for another one."""
        name = self.naming.functions.get(ref, "") if ref is not None else ""
        if not name and ref is not None and len(path.segments) == 1:
            whole, places = self.naming.forwarded.get(path.last, ("", ()))
            if whole and len(places) == len(args):
                return whole, tuple(args[at] for at in places)
        return name, args

    def _made_by(self, path: Path) -> str:
        """What a function of the core's types is called where orders of arguments are noted."""
        owner = self.naming.type(path.segments[:-1]) if len(path.segments) > 1 else None
        kind = "input" if owner == self.naming.input else "stream"
        return f"{kind}::{path.last}" if owner is not None else ""

    def _made(self, path: Path, args: tuple[Term, ...]) -> Term | None:
        """What functions make that do nothing else: errors, arrays, dicts, variants of enums."""
        owner, name = path.segments[-2:-1], path.last
        if name == "default" and not args:
            if path.segments[0].startswith("<"):
                return ("default", path.segments[0])
            if self.naming.is_empty(path.segments[:-1]):
                return self.naming.spelled(path.segments[:-1])
        kinds = _kinds(path.turbofish)
        if name == "new_err":
            return ("error", self.naming.spelled(path.segments)[:-1], args)
        if owner == ("PyErr",) and name == "new" and len(kinds) == 2:
            return ("error", self.naming.spelled(tuple(kinds[0].split("::"))), args)
        if owner == ("PyDict",) and name in ("new", "new_bound"):
            self.dicts += 1
            return ("dict", self.dicts)
        if owner == ("PyArray1",) and name in _ALLOC and len(args) == 2:
            return ("array", args[1])
        if owner in (("PyArray1",), ("PyArray2",)) and name in _BLANKS and len(args) == 3:
            return self._blank(args, ZERO if name.startswith("zeros") else ANY)
        return self._wrapped(path, args) if name[:1].isupper() else None

    def _wrapped(self, path: Path, args: tuple[Term, ...]) -> Term:
        """What the name of a variant or a tuple struct makes."""
        if path.text in _WRAPPERS and len(args) == 1:
            return (path.last, args[0])
        own = path.segments == ("Self",) and bool(self.owner)
        return ("made", self.naming.spelled((self.owner,) if own else path.segments), args)

    def _blank(self, args: tuple[Term, ...], fill: Term) -> Term | None:
        """An array of Python whose memory holds anything, or zeros; row after row."""
        shape = args[1][2] if args[1][0] == "items" else args[1:2]
        if len(shape) > 1 and args[2] != _BY_ROW:
            return None
        memory = self.reserve(fill, self._elements(shape))
        return ("array", ("shaped", shape, memory) if len(shape) > 1 else memory)

    def _elements(self, shape: Sequence[Term]) -> Term:
        """How many numbers have a shape."""
        found, *others = shape
        for one in others:
            found = self.settled(("binary", "*", found, one))
        return found

    def _reshaped(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """An array in a shape of its own; that fails where there are more numbers, or fewer."""
        if receiver[0] != "array" or node.method != "reshape" or len(node.args) != 1:
            return None
        shape = self.value(node.args[0], scope)
        if shape[0] != "items" or receiver[1][0] == "shaped":
            return None
        made = ("array", ("shaped", shape[2], receiver[1]))
        inner = receiver[1]
        fits = inner[0] == "memory" and self.sizes[inner[1]] == self._elements(shape[2])
        if fits:
            return ("Ok", made)
        return ("result", self.settled(("shape", shape[2], inner)), (), made)

    def _given(self, node: Call | MethodCall, scope: Scope) -> tuple[Term, ...]:
        return tuple(self.value(one, scope) for one in node.args)

    def _core(self, name: str, args: tuple[Term, ...], node: Call) -> Term:
        """A call of the core, which fills the memory that it is given."""
        term = self.settled(("core", name, args))
        self.event(term, node)
        for at, one in enumerate(args):
            if one[0] == "memory":
                self.memory[one[1]] = ("written", at, term)
        return fallible(term)

    def _done(
        self, content: Term, node: Node, args: Sequence[tuple[Node, Term]], scope: Scope
    ) -> Term:
        """An event, after which the variables that it was given to write to are others."""
        made = self.event(content, node)
        for at, (one, value) in enumerate(args):
            if value[0] in ("memory", "part of memory"):
                self.memory[value[1]] = ("written", at, made, self.memory[value[1]])
            elif isinstance(one, Unary) and one.op.startswith("&mut"):
                self.touch(one.value, scope)
        return made

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
        reader = type(self)(other, source, function.owner, inlined=1)
        value = reader.value(body, inner)
        return value if reader.trace.empty else None

    def _method(self, node: MethodCall, scope: Scope) -> Term:
        only = node.args[0] if len(node.args) == 1 else None
        if node.method in _RELEASES and isinstance(only, Closure):
            return self._release(only, scope)
        receiver = self.value(node.receiver, scope)
        if node.method == "map_err" and receiver[0] not in _UNFAILING:
            receiver = self._result(receiver)
        if receiver[0] == "result" and node.method in ("map", "map_err") and only is not None:
            return self._mapping(node.method, receiver, only, scope)
        same = self._same(node, receiver, scope) or self._reshaped(node, receiver, scope)
        if same is not None:
            return same
        args = self.naming.placed(f"stream::{node.method}", self._given(node, scope))
        if node.method == "set_item" and receiver[0] == "dict":
            self.event(("set", receiver, *args), node)
            return ("set",)
        whole = self._whole(node, receiver, args) or self._same_array(node, receiver, args, scope)
        if whole is not None:
            return whole
        if methods.shows(node.method):
            return ("array", receiver)
        content = self.settled(("method", node.method, _kinds(node.turbofish), receiver, args))
        return self._asked(content, node, args, scope)

    def _same(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """What a method gives that gives what it is called on."""
        if receiver[0] == "Ok" and node.method == "map_err":
            return receiver
        if receiver[0] in ("Ok", "Some") and node.method in ("expect", "unwrap"):
            only: Term = receiver[1]
            return only
        if node.method in ("as_slice_mut", "as_mut") and receiver[0] == "array":
            inner: Term = receiver[1][2] if receiver[1][0] == "shaped" else receiver[1]
            return inner if inner[0] == "memory" else None
        if methods.keeps(receiver, node.method):
            return receiver
        if receiver[0] == "memory" and methods.handles(node.method):
            return receiver
        return self._perhaps(node, receiver, scope) if receiver[0] == "maybe array" else None

    def _asked(self, content: Term, node: MethodCall, args: tuple[Term, ...], scope: Scope) -> Term:
        """What any other method gives. Closures that it is handed may do something."""
        inside = [one for arg in args for one in within(arg) if one[:1] == ("trace",)]
        if not any(one[1] for one in inside):
            # What is handed over computes at most.
            if methods.is_quick(node.method) and not inside:
                return content
            if methods.is_quick(node.method) or methods.computes(node.method):
                return self.computed(content, node)
        made = self._done(content, node, _paired(node, args), scope)
        self.touch(node.receiver, scope)
        return made

    def _perhaps(self, node: MethodCall, receiver: Term, scope: Scope) -> Term | None:
        """A method of an array that need not be given."""
        only = node.args[0] if len(node.args) == 1 else None
        slice_: Term = ("slice", receiver[1])
        if node.method == "map" and isinstance(only, Closure):
            same = self.applied(only, (slice_,), Scope(scope)) == slice_
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
            same = self.applied(only, (receiver,), Scope(scope)) == receiver
            return receiver if same else None
        return None

    def _whole(self, node: MethodCall, receiver: Term, args: tuple[Term, ...]) -> Term | None:
        """What memory holds that is written to as a whole, and how long it is."""
        if receiver[0] != "memory":
            part = receiver[0] == "part of memory"
            if part and node.method in ("copy_from_slice", "fill"):
                number = receiver[1]
                held = (node.method, self.memory[number], receiver[2], *args)
                self.memory[number] = self.settled(held)
                return UNIT
            return None
        number = receiver[1]
        if node.method == "len":
            return self.sizes[number]
        if node.method == "copy_from_slice" and len(args) == 1:
            self.memory[number] = self.settled(args[0])
            return UNIT
        if node.method == "fill" and len(args) == 1:
            self.memory[number] = ("filled", args[0], self.sizes[number])
            return UNIT
        return None

    def _result(self, value: Term) -> Term:
        """A value as a result, `call.map(..)` like what it is called on."""
        if value[0] == "method" and value[1] == "map":
            inner = self._result(value[3])
            closure = value[4][0]
            return ("result", *inner[1:3], ("mapped", closure, inner[3]))
        return value if value[0] == "result" else fallible(value)

    def _mapping(self, method: str, receiver: Term, closure: Node, scope: Scope) -> Term:
        if method == "map":
            if isinstance(closure, Path) and closure.last[:1].isupper():
                made: Term = self._wrapped(closure, (receiver[3],))
            elif not isinstance(closure, Closure) or len(closure.params) != 1:
                made = ("mapped", self.value(closure, scope), receiver[3])
            else:
                made = self.applied(closure, (receiver[3],), scope)
            return ("result", *receiver[1:3], made)
        if self.error and isinstance(closure, Path) and closure.text == f"{self.error}::from":
            return mapped(receiver, ("path", "PyErr", "from"))  # As `?` does.
        return mapped(receiver, self.value(closure, scope))

    def _release(self, closure: Closure, scope: Scope) -> Term:
        """`py.detach(|| ..)`: runs at once; where it raises, it gives the error."""
        trace, value = self.part(closure.body, scope, released=True)
        ends = [step for step, _ in trace.steps if step[0] == "return"]
        if ends:
            return fallible(self.event(("released", trace.term(value)), closure))
        raising = [at for at, (step, _) in enumerate(trace.steps) if step[0] == "raise"]
        checks = any(is_check(step) for step, _ in trace.steps)
        if not raising and not (checks and value[0] == "result"):
            self.join(trace)
            return value
        if value[0] == "result":
            trace.steps.append((("raise", *value[1:3]), closure.body))
            value, raising = ("Ok", value[3]), [*raising, len(trace.steps) - 1]
        if value[0] != "Ok":
            return fallible(self.event(("released", trace.term(value)), closure))
        # All that is raised inside is an error of the closure, which is what may be mapped.
        first = len(self.trace.steps)
        self.join(trace)
        self.pending[("closure raises", first)] = [first + at for at in raising]
        return ("result", ("closure raises", first), (), value[1])

    def applied(self, node: Closure, given: Sequence[Term], scope: Scope) -> Term:
        """A closure's body, given the first arguments; the others are bound by it."""
        inner = Scope(scope)
        for at, param in enumerate(node.params):
            whole = given[at] if at < len(given) else ("bound", self.level, at)
            text = self.span_text(param.span.start, param.span.end)
            # A pattern has no colon of its own but in paths, and in the fields of structs.
            alone = re.split(r"(?<!:):(?!:)", text)[0] if param.type is not None else text
            self.bind_pattern(alone, param.names, whole, inner)
        bound = len(node.params) > len(given)
        self.level += bound
        trace, value = self.part(node.body, inner)
        self.level -= bound
        return self.left(inner, trace, value, scope)


def _paired(node: Call | MethodCall, args: tuple[Term, ...]) -> tuple[tuple[Node, Term], ...]:
    return tuple(zip(node.args, args, strict=True))


def _kinds(turbofish: Sequence[TypeRef]) -> tuple[str, ...]:
    return tuple("".join(one.text.split()) for one in turbofish)
