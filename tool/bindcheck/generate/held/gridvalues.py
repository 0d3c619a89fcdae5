"""The binding of a grid: what its core is given and what becomes of it, as far as it is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bindcheck.generate.held.evidence import (
    COLS,
    COMBOS,
    CONVERTED,
    LISTED,
    ROWS,
    SWEEP,
    SWEPT,
    Made,
)
from bindcheck.generate.held.kernels import usual_kernel
from bindcheck.generate.held.reading import SHOWN, VIEWS, Reader
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.steps import (
    is_part,
)
from bindcheck.generate.held.symbols import (
    UNKNOWN,
    Array,
    Code,
    Dict,
    Kernel,
    Memory,
    Output,
    Symbol,
)
from bindcheck.generate.held.texts import OURS
from bindcheck.generate.held.wrapping import is_copy
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Call,
    CoreFunction,
    If,
    Index,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)
from bindcheck.model import Literal as Constant
from bindcheck.model import Sequence as Items

_OF_MEMORY = (
    (VIEWS - {"map"})
    | (SHOWN - {"map"})
    | {
        *(
            "as_array_mut",
            "as_mut",
            "as_mut_ptr",
            "as_mut_slice",
            "as_ptr",
            "capacity",
            "cast",
            "copy_from_slice",
        ),
        *("data", "fill", "is_empty", "iter_mut", "len"),
    }
)
"""Methods of memory after which it is known what is in it."""

_OF_DICT = frozenset({"as_any", "clone", "into", "into_any", "into_py", "set_item", "unbind"})
"""Methods that give the dict, or fill it."""

OWN_FIRST = re.compile(
    r"\(0\.\.\(?\w+\.len\(\)\)?\)\s*"
    r"(?:\.next\(\)|\.find\(\|&i\| (?:(?: && )?!\w+\[i\]\.is_nan\(\))+\))\s*"
    r"\.ok_or_else\(\|\| (?:\w+::)*PyValueError::new_err\("
    r"\"(?:all values are NaN|the input is empty)\"\)\)\?"
)
"""The index of the first number as bindings of ours find it."""

_LISTED = re.compile(r"&?combos(?:\.clone\(\)|\.as_slice\(\)|\[\.\.\])?")
_DEFAULTS = {"parallel": "true", "threads": "0"}
_ZEROS = re.compile(r"vec!\[\s*0(?:\.0*)?_?(?:f32|f64)?\s*;")
_NANS = re.compile(r"vec!\[\s*(?:\w+::)*NAN\s*;")

_CONSTANT = re.compile(r"(?:\w+::)+[A-Z]\w*|[A-Z][A-Z0-9_]+")
"""`Kernel::Scalar`, or the name of a constant."""


@dataclass(slots=True)
class GridValues(Reader):
    """Values of a body that calls the core of a grid. `done`: it has been called."""

    done: bool = False

    def lost(self, what: str, node: Node) -> Lacking:
        """What a new body would lose, at its place."""
        return Lacking(f"a place for {what}: `{self.splicer.first_line(node)}`", node.span.start)

    def core(self, function: CoreFunction, args: tuple[Symbol, ...]) -> Symbol:
        """The call of a core function: what it is given must be known."""
        if self.done:
            raise Lacking(f"one call of the core beside that of `{function.name}`")
        for role, arg in zip(function.roles, args, strict=False):
            if not self._is_given(role, arg):
                kind, _, name = role.partition(":")
                raise Lacking(f"what `{function.name}` is given for `{name or kind}`{_hint(kind)}")
        self.done = True
        return Reader.core(self, function, args)

    def _is_given(self, role: str, arg: Symbol) -> bool:
        """Whether the new body gives the same; some values it takes from here."""
        kind = role.partition(":")[0]
        text = arg.text if isinstance(arg, Code) else ""
        if kind == "series":
            return isinstance(arg, Array | Code)
        if kind == "out":
            return isinstance(arg, Memory) and arg.number not in self.found.filled
        if kind == "range":
            return _is_swept([arg])
        if kind == "combos":
            return _LISTED.fullmatch(text) is not None
        if kind == "kernel":
            return self._is_kernel(arg)
        if kind in _DEFAULTS and text and text != _DEFAULTS[kind]:
            self.found.given[kind] = text
            self.found.given_uses |= arg.uses if isinstance(arg, Code) else frozenset()
        if kind in ("rows", "cols"):
            return text in (ROWS, COLS) or text.endswith(".len()") or text.startswith("1")
        return bool(text) or kind in ("input", "params")

    def _is_kernel(self, arg: Symbol) -> bool:
        if isinstance(arg, Kernel):
            self.found.chosen = "" if arg.odd else arg.auto or ""
            self.found.mapping = arg.text if arg.odd else ""
            self.found.kernel_text = arg.text
            return not arg.odd or bool(arg.text)
        text = arg.text if isinstance(arg, Code) else ""
        last = text.rpartition("::")[2]
        self.found.kernel_text = text
        if last == "Auto" or text == "None" or last == f"{self.known.auto}()":
            return True
        self.found.mapping = text if _is_constant(arg) else ""
        return bool(self.found.mapping)

    def refuse_kernel(self, function: CoreFunction, arg: Symbol) -> None:
        """A kernel that is the same in any case stays as it is."""
        if not _is_constant(arg):
            Reader.refuse_kernel(self, function, arg)

    def struct(self, name: str, literal: Made) -> Symbol:
        """Note a struct that the body makes; the ranges have a variable in the new body."""
        Reader.struct(self, name, literal)
        return SWEPT if name == self.known.ranges else UNKNOWN

    def chosen(
        self, node: If | Match, subject: Symbol, values: Sequence[Symbol], scope: Scope
    ) -> Symbol | None:
        """Kernels: the new body has the usual ones, or makes them as the old one does."""
        made = [one for one in (subject, *values) if isinstance(one, Kernel)]
        if not made:
            return Reader.chosen(self, node, subject, values, scope)
        usual = None
        if isinstance(node, Match) and isinstance(subject, Kernel):
            usual = usual_kernel(self.known, node, subject, values)
        code = self.splicer.code(node, scope, released=True)
        text = code.text if isinstance(code, Code) and "?" not in code.text else ""
        if usual is None and not text:
            return UNKNOWN
        one = made[0] if usual is None else usual
        if isinstance(code, Code):
            self.found.kernel_uses |= code.uses
        return replace(one, text=text, odd=one.odd or usual is None)

    def part(self, node: Unary | Index, value: Symbol, scope: Scope) -> Symbol:
        """A part of an array can be given to the core as it is."""
        if not isinstance(value, Array) or not isinstance(node, Index):
            return UNKNOWN
        ends = self.code(node.index, scope)
        if not isinstance(ends, Code) or "?" in ends.text:
            return UNKNOWN
        variable = self.known.variable(value.argument)
        return Code(f"{variable}[{ends.text}]", ends.uses | {value.argument}, atomic=True)

    def call(self, node: Call, scope: Scope) -> Symbol:
        """The call of a function; combinations must be those of the ranges."""
        name = node.function.last if isinstance(node.function, Path) else ""
        if name in self.known.functions:
            roles = self.known.functions[name].roles
            for role, arg in zip(roles, node.args, strict=False):
                if role.startswith("out:") and is_part(arg):
                    raise self.lost("a part of a buffer", node)
            return Reader.call(self, node, scope)
        if name in self.known.wholes:
            self._other(node, name, scope)
        value = Reader.call(self, node, scope)
        if name in self.known.lists:
            self.found.listers.add(name)
            if self.found.listed_at is None and not self.done:
                self.found.listed_at = node.span.start
            if not _is_swept([self.value(arg, scope) for arg in node.args[:1]]):
                raise self.lost("the ranges", node)
        if isinstance(value, Kernel):
            rest = node.args[1:]
            self.found.single = any(isinstance(o, Constant) and o.text == "false" for o in rest)
            return replace(value, text="kern")
        return value

    def _other(self, node: Call, name: str, scope: Scope) -> None:
        """A call of another function that computes a grid, with nothing but what is known."""
        if self.done:
            raise Lacking(f"one call of the core beside that of `{name}`")
        self.done = True
        args = [self.value(arg, scope) for arg in node.args]
        if not all(isinstance(one, Array) or _is_plain(one) for one in args):
            raise self.lost("what the core is given", node)
        self.found.arrays = tuple(one.argument for one in args if isinstance(one, Array))

    def plain_call(self, node: Call, name: str, args: Sequence[Symbol], scope: Scope) -> Symbol:
        """Memory with its shape, and with numbers in it from the start."""
        value = Reader.plain_call(self, node, name, args, scope)
        whole = node.function.text if isinstance(node.function, Path) else ""
        zeros = isinstance(value, Memory) and name in ("zeros", "zeros_bound")
        self.found.zeroed = self.found.zeroed or zeros
        shape = 1 if "PyArray2" in whole else 0 if name == "from_shape_vec" else None
        if shape is not None and len(args) > shape:
            value = self._shaped(value, args[shape])
        return value

    def macro(self, node: MacroCall, scope: Scope) -> Symbol:
        """`vec![f64::NAN; n]` is memory with NaN in it, `vec![0.0; n]` with zeros."""
        value = Reader.macro(self, node, scope)
        text = self.splicer.text(node) if isinstance(value, Memory) else ""
        self.found.warmed = self.found.warmed or _NANS.match(text) is not None
        self.found.zeroed = self.found.zeroed or _ZEROS.match(text) is not None
        return value

    def method_of(self, receiver: Symbol, node: MethodCall, scope: Scope) -> Symbol:
        """The call of a method: what it changes is known of memory and results alone."""
        if node.method == "map_err" and self._is_raised(receiver, node, scope):
            return receiver
        if receiver == LISTED and node.method == "len":
            return Code(f"{COMBOS}.len()", frozenset({COMBOS}), atomic=True)
        if _changes(receiver, node):
            return UNKNOWN
        if isinstance(receiver, Memory) and node.method in ("is_empty", "len"):
            return UNKNOWN  # Of numbers; what is asked leaves them as they are.
        value = Reader.method_of(self, receiver, node, scope)
        if node.method == "reshape" and isinstance(receiver, Memory | Output) and node.args:
            return self._shaped(value, self._shape(node.args[0], scope))
        return value

    def _is_raised(self, receiver: Symbol, node: MethodCall, scope: Scope) -> bool:
        """Whether the new body raises the error of combinations or a kernel as the old one does."""
        if receiver == LISTED and not self.done:
            self._listed_error(node, scope)
            return True
        if not isinstance(receiver, Array | Kernel):
            return False
        if not OURS.fullmatch(self.splicer.text(node.args[0])):
            raise self.lost("the error", node)
        if isinstance(receiver, Kernel):
            code = self.code(node.args[0], scope)
            self.found.misread = code.text if isinstance(code, Code) else ""
        return isinstance(receiver, Kernel)

    def _shape(self, node: Node, scope: Scope) -> Symbol:
        """A shape, of which a part may not be known."""
        whole = self.value(node, scope)
        if isinstance(whole, Code) or not isinstance(node, Items):
            return whole
        parts = [self.value(item, scope) for item in node.items]
        texts = [one.text if isinstance(one, Code) else "?" for one in parts]
        return Code(f"({', '.join(texts)})")

    def asked_for_list(self, node: Try) -> None:
        """`?` alone makes the exception where there are no combinations."""
        if isinstance(node.value, Call) and not self.released and not self.done:
            self._lists_with(CONVERTED, node)

    def _listed_error(self, node: MethodCall, scope: Scope) -> None:
        """What makes an exception where there are no combinations."""
        text = self.splicer.text(node.args[0])
        if OURS.fullmatch(text):
            return
        code = self.code(node.args[0], scope)
        self._lists_with(code.text if isinstance(code, Code) else "", node)

    def _lists_with(self, text: str, node: Node) -> None:
        if not text or self.found.listing not in ("", text):
            raise self.lost("the error", node)
        self.found.listing = text

    def _shaped(self, value: Symbol, shape: Symbol) -> Symbol:
        text = shape.text if isinstance(shape, Code) else "?"
        if isinstance(value, Memory):
            self.found.shapes[value.number] = shape
        return replace(value, shape=text) if isinstance(value, Memory | Output) else value


def _changes(receiver: Symbol, node: MethodCall) -> bool:
    """Whether it is not known what a method makes of what it is called on."""
    if isinstance(receiver, Kernel):
        return node.method != "clone"
    if isinstance(receiver, Dict):
        return node.method not in _OF_DICT
    return isinstance(receiver, Memory) and not (node.method in _OF_MEMORY or is_copy(node))


def _is_plain(symbol: Symbol) -> bool:
    """Whether the new body gives the same to the core in any case."""
    if isinstance(symbol, Kernel):
        return not symbol.auto and not symbol.odd
    return _is_swept([symbol]) or (isinstance(symbol, Code) and symbol.text in ("true", "None"))


def _is_constant(symbol: Symbol) -> bool:
    """Whether a value is a constant of the crate."""
    return (
        isinstance(symbol, Code)
        and not symbol.uses
        and _CONSTANT.fullmatch(symbol.text) is not None
    )


def _is_swept(symbols: Sequence[Symbol]) -> bool:
    """Whether symbols are the ranges."""
    return all(isinstance(one, Code) and one.text.removeprefix("&") == SWEEP for one in symbols)


def _hint(kind: str) -> str:
    """What would make a value known."""
    known = (
        "a kernel is known where a `fn(Option<&str>) -> PyResult<..>` of the crate reads its name"
    )
    return f": {known}" if kind == "kernel" else ""
