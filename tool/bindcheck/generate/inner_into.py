"""The piece `batch_inner_into`: the body of `_batch_inner`, writing into buffers of the caller.

The usual body takes an uninitialised matrix from a helper, fills it, and turns its memory into the
vectors of the result; another one makes these with `vec![..]`. Everything but the first and the
last step is kept word for word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.bodies import is_nan
from bindcheck.generate.held.statements import is_error
from bindcheck.generate.inner_reading import calls, mentions, own, uses
from bindcheck.generate.inner_vectors import as_slice, filled
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.mismatch import mismatch
from bindcheck.model import (
    Binary,
    Block,
    Call,
    CoreApi,
    CoreFunction,
    FieldInit,
    Function,
    Let,
    Node,
    Param,
    Path,
    Return,
    Span,
    StructLiteral,
    TypeRef,
    Unary,
)

# A function of its own, for its signature ends the view where the numbers are used again.
_UNWRITTEN = """\
let {name}: &mut [std::mem::MaybeUninit<f64>] = {{
fn unwritten(values: &mut [f64]) -> &mut [std::mem::MaybeUninit<f64>] {{
let (start, length) = (values.as_mut_ptr().cast(), values.len());
// SAFETY: the memory of `values`, borrowed as long; only numbers are written to it.
unsafe {{ std::slice::from_raw_parts_mut(start, length) }}
}}
unwritten({values})
}};"""


@fact
class InnerInto:
    """The new function: its text, and how it is called.

    `filled`: it writes NaN into all cells of its buffers, whatever the data are.
    """

    text: str
    function: CoreFunction
    params: tuple[Param, ...]
    filled: bool


@fact
class Matrix:
    """One output of the body: the buffer, its guard, the slice over it and the final vector.

    Where the buffer is `filled`, what it holds and how long it is, it is that vector.
    """

    output: str
    buffer: Let
    guard: Let | None
    view: Let | None
    vector: Let
    filled: tuple[Node, Node] | None = None

    @property
    def argument(self) -> str:
        """The parameter of the new function that takes the place of the buffer."""
        return f"out_{self.output.removeprefix('r#')}"

    @property
    def holder(self) -> str:
        """The variable that holds the memory to the end."""
        return (self.guard or self.buffer).names[0]


def split_inner(program: Program, core: CoreApi, source: bytes) -> InnerInto:
    """The function made out of the core's `_batch_inner`."""
    return splitter(program, core, source).split()


def splitter(program: Program, core: CoreApi, source: bytes) -> Splitter:
    """What reads the core's `_batch_inner`."""
    inner = core.batch_inner
    if inner is None:
        raise Lacking("a `_batch_inner` to split")
    if not inner.fallible:
        raise Lacking(f"the errors of `{inner.name}`")
    body = program.body(inner.ref)
    if body is None:
        raise Lacking(f"the body of `{inner.name}`")
    return Splitter(program, core, inner, body, source)


@fact
class Splitter:
    """Reads the body of a `_batch_inner`, and writes its text anew."""

    program: Program
    core: CoreApi
    inner: CoreFunction
    body: Block
    source: bytes

    def split(self) -> InnerInto:
        """The function that writes into buffers."""
        literal, matrices = self.read()
        combos = next((init for init in literal.inits if init.name == "combos"), None)
        text = self._text(matrices, "()" if combos is None else self.text_of(combos.value.span))
        function = self._function(combos is not None)
        filled = all(one.filled is not None and is_nan(one.filled[0]) for one in matrices)
        return InnerInto(text, function, (*self.item.params, *self._outs(matrices)), filled)

    def read(self) -> tuple[StructLiteral, list[Matrix]]:
        """The result at the end of the body, and the buffer behind each of its vectors."""
        literal = self._result()
        given = {init.name: init for init in literal.inits}
        outputs = [one.name for one in self.core.batch_outputs]
        if not outputs or not set(outputs) <= set(given):
            raise Lacking(f"the vectors that `{self.inner.name}` returns")
        return literal, [self._matrix(name, given[name]) for name in outputs]

    @property
    def item(self) -> Function:
        """The function that is split."""
        return self.program.function(self.inner.ref)

    @property
    def name(self) -> str:
        """Name of the new function."""
        return f"{self.inner.name}_into"

    def text_of(self, span: Span) -> str:
        """The source of a node or a statement."""
        return self.source[span.start : span.end].decode("utf-8")

    # --- reading the body --------------------------------------------------------------------

    def _result(self) -> StructLiteral:
        """The literal in the final `Ok(..)`, which must be the only way to succeed."""
        last = self.body.statements[-1] if self.body.statements else None
        literal = last.args[0] if isinstance(last, Call) and last.args else None
        if not isinstance(literal, StructLiteral):
            raise Lacking(f"one literal of the result at the end of `{self.inner.name}`")
        if any(isinstance(node, Return) and not is_error(node.value) for node in own(self.body)):
            raise Lacking(f"one place where `{self.inner.name}` returns its result")
        return literal

    def _matrix(self, output: str, init: FieldInit) -> Matrix:
        lacking = Lacking(f"the buffer behind `{output}` in `{self.inner.name}`")
        if not isinstance(init.value, Path):
            raise lacking
        vector = self._let(init.value.last)
        made = filled(vector) if vector is not None else None
        if vector is not None and made is not None:
            return Matrix(output, vector, None, None, vector, made)
        if vector is None or not calls(vector, "from_raw_parts"):
            raise lacking
        holder = next(self._held(vector), None)
        if holder is None:
            raise lacking
        guard = holder if calls(holder, "new") and mentions(holder, "ManuallyDrop") else None
        buffer = next(self._held(holder), None) if guard is not None else holder
        if buffer is None or not self._is_matrix(buffer):
            raise lacking
        view = next(self._views(holder.names[0]), None)
        return Matrix(output, buffer, guard, view, vector)

    def _let(self, name: str, before: int | None = None) -> Let | None:
        """The last variable of a name, as it is seen `before` an offset or at the end."""
        found = [one for one in self._lets() if one.names == (name,)]
        seen = [one for one in found if before is None or one.span.start < before]
        return seen[-1] if seen else None

    def _lets(self) -> Iterator[Let]:
        for statement in self.body.statements:
            if isinstance(statement, Let) and len(statement.names) == 1:
                yield statement

    def _held(self, user: Let) -> Iterator[Let]:
        """Variables of the body whose memory the value of `user` names."""
        for node in user.value.walk() if user.value is not None else ():
            if isinstance(node, Path) and len(node.segments) == 1:
                found = self._let(node.last, user.span.start)
                if found is not None:
                    yield found

    def _views(self, holder: str) -> Iterator[Let]:
        for one in self._lets():
            if calls(one, "from_raw_parts_mut") and mentions(one, holder):
                yield one

    def _is_matrix(self, buffer: Let) -> bool:
        """Whether a variable is `helper(rows, cols)`, memory that is not written yet."""
        call = buffer.value
        if not isinstance(call, Call) or len(call.args) != 2 or not isinstance(call.function, Path):
            return False
        found = self.program.resolve(call.function.segments, self.inner.ref.path)
        kinds = [self.program.function(ref).returns for ref in found]
        return bool(kinds) and all({"Vec", "MaybeUninit"} <= kind.names() for kind in kinds)

    # --- writing the function ----------------------------------------------------------------

    def _text(self, matrices: Sequence[Matrix], value: str) -> str:
        edits = [(self.body.statements[-1].span, f"Ok({value})")]
        for one in matrices:
            edits += self._edits(one)
        edits += [(span, "") for span in self._forgotten(matrices)]
        start, end = self.body.span.start, self.body.span.end
        text, at = [], start
        for span, replacement in sorted(edits, key=lambda edit: edit[0]):
            text += [self.source[at : span.start].decode("utf-8"), replacement]
            at = span.end
        text.append(self.source[at:end].decode("utf-8"))
        return f"{self._head(matrices)} {''.join(text)}\n"

    def _edits(self, one: Matrix) -> Iterator[tuple[Span, str]]:
        if one.filled is not None:
            yield from self._filled(one, *one.filled)
            return
        removed: list[Node] = [one.vector, *([one.guard] if one.guard is not None else [])]
        kept: list[Node] = [*removed, one.buffer, *([one.view] if one.view is not None else [])]
        yield self.whole(one.buffer), self._opened(one)
        for statement in removed:
            yield self.whole(statement), ""
        if one.view is not None:
            yield (
                self.whole(one.view),
                f"let {one.view.names[0]}: &mut [f64] = {one.argument};",
            )
        self._refuse_two_views(one, kept)
        self._refuse_gone(one)
        names = {one.buffer.names[0], one.holder}
        for statement in self.body.statements:
            if any(statement is other for other in kept) or statement is self.body.statements[-1]:
                continue
            if self._forgets(statement, names):
                continue
            yield from self._borrows(statement, one)

    def _filled(self, one: Matrix, number: Node, size: Node) -> Iterator[tuple[Span, str]]:
        """The caller's memory starts with what the vector started with."""
        (element,) = [o.element for o in self.core.batch_outputs if o.name == one.output]
        if element != "f64":
            raise Lacking(f"`{one.output}` of `{self.inner.name}` as numbers of type f64")
        factors = (
            (size.left, size.right) if isinstance(size, Binary) and size.op == "*" else (size,)
        )
        name = one.buffer.names[0]
        yield (
            self.whole(one.buffer),
            f"{self._checked(one, factors)}{one.argument}.fill({self.text_of(number.span)});\n"
            f"let {name}: &mut [f64] = {one.argument};",
        )
        for statement in self.body.statements[:-1]:
            if statement is not one.buffer:
                yield from as_slice(statement, name, self.inner.name)

    def _refuse_two_views(self, one: Matrix, kept: Sequence[Node]) -> None:
        """Once the numbers are seen as such, nothing may use the buffer itself."""
        view, buffer = one.view, one.buffer.names[0]
        for statement in self.body.statements:
            if view is None or statement.span.start <= view.span.start:
                continue
            if any(statement is other for other in (*kept, self.body.statements[-1])):
                continue
            if self._forgets(statement, {buffer}) or not uses(statement, buffer):
                continue
            held = f"`{buffer}` beside `{view.names[0]}`"
            raise Lacking(f"which of two views writes: `{self.inner.name}` uses {held}")

    def _refuse_gone(self, one: Matrix) -> None:
        """Once the numbers are those of the caller, there is no vector to do anything with."""
        name = one.vector.names[0]
        for statement in self.body.statements[:-1]:
            if statement.span.start > one.vector.span.start and uses(statement, name):
                raise Lacking(f"what `{self.inner.name}` does with `{name}` at its end")

    def _borrows(self, statement: Node, one: Matrix) -> Iterator[tuple[Span, str]]:
        """`&mut buffer` is the slice itself now; any other use of the guard is not understood."""
        buffer, guard = one.buffer.names[0], one.guard
        # A guard may have the name of what it guards: it is meant from there on.
        shadowed = one.holder == buffer and guard is not None
        guarded = guard is not None and not (shadowed and statement.span.start < guard.span.start)
        for node in statement.walk():
            if isinstance(node, Unary) and node.op == "&mut" and isinstance(node.value, Path):
                if node.value.segments == (buffer,):
                    yield node.span, buffer
            elif guarded and isinstance(node, Path) and node.segments == (one.holder,):
                raise Lacking(f"what `{self.inner.name}` does with `{one.holder}` at its end")

    def _opened(self, one: Matrix) -> str:
        """The caller's memory in the place of the buffer, its length checked."""
        call = one.buffer.value
        assert isinstance(call, Call)
        unwritten = _UNWRITTEN.format(name=one.buffer.names[0], values=one.argument)
        return self._checked(one, call.args) + unwritten

    def _checked(self, one: Matrix, factors: Sequence[Node]) -> str:
        """A check that the caller's memory has as many cells as the product of some numbers."""
        first, *others = factors
        cells = self.text_of(first.span)
        if others:
            cells = cells if isinstance(first, Path) else f"({cells})"
            cells += "".join(f".saturating_mul({self.text_of(one.span)})" for one in others)
        got = f"{one.argument}.len()"
        error = mismatch(self.program, self.core.error, self.inner.ref.path, cells, got)
        return f"if {got} != {cells} {{\nreturn Err({error});\n}}\n"

    def _forgotten(self, matrices: Sequence[Matrix]) -> Iterator[Span]:
        names = {one.holder for one in matrices}
        for statement in self.body.statements:
            if self._forgets(statement, names):
                yield self.whole(statement)

    def _forgets(self, statement: Node, names: set[str]) -> bool:
        return (
            isinstance(statement, Call)
            and isinstance(statement.function, Path)
            and statement.function.last == "forget"
            and any(isinstance(arg, Path) and arg.last in names for arg in statement.args)
        )

    def whole(self, statement: Node) -> Span:
        """A statement with its semicolon."""
        end = statement.span.end
        rest = self.source[end:].lstrip()
        if self.source[end - 1 : end] != b";" and rest.startswith(b";"):
            end = self.source.index(b";", end) + 1
        return Span(statement.span.start, end)

    def _head(self, matrices: Sequence[Matrix]) -> str:
        params = [self.source[p.span.start : p.span.end].decode("utf-8") for p in self.item.params]
        outs = [f"{one.argument}: &mut [f64]" for one in matrices]
        generics = self.item.generics
        listed = ",\n".join((*params, *outs))
        return f"fn {self.name}{generics}(\n{listed},\n) -> {self._returns()}"

    def _returns(self) -> str:
        combos = any(init.name == "combos" for init in self._result().inits)
        made = f"Vec<{self.core.params_struct}>" if combos else "()"
        return f"Result<{made}, {self.core.error}>"

    # --- how it is called --------------------------------------------------------------------

    def _outs(self, matrices: Sequence[Matrix]) -> tuple[Param, ...]:
        number = TypeRef("f64", "path", "f64", "f64")
        values = TypeRef("[f64]", "slice", args=(number,))
        kind = TypeRef("&mut [f64]", "ref", args=(values,), mutable=True)
        return tuple(Param(one.argument, (one.argument,), kind, self.item.span) for one in matrices)

    def _function(self, combos: bool) -> CoreFunction:
        made = f"Vec<{self.core.params_struct}>" if combos else "()"
        outs = tuple(f"out:{one.name}" for one in self.core.batch_outputs)
        return CoreFunction(
            name=self.name,
            ref=self.inner.ref,
            roles=(*self.inner.roles, *outs),
            returns=TypeRef(made),
            fallible=True,
            error=self.core.error,
            visibility="",
        )
