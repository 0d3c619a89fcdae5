"""Where the tokens of a file hold names of PyO3: types, macros and functions, with exact places.

Types stand in many kinds of declarations, and macros hold what nothing else reads. Whether a token
means the name is decided by the imports of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.model import Cfg, Item, MacroItem, Mod, Module, Span, Use
from bindcheck.parse import token_spans
from bindcheck.rules.pyo3_imports import Imports
from bindcheck.rules.pyo3_names import Form, Renamed

_DEFINING = frozenset({"struct", "enum", "type", "trait", "fn", "mod", "macro_rules"})
_CALLING = frozenset({"(", "::"})


@fact
class Token:
    """A token that is an old name. `edits` replace it; none where that takes a hand."""

    renamed: Renamed
    span: Span
    edits: tuple[Edit, ...] = ()
    certain: bool = True


class Tokens:
    """The tokens of one file, cut only when one of the names is in it."""

    def __init__(self, path: str, module: Module, source: bytes):
        self._path = path
        self._source = source
        self._module = module
        self._imports = Imports(path, self._source, module)
        self._own = {
            name.name
            for name in (*module.structs, *module.enums, *module.aliases, *module.functions)
        }
        self._cut: tuple[tuple[int, int], ...] | None = None

    def names(self, wanted: Sequence[Renamed]) -> Iterator[Token]:
        """Types, macros, functions and moved names, wherever in the file they stand."""
        kinds = (Form.TYPE, Form.MACRO, Form.FUNCTION, Form.MOVED)
        here = [one for one in wanted if one.form in kinds and self._has(one.name)]
        for renamed in here:
            if renamed.name not in self._own:
                yield from self._complete([*self._leaves(renamed), *self._places(renamed)])

    def calls(self, span: Span, wanted: Sequence[Renamed]) -> Iterator[Token]:
        """Methods and associated functions called in a range that only tokens tell of."""
        methods = {one.name: one for one in wanted if one.form is Form.METHOD and not one.owners}
        associated = {
            (owner, one.name): one
            for one in wanted
            if one.form is Form.ASSOCIATED
            for owner in one.owners
        }
        texts = self._texts(span)
        for at, (text, place) in enumerate(texts):
            before = [one for one, _ in texts[max(0, at - 2) : at]]
            if at + 1 == len(texts) or texts[at + 1][0] not in _CALLING or not before:
                continue
            found = None
            # A cast may be one of `dyn Any`: without types there is no telling.
            if before[-1] == "." and not text.startswith("downcast"):
                found = methods.get(text)
            elif before[-1] == "::" and len(before) > 1:
                found = associated.get((before[0], text))
            if found is not None:
                yield Token(found, place, self._plain(found, place), certain=False)

    def _plain(self, renamed: Renamed, place: Span) -> tuple[Edit, ...]:
        if renamed.text is None or renamed.suffix:
            return ()
        return (Edit(self._path, place.start, place.end, renamed.text),)

    # --- places of a name ----------------------------------------------------------------------

    def _complete(self, found: Sequence[Token]) -> Iterator[Token]:
        """A type is renamed in all its places or in none, and with its import."""
        edits = tuple(dict.fromkeys(edit for one in found for edit in one.edits))
        shared = found and found[0].renamed.form in (Form.TYPE, Form.FUNCTION)
        for one in found:
            yield Token(
                one.renamed,
                one.span,
                edits if shared and one.edits else one.edits,
                one.certain,
            )

    def _leaves(self, renamed: Renamed) -> Iterator[Token]:
        """The `use` of a name."""
        for use in self._module.uses:
            if use.path[-1] == renamed.name and self._imports.is_meant(use, renamed):
                yield Token(renamed, use.span, self._imports.replaced(use, renamed))

    def _places(self, renamed: Renamed) -> Iterator[Token]:
        uses = [use.statement for use in self._module.uses]
        variants = [
            part.span
            for one in self._module.enums
            for part in one.variants
            if part.name == renamed.name
        ]
        for at in self._positions(renamed.name):
            place = self._place(at)
            if any(span.contains(place) for span in uses):
                continue
            declared = [span for span in variants if span.contains(place)]
            if declared:
                # The name of a variant; what stands behind it is what the variant holds.
                variants.remove(declared[0])
                continue
            qualifier = self._qualifier(at)
            if not self._is_meant(renamed, at, qualifier):
                continue
            certain = self._imports.explains(renamed, qualifier)
            yield Token(renamed, place, self._rewritten(renamed, at, qualifier, certain), certain)

    def _is_meant(self, renamed: Renamed, at: int, qualifier: tuple[str, ...]) -> bool:
        before, after = self._text(at - 1), self._text(at + 1)
        if before == "." or before in _DEFINING or "ffi" in qualifier:
            return False
        if before in ("mut", "const") and self._text(at - 2) == "*":
            return False
        if renamed.form is Form.MACRO:
            return after == "!"
        if renamed.form is Form.FUNCTION and after != "(":
            return False
        if renamed.form is Form.MOVED:
            # The import is what has to change, unless there is none.
            return bool(qualifier) and self._imports.leads(qualifier, renamed)
        if qualifier:
            return self._imports.is_ours(qualifier, renamed)
        return not self._imports.is_foreign(renamed)

    def _rewritten(
        self, renamed: Renamed, at: int, qualifier: tuple[str, ...], certain: bool
    ) -> tuple[Edit, ...]:
        """The edit of one place; a constructor of a type that changed its arguments has none."""
        if renamed.text is None or not certain:
            return ()
        built = self._text(at + 1) == "::"
        if renamed.name.startswith("Downcast") and built:
            return ()
        start = self._start(at, qualifier)
        text = self._imports.spelled(renamed, qualifier, in_path=built)
        return (Edit(self._path, start, self._place(at).end, text),)

    # --- tokens --------------------------------------------------------------------------------

    def _has(self, name: str) -> bool:
        # A plain search is a hundred times as fast as one for whole words.
        word = name.encode()
        return word in self._source and re.search(rb"\b%s\b" % word, self._source) is not None

    @property
    def _spans(self) -> tuple[tuple[int, int], ...]:
        if self._cut is None:
            self._cut = tuple(token_spans(self._source))
        return self._cut

    def _text(self, at: int) -> str:
        if not 0 <= at < len(self._spans):
            return ""
        start, end = self._spans[at]
        return self._source[start:end].decode("utf-8", "replace")

    def _place(self, at: int) -> Span:
        return Span(*self._spans[at])

    def _positions(self, name: str) -> list[int]:
        wanted = name.encode()
        return [at for at, (a, b) in enumerate(self._spans) if self._source[a:b] == wanted]

    def _texts(self, span: Span) -> list[tuple[str, Span]]:
        spans = token_spans(self._source, span.start, span.end)
        return [(self._source[a:b].decode("utf-8", "replace"), Span(a, b)) for a, b in spans]

    def _qualifier(self, at: int) -> tuple[str, ...]:
        """`pyo3::sync` before the token at `at`."""
        parts: list[str] = []
        while self._text(at - 1) == "::":
            parts.insert(0, self._text(at - 2))
            at -= 2
        return tuple(parts)

    def _start(self, at: int, qualifier: tuple[str, ...]) -> int:
        return self._spans[at - 2 * len(qualifier)][0]


@fact
class Container:
    """An item around a place: how findings in it are filed, and the predicates it stands under."""

    span: Span
    label: str
    cfg: tuple[Cfg, ...]


def containers(module: Module) -> tuple[Container, ...]:
    """All items of a file, the smallest first."""
    items: list[Item] = [
        *module.functions,
        *module.structs,
        *module.enums,
        *module.consts,
        *module.aliases,
        *module.macros,
        *module.impls,
        *module.mods,
        *module.uses,
    ]
    found = [Container(_extent(item), _label(item), item.cfg) for item in items]
    found += [
        Container(field.span, f"{struct.name}.{field.name}", (*struct.cfg, *field.cfg))
        for struct in module.structs
        for field in struct.fields
    ]
    return tuple(sorted(found, key=lambda one: one.span.end - one.span.start))


def _extent(item: Item) -> Span:
    return item.statement if isinstance(item, Use) else item.span


def _label(item: Item) -> str:
    if isinstance(item, Use):
        return "::".join(item.path)
    if isinstance(item, MacroItem):
        return f"{item.name}!"
    if isinstance(item, Mod):
        return "::".join((*item.scope, item.name))
    path = getattr(item, "path", "")
    return path or item.name
