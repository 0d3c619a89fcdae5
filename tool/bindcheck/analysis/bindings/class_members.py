"""What Python finds in a class that Rust makes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tokens import options, unquoted
from bindcheck.fact import fact
from bindcheck.model import EntryKind, EntryPoint, Enum, ItemRef, Span

CONSTRUCTOR = "__new__"


@fact
class Member:
    """A method or attribute. `kind` is `method`, `static`, `class`, `attribute` or `constructor`.

    `entry` is None for a field; `place` is the display path and span of its name.
    """

    name: str
    kind: str
    place: tuple[str, Span]
    entry: EntryPoint | None = None


@fact
class Members:
    """The members of a class, those of its Rust bases last.

    `complete` is false where more may be there: a base that Rust does not define, or code made by
    macros. `makeable` tells whether Python can construct it.
    """

    members: tuple[Member, ...]
    complete: bool

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return frozenset(one.name for one in self.members)

    @property
    def makeable(self) -> bool:
        """Whether there is a constructor, or may be one."""
        return not self.complete or any(one.kind == "constructor" for one in self.members)


class Classes:
    """The members of each class of a program."""

    def __init__(self, linked: Linked, entries: tuple[EntryPoint, ...]):
        self._linked = linked
        self._methods: dict[ItemRef, list[Member]] = defaultdict(list)
        for entry in entries:
            if entry.kind is EntryKind.METHOD and entry.active and entry.class_ref is not None:
                self._methods[entry.class_ref].extend(_method(linked, entry))
        self._makers = "\n".join(_makers(linked))
        self._known: dict[ItemRef, Members] = {}

    def members(self, cls: EntryPoint) -> Members:
        """The members of a class with those of its bases."""
        if cls.ref not in self._known:
            self._known[cls.ref] = self._read(cls.ref)
        return self._known[cls.ref]

    def _read(self, cls: ItemRef) -> Members:
        found: list[Member] = []
        name = re.escape(self._linked.struct(cls).name)
        complete = re.search(rf"\b{name}\b", self._makers) is None
        ref: ItemRef | None = cls
        seen: set[ItemRef] = set()
        while ref is not None and ref not in seen:
            seen.add(ref)
            found.extend(self._methods.get(ref, ()))
            found.extend(_fields(self._linked, ref))
            options_of = _class_options(self._linked, ref)
            base = options_of.get("extends") or None
            scope = self._linked.struct(ref).scope
            above = None if base is None else self._linked.resolve_type(base, ref.path, scope)
            complete = complete and "rename_all" not in options_of
            complete = complete and (base is None) == (above is None)
            ref = above
        return Members(tuple(found), complete)


def _makers(linked: Linked) -> Iterator[str]:
    """The tokens of macros that make methods: their rules, and what they are given."""
    for module in linked.modules.values():
        for item in module.macros:
            known = linked.parts.calls.macro(item.name.rpartition("::")[2])
            if "pymethods" in {*item.hints, *(known[1].hints if known is not None else ())}:
                yield item.tokens


def _method(linked: Linked, entry: EntryPoint) -> Iterator[Member]:
    function = linked.function(entry.ref)
    if function.attr("setter", "deleter") is None:
        kind = _kind(linked, entry)
        name = CONSTRUCTOR if kind == "constructor" else entry.python_name
        yield Member(name, kind, (entry.ref.path, function.name_span), entry)


def _kind(linked: Linked, entry: EntryPoint) -> str:
    function = linked.function(entry.ref)
    if entry.constructor:
        return "constructor"
    if function.attr("getter", "classattr") is not None:
        return "attribute"
    if function.attr("staticmethod") is not None:
        return "static"
    return "class" if function.attr("classmethod") is not None else "method"


def _fields(linked: Linked, ref: ItemRef) -> Iterator[Member]:
    """`#[pyo3(get)]` fields, and the variants of an enum."""
    item = linked.struct(ref)
    if isinstance(item, Enum):
        for variant in item.variants:
            name = _given(one.tokens for one in variant.attrs) or variant.name
            yield Member(name, "attribute", (ref.path, variant.span))
        return
    every = "get_all" in _class_options(linked, ref)
    for field in item.fields:
        written = [options(one.tokens) for one in field.attrs if one.path.endswith("pyo3")]
        if every or any("get" in one for one in written):
            name = _given(one.tokens for one in field.attrs) or field.name.removeprefix("r#")
            yield Member(name, "attribute", (ref.path, field.span))


def _given(tokens: Iterator[str]) -> str | None:
    names = [options(one).get("name") for one in tokens]
    return next((unquoted(name) for name in names if name), None)


def _class_options(linked: Linked, ref: ItemRef) -> Mapping[str, str]:
    attribute = linked.struct(ref).attr("pyclass")
    return {} if attribute is None else options(attribute.tokens)
