"""What a body is read with, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bindcheck.fact import fact
from bindcheck.generate.held.symbols import UNKNOWN, Code, Dict, Memory, Output, Symbol, Whole
from bindcheck.generate.lacking import Lacking
from bindcheck.model import CoreFunction, Node

ROWS, COLS, COMBOS, SWEEP = "rows", "cols", "combos", "sweep"
"""Variables that a new body has as well."""

CONVERTED = "?"
"""What makes exceptions of errors where nothing else but `?` does."""

STARTED = "memory"
"""A vector that a new body writes before the core does."""

LISTED = Code(COMBOS, frozenset({COMBOS}), atomic=True)
"""The combinations of a grid."""

SWEPT = Code(SWEEP, frozenset({SWEEP}), atomic=True)
"""The ranges of a grid."""


@fact
class Known:
    """What a body is read with.

    `arguments` gives a symbol for each argument; `functions` the functions of the core by name,
    `lists` names of functions that list combinations, `wholes` of others that return a result,
    `validator` that of the function which reads the name of a kernel.
    `outputs` maps the fields of a result to outputs, `grid` those of a grid.
    `variable` names the slice of an input array in the new body (one of `slices`), `result` what
    the method `update` of the core's stream has given. `warmers` write NaN into memory, `auto`
    chooses the kernel of a grid, and `kernels` are those that there are for grids. `forwarded` are
    functions that those of the core hand everything on to: the places of their arguments there.
    """

    arguments: Mapping[str, Symbol]
    functions: Mapping[str, CoreFunction]
    lists: frozenset[str]
    wholes: Mapping[str, Whole]
    validator: str
    error: str
    params: str
    ranges: str
    input: str
    stream: str
    update: str
    result: str
    outputs: Mapping[str, str]
    grid: Mapping[str, str]
    variable: Callable[[str], str]
    slices: frozenset[str] = frozenset()
    warmers: frozenset[str] = frozenset()
    auto: str = ""
    kernels: frozenset[str] = frozenset()
    forwarded: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@fact
class Made:
    """A struct that the body makes: its fields, the expression for the others, where it stands."""

    fields: Mapping[str, Symbol]
    base: Symbol | None = None
    at: int | None = field(default=None, compare=False)


@fact
class Called:
    """A call of a core function, a constructor or a method: its arguments, where it stands."""

    name: str
    args: tuple[Symbol, ...]
    at: int | None = field(default=None, compare=False)


@dataclass(slots=True)
class Evidence:
    """What a body says. `guards` are checks: `if .. { return Err(..); }`, and `places` where the
    body has the text of each, `apart` those of variables that are computed without the interpreter;
    `mapped` is what makes
    exceptions of the core's errors; `shapes` are those that memory is given, by its number;
    `buffers` is what makes
    the vectors that a call fills, by output, and `sizes` how long other memory is, `zeros` those
    whose memory is zeros; `named` are the
    variables of checks; `others` are structs that are neither parameters nor ranges; `warmed` tells
    of NaN that memory starts with, `zeroed` of zeros, and `asks_memory` of memory that is asked for
    before NumPy is.
    `chosen` is what the kernel Auto stands for, where told.
    `given` are values by role for parameters that the new body has values of its own for, with
    the names in `given_uses`, and
    `unless` is code that the new body must have, with the place where the old one has it.
    `kernel_names` are the expressions that are read as the name of a kernel.
    `mapping` is the expression of a kernel that is made in a way of its own, `kernel_text` that of
    any, and `kernel_uses` what kernels depend on. `arrays` are those that another function than the
    core's is given, `cols` numbers of columns that are not simply the length of an array.
    `listing` makes exceptions where combinations cannot be listed (or it is `CONVERTED`), and
    `inside` tells of checks that raise errors of the core. `listers` are the functions that have
    listed combinations, the first of them at `listed_at`, and `single` tells that the kernels are
    those of one call.
    `started` are statements that write memory before the core does, by its number, with `STARTED`
    for the variable. `asked` are choices by their places, each with the array that it asks for;
    `converted` tells that `?` may make exceptions of errors, and `bare` that nothing else does.
    `misread` makes exceptions of the error where the name of a kernel cannot be read; `doubts` are
    what a
    new body would do otherwise, which is no matter to those who only ask for the interface.
    """

    params: list[Made] = field(default_factory=list)
    ranges: list[Made] = field(default_factory=list)
    inputs: list[Called] = field(default_factory=list)
    others: list[Made] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    methods: list[Called] = field(default_factory=list)
    made: list[Called] = field(default_factory=list)
    items: dict[int, list[tuple[str, Symbol]]] = field(default_factory=dict)
    guards: list[Code] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)
    mapped: set[str] = field(default_factory=set)
    kernel: str = ""
    kernel_names: set[str] = field(default_factory=set)
    result: Symbol = UNKNOWN
    filled: dict[int, str] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    shapes: dict[int, Symbol] = field(default_factory=dict)
    warmed: bool = False
    zeroed: bool = False
    asks_memory: bool = False
    chosen: str = ""
    mapping: str = ""
    kernel_text: str = ""
    kernel_uses: frozenset[str] = frozenset()
    arrays: tuple[str, ...] | None = None
    cols: set[str] = field(default_factory=set)
    given: dict[str, str] = field(default_factory=dict)
    given_uses: frozenset[str] = frozenset()
    listers: set[str] = field(default_factory=set)
    listed_at: int | None = None
    unless: list[tuple[Code, int]] = field(default_factory=list)
    listing: str = ""
    misread: str = ""
    inside: bool = False
    single: bool = False
    buffers: dict[str, Code] = field(default_factory=dict)
    sizes: dict[str, Code] = field(default_factory=dict)
    zeros: set[str] = field(default_factory=set)
    named: list[str] = field(default_factory=list)
    started: dict[int, list[Code]] = field(default_factory=dict)
    asked: dict[int, str] = field(default_factory=dict)
    converted: bool = False
    bare: bool = False
    doubts: list[Lacking] = field(default_factory=list)

    def guard(self, code: Code, statement: Node) -> None:
        """Note a check, and where the body has it."""
        self.guards.append(code)
        self.places.setdefault(code.text, statement.span.start)

    def fill(self, memory: Memory, output: str) -> None:
        """Note that memory holds an output now."""
        self.filled[memory.number] = output
        if memory.made is not None:
            self.buffers[output] = memory.made
        if memory.size is not None:
            self.sizes[output] = memory.size
        if memory.zeroed:
            self.zeros.add(output)

    def change(self, memory: Memory) -> None:
        """Note that memory is written by the binding; what a call has put there is no more."""
        if memory.number in self.filled:
            self.changed.add(memory.number)

    def starts(self, output: str) -> tuple[Code, ...]:
        """What is written into the one memory that holds an output, before the core does."""
        held = [number for number, name in self.filled.items() if name == output]
        return tuple(self.started.get(held[0], ())) if len(held) == 1 else ()

    @property
    def entries(self) -> list[tuple[str, Symbol]]:
        """Keys and values of the dict that is returned."""
        result = self.result
        return self.items.get(result.number, []) if isinstance(result, Dict) else []

    def output(self, symbol: Symbol) -> Output | None:
        """The output that a symbol is, memory that a call has filled included."""
        if isinstance(symbol, Memory) and symbol.number in self.filled.keys() - self.changed:
            return Output(
                self.filled[symbol.number], shape=symbol.shape, shaped_by=symbol.shaped_by
            )
        return symbol if isinstance(symbol, Output) else None
