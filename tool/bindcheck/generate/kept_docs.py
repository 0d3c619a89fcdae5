"""Docstrings of bindings that keep their interface: their own words, and what is known beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.fact import fact
from bindcheck.generate.arguments import in_python
from bindcheck.generate.context import Facts
from bindcheck.generate.documented import SECTION, in_docstring, written
from bindcheck.generate.grid import Held as Item
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import COLS, COMBOS, ROWS
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import array_outputs
from bindcheck.generate.kept_arguments import series_arguments
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.exceptions import Raised, exception_of, made_in
from bindcheck.generate.lengths import lengths_of
from bindcheck.generate.ownership import python_name
from bindcheck.generate.pythonview import numpy_type
from bindcheck.generate.titles import BEHIND, output_words, sentence, title_of
from bindcheck.model import Call, EntryKind, MethodCall, ParamField, Path, Try, TypeRef
from bindcheck.render import python_string, rust_string

_ARRAY = re.compile(r"Py(?:Readonly|Readwrite)?Array(?P<like>Like)?(?P<dimensions>[1-6]|Dyn)")
_DIMENSIONS = ("one", "two", "three", "four", "five", "six")
_NEW = ("new_err", "new")
_RAISING = ("PyErr", "PyResult")


def class_doc(facts: Facts, doc: str) -> str:
    """The docstring of a class."""
    return written(doc, title_of(facts) + BEHIND["stream"])


@fact
class FunctionDoc:
    """What there is to say of a function.

    `name` is what Python calls it, `path` its file. `kept` is the function as it was read, None
    where it cannot be; `items` are the entries of the dict that it returns, none where that is not
    known.
    """

    facts: Facts
    piece: str
    name: str
    path: str
    held: HeldFunction
    kept: Kept | None
    items: tuple[Item, ...] = ()

    @property
    def text(self) -> str:
        """The docstring: what somebody wrote, then what that does not tell."""
        own = written(self.held.function.doc, self._title())
        if SECTION.search(own):
            return own
        parts = [own]
        parts += self._section("Args", self._arguments())
        parts += self._section("Returns", self._returns())
        parts += self._section("Raises", self._raises())
        return "\n\n".join(parts)

    def _title(self) -> str:
        """What a binding without documentation says: its name, unless it is the one of the core."""
        if self.name != python_name(self.facts, self.piece):
            return self.name
        return title_of(self.facts) + BEHIND[self.piece]

    def _section(self, name: str, lines: Iterator[str]) -> list[str]:
        listed = [f"    {in_docstring(line)}" for line in lines]
        return ["\n".join((f"{name}:", *listed))] if listed else []

    # --- arguments ---------------------------------------------------------------------------

    def _arguments(self) -> Iterator[str]:
        """The arguments of which something is known."""
        for param in python_params(self.held.function, EntryKind.FUNCTION):
            name = (param.name or "").removeprefix("r#")
            said = self._said(param.name or "", name, param.type) if param.type is not None else ""
            if said:
                yield f"{name}: {said}."

    def _said(self, variable: str, name: str, kind: TypeRef) -> str:
        array = array_words(kind)
        if array:
            whole = " of contiguous layout" if variable in self._sliced() else ""
            maybe = ", or None" if kind.name == "Option" else ""
            return f"{array}{whole}{maybe}"
        if self.piece == "batch" and kind.kind == "tuple" and len(kind.args) == 3:
            return "``(start, end, step)``" if self._is_range(name) else ""
        found = (one for one in self.facts.core.params if in_python(one.name) == name)
        field = next(found, None)
        if field is not None:
            texts = self._texts(field) if "str" in kind.names() else ""
            return "; ".join(filter(None, (sentence(field.doc), texts)))
        if not self._is_kernel(variable):
            return ""
        return 'instruction set; None or "auto" for the fastest' if kind.name == "Option" else ""

    def _texts(self, field: ParamField) -> str:
        """The texts of an enum, where the body reads them as a generated one does."""
        span, choices = self.held.body.span, field.choices
        body = self.held.source[span.start : span.end].decode("utf-8")
        if choices is None or not all(rust_string(text) in body for _, text in choices.texts):
            return ""
        return f"one of {', '.join(python_string(text) for _, text in choices.texts)}"

    def _is_kernel(self, variable: str) -> bool:
        """Whether the crate's own reader of kernels is given an argument."""
        program, reader = self.facts.program, self.facts.kernel_reader()
        scope = self.held.function.scope
        calls = (one for one in self.held.body.walk() if isinstance(one, Call) and one.args)
        return reader is not None and any(
            isinstance(one.args[0], Path)
            and one.args[0].text == variable
            and isinstance(one.function, Path)
            and reader in program.resolve(one.function.segments, self.path, scope)
            for one in calls
        )

    def _is_range(self, name: str) -> bool:
        """Whether an argument is called after a range of the core."""
        bare = name.removesuffix("_range")
        axes = [one for one in self.facts.core.ranges if one.axis]
        names = {in_python(word) for one in axes for word in (one.name, one.param or one.name)}
        return bool({bare, bare.removesuffix("s")} & names)

    def _sliced(self) -> frozenset[str]:
        """The arrays that must be contiguous: `data.as_slice()?`."""
        return frozenset(
            node.value.receiver.last
            for node in self.held.body.walk()
            if isinstance(node, Try)
            and isinstance(node.value, MethodCall)
            and node.value.method == "as_slice"
            and isinstance(node.value.receiver, Path)
        )

    # --- results -----------------------------------------------------------------------------

    def _returns(self) -> Iterator[str]:
        if self.items:
            yield from self._entries()
            return
        kinds = [array_words(one) for one in _parts(self.held.function.returns)]
        names = self._outputs()
        shape = f" of the shape of ``{self._array}``" if names and self._array else ""
        if len(kinds) == 1 and kinds[0]:
            yield f"{kinds[0]}{shape}."
        elif len(names) == len(kinds) and not names[0].isdigit():
            same = f"{kinds[0]}s" if len(set(kinds)) == 1 else "arrays"
            yield f"{', '.join(names)}: {same}{shape}."

    def _outputs(self) -> tuple[str, ...]:
        """The outputs of a single call in their order; none where they are not known."""
        if self.kept is None or self.piece != "single":
            return ()
        try:
            found = array_outputs(self.kept, self.facts.core.outputs)
        except Lacking:
            return ()
        words = output_words(self.facts)
        called = dict(zip((one.name for one in self.facts.core.outputs), words, strict=False))
        plain = all(not one.shape for one, _ in found)
        return tuple(called.get(one.name, one.name) for one, _ in found) if plain else ()

    def _entries(self) -> Iterator[str]:
        """The keys of a dict, each kind by itself."""
        rows = f"of shape (combinations, ``len({self._array})``)" if self._array else ""
        alike = f"arrays of the shape of ``{self._array}``" if self._array else ""
        about = rows if self.piece == "batch" else alike
        matrices = [one.key for one in self.items if one.output and not (one.flat or one.shape)]
        if matrices and about:
            yield f"{_listed(matrices)}: {about}."
        each = [one.key for one in self.items if not one.output and COMBOS in one.uses]
        if each and self.piece == "batch":
            yield f"{_listed(each)}: one value for each combination."
        counts = {ROWS: "the number of combinations", COLS: "the number of values of each"}
        for one in self.items:
            if one.code in counts:
                yield f"``{one.key}``: {counts[one.code]}."

    @property
    def _array(self) -> str:
        """The argument that results are as long as; empty where that is not known."""
        if self.kept is None:
            return ""
        series = lengths_of(self.facts.program, self.facts.core).result
        try:
            found = series_arguments(self.facts, self.kept)
        except Lacking:
            return ""
        return next((argument for argument, name in found if name == series), "")

    # --- errors ------------------------------------------------------------------------------

    def _raises(self) -> Iterator[str]:
        made = self._made()
        if made:
            yield f"{' or '.join(made)}: an argument, or what is in it, is refused."
        kinds = [one.type for one in python_params(self.held.function, EntryKind.FUNCTION)]
        words = [array_words(kind) for kind in kinds if kind is not None]
        if any(words):
            dimensions = {one.partition(" ")[0] for one in words if one}
            shape = dimensions.pop() if len(dimensions) == 1 else ""
            yield f"TypeError: an input is no {shape} array of its dtype.".replace("  ", " ")

    def _made(self) -> tuple[str, ...]:
        """The builtin classes that catch what the body makes itself, each once."""
        program = self.facts.program
        scope = self.held.function.scope
        found: dict[str, None] = {}
        for node in self.held.body.walk():
            if isinstance(node, Path) and len(node.segments) > 1 and node.last in _NEW:
                raised = exception_of(program, node.segments[:-1], self.path, scope)
                if raised is not None:
                    found[raised.base] = None
            elif isinstance(node, Path):
                found |= dict.fromkeys(one.base for one in self._by_others(node, scope))
        return tuple(found)

    def _by_others(self, node: Path, scope: tuple[str, ...]) -> Iterator[Raised]:
        """What a function of the crate makes that the body calls, or hands on: `map_err(raise)`."""
        program = self.facts.program
        for ref in program.resolve(node.segments, self.path, scope)[:1]:
            body = program.body(ref)
            if body is not None and program.function(ref).returns.name in _RAISING:
                yield from made_in(program, ref, body)


def _parts(kind: TypeRef) -> Sequence[TypeRef]:
    """The type of a result, or those of a tuple."""
    inner = kind.args[0] if kind.name in ("PyResult", "Result") and kind.args else kind
    return inner.args if inner.kind == "tuple" else (inner,)


def array_words(kind: TypeRef) -> str:
    """`one-dimensional float64 array`; empty for what is none."""
    for one in kind.walk():
        found = _ARRAY.fullmatch(one.name)
        if found is None or not one.args:
            continue
        try:
            dtype = numpy_type(one.args[0].text)
        except Lacking:
            return ""
        count = found["dimensions"]
        shape = f"{_DIMENSIONS[int(count) - 1]}-dimensional " if count.isdigit() else ""
        like = ", or what NumPy makes one of" if found["like"] else ""
        return f"{shape}{dtype} array{like}"
    return ""


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(f"``{key}``" for key in keys)
