"""Facts about Rust sources. No syntax-tree types, no I/O: everything here can be pickled.

Two layers live here. `Module` is what one file says (items, attributes, signatures, and per body
a small IR). `CoreApi`, `EntryPoint` and `Registration` are what the linked modules mean; only
`bindcheck.analysis` makes them.

Spans are byte ranges of the file; `LineIndex` turns them into 1-based lines and character columns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open byte range in one file."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Whether `other` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share a byte."""
        return self.start < other.end and other.start < self.end


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class LineIndex:
    """Byte offset to line and character column, without the text.

    `starts` holds the byte offset of each line. `wide` holds, for lines with characters of more
    than one byte, the byte offsets (from the start of the line) of every continuation byte.
    """

    starts: tuple[int, ...]
    wide: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: bytes) -> LineIndex:
        """Index `source`, which must be UTF-8."""
        starts = [0]
        at = source.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = source.find(b"\n", at + 1)
        if source.isascii():
            return cls(tuple(starts))
        ends = [*starts[1:], len(source)]
        wide: dict[int, tuple[int, ...]] = {}
        for line, (start, end) in enumerate(zip(starts, ends, strict=True)):
            text = source[start:end]
            if not text.isascii():
                wide[line] = tuple(i for i, byte in enumerate(text) if byte & 0xC0 == 0x80)
        return cls(tuple(starts), wide)

    def position(self, byte: int) -> tuple[int, int]:
        """1-based line and 1-based character column of a byte offset."""
        line = bisect_right(self.starts, byte) - 1
        column = byte - self.starts[line]
        hidden = self.wide.get(line)
        if hidden:
            column -= sum(1 for offset in hidden if offset <= column)
        return line + 1, column + 1


# --- configuration predicates ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cfg:
    """A `cfg` predicate.

    `op` is `all`, `any` or `not` (with `args`), or `flag` (`name`, and `value` for `name = "value"`).
    A predicate that cannot be read is a flag named `?`, which is never decided.
    """

    op: str
    name: str = ""
    value: str | None = None
    args: tuple[Cfg, ...] = ()

    def __str__(self) -> str:
        if self.op == "flag":
            return self.name if self.value is None else f'{self.name} = "{self.value}"'
        return f"{self.op}({', '.join(map(str, self.args))})"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`#[path(tokens)]` or `#[path = tokens]`; `tokens` is the text inside, outer parentheses cut.

    `cfg_attr(predicate, attribute)` is given as the inner attribute with `cfg` set.
    """

    path: str
    tokens: str
    span: Span
    cfg: tuple[Cfg, ...] = ()


# --- types -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type as written.

    `kind` is `path`, `ref`, `slice`, `array`, `tuple`, `ptr`, `fn`, `impl`, `dyn`, `never`,
    `infer` or `other`. For `path`, `name` is the last segment, `path` the whole (`numpy::PyArray1`)
    and `args` the generic arguments without lifetimes. For `ref`, `ptr`, `slice` and `array`,
    `args[0]` is the target. `text` is the source with white space folded.
    """

    text: str
    kind: str = "path"
    name: str = ""
    path: str = ""
    args: tuple[TypeRef, ...] = ()
    mutable: bool = False

    def walk(self) -> Iterator[TypeRef]:
        """This type and all types inside it, outermost first."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    def names(self) -> set[str]:
        """Last path segments of this type and all inside it."""
        return {part.name for part in self.walk() if part.name}

    def peel(self) -> TypeRef:
        """The type behind references."""
        return self.args[0].peel() if self.kind == "ref" and self.args else self


UNIT = TypeRef("()", "tuple")


# --- body IR -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """Base of the body IR. Every node knows where it stands."""

    span: Span

    def children(self) -> Iterator[Node]:
        """Direct sub-nodes in source order."""
        for name in _child_fields(type(self)):
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        yield item

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in source order."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(tuple(node.children())))


@cache
def _child_fields(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name != "span")


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`a`, `self`, `Kernel::Auto`, `Vec::<f64>::new` (`turbofish` has the types of the last segment)."""

    segments: tuple[str, ...]
    turbofish: tuple[TypeRef, ...] = ()

    @property
    def last(self) -> str:
        """Last segment."""
        return self.segments[-1]

    @property
    def text(self) -> str:
        """Segments joined by `::`."""
        return "::".join(self.segments)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`kind`: `int`, `float`, `str`, `char`, `bool`; `text` as written, strings without quotes."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(args)`; `function` is a Path for named functions and constructors."""

    function: Node
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MethodCall(Node):
    """`receiver.method::<turbofish>(args)`; `name_span` is the method's name alone."""

    receiver: Node
    method: str
    args: tuple[Node, ...]
    turbofish: tuple[TypeRef, ...] = ()
    name_span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class MacroCall(Node):
    """`path!(..)`. `args` are the comma-separated expressions or statements, if the tokens read as such.

    `parsed` is false when they do not; `tokens` is the text between the delimiters in any case.
    """

    path: str
    args: tuple[Node, ...]
    tokens: str
    parsed: bool


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a function or closure. `name` is empty for a pattern; `names` has all it binds."""

    name: str
    names: tuple[str, ...]
    type: TypeRef | None
    span: Span
    attrs: tuple[Attribute, ...] = ()
    mutable: bool = False


@dataclass(frozen=True, slots=True)
class Closure(Node):
    """`move |params| body`."""

    params: tuple[Param, ...]
    body: Node
    move: bool = False


@dataclass(frozen=True, slots=True)
class Let(Node):
    """`let pattern: type = value else { otherwise };` also in `if let` (then part of a condition).

    `names` are the bindings the pattern makes, `pattern` its text (`Ok(slice)`).
    """

    names: tuple[str, ...]
    pattern: str
    type: TypeRef | None
    value: Node | None
    otherwise: Node | None = None
    mutable: bool = False


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`target = value`, or `target op= value`."""

    target: Node
    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`for pattern in over`, `while condition` (`over` is the condition) or `loop` (`over` is None)."""

    kind: str
    names: tuple[str, ...]
    over: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition { then } else { otherwise }`; `if let` has a Let as (part of) its condition."""

    condition: Node
    then: Node
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Arm(Node):
    """One arm of a `match`: pattern text, the names it binds, guard and body."""

    pattern: str
    names: tuple[str, ...]
    guard: Node | None
    body: Node
    cfg: tuple[Cfg, ...] = ()


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`match subject { arms }`."""

    subject: Node
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`{ statements; tail }`. `kind`: `plain`, `unsafe`, `async`, `const`.

    `tail` tells whether the last statement is the value of the block. Items inside a block are
    not statements; nested functions are in `functions`, `use` declarations in `uses`.
    """

    statements: tuple[Node, ...]
    tail: bool
    kind: str = "plain"
    functions: tuple[Function, ...] = ()
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Gated(Node):
    """A statement or expression under `#[cfg(..)]`."""

    cfg: tuple[Cfg, ...]
    inner: Node


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`base[index]`; a Range as index is a slicing."""

    base: Node
    index: Node


@dataclass(frozen=True, slots=True)
class FieldAccess(Node):
    """`base.name` (`name` is a number for tuples)."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`start..end`, `start..=end`."""

    start: Node | None
    end: Node | None
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`left op right`."""

    left: Node
    op: str
    right: Node


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`op value`: `-`, `!`, `*`, `&`, `&mut`, `&raw const`, `&raw mut`."""

    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Try(Node):
    """`value?`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Await(Node):
    """`value.await`."""

    value: Node


@dataclass(frozen=True, slots=True)
class Return(Node):
    """`return value`."""

    value: Node | None


@dataclass(frozen=True, slots=True)
class Jump(Node):
    """`break value` or `continue`."""

    kind: str
    value: Node | None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """`value as type`."""

    value: Node
    type: TypeRef


@dataclass(frozen=True, slots=True)
class FieldInit(Node):
    """One field of a struct literal; `value` is a Path of the same name for the short form."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class StructLiteral(Node):
    """`path { fields, ..base }`."""

    path: str
    inits: tuple[FieldInit, ...]
    base: Node | None


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """`kind`: `tuple` `(a, b)`, `array` `[a, b]`, or `repeat` `[a; n]` (items are value and length)."""

    kind: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Opaque(Node):
    """A construct the IR has no node for; its readable sub-expressions are kept."""

    kind: str
    parts: tuple[Node, ...] = ()


# --- items -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """What every item has. `scope` is the inline-module path inside the file, outermost first.

    `cfg` has all predicates that must hold, those of enclosing inline modules and impls included
    (not those of the `mod` declaration in another file). `visibility` is `""`, `pub`, `pub(crate)`, ...
    """

    name: str
    scope: tuple[str, ...]
    attrs: tuple[Attribute, ...]
    cfg: tuple[Cfg, ...]
    visibility: str
    span: Span
    name_span: Span
    doc: str

    def attr(self, *paths: str) -> Attribute | None:
        """First attribute whose last path segment is one of `paths`."""
        for attribute in self.attrs:
            if attribute.path.rsplit("::", 1)[-1] in paths:
                return attribute
        return None


@dataclass(frozen=True, slots=True)
class Function(Item):
    """A function or method. `span` covers attributes to closing brace; `owner` is the impl's type name.

    `params` leaves out `self`, whose form is `receiver` (`""`, `self`, `&self`, `&mut self`, or the
    type text of a typed self such as `slf: PyRef<Self>` is an ordinary parameter).
    `body_span` is None for a declaration without body.
    """

    params: tuple[Param, ...] = ()
    returns: TypeRef = UNIT
    receiver: str = ""
    owner: str = ""
    trait: str = ""
    generics: str = ""
    is_unsafe: bool = False
    is_async: bool = False
    signature_span: Span = NOWHERE
    body_span: Span | None = None

    @property
    def path(self) -> str:
        """`scope::Owner::name` inside the file."""
        parts = [*self.scope, *([self.owner] if self.owner else []), self.name]
        return "::".join(parts)


@dataclass(frozen=True, slots=True)
class StructField:
    """A named field (or `0`, `1`, .. of a tuple struct)."""

    name: str
    type: TypeRef
    attrs: tuple[Attribute, ...]
    visibility: str
    cfg: tuple[Cfg, ...]
    span: Span
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Struct(Item):
    """A struct; `generics` as written, `<'a>`."""

    fields: tuple[StructField, ...] = ()
    generics: str = ""
    is_tuple: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of an enum with its fields and attributes (`#[error("..")]`)."""

    name: str
    fields: tuple[StructField, ...]
    attrs: tuple[Attribute, ...]
    is_tuple: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Enum(Item):
    """An enum."""

    variants: tuple[Variant, ...] = ()
    generics: str = ""


@dataclass(frozen=True, slots=True)
class Impl(Item):
    """An impl block: `name` is the type's last segment, `trait` the trait's text or `""`.

    Its functions are in `Module.functions` with `owner` set; `functions` are their indices.
    """

    type: TypeRef = UNIT
    trait: str = ""
    generics: str = ""
    functions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Const(Item):
    """`const` or `static`, with the text of its value."""

    type: TypeRef = UNIT
    value: str = ""
    is_static: bool = False


@dataclass(frozen=True, slots=True)
class TypeAlias(Item):
    """`type Name = target`."""

    target: TypeRef = UNIT


@dataclass(frozen=True, slots=True)
class Use(Item):
    """One leaf of a `use` tree: `use a::b as name`; `name` is `*` for a glob, `_` for `as _`.

    `path` has all segments, `self` leaves resolved (`use a::{self}` is `a`).
    `span` is the leaf, `statement` the whole declaration.
    """

    path: tuple[str, ...] = ()
    statement: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Mod(Item):
    """`mod name;` or `mod name { .. }` (`inline`); `path_attr` is the value of `#[path]`."""

    inline: bool = False
    path_attr: str | None = None
    body_span: Span | None = None


@dataclass(frozen=True, slots=True)
class MacroItem(Item):
    """`macro_rules! name` (`defines`) or an item-level invocation `name! { .. }`.

    `hints` are the PyO3 attributes and calls seen in the tokens (`pyfunction`, `pyclass`,
    `add_function`, ..): what is made there cannot be analysed and is listed so.
    """

    defines: bool = False
    tokens: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that does not parse. `extent` is what becomes unreadable with it."""

    message: str
    span: Span
    extent: Span


@dataclass(frozen=True, slots=True)
class Ignore:
    """`// bindcheck: ignore[BC201, BC3] reason`. It holds for `line` (1-based), the code line it is about.

    A comment behind code is about its own line; a comment alone on its line about the next line of code.
    `codes` empty means that the brackets were missing or empty (then nothing is ignored).
    """

    codes: tuple[str, ...]
    reason: str
    line: int
    span: Span


@dataclass(frozen=True, slots=True)
class Module:
    """Everything one file says.

    `bodies` holds the lowered bodies by index into `functions`: those of functions with PyO3
    attributes and whatever the parser was asked for; others are lowered on demand.
    """

    path: str
    lines: LineIndex
    digest: str
    functions: tuple[Function, ...] = ()
    structs: tuple[Struct, ...] = ()
    enums: tuple[Enum, ...] = ()
    impls: tuple[Impl, ...] = ()
    consts: tuple[Const, ...] = ()
    aliases: tuple[TypeAlias, ...] = ()
    uses: tuple[Use, ...] = ()
    mods: tuple[Mod, ...] = ()
    macros: tuple[MacroItem, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    inner_attrs: tuple[Attribute, ...] = ()
    bodies: dict[int, Block] = field(default_factory=dict)


# --- linked facts --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemRef:
    """A function, struct or other item of the program: file path and index within its tuple."""

    path: str
    index: int


@dataclass(frozen=True, slots=True)
class Series:
    """One input array of a core: `name` as Python will call it (`data`, `high`, ..).

    `optional` for `Option<&[f64]>`.
    """

    name: str
    element: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class InputConstructor:
    """`fn from_slice(&[f64], Params) -> Self` of the input type.

    `arguments` in order: the name of a series, `params`, or `extra:<name>` for a value that is
    neither (`direction: &str`) and described in `extras`.
    """

    function: str
    series: tuple[Series, ...]
    arguments: tuple[str, ...]
    extras: tuple[ParamField, ...] = ()


@dataclass(frozen=True, slots=True)
class ParamField:
    """A field of `<X>Params`. `type` is the type without `Option`; `default` the text of its default."""

    name: str
    type: TypeRef
    optional: bool
    default: str | None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class RangeField:
    """A field of `<X>BatchRange`: `(T, T, T)` (`axis`), or anything else, held fixed.

    `param` is the field of `Params` that it sweeps, None when none is recognised.
    """

    name: str
    type: TypeRef
    axis: bool
    param: str | None


@dataclass(frozen=True, slots=True)
class OutputField:
    """A vector of `<X>Output`: `element` is `f64`, `bool`, ..; `shape` is `series` or `scalar`."""

    name: str
    element: str


@dataclass(frozen=True, slots=True)
class CoreFunction:
    """A recognised function of a core, with what each parameter is for.

    `roles` has one entry per parameter: `input` (the Input struct), `series:<name>`, `params`,
    `range`, `combos` (slice of Params), `kernel`, `parallel` (bool), `threads`, `out:<name>`,
    `out:*` (one buffer for all outputs, in a layout that types do not tell), `param:<field>`,
    `extra:<name>` (see InputConstructor), `first` (index of the first value that is not NaN),
    `warm`, `rows`, `cols`, `values:<field>` (slice with a parameter's value for each row), or `?`.
    `fallible` for a `Result`; `returns` is its Ok type.
    """

    name: str
    ref: ItemRef
    roles: tuple[str, ...]
    returns: TypeRef
    fallible: bool
    error: str | None
    visibility: str


@dataclass(frozen=True, slots=True)
class StreamApi:
    """`<X>Stream`: constructor (`params` role or `param:<field>` roles) and `update`."""

    name: str
    ref: ItemRef
    constructor: CoreFunction | None
    update: CoreFunction | None


@dataclass(frozen=True, slots=True)
class CoreApi:
    """The core of one indicator, as recognised from its file.

    `name` is the name users see (`alma`), `stem` the file's, `prefix` the type prefix (`Alma`).
    Absent parts are None or empty. `why_not` lists, for each part that could not be read wholly
    although something like it is there, the fact that is lacking (such a function has a `?` role).
    `batch_outputs` are the vectors of `batch_output`, the grid left out; their names may differ
    from those of `outputs`.
    """

    name: str
    stem: str
    prefix: str
    path: str
    module_path: tuple[str, ...]
    input: ItemRef | None
    input_lifetime: bool
    constructors: tuple[InputConstructor, ...]
    params_struct: str | None
    params: tuple[ParamField, ...]
    output_struct: str | None
    outputs: tuple[OutputField, ...]
    range_struct: str | None
    ranges: tuple[RangeField, ...]
    error: str | None
    single: CoreFunction | None
    with_kernel: CoreFunction | None
    into_slice: CoreFunction | None
    into_uninit: CoreFunction | None
    expand_grid: CoreFunction | None
    batch_with_kernel: CoreFunction | None
    batch_inner: CoreFunction | None
    batch_inner_into: CoreFunction | None
    batch_output: str | None
    stream: StreamApi | None
    cfg: tuple[Cfg, ...] = ()
    why_not: tuple[tuple[str, str], ...] = ()
    batch_outputs: tuple[OutputField, ...] = ()


class EntryKind(StrEnum):
    """How Python reaches a function."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    MODULE = "module"


class Role(StrEnum):
    """What an entry point is for its indicator."""

    SINGLE = "single"
    BATCH = "batch"
    STREAM = "stream"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SignatureArg:
    """An argument as Python sees it: name, default text (None: required), keyword-only or star form."""

    name: str
    default: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A function, method, class or module that PyO3 exposes.

    `rust_name` for a method is `Class::method`; `python_name` after `name = ".."`; `signature` is
    None without `#[pyo3(signature)]`; `class_ref` for methods and classes is the struct (or enum).
    `twin_of` names the feature or target of a build-only alternative (`cuda`), else None.
    `active` tells whether the entry exists in the audited configuration.
    """

    kind: EntryKind
    ref: ItemRef
    rust_name: str
    python_name: str
    attribute: Attribute
    signature: tuple[SignatureArg, ...] | None
    signature_attr: Attribute | None
    class_ref: ItemRef | None
    indicator: str | None
    role: Role
    active: bool
    constructor: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """One export of an entry point: `module` is the `#[pymodule]`, `via` how it was reached.

    `kind` tells what `target` counts in (functions or structs). `receiver` names the Python module
    object it is added to, equal for two registrations exactly when they add to the same object.
    """

    entry: str
    target: ItemRef
    module: str
    location: tuple[str, Span]
    via: str
    kind: EntryKind = EntryKind.FUNCTION
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Unanalysed:
    """An entry point or item that could not be read, with the reason a user would accept."""

    path: str
    line: int
    item: str
    reason: str
