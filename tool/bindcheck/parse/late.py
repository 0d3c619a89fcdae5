"""Facts that read themselves from the source when somebody first looks at them.

A skimmed file knows where its items stand and what they are called. The rest of an item is parsed
when it is asked for, which for most items of a crate is never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from sys import intern
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bindcheck.model import (
    Attribute,
    Cfg,
    Const,
    Enum,
    Function,
    Item,
    MacroItem,
    Origins,
    Problem,
    Span,
    Struct,
    TypeAlias,
    Use,
)
from bindcheck.model.fact import fact, field_names, record, replace
from bindcheck.parse.heads import Head, split_head
from bindcheck.parse.items import Items
from bindcheck.parse.preludes import Prelude
from bindcheck.parse.problems import problems_of
from bindcheck.parse.signatures import Place
from bindcheck.parse.tree import Text, parse

L = TypeVar("L", bound="_Late")


@record
class Source:
    """A skimmed file: its bytes, and what turned out not to parse.

    `text` is the file as bodies are read from it. From `size` on stands what its macros make, which
    comes from `origins`.
    """

    source: bytes
    size: int = -1
    origins: Origins = Origins()
    problems: list[Problem] = field(default_factory=list)
    text: Text = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.source) if self.size < 0 else self.size
        self.text = Text.at(self.source)

    def note(self, problem: Problem) -> None:
        """Remember a place that does not parse."""
        if problem not in self.problems:
            self.problems.append(problem)


@fact
class Stretch:
    """Where an item stands: its prelude begins at `begin`, its first word at `start`.

    `name` and `name_end` enclose the name; `stop` is where the body of a function begins, or -1.
    `plain` if there is neither a literal nor a comment from the first word to the body.
    """

    source: Source
    place: Place
    prelude: Prelude
    begin: int
    start: int
    name: int
    name_end: int
    stop: int
    end: int
    plain: bool

    def span(self) -> Span:
        """From the first attribute or doc comment to the end of the item."""
        first = self.prelude.start
        return Span(self.start if first < 0 else self.begin + first, self.end)

    def visibility(self) -> str:
        """`pub`, `pub(crate)`, .. or `""`."""
        if not self.source.source.startswith(b"pub", self.start):
            return ""
        words = self.source.source[self.start : self.name].decode("utf-8", "replace")
        closing = words.find(")") if words[3:].lstrip().startswith("(") else 2
        return intern(" ".join(words[: closing + 1].split()))

    def common(
        self,
        name: str,
        scope: tuple[str, ...],
        attrs: tuple[Attribute, ...],
        cfg: tuple[Cfg, ...],
    ) -> Common:
        """The fields that every item has, in their order."""
        return (
            name,
            scope,
            attrs,
            cfg,
            self.visibility(),
            self.span(),
            Span(self.name, self.name_end),
            self.prelude.doc,
        )

    def items(self) -> Items:
        """The items of the stretch by the grammar; what does not parse is noted."""
        text = Text.at(self.source.source[self.begin : self.end], self.begin)
        return self._walked(text)

    def head(self) -> Items:
        """Like `items` for a function, with an empty body."""
        source = self.source.source
        if self.stop < 0:
            return self.items()
        return self._walked(Text.at(source[self.begin : self.stop] + b"{}", self.begin))

    def _walked(self, text: Text) -> Items:
        root = parse(text.source).root_node
        items = Items(text)
        items.walk(root.children, self.place)
        for problem in (*problems_of(text, root), *items.problems):
            self.source.note(Problem(problem.message, problem.span, self.span()))
        return items


Common = tuple[str, tuple[str, ...], tuple[Attribute, ...], tuple[Cfg, ...], str, Span, Span, str]


def make_function(late: Stretch, name: str) -> LateFunction:
    """A function of which only name and place are set."""
    place, prelude = late.place, late.prelude
    one: Any = LateFunction.__new__(LateFunction)
    one.late, one.name, one.body = late, name, None
    one.scope, one.owner, one.trait = place.scope, place.owner, place.trait
    one.cfg = _both(place.cfg, prelude.cfg)
    one.body_span = None if late.stop < 0 else Span(late.stop, late.end)
    return cast(LateFunction, one)


def make(kind: type[L], late: Stretch, place: Place | None = None, **known: object) -> L:
    """A fact of which only name, place and what else is `known` are set."""
    place = place or late.place
    one: Any = kind.__new__(kind)
    prelude = late.prelude
    one.late, one.scope = late, place.scope
    one.cfg = _both(place.cfg, prelude.cfg)
    for name, value in known.items():
        setattr(one, name, value)
    return cast(L, one)


def make_uses(late: Stretch, leaves: Sequence[Use]) -> list[LateUse]:
    """The leaves of a `use` declaration, which count their places from its first word."""
    return [make(LateUse, late, leaf=one, name=one.name, path=one.path) for one in leaves]


def _both(outer: tuple[Cfg, ...], own: tuple[Cfg, ...]) -> tuple[Cfg, ...]:
    # Nearly always one of them is empty: the other one is kept once for all that have it.
    return (*outer, *own) if outer and own else outer or own


class _Late:
    """Reads the fields that are not set when one of them is asked for."""

    __slots__ = ()
    if TYPE_CHECKING:
        late: Stretch
        name: str
        scope: tuple[str, ...]
        attrs: tuple[Attribute, ...]
        cfg: tuple[Cfg, ...]

    def common(self) -> Common:
        """The fields that every item has, in their order."""
        return self.late.common(self.name, self.scope, self.attrs, self.cfg)

    def attr(self, *paths: str) -> Attribute | None:
        """First attribute whose last path segment is one of `paths`."""
        # Asked of all items for the names of PyO3, which few of them have. One that was made of
        # another by `replace` has all of its fields, and no text to read them from.
        late: Stretch | None = getattr(self, "late", None)
        if late is not None and late.prelude.names.isdisjoint(paths):
            return None
        return Item.attr(cast(Item, self), *paths)

    def __getattr__(self, name: str) -> Any:
        if name == "attrs":
            attrs = self.late.prelude.attributes(self.late.begin)
            setattr(self, name, attrs)
            return attrs
        names = field_names(type(self))
        if name not in names:
            raise AttributeError(name)
        whole = self._read()
        for one in names:
            setattr(self, one, getattr(whole, one))
        return getattr(self, name)

    def _read(self) -> Item:
        raise NotImplementedError


class LateFunction(_Late, Function):
    """A function of which the name and the place are known.

    Where its head is written plainly, each part of it is read by itself.
    """

    __slots__ = ("late",)

    def __getattr__(self, name: str) -> Any:
        if name in ("params", "returns"):
            return self._of_head(name)
        read = _PARTS.get(name)
        value = None if read is None else read(self.late)
        if value is None:
            return super().__getattr__(name)
        setattr(self, name, value)
        return value

    def _of_head(self, name: str) -> Any:
        """The parameters or the result: who asks for one mostly asks for the other."""
        head = _head(self.late)
        params = None if head is None else head.listed()
        returns = None if head is None else head.returns()
        if params is None or returns is None:
            return super().__getattr__(name)
        known = {"params": params, "returns": returns}
        for part, value in known.items():
            setattr(self, part, value)
        return known[name]

    def _read(self) -> Function:
        late = self.late
        found = next(iter(late.head().functions), None) or Function(*self.common())
        return replace(found, span=late.span(), body_span=self.body_span)


def _head(late: Stretch) -> Head | None:
    if not late.plain:
        return None
    end = late.end if late.stop < 0 else late.stop
    return split_head(late.source.source[late.name_end : end], late.name_end)


def _receiver(late: Stretch) -> str | None:
    end = late.end if late.stop < 0 else late.stop
    # Most functions have none, and it is asked of all.
    if late.source.source.find(b"self", late.name_end, end) < 0:
        return ""
    head = _head(late)
    return None if head is None else head.receiver()


def _generics(late: Stretch) -> str | None:
    head = _head(late)
    return None if head is None else head.written_generics()


def _signature(late: Stretch) -> Span | None:
    if late.stop < 0 or not late.plain:
        return None
    head = late.source.source[late.start : late.stop]
    return Span(late.start, late.start + len(head.rstrip()))


def _says(late: Stretch, word: bytes) -> bool | None:
    return word in late.source.source[late.start : late.name].split() if late.plain else None


_PARTS: dict[str, Callable[[Stretch], object]] = {
    "visibility": Stretch.visibility,
    "span": Stretch.span,
    "name_span": lambda late: Span(late.name, late.name_end),
    "doc": lambda late: late.prelude.doc,
    "receiver": _receiver,
    "generics": _generics,
    "is_unsafe": lambda late: _says(late, b"unsafe"),
    "is_async": lambda late: _says(late, b"async"),
    "signature_span": _signature,
}


class LateStruct(_Late, Struct):
    """A struct or union of which the name and the place are known."""

    __slots__ = ("late",)

    def _read(self) -> Struct:
        return next(iter(self.late.items().structs), None) or Struct(*self.common())


class LateEnum(_Late, Enum):
    """An enum of which the name and the place are known."""

    __slots__ = ("late",)

    def _read(self) -> Enum:
        return next(iter(self.late.items().enums), None) or Enum(*self.common())


class LateConst(_Late, Const):
    """A constant of which the name and the place are known."""

    __slots__ = ("late",)

    def _read(self) -> Const:
        return next(iter(self.late.items().consts), None) or Const(*self.common())


class LateAlias(_Late, TypeAlias):
    """A type alias of which the name and the place are known."""

    __slots__ = ("late",)

    def _read(self) -> TypeAlias:
        return next(iter(self.late.items().aliases), None) or TypeAlias(*self.common())


class LateUse(_Late, Use):
    """A leaf of a `use` declaration of which the name, the path and the place are known."""

    __slots__ = ("late", "leaf")
    leaf: Use

    def _read(self) -> Use:
        late, leaf, at = self.late, self.leaf, self.late.name
        return replace(
            leaf,
            scope=self.scope,
            attrs=self.attrs,
            cfg=self.cfg,
            visibility=late.visibility(),
            span=Span(leaf.span.start + at, leaf.span.end + at),
            name_span=Span(leaf.name_span.start + at, leaf.name_span.end + at),
            doc=late.prelude.doc,
            statement=late.span(),
        )


class LateMacro(_Late, MacroItem):
    """A macro of which the name and the place are known."""

    __slots__ = ("late",)

    def _read(self) -> MacroItem:
        return next(iter(self.late.items().macros), None) or MacroItem(*self.common())
