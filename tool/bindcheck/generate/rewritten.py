"""`--rewrite-core`: a `_batch_inner` that calls the function split out of it.

That is a change of the core, made once: neither function stands in a region afterwards.
"""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.findings import Edit
from bindcheck.generate.inner_into import Matrix, Splitter, splitter
from bindcheck.generate.inner_reading import own
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.left_over import unused_imports
from bindcheck.model import Call, CoreApi, Let, MacroCall, Node, Path, Return, Try

_VALUES = frozenset({"vec", "format", "matches", "stringify", "concat", "line", "file"})
"""Macros that are values and refuse nothing."""


def rewritten_inner(program: Program, core: CoreApi, source: bytes, into: str) -> tuple[Edit, ...]:
    """The edit that gives `_batch_inner` its new body, and those of imports that it leaves unused.

    `into` is the text of the function that it calls from now on.
    """
    split = splitter(program, core, source)
    path, span, text = split.inner.ref.path, split.body.span, _Body(split).text()
    imports = unused_imports(program.modules[path], source, span, text + into)
    return (Edit(path, span.start, span.end, text), *imports)


class _Body:
    """The new body: checks and sizes as before, buffers, the call, the result."""

    def __init__(self, split: Splitter):
        self.split = split
        self.literal, self.matrices = split.read()

    def text(self) -> str:
        """The body with its braces."""
        lines = [
            *self._sizes(),
            *(self._buffer(one) for one in self.matrices),
            f"{self._taken()}{self._call()}?;",
            f"Ok({self._result()})",
        ]
        return "{\n" + "".join(f"    {line}\n" for line in lines) + "}"

    def _shape(self, one: Matrix) -> tuple[Node, ...]:
        """The rows and columns of a buffer, or the length of a vector."""
        if one.filled is not None:
            return (one.filled[1],)
        call = one.buffer.value
        if not isinstance(call, Call):
            raise self._unread(f"the buffer behind `{one.output}`", one.buffer)
        rows, cols = call.args
        return rows, cols

    def _sizes(self) -> list[str]:
        """What the sizes of the buffers and the plain parts of the result need, and the checks.

        A check comes before memory is asked for: what it refuses may be a size without bounds. All
        of them do, in their order: the first that refuses decides what the error is.
        """
        first = min(one.buffer.span.start for one in self.matrices)
        wanted = {
            name for one in self.matrices for node in self._shape(one) for name in _names(node)
        }
        for init in self.literal.inits:
            if init.name not in self._given:
                wanted |= _names(init.value)
        kept: list[str] = []
        for statement in reversed(self.split.body.statements):
            text = self.split.text_of(self.split.whole(statement))
            if isinstance(statement, Let) and set(statement.names) & wanted:
                self._refuse_other(statement)
            elif statement.span.start < first and refuses(statement):
                text = self._check(statement, text)
            else:
                continue
            kept.insert(0, text)
            wanted |= _names(statement)
        return kept

    def _refuse_other(self, statement: Let) -> None:
        """A variable that is kept must have its whole value here, and be no parameter."""
        parameters = {name for param in self.split.item.params for name in param.names}
        if statement.mutable or statement.value is None or set(statement.names) & parameters:
            name = self.split.inner.name
            raise self._unread(
                f"the value by which `{name}` checks, or sizes its buffers", statement
            )

    def _unread(self, what: str, statement: Node) -> Lacking:
        """What is lacking, with the first line of the statement that it is about."""
        line = self.split.text_of(statement.span).partition("\n")[0].strip()
        return Lacking(f"{what}: `{line}`", statement.span.start)

    def _check(self, statement: Node, text: str) -> str:
        """A check whose value nobody has asked for yet."""
        if not isinstance(statement, Let):
            return text
        if statement.otherwise is not None or statement.value is None:
            raise self._unread("the value in a check", statement)
        return f"let _ = {self.split.text_of(statement.value.span)};"

    @property
    def _given(self) -> set[str]:
        """Fields of the result that the call fills."""
        return {one.output for one in self.matrices} | {"combos"}

    def _buffer(self, one: Matrix) -> str:
        # Zeros cost nothing before they are written to, and all of them will be.
        first, *rest = (self.split.text_of(node.span) for node in self._shape(one))
        size = f"({first}).saturating_mul({rest[0]})" if rest else first
        return f"let mut {one.argument} = vec![0.0; {size}];"

    def _taken(self) -> str:
        named = any(init.name == "combos" for init in self.literal.inits)
        return "let combos = " if named else ""

    def _call(self) -> str:
        params = [param.name for param in self.split.item.params]
        if not all(params):
            start = next(one.span.start for one in self.split.item.params if not one.name)
            raise Lacking(f"a name for each parameter of `{self.split.inner.name}`", start)
        buffers = [f"&mut {one.argument}" for one in self.matrices]
        return f"{self.split.name}({', '.join((*params, *buffers))})"

    def _result(self) -> str:
        values = {one.output: one.argument for one in self.matrices} | {"combos": "combos"}
        fields = [
            _field(init.name, values.get(init.name) or self.split.text_of(init.value.span))
            for init in self.literal.inits
        ]
        return f"{self.literal.path} {{ {', '.join(fields)} }}"


def _field(name: str, value: str) -> str:
    return name if name == value else f"{name}: {value}"


def refuses(statement: Node) -> bool:
    """Whether a statement may end its function: with an error, or in a macro that is not read."""
    return any(
        isinstance(node, Return | Try) or (isinstance(node, MacroCall) and _may_end(node))
        for node in own(statement)
    )


def _may_end(macro: MacroCall) -> bool:
    """Whether a macro may refuse: `ensure!(..)`, `assert!(..)`, or one with a `?` inside."""
    name = macro.path.rpartition("::")[2]
    return name not in _VALUES or bool(re.search(r"\?|\breturn\b", macro.tokens))


def _names(node: Node) -> set[str]:
    """Variables that an expression uses, in the tokens of a macro as well."""
    found: set[str] = set()
    for one in node.walk():
        if isinstance(one, Path) and len(one.segments) == 1:
            found.add(one.last)
        elif isinstance(one, MacroCall):
            found.update(re.findall(r"\w+", one.tokens))
    return found
