"""Items of a file, and the file as a Module."""

from __future__ import annotations

from dataclasses import field

from bindcheck.model.body import Block, Param
from bindcheck.model.fact import fact
from bindcheck.model.source import NOWHERE, UNIT, Attribute, Cfg, LineIndex, Span, TypeRef


@fact
class Item:
    """What every item has. `scope` is the inline-module path inside the file, outermost first.

    `cfg` has all predicates that must hold, those of enclosing inline modules and impls included
    (not those of the `mod` declaration in another file). `visibility` is `""`, `pub`, `pub(crate)`.
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


@fact
class Function(Item):
    """A function or method. `span` covers attributes to closing brace; `owner` is the impl's type.

    `params` leaves out `self`, whose form is `receiver` (`""`, `self`, `&self`, `&mut self`, or the
    type text of a typed self such as `slf: PyRef<Self>` is an ordinary parameter).
    `body_span` is None for a declaration without body. `body` is there for a function inside
    another one's body; that of a function of the file is lowered when it is asked for.
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
    body: Block | None = field(default=None, compare=False, repr=False)

    @property
    def path(self) -> str:
        """`scope::Owner::name` inside the file."""
        parts = [*self.scope, *([self.owner] if self.owner else []), self.name]
        return "::".join(parts)


@fact
class StructField:
    """A named field (or `0`, `1`, .. of a tuple struct)."""

    name: str
    type: TypeRef
    attrs: tuple[Attribute, ...]
    visibility: str
    cfg: tuple[Cfg, ...]
    span: Span
    doc: str = ""


@fact
class Struct(Item):
    """A struct; `generics` as written, `<'a>`."""

    fields: tuple[StructField, ...] = ()
    generics: str = ""
    is_tuple: bool = False


@fact
class Variant:
    """A variant of an enum with its fields and attributes (`#[error("..")]`)."""

    name: str
    fields: tuple[StructField, ...]
    attrs: tuple[Attribute, ...]
    is_tuple: bool
    span: Span


@fact
class Enum(Item):
    """An enum."""

    variants: tuple[Variant, ...] = ()
    generics: str = ""


@fact
class Impl(Item):
    """An impl block: `name` is the type's last segment, `trait` the trait's text or `""`.

    Its functions are in `Module.functions` with `owner` set; `functions` are their indices.
    """

    type: TypeRef = UNIT
    trait: str = ""
    generics: str = ""
    functions: tuple[int, ...] = ()


@fact
class Const(Item):
    """`const` or `static`, with the text of its value."""

    type: TypeRef = UNIT
    value: str = ""
    is_static: bool = False


@fact
class TypeAlias(Item):
    """`type Name<generics> = target`."""

    target: TypeRef = UNIT
    generics: str = ""


@fact
class Use(Item):
    """One leaf of a `use` tree: `use a::b as name`; `name` is `*` for a glob, `_` for `as _`.

    `path` has all segments, `self` leaves resolved (`use a::{self}` is `a`).
    `span` is the leaf, `statement` the whole declaration.
    """

    path: tuple[str, ...] = ()
    statement: Span = NOWHERE


@fact
class Mod(Item):
    """`mod name;` or `mod name { .. }` (`inline`); `path_attr` is the value of `#[path]`."""

    inline: bool = False
    path_attr: str | None = None
    body_span: Span | None = None


@fact
class MacroItem(Item):
    """`macro_rules! name` (`defines`) or an item-level invocation `name! { .. }`.

    `hints` are the PyO3 attributes and calls seen in the tokens (`pyfunction`, `pyclass`,
    `add_function`, ..): what is made there cannot be analysed and is listed so.
    """

    defines: bool = False
    tokens: str = ""
    hints: tuple[str, ...] = ()


@fact
class Problem:
    """A place that does not parse. `extent` is what becomes unreadable with it."""

    message: str
    span: Span
    extent: Span


@fact
class Ignore:
    """`// bindcheck: ignore[BC201, BC3] reason`, and the code line (1-based) that it is about.

    A comment behind code is about its own line; one alone on its line about the next line of code.
    `codes` empty means that the brackets were missing or empty (then nothing is ignored).
    """

    codes: tuple[str, ...]
    reason: str
    line: int
    span: Span


@fact
class Module:
    """Everything one file says.

    `bodies` holds the lowered bodies by index into `functions`: those of functions with PyO3
    attributes and whatever the parser was asked for; others are lowered on demand. `generated` are
    the keys of the regions that the generator has written into the file (`kama/single`). `made` is
    the text that calls of the file's own macros stand for, which is read as if it stood behind the
    file; `calls` are the places of these calls.
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
    generated: frozenset[str] = frozenset()
    inner_attrs: tuple[Attribute, ...] = ()
    bodies: dict[int, Block] = field(default_factory=dict)
    made: bytes = b""
    calls: frozenset[int] = frozenset()

    def note(self, problems: tuple[Problem, ...]) -> None:
        """Take over what has been found not to parse; a module that was parsed whole knows all."""
