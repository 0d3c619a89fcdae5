"""What a copy of the crate makes visible, so that a timer outside of it can call a private core.

Visibilities are changed in their place: no line comes or goes, and nothing is renamed. What can be
named from outside already stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from bindcheck.analysis.linking.tree import CRATE
from bindcheck.analysis.program import Program
from bindcheck.bench.copies import Change, Copy, copy_of
from bindcheck.bench.publicnames import own_name, public_function, public_type
from bindcheck.errors import NothingToDoError
from bindcheck.fact import fact
from bindcheck.model import Function, ItemRef, Mod, Span, Struct, StructField, TypeRef
from bindcheck.model.items import Item

_PUB = b"pub"
_VISIBILITY = re.compile(rb"pub\s*(?:\([^()]*\))?")
_KEYWORD = rb"(?:struct|enum|union|mod)\s+\Z"
_PLAIN_HEAD = re.compile(_KEYWORD)
_GIVEN_HEAD = re.compile(rb"pub\s*\([^()]*\)\s*" + _KEYWORD)


@fact
class Opened:
    """An item that is private in the sources, and the change that makes it `pub` in the copy.

    `name` is what reports call it; `path` and `line` are those of the sources.
    """

    name: str
    path: str
    line: int
    change: Change


def copies(program: Program, opened: Iterable[Opened]) -> tuple[Copy, ...]:
    """The files in which items are made visible."""
    changes: dict[str, dict[Change, None]] = {}
    for one in opened:
        changes.setdefault(one.path, {})[one.change] = None
    return tuple(copy_of(program, path, found) for path, found in changes.items())


class Reach:
    """Names items for a timer, and notes in `opened` what has to be made visible for that."""

    def __init__(self, program: Program):
        self.program = program
        self._opened: dict[Opened, None] = {}
        self._seen: set[tuple[str, str]] = set()

    @property
    def opened(self) -> tuple[Opened, ...]:
        """What the names that were given need, in the order of the questions."""
        return tuple(self._opened)

    def function(self, ref: ItemRef) -> str:
        """The path of a free function, whose arguments and results can be used then."""
        path = public_function(self.program, ref)
        if path is None:
            path = self._own(ref, self.program.function(ref), self._functions(ref))
        self._signature(ref)
        return path

    def type(self, ref: ItemRef) -> str:
        """The path of a struct or enum."""
        path = public_type(self.program, ref)
        return path or self._own(ref, self.program.struct(ref), self._types(ref))

    def method(self, ref: ItemRef) -> None:
        """Let an associated function of a type that can be named be called."""
        item = self.program.function(ref)
        if not item.trait:
            self._open_items(ref.path, self._functions(ref), owner=item.owner)
        self._signature(ref)

    def fields(self, ref: ItemRef, names: Collection[str]) -> None:
        """Let fields of a struct be read and given."""
        item = self.program.struct(ref)
        if isinstance(item, Struct):
            for field in item.fields:
                if field.name in names and field.visibility != "pub":
                    self._open_field(ref, item, field)

    # --- what has to be visible --------------------------------------------------------------

    def _own(self, ref: ItemRef, item: Item, alike: Iterable[Item]) -> str:
        module = self.program.module_path(ref.path, item.scope)
        if ref.path in self.program.unreached:
            raise self._refused(ref, item, "no `mod` that can be read leads to its file")
        for depth in range(2, len(module) + 1):
            declared = self.program.names.declarations(module[:depth])
            if not declared:
                raise self._refused(ref, item, "it is declared inside of a function")
            for path, one in declared:
                self._open_items(path, [one])
        self._open_items(ref.path, alike)
        return own_name(self.program, ref, item)

    def _refused(self, ref: ItemRef, item: Item, why: str) -> NothingToDoError:
        return NothingToDoError(
            f"`{item.name}` cannot be called from outside the crate, where the timer is, nor made "
            f"visible in a copy of it: {why}",
            ref.path,
            self.program.location(ref.path, item.name_span).line,
        )

    def _functions(self, ref: ItemRef) -> list[Function]:
        """The function, and those that take its place in other configurations."""
        item = self.program.function(ref)
        return [
            one
            for one in self.program.modules[ref.path].functions
            if (one.name, one.scope, one.owner, one.trait)
            == (item.name, item.scope, item.owner, item.trait)
        ]

    def _types(self, ref: ItemRef) -> list[Item]:
        item, module = self.program.struct(ref), self.program.modules[ref.path]
        return [
            one
            for one in (*module.structs, *module.enums)
            if (one.name, one.scope) == (item.name, item.scope)
        ]

    def _signature(self, ref: ItemRef) -> None:
        """Make the types that a call has to do with `pub`: the compiler refuses values of others.

        Modules that they stand in may stay private, for nobody names them.
        """
        item = self.program.function(ref)
        written = (item.returns, *(one.type for one in item.params if one.type is not None))
        for kind in written:
            self._values_of(kind, ref.path, item.scope)

    def _values_of(self, kind: TypeRef, path: str, scope: tuple[str, ...]) -> None:
        for part in kind.walk():
            segments = part.path.split("::") if part.kind == "path" and part.path else []
            found = self.program.resolve_type(segments, path, scope) if segments else None
            if found is not None:
                self._open_items(found.path, self._types(found))
            alias = self.program.names.alias(segments, path, scope) if segments else None
            if alias is not None and (alias.path, alias.item.name) not in self._seen:
                self._seen.add((alias.path, alias.item.name))
                self._values_of(alias.item.target, alias.path, alias.item.scope)

    # --- changes -----------------------------------------------------------------------------

    def _open_items(self, path: str, items: Iterable[Item], owner: str = "") -> None:
        for item in items:
            if item.visibility != "pub":
                name = f"{owner}::{item.name}" if owner else item.name
                shown = self._shown(path, item.scope, name)
                if isinstance(item, Mod):
                    shown = f"mod {shown}"
                self._note(shown, path, item.name_span, self._visible(path, item))

    def _open_field(self, ref: ItemRef, item: Struct, field: StructField) -> None:
        shown = f"{self._shown(ref.path, item.scope, item.name)}.{field.name}"
        change = _visible_field(self.program.source(ref.path), item, field)
        self._note(shown, ref.path, field.span, change)

    def _note(self, shown: str, path: str, span: Span, change: Change | None) -> None:
        line = self.program.location(path, span).line
        if change is None:
            told = f"`{shown}` is private, and how it is declared cannot be read: make it `pub`"
            raise NothingToDoError(told, path, line)
        self._opened[Opened(shown, path, line, change)] = None

    def _shown(self, path: str, scope: tuple[str, ...], name: str) -> str:
        first, *rest = self.program.module_path(path, scope)
        return "::".join((*rest, name) if first == CRATE else (first, *rest, name))

    def _visible(self, path: str, item: Item) -> Change | None:
        source = self.program.source(path)
        if isinstance(item, Function):
            return _changed(source, item.signature_span.start, item.visibility)
        head = _GIVEN_HEAD if item.visibility else _PLAIN_HEAD
        found = head.search(source, item.span.start, item.name_span.start)
        return None if found is None else _changed(source, found.start(), item.visibility)


def _changed(source: bytes, start: int, visibility: str) -> Change | None:
    """`pub` before what begins at `start`, or in place of the visibility that it begins with."""
    if not visibility:
        return Change(start, start, _PUB + b" ")
    given = _VISIBILITY.match(source, start)
    return None if given is None else Change(start, given.end(), _PUB)


def _visible_field(source: bytes, item: Struct, field: StructField) -> Change | None:
    if item.is_tuple:
        plain = not field.attrs and not field.doc
        return _changed(source, field.span.start, field.visibility) if plain else None
    given = rb"pub\s*\([^()]*\)\s*" if field.visibility else rb""
    named = re.compile(given + rb"\b" + re.escape(field.name.encode()) + rb"\s*:(?!:)")
    # Attributes and comments before it may say the same.
    found = [*named.finditer(source, field.span.start, field.span.end)]
    return _changed(source, found[-1].start(), field.visibility) if found else None


def named(opened: Iterable[Opened]) -> tuple[str, ...]:
    """The names of what was made visible, each once."""
    return tuple(dict.fromkeys(one.name for one in opened))


def remarks(names: Sequence[str], shown: int = 10) -> Iterator[str]:
    """A remark for a report, if there is anything to tell."""
    if names:
        some = ", ".join(f"`{one}`" for one in names[:shown])
        more = f" and {len(names) - shown} more" if len(names) > shown else ""
        what = "1 private item is" if len(names) == 1 else f"{len(names)} private items are"
        yield f"built from a copy of the sources, in which {what} visible: {some}{more}"
