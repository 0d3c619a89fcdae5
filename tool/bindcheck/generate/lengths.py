"""Which arrays of a plain function are of one length, as its body says.

The series of a core with an Input struct stand for the same times. Those of a plain function need
not: the weights of a filter are fewer than the values. What tells of it are comparisons of lengths,
indexing by the counter of one loop, other functions that are given both, and the names of bars.
A function may also leave the comparison to one that takes a list of arrays, or cut windows of equal
places: that proves nothing, but tests then give arrays of one length.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.unpacked import known_names, unpacked
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Closure,
    CoreApi,
    CoreFunction,
    Index,
    ItemRef,
    Let,
    Literal,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Range,
    Sequence,
    Unary,
)

_BARS = frozenset({"open", "high", "low", "close", "volume", "volumes"})
_DEPTH = 2
_AS_MANY = frozenset(
    {"iter", "copied", "cloned", "map", "enumerate", "scan", "collect", "to_vec", "clone"}
)
"""Methods that give as many values as they are given."""

_RESIZING = frozenset(
    {"append", "clear", "dedup", "drain", "extend", "insert", "pop", "push", "remove", "resize"}
    | {"extend_from_slice", "retain", "split_off", "truncate"}
)
"""Methods that change how many values a vector has."""

_COMPARED = frozenset({"<", ">", "<=", ">=", "==", "!="})

Groups = frozenset[frozenset[str]]


@fact
class Lengths:
    """`groups` are names of arrays that are equally long, buffers among them by `out:` and name.

    `result` is the series that what the core gives is as long as; empty where nothing says so.
    """

    groups: Groups
    result: str

    def with_first(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that are as long as the first one, itself included."""
        listed = list(names)
        around = next((one for one in self.groups if listed[:1] and listed[0] in one), frozenset())
        return tuple(name for name in listed if name in around or name == listed[0])


_DATA = ("close", "data", "input", "prices", "series", "signal", "src", "values", "x", "xs")
"""What functions call the array that they work on."""


def core_function(core: CoreApi) -> CoreFunction | None:
    """The function of one call."""
    return core.with_kernel or core.single or core.into_slice


def lengths_of(program: Program, core: CoreApi) -> Lengths:
    """What is known of the lengths of a core's arrays."""
    function = core_function(core)
    series = [one.name for one in core.constructors[0].series] if core.constructors else []
    if core.input is not None or function is None:
        return Lengths(frozenset({frozenset(series)}), series[0] if series else "")
    roles = _roles(program, function)
    read = _groups(program, function.ref, frozenset(roles), _DEPTH)
    found = [frozenset(roles[name] for name in group) for group in read]
    if len(bars := frozenset(series) & _BARS) > 1:
        found.append(bars)
    groups = _merged(found)
    return Lengths(groups, _result(program, core, function, series, groups, roles))


def _roles(program: Program, function: CoreFunction) -> dict[str, str]:
    """Names of series, and of buffers with `out:`, by the parameters that they are."""
    params = program.function(function.ref).params
    return {
        param.name: role.removeprefix("series:")
        for param, role in zip(params, function.roles, strict=False)
        if role.startswith(("series:", "out:"))
    }


def shorter(program: Program, core: CoreApi) -> frozenset[str]:
    """Series that nothing says, and nothing suggests, are as long as the main one.

    That is the first which is called as data are, else the first.
    """
    series = [one.name for one in core.constructors[0].series] if core.constructors else []
    series.sort(key=lambda name: name not in _DATA)
    lengths = lengths_of(program, core)
    if len(lengths.with_first(series)) == len(series):
        return frozenset()
    likely = Lengths(_merged([*lengths.groups, *_suggested(program, core)]), lengths.result)
    return frozenset(series) - frozenset(likely.with_first(series))


def _merged(found: Iterable[frozenset[str]]) -> Groups:
    """Groups that share a name are one."""
    groups: list[frozenset[str]] = []
    for one in found:
        apart = [group for group in groups if not group & one]
        groups = [*apart, one.union(*(group for group in groups if group & one))]
    return frozenset(groups)


# --- what the body compares -----------------------------------------------------------------


@fact
class _Sizes:
    """Expressions that are the length of an array: `counts` are variables that hold one.

    `inside` are names of arrays that may be left out, where they are there.
    """

    arrays: frozenset[str]
    counts: Mapping[str, str]
    inside: Mapping[str, str]

    @classmethod
    def of(cls, body: Node, names: Collection[str]) -> _Sizes:
        """Read the variables of a body; an array whose name is given to another is not known."""
        found = list(unpacked(body, names))
        same = {id(node) for node, name, array in found if name == array}
        lets = (node for node in body.walk() if isinstance(node, Let) and id(node) not in same)
        again = {name for node in lets for name in node.names}
        plain = cls(frozenset(names) - again, {}, known_names(body, found))
        counts = {
            node.names[0]: array
            for node in body.walk()
            if isinstance(node, Let) and len(node.names) == 1 and node.value is not None
            if (array := plain.array(node.value))
        }
        return cls(plain.arrays, counts, plain.inside)

    def known(self, node: Node) -> str:
        """The array that an expression is; empty for any other."""
        name = _name(node)
        array = self.inside.get(name, name)
        return array if array in self.arrays else ""

    def array(self, node: Node) -> str:
        """The array that an expression is the length of; empty for any other."""
        if isinstance(node, MethodCall) and node.method == "len":
            return self.known(node.receiver)
        return self.counts.get(_name(node), "")

    def together(self, nodes: Iterable[Node]) -> frozenset[str]:
        """The arrays that expressions are the lengths of."""
        return frozenset(filter(None, map(self.array, nodes)))


def _groups(program: Program, ref: ItemRef, names: Collection[str], depth: int) -> Groups:
    """Names of a function's arrays that its body takes for equally long."""
    body = program.body(ref)
    if body is None:
        return frozenset()
    sizes = _Sizes.of(body, names)
    found: list[frozenset[str]] = []
    for node in body.walk():
        if isinstance(node, Binary) and node.op in ("==", "!="):
            found.append(sizes.together((node.left, node.right)))
        elif isinstance(node, MacroCall) and node.path.endswith("assert_eq"):
            found.append(sizes.together(node.args[:2]))
        elif isinstance(node, Loop | Closure):
            found += _indexed(node, sizes)
        elif isinstance(node, Call) and depth:
            found += _handed(program, ref, node, sizes.arrays, depth)
    return _merged(one for one in found if len(one) > 1)


def _name(node: Node) -> str:
    """The variable that an expression is, borrowed or not."""
    node = _bare(node)
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def _bare(node: Node) -> Node:
    """What an expression borrows, or itself."""
    while isinstance(node, Unary):
        node = node.value
    return node


def _indexed(loop: Loop | Closure, sizes: _Sizes) -> Iterator[frozenset[str]]:
    """Arrays that a loop, or a closure for each of many, reads or writes at its own counter."""
    for counter in _counters(loop):
        yield sizes.arrays & {
            sizes.known(node.base)
            for node in loop.body.walk()
            if isinstance(node, Index) and _name(node.index) == counter
        }


def _counters(loop: Loop | Closure) -> tuple[str, ...]:
    """What a loop or a closure counts with, as far as its head tells."""
    if isinstance(loop, Loop):
        return loop.names
    return tuple(name for param in loop.params for name in param.names)


def _handed(
    program: Program, ref: ItemRef, call: Call, names: frozenset[str], depth: int
) -> Iterator[frozenset[str]]:
    """What a function that is given several of the arrays takes for equally long."""
    given = [_name(one) for one in call.args]
    if len(names & set(given)) < 2:
        return
    for callee in program.callees(ref).get(call.span, ()):
        params = [one.name for one in program.function(callee).params]
        own = {param: name for param, name in zip(params, given, strict=False) if name in names}
        for group in _groups(program, callee, own, depth - 1):
            yield frozenset(own[name] for name in group)


# --- what suggests that arrays are equally long ---------------------------------------------


def _suggested(program: Program, core: CoreApi) -> Iterator[frozenset[str]]:
    """Series that a call is given in one list, or that are cut at the same places."""
    function = core_function(core)
    body = program.body(function.ref) if function is not None else None
    if function is None or body is None:
        return
    roles = _roles(program, function)
    for node in body.walk():
        found: frozenset[str] = frozenset()
        if isinstance(node, Call | MacroCall):
            listed = (one for one in node.args if isinstance(_bare(one), Sequence))
            found = frozenset(_name(part) for one in listed for part in one.walk())
        elif isinstance(node, Loop | Closure):
            found = _windows(node)
        yield frozenset(roles[name] for name in found & roles.keys())


def _windows(loop: Loop | Closure) -> frozenset[str]:
    """Variables of which a loop takes parts that begin at its counter."""
    counters = _counters(loop)
    return frozenset(
        _name(node.base)
        for node in loop.body.walk()
        if isinstance(node, Index)
        and isinstance(node.index, Range)
        and node.index.start is not None
        and _name(node.index.start) in counters
    )


def refused(program: Program, core: CoreApi, parameter: str = "") -> frozenset[str]:
    """What the body of a plain function compares: no values (`empty`), and of a count that it
    takes, `zero` and more than there are values (`too_long`).
    """
    function = core_function(core)
    body = program.body(function.ref) if function is not None else None
    if function is None or body is None:
        return frozenset()
    params = program.function(function.ref).params
    pairs = zip(params, function.roles, strict=False)
    sizes = _Sizes.of(body, [one.name for one, role in pairs if role.startswith("series:")])
    found = {
        what
        for node in body.walk()
        if isinstance(node, Binary)
        for what in _compared(node, sizes, parameter)
    }
    if any(_asks_for_none(node, sizes) for node in body.walk()) or "too_long" in found:
        found.add("empty")
    return frozenset(found)


def asked_for(program: Program, core: CoreApi) -> int:
    """The largest number that the body of a plain function compares how many values there are
    with; 0 where it has none.
    """
    function = core_function(core)
    body = program.body(function.ref) if function is not None and core.input is None else None
    if function is None or body is None:
        return 0
    sizes = _Sizes.of(body, _roles(program, function))
    pairs = [
        pair
        for node in body.walk()
        if isinstance(node, Binary) and node.op in _COMPARED
        for pair in ((node.left, node.right), (node.right, node.left))
    ]
    return max((_count(other) for one, other in pairs if sizes.array(one)), default=0)


def _count(node: Node) -> int:
    """The number that a literal is: `1_000usize`; 0 for anything else."""
    digits = re.match(r"\d[\d_]*", node.text) if isinstance(node, Literal) else None
    return int(digits[0].replace("_", "")) if digits is not None else 0


def _asks_for_none(node: Node, sizes: _Sizes) -> bool:
    is_empty = isinstance(node, MethodCall) and node.method == "is_empty"
    return is_empty and isinstance(node, MethodCall) and _name(node.receiver) in sizes.arrays


def _compared(node: Binary, sizes: _Sizes, parameter: str) -> Iterator[str]:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        number = isinstance(other, Literal) and other.text in ("0", "1")
        if number and sizes.array(one):
            yield "empty"
        if parameter and number and _name(one) == parameter:
            yield "zero"
        ordered = node.op in ("<", ">", "<=", ">=") and sizes.array(other)
        if parameter and ordered and any(_name(part) == parameter for part in one.walk()):
            yield "too_long"


# --- how long a result is -------------------------------------------------------------------


def _result(
    program: Program,
    core: CoreApi,
    function: CoreFunction,
    series: list[str],
    groups: Groups,
    roles: Mapping[str, str],
) -> str:
    """The series that the outputs are as long as."""
    if any(role.startswith("out:") for role in function.roles):
        return _filled(core, groups)
    body = program.body(function.ref)
    if not isinstance(body, Block) or not body.tail:
        return ""
    arrays = {name: role for name, role in roles.items() if role in series}
    sizes = _Sizes.of(body, arrays)
    resized = {
        _name(node.receiver)
        for node in body.walk()
        if isinstance(node, MethodCall) and node.method in _RESIZING
    }
    lets = {
        node.names[0]: node.value
        for node in body.walk()
        if isinstance(node, Let) and len(node.names) == 1 and node.value is not None
        if node.names[0] not in resized
    }
    found = {_as_long(one, lets, sizes) for one in _values(body.statements[-1])}
    return arrays.get(found.pop(), "") if len(found) == 1 else ""


def _filled(core: CoreApi, groups: Groups) -> str:
    """The series that buffers are as long as: one that goes with them, or that all others do."""
    given = [one.name for one in core.constructors[0].series if not one.optional]
    beside = (one for one in groups if any(name.startswith("out:") for name in one))
    told = next((name for group in beside for name in given if name in group), "")
    alike = all(any({given[0], name} <= group for group in groups) for name in given[1:])
    return told or (given[0] if given and alike else "")


def _values(tail: Node) -> Iterator[Node]:
    """The vectors of a function's last expression."""
    if isinstance(tail, Call) and _name(tail.function) == "Ok" and tail.args:
        yield from _values(tail.args[0])
    elif isinstance(tail, Sequence) and tail.kind == "tuple":
        yield from tail.items
    else:
        yield tail


def _as_long(node: Node, lets: Mapping[str, Node], sizes: _Sizes) -> str:
    """The array that a vector has as many values as; empty where that cannot be told."""
    node = lets.get(_name(node), node)
    if isinstance(node, MacroCall) and node.path == "vec" and len(node.args) == 1:
        made = node.args[0]
        repeated = isinstance(made, Sequence) and made.kind == "repeat"
        return sizes.array(made.items[1]) if repeated and isinstance(made, Sequence) else ""
    while isinstance(node, MethodCall) and node.method in _AS_MANY:
        node = node.receiver
    return name if (name := _name(node)) in sizes.arrays else ""
