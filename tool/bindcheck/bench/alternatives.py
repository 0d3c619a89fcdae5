"""A binding that chooses between functions: then no single native call is what it calls.

It may take one core function for short inputs and another one, with threads, for long ones. Which
of them a call takes is not told by the core, so that one of them alone must not stand for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations

from bindcheck.analysis.bindings.effective_signature import rust_value
from bindcheck.analysis.bindings.roles import core_functions
from bindcheck.analysis.program import Program
from bindcheck.bench.cases import fields_of
from bindcheck.bench.parallel import FLAG
from bindcheck.bench.plain import listed
from bindcheck.bench.pythoncall import entry_of
from bindcheck.bench.samples import Kind
from bindcheck.bench.takes import taken_by
from bindcheck.bench.thresholds import shortened
from bindcheck.bench.ways import INSTEAD, THEN, Ways, fails, last_of, nodes
from bindcheck.errors import NothingToDoError
from bindcheck.fact import fact
from bindcheck.findings import Location
from bindcheck.model import (
    Assign,
    CoreApi,
    EntryPoint,
    If,
    ItemRef,
    Let,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Unary,
)


@fact
class Alternative:
    """Where a binding chooses, the text it chooses by, and the first function of each side.

    `flag`: the argument of the binding that this text is, if it is one, with its `default`.
    """

    binding: str
    location: Location
    condition: str
    functions: tuple[str, str]
    flag: str = ""
    default: str | None = None

    @property
    def told(self) -> str:
        """In words, with all places."""
        first, second = self.functions
        return (
            f"the binding `{self.binding}` chooses between {first} and {second} by "
            f"`{self.condition}` ({self.location.path}:{self.location.line})"
            f"{self._given}"
        )

    @property
    def remedy(self) -> str:
        """What would do besides."""
        wanted = self.flag and self.default is None
        return f", or give `{self.flag}` a default by which the core is called" if wanted else ""

    @property
    def _given(self) -> str:
        """What is known of the flag."""
        if not self.flag:
            return ""
        if self.default is None:
            return f", for which `{self.flag}` has no default"
        return f", where `{self.flag}={self.default}` by default"


def refuse_alternatives(program: Program, core: CoreApi, kind: Kind) -> None:
    """A NothingToDoError where a binding chooses between this core and something else."""
    found = alternative(program, core, kind)
    if found is not None:
        raise NothingToDoError(
            f"{found.told}, and one of them alone is not what it costs natively: to time it, make "
            f"that choice in a function of the crate that both sides can call{found.remedy}"
        )


def alternative(program: Program, core: CoreApi, kind: Kind) -> Alternative | None:
    """The first choice of a core's binding between this core and other work on the same input."""
    return _Choices(program, core, entry_of(program, core, kind)).first()


class _Choices:
    """What a binding, and its helpers before a core, choose between."""

    def __init__(self, program: Program, core: CoreApi, entry: EntryPoint):
        self.program = program
        self.core = core
        self.entry = entry
        self.cores: Mapping[ItemRef, str] = {
            ref: one.name
            for one in program.cores
            if _elements(one) == _elements(core)
            for ref, _ in core_functions(one)
        }
        self.own = self._before_cores(entry.ref)

    @cached_property
    def ways(self) -> Ways:
        """How the binding comes to threads: most have no choice that would ask."""
        return Ways(self.program, self.entry.ref)

    def first(self) -> Alternative | None:
        """The first choice in source order of the binding, then of its helpers.

        What the default of a flag decides is none: no call that is timed gives it another value.
        """
        for ref in self.own:
            for node in nodes(self.program, ref):
                for condition, sides in _sides(node, nodes(self.program, ref)):
                    if self._decided(ref, node, condition, sides):
                        continue
                    work = [self._work(ref, side) for side in sides if not _all_fail(side)]
                    found = self._different([one for one in work if one])
                    if found is not None:
                        return self._told(ref, condition, found)
        return None

    def _decided(
        self, ref: ItemRef, node: Node, condition: Node, sides: Sequence[Sequence[Node]]
    ) -> bool:
        """Whether a flag of the binding is such by default that its calls come to the core."""
        if ref != self.entry.ref or isinstance(node, Match):
            return False
        value = self._by_default(condition)
        return value is not None and self.core.name in self._work(ref, sides[0 if value else 1])

    def _by_default(self, condition: Node) -> bool | None:
        """What a condition is in a call that leaves out the argument that it names."""
        if isinstance(condition, Unary) and condition.op == "!":
            inner = self._by_default(condition.value)
            return None if inner is None else not inner
        default = self.flags.get(condition.text) if isinstance(condition, Path) else None
        value = None if default is None else rust_value(default)
        return value.value == "true" if value is not None and value.kind == "bool" else None

    @cached_property
    def flags(self) -> Mapping[str, str | None]:
        """Defaults of arguments that no case gives a value, by name; None where there is none.

        One whose name is bound or assigned in the binding is left out.
        """
        own = {*(one.name for one in fields_of(self.core)), FLAG}
        for node in nodes(self.program, self.entry.ref):
            if isinstance(node, Let):
                own.update(node.names)
            elif isinstance(node, Assign) and isinstance(node.target, Path):
                own.add(node.target.text)
        taken = taken_by(self.program, self.entry) or ()
        return {one.name: one.default for one in taken if one.name not in own}

    def _before_cores(self, ref: ItemRef) -> list[ItemRef]:
        """A function and its helpers; what a core is made of is no matter of the binding."""
        found = [ref]
        for one in found:
            called = self.program.called(one)
            found += [new for new in called if new not in found and new not in self.cores]
        return found

    def _work(self, ref: ItemRef, side: Iterable[Node]) -> dict[str, ItemRef]:
        """The cores that a side calls, and helpers with threads of their own, by name."""
        callees = self.program.callees(ref)
        parts = (part for node in side for part in node.walk())
        called = dict.fromkeys(one for part in parts for one in callees.get(part.span, ()))
        found: dict[str, ItemRef] = {}
        for one in called:
            inner = [new for new in self._before_cores(one) if one not in self.cores]
            reached = (new for helper in inner for new in self.program.called(helper))
            cores = [new for new in (one, *reached) if new in self.cores]
            for new in cores:
                found.setdefault(self.cores[new], new)
            if not cores and one in self.ways.functions:
                found.setdefault(f"{one.path}:{one.index}", one)
        return found

    def _different(self, work: Sequence[dict[str, ItemRef]]) -> tuple[ItemRef, ItemRef] | None:
        """Two sides that have nothing in common, of which one calls the core."""
        for one, other in combinations(work, 2):
            if one.keys() & other.keys() or self.core.name not in {*one, *other}:
                continue
            return next(iter(one.values())), next(iter(other.values()))
        return None

    def _told(self, ref: ItemRef, condition: Node, found: tuple[ItemRef, ItemRef]) -> Alternative:
        span = condition.span
        text = self.program.source(ref.path)[span.start : span.end].decode()
        bare = text.removeprefix("!").strip()
        flag = bare if ref == self.entry.ref and bare in self.flags else ""
        return Alternative(
            binding=self.entry.python_name,
            location=self.program.location(ref.path, span),
            condition=shortened(text),
            functions=(listed(self.program, found[:1]), listed(self.program, found[1:])),
            flag=flag,
            default=self.flags.get(flag),
        )


def _elements(core: CoreApi) -> tuple[str, ...]:
    """Element types of the input: a choice by those is made by the case."""
    return tuple(one.element for made in core.constructors[:1] for one in made.series)


def _sides(node: Node, every: Iterable[Node]) -> Iterator[tuple[Node, list[list[Node]]]]:
    """What a node chooses by, and the sides of the choice."""
    if isinstance(node, If):
        if node.otherwise is not None:
            yield node.condition, [[node.then], [node.otherwise]]
        elif isinstance(last_of(node.then), Return):
            yield node.condition, [[node.then], _after(node, every)]
    elif isinstance(node, Match):
        yield node.subject, [[arm] for arm in node.arms]
    elif isinstance(node, MethodCall) and node.method in INSTEAD:
        then = node.receiver
        if isinstance(then, MethodCall) and then.method in THEN:
            yield then.receiver, [list(then.args), list(node.args)]


def _after(node: Node, every: Iterable[Node]) -> list[Node]:
    """What comes after a node that may have ended the function."""
    return [one for one in every if one.span.start >= node.span.end]


def _all_fail(side: Sequence[Node]) -> bool:
    return len(side) == 1 and fails(side[0])
