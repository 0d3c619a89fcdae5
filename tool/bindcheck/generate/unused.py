"""Imports that only bindings by hand have used, which are made anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bindcheck.analysis.program import Program
from bindcheck.findings import Edit
from bindcheck.generate.left_over import taken, without
from bindcheck.generate.regions import Region
from bindcheck.generate.traits import METHODS, called, called_on, is_trait, of_python
from bindcheck.generate.workspace import region_spans
from bindcheck.model import Function, Span, Use
from bindcheck.parse import masked, parse_module

_BY_TYPE = frozenset({"Element", "FromPyObject", "PyTypeCheck", "PyTypeInfo", "ToNpyDims"})
"""Traits whose functions are called on types, which do not name them."""

_TRAITS = ("Ext", "Methods", "Trait")
"""How other traits are called."""

_STD = frozenset(
    {
        *("Arc", "BTreeMap", "BTreeSet", "Cell", "Cow", "Duration", "HashMap", "HashSet"),
        *("Instant", "ManuallyDrop", "MaybeUninit", "Mutex", "NonNull", "OnceLock", "Ordering"),
        *("PhantomData", "Rc", "RefCell", "RwLock", "VecDeque"),
    }
)
"""Types of the standard library: of other names it is not told that they are no traits."""

_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")


@dataclass(slots=True)
class Gone:
    """What is taken out of one file, each with its inline modules, and all that comes into it."""

    spans: list[tuple[Span, tuple[str, ...]]] = field(default_factory=list)
    new: str = ""

    def bare(self) -> list[Span]:
        """Where it stood."""
        return [span for span, _ in self.spans]


def unused_imports(program: Program, path: str, gone: Gone) -> Iterator[Edit]:
    """Edits that take names out of the `use` declarations of a file."""
    left = _Left(program, path, program.source(path), gone)
    by_statement: dict[Span, list[Use]] = {}
    for use in program.modules[path].uses:
        by_statement.setdefault(use.statement, []).append(use)
    for statement, leaves in by_statement.items():
        unused = [one for one in leaves if left.is_unused(one)]
        edit = taken(path, left.source, statement, leaves, unused) if unused else None
        if edit is not None and _has(edit.text, leaves, unused):
            yield edit


def _has(text: str, leaves: Sequence[Use], unused: Sequence[Use]) -> bool:
    """Whether a declaration has the other names, and these no more."""
    others = sorted((*one.path, one.name) for one in leaves if one not in unused)
    return sorted((*one.path, one.name) for one in parse_module("", text.encode()).uses) == others


@dataclass(slots=True)
class _Left:
    """What is left of a file."""

    program: Program
    path: str
    source: bytes
    gone: Gone
    old: str = field(init=False)
    rest: str = field(init=False)
    regions: tuple[tuple[Region, Span], ...] = field(init=False)
    made: tuple[Function, ...] = field(init=False)
    code: str | None = None

    def __post_init__(self) -> None:
        spans = self.gone.bare()
        uses = [one.statement for one in self.program.modules[self.path].uses]
        self.old = "\n".join(self.source[one.start : one.end].decode("utf-8") for one in spans)
        self.rest = without(self.source, [*spans, *uses]) + self.gone.new
        self.regions = region_spans(self.source, self.path)
        self.made = parse_module("", self.gone.new.encode()).functions

    def is_unused(self, use: Use) -> bool:
        """Whether a private import was for what is gone, and nothing uses it any more."""
        plain = not use.visibility and all(one.path == "cfg" for one in use.attrs)
        own = bool(use.path) and use.path[-1] == use.name
        ours = _within(use.span, [span for _, span in self.regions])
        if not plain or not own or ours or not self._is_around(use):
            return False
        trait = is_trait(use.path)
        was = _names(self.old, use.name) or (trait and called(use.name, self.old))
        if not was or not (trait or self._is_no_trait(use)) or self._is_named(use.name):
            return False
        return not (trait and self._is_called(use.name)) and not self._is_opened(use)

    def _is_around(self, use: Use) -> bool:
        """Whether something that is gone has stood where an import is seen."""
        return any(scope[: len(use.scope)] == use.scope for _, scope in self.gone.spans)

    def _is_no_trait(self, use: Use) -> bool:
        root, name = use.path[0], use.name
        if not name[:1].isupper() or _CONSTANT.fullmatch(name):
            return True
        if root in ("numpy", "pyo3"):
            return name not in _BY_TYPE and not name.endswith(_TRAITS)
        if root in ("alloc", "core", "std"):
            return name in _STD
        return self.program.resolve_type(name, self.path, use.scope) is not None

    def _is_named(self, name: str) -> bool:
        """Whether code has a name; comments do not count."""
        if not _names(self.rest, name):
            return False
        if self.code is None:
            text = self.rest.encode()
            self.code = (masked(text) or text).decode("utf-8", "replace")
        # A constant may be written out by a text: `"{LIMIT}"`.
        return _names(self.code, name) or f"{{{name}" in self.rest

    # --- traits ------------------------------------------------------------------------------

    def _is_called(self, trait: str) -> bool:
        """Whether code may call methods of a trait."""
        if not any(method in self.rest for method in METHODS[trait]):
            return False
        new = self.gone.new.encode()
        if any(_called_in(trait, new, one) for one in self.made):
            return True
        ours = [span for one, span in self.regions if not one.edited]
        module, spans = self.program.modules[self.path], self.gone.bare()
        functions = [one for one in module.functions if not _within(one.span, spans)]
        for one in functions:
            text = self._text(one.span)
            if _within(one.span, ours):
                if _called_in(trait, self.source, one):
                    return True
            elif called(trait, text) and (of_python(text) or self._is_of_python(one.owner)):
                return True
        uses = [one.statement for one in module.uses]
        return called(trait, without(self.source, [*spans, *uses, *(f.span for f in functions)]))

    def _is_of_python(self, owner: str) -> bool:
        """Whether a type is a class of Python, or holds something of it."""
        module = self.program.modules[self.path]
        held = (one for one in (*module.structs, *module.enums) if one.name == owner)
        return bool(owner) and any("py" in self._text(one.span).lower() for one in held)

    def _text(self, span: Span) -> str:
        return self.source[span.start : span.end].decode("utf-8")

    # --- other files -------------------------------------------------------------------------

    def _is_opened(self, use: Use) -> bool:
        """Whether a module inside of this one takes an import over, which it may."""
        here = self.program.module_path(self.path, use.scope)
        for path, module in self.program.modules.items():
            if path == self.path:
                continue
            for one in module.uses:
                named = one.path[-1:] == (use.name,)
                if not named and one.name != "*":
                    continue
                at = self.program.module_path(path, one.scope)
                target = _absolute(one.path[:-1] if named else one.path, at)
                if target == here and _names(self.program.source(path).decode("utf-8"), use.name):
                    return True
        return False


def _called_in(trait: str, source: bytes, function: Function) -> bool:
    """Whether a function of ours calls methods of a trait."""
    text = source[function.span.start : function.span.end].decode("utf-8")
    types = {one.name: one.type.text for one in function.params if one.type is not None}
    return called_on(trait, text, types)


def _within(span: Span, others: Sequence[Span]) -> bool:
    return any(one.contains(span) for one in others)


def _names(text: str, name: str) -> bool:
    """Whether a text has a name at the begin of a path."""
    at = text.find(name)
    while at >= 0:
        before, behind = text[max(0, at - 3) : at], text[at + len(name) : at + len(name) + 1]
        whole = not _is_of_word(before[-1:]) and not _is_of_word(behind)
        if whole and not before.rstrip(" ").endswith("::"):
            return True
        at = text.find(name, at + 1)
    return False


def _is_of_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _absolute(path: tuple[str, ...], at: tuple[str, ...]) -> tuple[str, ...]:
    """A path from the root of the crate, as a module `at` a place has it."""
    if path[:1] == ("self",):
        path = path[1:]
    elif path[:1] != ("super",):
        return path
    while path[:1] == ("super",):
        path, at = path[1:], at[:-1]
    return (*at, *path)
