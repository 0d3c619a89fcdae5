"""A second look at a new body: whatever of the old one it no longer has must be without effect.

The old body is read for its meaning elsewhere; here both are compared as they are written. Calls,
conditions, loops, operators and constants of the old body must stand in the new one as often, but
for those that only carry values from Python to the core and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.held.choices import is_carried
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.idle import idle
from bindcheck.generate.held.known import forwarded_of, functions_of
from bindcheck.generate.held.scopes import bound
from bindcheck.generate.held.statements import raised
from bindcheck.generate.held.texts import OURS
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Arm,
    Assign,
    Await,
    Binary,
    Block,
    Call,
    Cast,
    Closure,
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
    Opaque,
    Path,
    Range,
    Return,
    Sequence,
    StructLiteral,
    Try,
    Unary,
)

_CARRY = frozenset(
    {
        *("allow_threads", "as_array", "as_deref", "as_mut_slice", "as_ref", "as_slice"),
        "as_standard_layout",
        *("as_slice_mut", "bind", "clone", "cloned", "contiguous", "copied", "copy_from_slice"),
        *("detach", "into_any", "into_bound", "into_owned", "into_py", "into_py_any"),
        *("into_pyarray", "into_pyarray_bound", "into_raw_vec", "is_empty", "iter", "len"),
        *("map", "readonly", "set_item", "to_owned", "to_owned_array", "to_pyarray"),
        *("to_pyarray_bound", "to_vec", "unbind"),
    }
)
"""Methods that carry values as they are, or ask how many there are: without effect by themselves.

A closure that `map` is given is looked at by itself.
"""

_READ = frozenset(
    {
        *("as_array", "as_ref", "as_slice", "clone", "contiguous", "expect", "into_owned", "map"),
        *("is_c_contiguous", "is_contiguous"),
        "as_standard_layout",
        *("into_raw_vec", "ok", "to_owned", "to_owned_array", "to_vec", "transpose", "unwrap"),
    }
)
"""Methods that give the values of an array. A panic is no answer that Python counts on."""

_REFUSED = frozenset({"ok_or", "ok_or_else"})

_ARRAYS = frozenset({"Array1", "PyArray1", "Vec"})


_MADE = frozenset({"from_owned_array", "from_slice", "from_slice_bound", "from_vec"})
_MADE_BOUND = frozenset(
    {"from_owned_array_bound", "from_vec_bound", "new", "with_capacity", "zeros"}
)
_PARTS = (Arm, Block, Call, Closure, If, Let, Literal, Match, MethodCall, Path, Sequence)
_READING = (*_PARTS, Try, Unary)
"""What may be part of asking an array for its values."""

_PLAIN = frozenset({"Err", "Ok", "PyDict::new", "PyDict::new_bound", "Some"})


@fact
class Core:
    """Names that both bodies use: `functions` of the core, `types` that have a constructor, and
    `structs` that are written out: the parameters. `validator` reads the name of a kernel, `series`
    are the arrays of the input.
    """

    functions: frozenset[str]
    types: frozenset[str]
    structs: frozenset[str]
    validator: str
    series: frozenset[str]


def compared_core(facts: Facts) -> Core:
    """What the bindings of a core call."""
    core = facts.core
    item = facts.program.struct(core.input).name if core.input is not None else ""
    stream = core.stream.name if core.stream is not None else ""
    validator = facts.style.validator
    made = core.constructors[0] if core.constructors else None
    return Core(
        functions=frozenset({*functions_of(core), *forwarded_of(facts).names}),
        types=frozenset({item, stream}),
        structs=frozenset({core.params_struct or ""}),
        series=frozenset(one.name for one in made.series) if made is not None else frozenset(),
        validator=facts.program.function(validator.ref).name if validator is not None else "",
    )


def refuse_losses(old: HeldFunction, new: HeldFunction, core: Core) -> None:
    """Raise where the new body has no longer what the old one has.

    The new body calls the `core` in its own way, but as often.
    """
    text = _packed(new.source, new.body)
    parts = list(_told(old, core, text))
    had, has = (
        Counter(told for told, _ in parts),
        Counter(told for told, _ in _told(new, core, text)),
    )
    for told, node in parts:
        if has[told] < had[told]:
            lost = [one for name, one in parts if name == told]
            # Most likely one whose text is not there; checks come first, and seldom go.
            gone = [one for one in lost if _packed(old.source, one) not in text]
            at = (gone or lost)[-1].span.start
            raise Lacking(f"a place for {told} of `{old.function.name}`", at)
        once = isinstance(node, Call) and told.startswith("the call") and "new_err" not in told
        if once and has[told] > had[told]:
            raise Lacking(f"one place for {told} of `{old.function.name}`", node.span.start)


def _is_made(path: Path) -> bool:
    """Whether a function makes an array or vector of what it is given, or memory for one."""
    made = path.last in _MADE | _MADE_BOUND
    return made and len(path.segments) > 1 and path.segments[-2] in _ARRAYS


def _memory(node: Node) -> Iterator[Node]:
    """What is inside of vectors and arrays that are made in a node."""
    for one in node.walk():
        vector = isinstance(one, MacroCall) and one.path == "vec"
        array = isinstance(one, Call) and isinstance(one.function, Path) and _is_made(one.function)
        if vector or array:
            yield from one.walk()


def _tail(node: Block) -> Node | None:
    return node.statements[-1] if node.tail else None


def _is_flag(node: Node) -> bool:
    return isinstance(node, Literal) and node.kind == "bool"


def _packed(source: bytes, node: Node) -> str:
    return "".join(source[node.span.start : node.span.end].decode("utf-8").split())


def _bound(node: Node) -> frozenset[str]:
    """Names that patterns inside a node bind."""
    params = (one for one in node.walk() if isinstance(one, Closure))
    return frozenset(bound(node)) | {
        n for one in params for param in one.params for n in param.names
    }


def _told(held: HeldFunction, core: Core, text: str) -> Iterator[tuple[str, Node]]:
    """What counts in a body, each with the node that it is."""
    local = frozenset({"None", "self", *(one.name for one in held.function.params)})
    series = held.series()
    look = _Look(
        held=held,
        core=core,
        text=text,
        bound=local | _bound(held.body),
        series=frozenset(one.name for one in series),
        slices=frozenset(one.slice for one in series),
        idle=idle(held.body),
    )
    look = replace(look, reads=_reads(look))
    yield from look.below(held.body)


def _reads(look: _Look) -> frozenset[str]:
    """Variables that hold arrays, or their values, and nothing else."""
    found: frozenset[str] = frozenset()
    values: dict[str, list[Node]] = {}
    for node in look.held.body.walk():
        if isinstance(node, Let) and node.value is not None:
            for name in node.names:
                values.setdefault(name, []).append(node.value)
        elif isinstance(node, Assign) and isinstance(node.target, Path):
            values.setdefault(node.target.last, []).append(node.value)
        elif isinstance(node, Match):
            for name in (name for arm in node.arms for name in arm.names):
                values.setdefault(name, []).append(node.subject)
    for name, given in values.items():
        # In the order of the source: what a value is made of comes before it.
        look = replace(look, reads=found)
        found |= {name} if all(map(look._is_read, given)) else frozenset()
    return found


@fact
class _Look:
    """Goes through a body. `text` is the new one without white space, `bound` all local names.

    `series` are the arguments that are arrays, `slices` what their values are called in bindings of
    ours, and `reads` what the body calls them.
    """

    held: HeldFunction
    core: Core
    text: str
    bound: frozenset[str]
    series: frozenset[str]
    slices: frozenset[str]
    idle: frozenset[int]
    reads: frozenset[str] = frozenset()

    def below(self, node: Node) -> Iterator[tuple[str, Node]]:
        """What counts in a node and below it."""
        if self._is_read(node) or self._is_idle(node):
            return
        told = self._named(node)
        if told:
            yield told, node
        for child in self._parts(node):
            if isinstance(node, Block) and isinstance(child, Literal) and child is not _tail(node):
                continue  # Without effect.
            yield from self.below(child)

    def _parts(self, node: Node) -> tuple[Node, ...]:
        """The nodes to look at inside of one."""
        mapping = node.args[0] if isinstance(node, MethodCall) and len(node.args) == 1 else None
        if isinstance(node, MethodCall) and node.method == "map_err" and mapping is not None:
            alike = self._is_mapping(_packed(self.held.source, mapping))
            return (node.receiver,) if alike else node.children()
        if isinstance(node, Match):
            return (node.subject, *(arm for arm in node.arms if not self._maps(arm)))
        if isinstance(node, If) and self._is_read(node.condition) and node.otherwise is not None:
            return self._alike(node.then, node.otherwise) or node.children()
        if isinstance(node, Call) and isinstance(node.function, Path):
            # Whether an array is in the order of Fortran is no matter with one dimension.
            flags = _is_made(node.function)
            return tuple(one for one in node.args if not (flags and _is_flag(one)))
        if isinstance(node, Let) and self._is_slice(node):
            return ()
        return node.children()

    def _is_idle(self, node: Node) -> bool:
        return node.span.start in self.idle and isinstance(node, If | Let | MethodCall)

    def _alike(self, one: Node, other: Node) -> tuple[Node, ...]:
        """One of two ways in which an array is handled, where they differ in their memory at most.

        That is the one whose memory starts with more: the core is given both to fill.
        """
        inside = {id(part) for node in (one, other) for part in _memory(node)}
        found = [list(self.below(node)) for node in (one, other)]
        plain = [Counter(told for told, at in all_ if id(at) not in inside) for all_ in found]
        if plain[0] != plain[1]:
            return ()
        return (one,) if len(found[0]) >= len(found[1]) else (other,)

    def _is_mapping(self, text: str) -> bool:
        """Whether the new body makes the same exceptions of errors."""
        return OURS.fullmatch(text) is not None or text in self.text

    def _maps(self, arm: Arm) -> bool:
        """Whether an arm makes exceptions of errors, as the new body does in its own way."""
        made = raised(arm)
        if made is None:
            return False
        return self._is_mapping(f"|{arm.names[0]}|{_packed(self.held.source, made)}")

    def _is_read(self, node: Node) -> bool:
        """Whether a value is made of nothing but arrays as Python gives them.

        What is raised where they have no slice is no part of it: they are copied then.
        """
        while isinstance(node, Try) or (isinstance(node, MethodCall) and node.method in _REFUSED):
            node = node.value if isinstance(node, Try) else node.receiver
        if not isinstance(node, _READING) or isinstance(node, Path):
            return isinstance(node, Path) and node.last in self.arrays
        known = self.arrays
        found = False
        others: set[str] = set()
        for one in node.walk():
            if not isinstance(one, _READING):
                return False
            if isinstance(one, MethodCall) and not (one.method in _READ and is_carried(one)):
                return False
            if isinstance(one, Path):
                found = found or one.last in known
                others |= {one.last} - known
        return found and others <= _bound(node) | {"None", "Ok", "Some"}

    @property
    def arrays(self) -> frozenset[str]:
        """The arrays, and what the body calls their values."""
        return self.reads | self.series

    def _is_slice(self, node: Let) -> bool:
        """Whether a statement reads an array as all bindings of ours do."""
        return (
            isinstance(node.value, Match)
            and self.slices.issuperset(node.names)
            and bool(node.names)
        )

    def _named(self, node: Node) -> str:
        """What a node is called, where it counts."""
        name = _NAMED.get(type(node))
        return name(self, node) if name is not None else ""

    def _call(self, node: Call) -> str:
        path = node.function.segments if isinstance(node.function, Path) else ("?",)
        name = "::".join(path[-2:])
        if name in _PLAIN:
            return ""
        if path[-1] in self.core.functions:
            return "the call of the core"
        if path[-1] == self.core.validator:
            return "the call that reads the kernel"
        if len(path) > 1 and path[-2] in self.core.types:
            return f"the making of `{path[-2]}`"
        if isinstance(node.function, Path) and _is_made(node.function):
            return ""
        return f"the call of `{name}`"

    def _method(self, node: MethodCall) -> str:
        if node.method == "into" and any(node is one for one in self.held.given):
            return ""
        return "" if node.method in _CARRY | {"map_err"} else f"the call of `.{node.method}`"

    def _macro(self, node: MacroCall) -> str:
        name = node.path.rpartition("::")[2]
        if name in ("unreachable", "vec"):
            return ""
        return f"the macro `{name}!`" if node.parsed else f"the macro `{name}!({node.tokens})`"

    def _path(self, node: Path) -> str:
        if len(node.segments) == 1 and node.last in self.bound:
            return ""
        own = node.last in self.core.structs
        return "" if own else f"`{'::'.join(node.segments[-2:])}`"

    def _literal(self, node: StructLiteral) -> str:
        name = node.path.rpartition("::")[2]
        own = {*self.core.structs, self.held.function.owner, "Self"}
        if name in self.core.types:
            return f"the making of `{name}`"
        if {one.name for one in node.inits} == self.core.series:
            return ""
        return "" if name in own else f"`{node.path}`"

    def _assigned(self, node: Assign) -> str:
        # A variable that gets its value later is followed like any other.
        later = node.op == "=" and isinstance(node.target, Path) and len(node.target.segments) == 1
        return "" if later else "the assignment"

    def _choice(self, node: If | Match) -> str:
        asked = node.subject if isinstance(node, Match) else node.condition
        if self._is_read(asked) or (isinstance(node, If) and self._is_read(node.condition)):
            return ""
        if isinstance(node, Match) and any(map(self._maps, node.arms)):
            return ""
        return "the condition" if isinstance(node, If) else "the match"

    def _operator(self, node: Binary | Unary) -> str:
        refers = isinstance(node, Unary) and node.op.startswith(("&", "*"))
        return "" if refers else f"the operator `{node.op}`"

    def _index(self, node: Index) -> str:
        every = isinstance(node.index, Range) and not node.index.children()
        return "" if every else "the index"


_NAMED: Mapping[type[Node], Callable[..., str]] = {
    Call: _Look._call,
    MethodCall: _Look._method,
    MacroCall: _Look._macro,
    Path: _Look._path,
    If: _Look._choice,
    Match: _Look._choice,
    Binary: _Look._operator,
    Unary: _Look._operator,
    Index: _Look._index,
    StructLiteral: _Look._literal,
    Literal: lambda _, node: f"the constant `{node.text}`",
    Cast: lambda _, node: f"the cast to `{node.type.text}`",
    Gated: lambda *_: "the attribute `cfg`",
    Assign: _Look._assigned,
    Loop: lambda *_: "the loop",
    Return: lambda *_: "the return",
    Jump: lambda _, node: f"the {node.kind}",
    Await: lambda *_: "the await",
    Opaque: lambda _, node: f"the {node.kind}",
}
