"""What makes an exception of an error, as a text that holds in every file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body
from bindcheck.generate.learned.exceptions import Raised, exception_of
from bindcheck.model import (
    Block,
    Call,
    Closure,
    CoreApi,
    Enum,
    FieldAccess,
    Function,
    If,
    ItemRef,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Span,
    Struct,
    StructLiteral,
    Try,
    Unary,
)

ERROR = "error"
"""What our closures call their error."""

_SHOWN = frozenset({"to_string", "into", "to_owned", "clone", "as_str"})
_KNOWN = frozenset({"ToString::to_string", "String::from", "Into::into"})
_BRANCHES = (If, Match, Loop, Let, Return, Try, Closure, StructLiteral)


@fact
class Named:
    """A name in the text: the maker of an exception, a function of the crate, or the core's.

    `core` is a pattern over the words of `learned.naming`.
    """

    exception: str = ""
    function: ItemRef | None = None
    core: str = ""


@fact
class Closed:
    """The text of a closure in parts, `params` and all.

    `error` is the only type of errors that it takes, None where it takes any that can be shown;
    `debug`: the error must also be one that `{:?}` shows.
    """

    parts: tuple[str | Named, ...]
    error: ItemRef | None = None
    debug: bool = False

    def takes(self, program: Program, error: ItemRef | None) -> bool:
        """Whether errors of a type can be given to it; None is a type of no crate of ours."""
        if self.error is not None:
            return error == self.error
        return not self.debug or error is None or _is_debug(program.struct(error))

    @property
    def functions(self) -> Iterator[ItemRef]:
        """Functions of the crate that the text names."""
        for one in self.parts:
            if isinstance(one, Named) and one.function is not None:
                yield one.function


def _is_debug(item: Struct | Enum) -> bool:
    return any(one.path == "derive" and "Debug" in one.tokens for one in item.attrs)


def in_text(made: Raised) -> Closed:
    """An exception of a class, made from what its error shows."""
    return Closed((f"|{ERROR}| ", Named(exception="::".join(made.path)), f"({ERROR}.to_string())"))


def closed_over(
    body: Body, core: CoreApi, made: Node, names: tuple[str, ...], *, bare: bool
) -> Closed | None:
    """The expression `made` over an error called one of `names`; `bare`: it is a function's name.

    None where it rests on anything that another file does not have.
    """
    try:
        return _Closing(body, core, names).closed(made, bare=bare)
    except _Unfit:
        return None


class _Unfit(Exception):
    """Raised where a text rests on what another file, or another error, does not have."""


@fact
class _Closing:
    body: Body
    core: CoreApi
    names: tuple[str, ...]

    def closed(self, made: Node, *, bare: bool) -> Closed:
        """The text of a closure, or the name of a function."""
        nodes = list(made.walk())
        if len(self.names) > 1 or any(isinstance(one, (Block, *_BRANCHES)) for one in nodes):
            raise _Unfit
        if bare:
            return self._function(made)
        # What a macro shows is in a text: there the error is called what it was.
        renamed = not any(isinstance(one, MacroCall) for one in nodes)
        called = ERROR if renamed and self.names else "".join(self.names)
        places = list(self._places(nodes))
        if renamed:
            places += [(one.span, ERROR) for one in nodes if self._is_error(one)]
        cut = _cut(self.body.program.source(self.body.ref.path), made.span, places)
        return Closed((f"|{called or '_'}| ", *cut), self._taken(nodes), _shows_debug(nodes))

    def _is_error(self, node: Node) -> bool:
        return isinstance(node, Path) and node.segments == self.names

    # --- names ------------------------------------------------------------------------------

    def _places(self, nodes: Sequence[Node]) -> Iterator[tuple[Span, str | Named]]:
        """Names in the text."""
        for node in nodes:
            if isinstance(node, Path) and not self._is_error(node) and node.text not in _KNOWN:
                yield node.span, self._named(node)
            elif isinstance(node, Literal) and node.kind == "str":
                yield from self._said(node)

    def _said(self, literal: Literal) -> Iterator[tuple[Span, Named]]:
        """Where a text says what the core is called: `alma`, `alma_batch`, `AlmaFeed`."""
        # What stands in braces is a variable.
        bare = rf"(?<![A-Za-z0-9{{]){re.escape(self.core.name.rpartition('::')[2])}(?![A-Za-z0-9])"
        upper = rf"(?<![A-Za-z0-9_{{]){re.escape(self.core.prefix)}(?![a-z0-9_])"
        shown = [("{name}", bare), *([("{prefix}", upper)] if self.core.prefix else [])]
        for word, pattern in shown:
            for found in re.finditer(pattern, literal.text):
                begin = literal.span.start + 1 + len(literal.text[: found.start()].encode())
                yield Span(begin, begin + len(found[0].encode())), Named(core=word)

    def _named(self, node: Path) -> Named:
        """A function of the crate, or what makes an exception."""
        function = self._called(node)
        if function is not None:
            return Named(function=function)
        if node.segments[0] == "PyErr" and node.last == "new" and len(node.turbofish) == 2:
            return self._exception(tuple(node.turbofish[0].path.split("::")))
        if node.last == "new_err":
            return self._exception(node.segments[:-1])
        raise _Unfit

    def _exception(self, segments: tuple[str, ...]) -> Named:
        ref, program = self.body.ref, self.body.program
        scope = program.function(ref).scope
        found = exception_of(program, segments, ref.path, scope, self.body.block.uses)
        if found is None:
            raise _Unfit
        return Named(exception="::".join(found.path))

    def _called(self, node: Path) -> ItemRef | None:
        ref, program = self.body.ref, self.body.program
        scope = program.function(ref).scope
        found = program.resolve(node.segments, ref.path, scope, self.body.block.uses)
        return found[0] if len(found) == 1 else None

    # --- errors -----------------------------------------------------------------------------

    def _taken(self, nodes: Sequence[Node]) -> ItemRef | None:
        """The one type of errors that fits; None for any that can be shown."""
        taken = None
        for one in nodes:
            hidden = isinstance(one, MethodCall) and one.method not in _SHOWN
            if isinstance(one, MethodCall) and hidden and self._is_error(one.receiver):
                raise _Unfit
            if isinstance(one, FieldAccess) and self._is_error(one.base):
                raise _Unfit
            if isinstance(one, Call) and isinstance(one.function, Path):
                for at, arg in enumerate(one.args):
                    if self._is_error(arg.value if isinstance(arg, Unary) else arg):
                        taken = self._wanted(one.function, at) or taken
        return taken

    def _wanted(self, function: Path, at: int) -> ItemRef | None:
        ref = self._called(function)
        return None if ref is None else _wanted(self.body.program, ref, at)

    def _function(self, made: Node) -> Closed:
        """`map_err(to_py_err)`, `map_err(PyValueError::new_err)`."""
        if not isinstance(made, Path):
            raise _Unfit
        place = self._named(made)
        if place.function is None:
            return Closed((f"|{ERROR}| ", place, f"({ERROR}.to_string())"))
        return Closed((place,), _wanted(self.body.program, place.function, 0))


def _wanted(program: Program, ref: ItemRef, at: int) -> ItemRef | None:
    """The crate's type that an argument of a function has; None for whatever can be shown."""
    item = program.function(ref)
    kind = item.params[at].type if at < len(item.params) else None
    if kind is None:
        raise _Unfit
    kind = kind.peel()
    if kind.kind in ("impl", "dyn") or _is_generic(item, kind.name):
        return None
    found = program.resolve_type(kind.path, ref.path, item.scope)
    if found is None:
        raise _Unfit
    return found


def _is_generic(item: Function, name: str) -> bool:
    return bool(name) and re.search(rf"[<,]\s*{re.escape(name)}\b", item.generics) is not None


def _shows_debug(nodes: Sequence[Node]) -> bool:
    return any(isinstance(one, MacroCall) and ":?" in one.tokens for one in nodes)


def _cut(
    source: bytes, whole: Span, places: Sequence[tuple[Span, str | Named]]
) -> Iterator[str | Named]:
    """The source text with what stands at places instead of it."""
    at = whole.start
    for span, place in sorted(places, key=lambda one: one[0].start):
        yield source[at : span.start].decode("utf-8")
        yield place
        at = span.end
    yield source[at : whole.end].decode("utf-8")
