"""Held work, wrapped in a release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.events import Kind, Place
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.plain import Plain
from bindcheck.analysis.threads.regions import Held, release_name
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import (
    Await,
    Call,
    Closure,
    EntryPoint,
    Function,
    ItemRef,
    Jump,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Return,
    Span,
    Try,
    TypeRef,
)
from bindcheck.rules.edits import before, statement_of, text_of, variables

_LEAVING = (Await, Return, Try)
_SLICES = frozenset({"as_slice"})
_WITH_LIFETIMES = frozenset({"Bound", "Borrowed", "PyRef", "PyRefMut"})


def released(program: Program, entry: EntryPoint, held: Held) -> Fix | None:
    """The held work of an entry point in closures, where these capture plain data only."""
    function = program.function(entry.ref)
    anatomy = anatomy_of(program, entry.ref)
    if anatomy is None or function.is_async:
        return None
    token = _token(function)
    added = () if token else _with_token(program, entry, function)
    if added is None:
        return None
    wrap = _Wrap(program, entry.ref, anatomy, f"{token or 'py'}.{release_name(program)[3:]}")
    edits: list[Edit] = []
    for place in _outermost((held.place, *held.others)):
        made = wrap.edits(place, held.work.kind)
        if made is None:
            return None
        edits += made
    return Fix(f"wrap it in `{release_name(program)}`", (*added, *edits), Safety.UNSAFE)


def _outermost(places: Sequence[Place]) -> list[Place]:
    """Work inside other work goes into the release with that."""
    spans = [one.span for one in places]
    return [
        one
        for one in places
        if not any(span != one.span and span.contains(one.span) for span in spans)
    ]


class _Wrap:
    def __init__(self, program: Program, ref: ItemRef, anatomy: Anatomy, release: str):
        self._program = program
        self._ref = ref
        self._anatomy = anatomy
        self._plain = Plain(program, ref, anatomy)
        self._release = release

    def edits(self, place: Place, kind: Kind) -> list[Edit] | None:
        """Both ends of the closure around a call, a chain or a loop."""
        node = self._node(place)
        if node is None or place.ref != self._ref:
            return None
        # Inside a closure the token may be another one, or out of reach.
        if any(isinstance(outer, Closure) for outer in self._anatomy.above(node)):
            return None
        if kind not in (Kind.LOOP, Kind.CHAIN) and not self._gives_data(node):
            return None
        hoisted = self._hoisted(node)
        if hoisted is None or self._is_left(node, {id(one) for one, _ in hoisted}):
            return None
        if not all(map(self._is_plain, self._captured(node, hoisted))):
            return None
        span = node.span
        end = ");" if isinstance(node, Loop) else ")"
        return [
            *self._hoists(node, hoisted),
            Edit(self._ref.path, span.start, span.start, f"{self._release}(|| "),
            Edit(self._ref.path, span.end, span.end, end),
        ]

    def _node(self, place: Place) -> Node | None:
        """The call, chain or loop at a place; a loop only where its value is not used."""
        for kind in (Call, MethodCall, Loop):
            found: Node | None = self._anatomy.at(kind, place.span)
            if found is not None:
                return found if not isinstance(found, Loop) or self._is_statement(found) else None
        return None

    def _is_statement(self, loop: Loop) -> bool:
        found = statement_of(self._anatomy, loop)
        return found is not None and found[1] is loop and loop.kind == "for"

    def _gives_data(self, node: Node) -> bool:
        return isinstance(node, MethodCall) or self._plain.is_plain(node)

    def _is_left(self, node: Node, hoisted: set[int]) -> bool:
        """Whether control can leave the closure by another way than its end."""
        todo = [node]
        while todo:
            one = todo.pop()
            if id(one) in hoisted or (isinstance(one, Closure) and one is not node):
                continue
            if isinstance(one, _LEAVING) or (
                isinstance(one, Jump) and not self._is_inside(one, node)
            ):
                return True
            todo.extend(one.children())
        return False

    def _is_inside(self, jump: Jump, node: Node) -> bool:
        """Whether the loop that a `break` or `continue` is about goes into the closure too."""
        loop = next((one for one in self._anatomy.above(jump) if isinstance(one, Loop)), None)
        return loop is not None and node.span.contains(loop.span)

    # --- what the closure captures ---------------------------------------------------------------

    def _captured(self, node: Node, hoisted: list[tuple[Node, str]]) -> Iterator[Path | None]:
        """The variables that a closure takes; None for what cannot be told."""
        inside = [one.span for one, _ in hoisted]
        for one in node.walk():
            if isinstance(one, MacroCall) and not one.parsed:
                yield None
        for path in variables(node):
            if not any(span.contains(path.span) for span in inside):
                yield path

    def _is_plain(self, path: Path | None) -> bool:
        if path is None:
            return False
        # `self` is a Python object, and a function by its name captures nothing.
        return path.last != "self" and self._plain.is_plain(path)

    def _hoisted(self, node: Node) -> list[tuple[Node, str]] | None:
        """Arguments `array.as_slice()?`, each with the name it gets before the release."""
        found: list[tuple[Node, str]] = []
        for one in node.children():
            call = one.value if isinstance(one, Try) else None
            if not isinstance(call, MethodCall) or call.method not in _SLICES or call.args:
                continue
            array = call.receiver
            name = f"{array.last}_slice" if isinstance(array, Path) else ""
            source = self._program.searched(self._ref.path, (name.encode(),))
            taken = re.search(rf"\b{name}\b".encode(), source)
            if not name or taken or statement_of(self._anatomy, node) is None:
                return None
            found.append((one, name))
        return found

    def _hoists(self, node: Node, hoisted: list[tuple[Node, str]]) -> Iterator[Edit]:
        path, source = self._ref.path, self._program.quoted(self._ref.path)
        found = statement_of(self._anatomy, node)
        for one, name in hoisted:
            text = f"let {name} = {text_of(self._program, path, one)};"
            if found is not None:
                yield before(source, path, found[1], text)
            yield Edit(path, one.span.start, one.span.end, name)


# --- the token -------------------------------------------------------------------------------


def _token(function: Function) -> str:
    """The name of the parameter `py: Python<'_>`."""
    for param in function.params:
        if param.type is not None and param.type.name == "Python" and param.name:
            return param.name
    return ""


def _with_token(program: Program, entry: EntryPoint, function: Function) -> tuple[Edit, ...] | None:
    """A parameter for the token, if no Rust code calls the function and no lifetime is elided."""
    if _elides(function.returns) or _is_called(program, entry.ref, function):
        return None
    source = program.quoted(entry.ref.path)
    at = source.find(b"(", function.name_span.end)
    if at < 0 or function.generics or any("py" in param.names for param in function.params):
        return None
    prelude = any(
        use.path[:2] == ("pyo3", "prelude") or use.path == ("pyo3", "Python")
        for use in program.modules[entry.ref.path].uses
    )
    text = "py: Python<'_>" if prelude else "py: pyo3::Python<'_>"
    place = Span(at + 1, at + 1)
    if function.receiver:
        end = source.find(b"self", at) + len(b"self")
        return (Edit(entry.ref.path, end, end, f", {text}"),)
    more = ", " if function.params else ""
    return (Edit(entry.ref.path, place.start, place.end, f"{text}{more}"),)


def _elides(type_: TypeRef) -> bool:
    """Whether a lifetime of a result may come from the arguments without being written."""
    return (
        bool(_WITH_LIFETIMES & type_.names())
        or any(part.kind == "ref" for part in type_.walk())
        or "'" in type_.text
    )


def _is_called(program: Program, ref: ItemRef, function: Function) -> bool:
    name = function.name.encode()
    called = re.compile(rb"\b%s\s*\(" % re.escape(name))
    for path, module in program.modules.items():
        calls = [*_calls(program.matched(path, ((name, called.pattern),)), name, called)]
        for index, one in enumerate(module.functions if calls else ()):
            other = ItemRef(path, index)
            if other != ref and any(map(one.span.contains, calls)) and ref in program.called(other):
                return True
    return False


def _calls(source: bytes, name: bytes, called: re.Pattern[bytes]) -> Iterator[Span]:
    """What a pattern that begins with a name matches; far faster than by the pattern alone."""
    at = source.find(name)
    while at >= 0:
        found = called.match(source, at)
        if found is not None:
            yield Span(*found.span())
        at = source.find(name, at + 1)
