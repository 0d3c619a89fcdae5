"""Reading the body of a binding: how arguments reach the core, and what becomes of the result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bindcheck.generate.buffers import ALL, part_key
from bindcheck.generate.held.choices import is_carried
from bindcheck.generate.held.effects import RELEASES, interned
from bindcheck.generate.held.errors import unmapped
from bindcheck.generate.held.evidence import LISTED, Called, Evidence, Known, Made
from bindcheck.generate.held.following import Follower
from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.splicing import Splicer
from bindcheck.generate.held.steps import root
from bindcheck.generate.held.symbols import (
    CHANGED,
    UNKNOWN,
    Array,
    Code,
    Dict,
    Kernel,
    Memory,
    Names,
    Output,
    Several,
    Symbol,
    Unknown,
    Whole,
)
from bindcheck.generate.held.wrapping import is_copy, is_valued, is_vector, makes, unpacked, wraps
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Block,
    Call,
    Closure,
    CoreFunction,
    MacroCall,
    MethodCall,
    Node,
    Path,
    TypeRef,
)
from bindcheck.model import Literal as Constant

_MAKERS = ("new", "zeros", "with_capacity", "make_uninit_matrix")
_READS = frozenset(
    {"as_array", "as_slice", "as_standard_layout", "map", "to_owned_array", "to_vec", "transpose"}
)
"""Methods that an array as Python gives it has for its values."""

VIEWS = frozenset(
    {
        *("as_array", "as_deref", "as_ref", "as_slice", "as_slice_memory_order", "clone", "cloned"),
        *("copied", "expect", "into", "map", "map_err", "ok", "ok_or", "ok_or_else", "readonly"),
        *(
            "as_standard_layout",
            "into_raw_vec",
            "to_owned",
            "to_owned_array",
            "to_vec",
            "transpose",
            "unwrap",
            "unwrap_or_default",
        ),
    }
)
"""Methods that give the values of an array as they are."""

SHOWN = frozenset(
    {
        *("as_slice_mut", "bind", "collect", "into_any", "into_boxed_slice"),
        *("into_bound", "into_iter", "into_py_any", "into_pyarray", "into_pyarray_bound"),
        *("into_raw_vec", "iter", "get_item", "map", "reshape", "to_pyarray", "unbind"),
    }
)
"""Further methods that show the numbers of an output as they are, or a part that is known."""

_WRITERS = ("fill", "copy_from_slice", "iter_mut", "swap", "reverse")
_UNWRAPPED = ("map_err", "unwrap", "expect", "unwrap_or_default", "ok", "ok_or", "ok_or_else")
"""Methods between what a function lists and the list itself."""

_FLOATS = re.compile(r"if [\w*]+ \{\s*-?\d+\.\d*\s*\} else \{\s*-?\d+\.\d*\s*\}")
"""A flag as a number."""


_PART = re.compile(r"(\(?(?:\w+::)*PySlice::full\(py\),)?(\d+)(?:_?usize)?\)?")
"""`(PySlice::full(py), 1_usize)`, or a number alone."""


@dataclass(slots=True)
class Reader(Follower):
    """Calls, of the core above all."""

    def calls(self, node: Node, scope: Scope) -> Symbol | None:
        """The symbol of a call; None for other nodes."""
        if isinstance(node, Call):
            return self.call(node, scope)
        if isinstance(node, MethodCall):
            return self._method(node, scope)
        return self.macro(node, scope) if isinstance(node, MacroCall) else None

    # --- calls -------------------------------------------------------------------------------

    def call(self, node: Call, scope: Scope) -> Symbol:
        """The call of a function."""
        args = tuple(self.value(arg, scope) for arg in node.args)
        path = node.function.segments if isinstance(node.function, Path) else ("",)
        name, known = path[-1], self.known
        if name in known.functions:
            places = known.forwarded.get(name, range(len(args)))
            ordered = tuple(args[at] for at in places) if len(places) == len(args) else args
            result = self.core(known.functions[name], ordered)
            whole = known.wholes.get(name, Whole())
            return whole if whole.batch and isinstance(result, Unknown | Whole) else result
        if name == known.validator and args:
            return self._kernel(args[0])
        if {known.input, known.stream} & set(path[:-1]):
            made = self.found.inputs if known.input in path else self.found.made
            made.append(Called(name, args, node.span.start))
            return UNKNOWN
        if name in known.lists:
            return LISTED
        if name in known.wholes:
            return known.wholes[name]
        if len(path) > 1 and makes(name):
            struct = self.struct(path[-2], Made({}, self.code(node, scope), node.span.start))
            if struct is not UNKNOWN:
                return struct
        return self.plain_call(node, name, args, scope)

    def plain_call(self, node: Call, name: str, args: Sequence[Symbol], scope: Scope) -> Symbol:
        """The call of a function that is not of the core."""
        if name in ("Ok", "Some") and len(args) == 1 and not isinstance(args[0], Code):
            return args[0]
        kept = {arg for arg in args if isinstance(arg, Output | Memory | Several)}
        if len(kept) == 1:
            return kept.pop() if wraps(node.function) else self.code(node, scope)
        whole = node.function.text if isinstance(node.function, Path) else ""
        if whole.endswith("PyDict::new") or whole.endswith("PyDict::new_bound"):
            self.memories += 1
            return Dict(self.memories)
        if name in _MAKERS and ("PyArray" in whole or "Vec" in whole or "::" not in whole):
            code = self.code(node, scope)
            empty = name in ("new", "with_capacity") and not node.args
            sized = "PyArray1" in whole and len(args) > 1
            return code if empty and isinstance(code, Code) else self._memory(size=args[sized:][:1])
        return self.code(node, scope)

    def _kernel(self, symbol: Symbol) -> Symbol:
        names = symbol.uses if isinstance(symbol, Code) else ()
        given = [name for name in names if name in self.known.arguments]
        if len(given) != 1 or not isinstance(symbol, Code):
            return UNKNOWN
        self.found.kernel = given[0]
        self.found.kernel_names.add(symbol.text)
        return Kernel(given[0])

    def _memory(self, code: Code | None = None, size: Sequence[Symbol] = ()) -> Symbol:
        self.memories += 1
        length = size[0] if size and isinstance(size[0], Code) else None
        return Memory(self.memories, code, code, unpacked(length) if length else None)

    def core(self, function: CoreFunction, args: tuple[Symbol, ...]) -> Symbol:
        """The call of a core function."""
        self.found.calls.append(Called(function.name, args))
        self._refuse_arguments(function, args)
        for role, arg in zip(function.roles, args, strict=False):
            if role.startswith("out:") and isinstance(arg, Memory):
                self.found.fill(arg, role.removeprefix("out:"))
        if any(role.startswith("out:") for role in function.roles):
            kind = function.returns
            if kind.kind == "tuple":
                return Several(tuple(self._listed(one) for one in kind.args))
            return self._listed(kind)
        batch, outputs = bool({"range", "combos"} & set(function.roles)), tuple(self.known.outputs)
        if not batch and len(outputs) == 1 and is_vector(function.returns):
            return Output(self.known.outputs[outputs[0]])
        return Whole(batch=batch)

    def _refuse_arguments(self, function: CoreFunction, args: tuple[Symbol, ...]) -> None:
        """What a core is given must have its place in the new body."""
        grid = bool({"range", "combos"} & set(function.roles))
        for role, arg in zip(function.roles, args, strict=False):
            if grid and role == "kernel":  # A single call is given it as it was.
                self.refuse_kernel(function, arg)

    def refuse_kernel(self, function: CoreFunction, arg: Symbol) -> None:
        """The new body takes the kernel that is asked for by name, or leaves the choice."""
        text = arg.text if isinstance(arg, Code) else ""
        if text and not text.endswith("::Auto") and "(" not in text:
            raise Lacking(f"a place for the kernel `{text}` of `{function.name}`")

    def _listed(self, kind: TypeRef) -> Symbol:
        """What a core that fills buffers returns: the combinations, or nothing of interest."""
        combos = kind.name == "Vec" and kind.args and kind.args[0].name == self.known.params
        return LISTED if combos else UNKNOWN

    def macro(self, node: MacroCall, scope: Scope) -> Symbol:
        """The call of a macro."""
        for arg in node.args:
            self.statement(arg, scope)
        code = self.code(node, scope)
        if node.path != "vec" or not node.args:
            return code
        return self._memory(code if isinstance(code, Code) else None)

    # --- methods -----------------------------------------------------------------------------

    def _method(self, node: MethodCall, scope: Scope) -> Symbol:
        if node.method in RELEASES and node.args and isinstance(node.args[-1], Closure):
            return self.release(node.args[-1], scope)
        if self.splicer.hands_on(node):
            args = tuple(self.value(arg, scope) for arg in node.args)
            self.found.methods.append(Called(node.method, args))
            return self.code(node, scope)
        return self.method_of(self.value(node.receiver, scope), node, scope)

    def method_of(self, receiver: Symbol, node: MethodCall, scope: Scope) -> Symbol:
        """The call of a method."""
        shown = node.method in VIEWS | SHOWN or is_copy(node)
        if isinstance(receiver, Output | Whole) and not shown:
            return UNKNOWN
        if node.method == "set_item" and len(node.args) == 2:
            if isinstance(receiver, Dict):
                self._item(receiver, node.args, scope)
            else:
                fact = f"a place for `{self.splicer.first_line(node)}`"
                self.found.doubts.append(Lacking(fact, node.span.start))
            return UNKNOWN
        if node.method == "map" and node.args and not isinstance(receiver, Code | Array | Kernel):
            return self._mapped(receiver, node.args[0], scope)
        args = tuple(self.value(arg, scope) for arg in node.args)
        if node.method == "map_err" and self.reaches_core(node.receiver):
            self._raises(node, args)
        if node.method == "copy_from_slice":
            changed = receiver if isinstance(receiver, Array) else scope.get(root(node.receiver))
            if isinstance(changed, Array) and args != (changed,):
                raise Lacking(f"what the body changes in `{changed.argument}`", node.span.start)
        if isinstance(receiver, Memory):
            part = node.method == "get_item"
            return (
                self._part(receiver, node) if part else self._written(receiver, node, args, scope)
            )
        return self._carried(receiver, node, scope)

    def _raises(self, node: MethodCall, args: Sequence[Symbol]) -> None:
        """Note what makes exceptions of the core's errors; of names that are gone it cannot."""
        for arg, made in zip(node.args, args, strict=True):
            if isinstance(made, Code):
                self.found.mapped.add(made.text)
            else:
                self.found.doubts.append(unmapped(arg, self.splicer))

    def _carried(self, receiver: Symbol, node: MethodCall, scope: Scope) -> Symbol:
        """What a method makes of values that are neither memory nor a result."""
        if receiver == LISTED and node.method in _UNWRAPPED:
            return receiver
        if isinstance(receiver, Kernel) and node.method == "map_err":
            return self.code(node, scope)
        if isinstance(receiver, Array) and not is_carried(node):
            return self.code(node, scope)
        if isinstance(receiver, Array) and node.method in _READS:
            return Array(receiver.argument)
        computed = isinstance(receiver, Array) and node.method not in VIEWS
        if computed or isinstance(receiver, Code) or receiver is UNKNOWN:
            return self.code(node, scope)
        return receiver

    def reaches_core(self, node: Node) -> bool:
        """Whether an expression releases the interpreter, or makes a stream of the core."""
        while (isinstance(node, MethodCall) and node.method == "map") or is_valued(node):
            node = node.receiver if isinstance(node, MethodCall) else node.children()[-1]
        if isinstance(node, MethodCall):
            return node.method in RELEASES
        path = node.function if isinstance(node, Call) else None
        if not isinstance(path, Path):
            return False
        function = self.known.functions.get(path.last)
        single = function is not None and not {"range", "combos"} & set(function.roles)
        return single or self.known.stream in path.segments[:-1]

    def _written(
        self, memory: Memory, node: MethodCall, args: Sequence[Symbol], scope: Scope
    ) -> Symbol:
        """A method of memory: it may fill it, or change what a call has filled it with."""
        output = self.found.output(args[0]) if args else None
        if node.method == "copy_from_slice" and output is not None:
            self.found.fill(memory, output.name)
        elif node.method in _WRITERS or node.method == "transpose":
            self.found.change(memory)
        elif node.method == "reshape" and args:
            self.found.shapes[memory.number] = args[0]
        if memory.code is None:
            return memory
        code = self.code(node, scope)
        return replace(memory, code=code if isinstance(code, Code) else None)

    def _part(self, memory: Memory, node: MethodCall) -> Symbol:
        """One output of the matrix that holds them all: a plane, or a row of each combination."""
        shape = self.found.shapes.get(memory.number)
        sizes = shape.text.strip("[]()").split(",") if isinstance(shape, Code) else []
        place = _PART.fullmatch("".join(self.splicer.text(node.args[0]).split()))
        if self.found.filled.get(memory.number) != ALL or len(sizes) != 3 or place is None:
            return UNKNOWN
        by_row = place[1] is not None
        if not sizes[int(by_row)].strip().isdigit():
            return UNKNOWN
        return Output(part_key(int(place[2]), by_row=by_row))

    def release(self, closure: Closure, scope: Scope) -> Symbol:
        """What runs without the interpreter."""
        self.released += 1
        value = self.called(closure, (), scope)
        self.released -= 1
        return value

    def _item(self, receiver: Dict, args: Sequence[Node], scope: Scope) -> None:
        value = self.value(args[1], scope)
        names = self._key(args[0], scope)
        listed = names.texts if isinstance(names, Names) else ("",)
        entries = self.found.items.setdefault(receiver.number, [])
        entries += [(name, value) for name in listed]

    def _key(self, node: Node, scope: Scope) -> Symbol:
        key = interned(node)
        if isinstance(key, Constant) and key.kind == "str":
            return Names((key.text,))
        return self.value(node, scope)

    def _mapped(self, receiver: Symbol, node: Node, scope: Scope) -> Symbol:
        """A result with a closure over it: of the whole, or of the numbers of an output."""
        if not isinstance(node, Closure):
            return UNKNOWN if isinstance(receiver, Output) else receiver
        value = self.called(node, (receiver,), scope)
        if isinstance(receiver, Whole | Several | Unknown):
            return value
        if isinstance(receiver, Output) and not isinstance(value, Output):
            floats = isinstance(value, Code) and _FLOATS.fullmatch(value.text) is not None
            return Output(receiver.name, "f64" if floats else CHANGED)
        return value if isinstance(receiver, Output) else receiver


def read_body(body: Block, source: bytes, known: Known, reader: type[Reader] = Reader) -> Evidence:
    """Everything that a body says about the interface."""
    found = Evidence()
    found.result = reader(Splicer(source, known, found)).body(body, dict(known.arguments))
    return found
