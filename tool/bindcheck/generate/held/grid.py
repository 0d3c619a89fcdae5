"""Reading the binding of a grid: a new body must have a place for each of its statements.

Statements run once and in order in the body itself, in its blocks, and in what runs without the
interpreter. Each makes a value whose users ask what it is, writes NaN before the core does, calls
the core, fills the dict, or is kept as it is. Whatever else there is, the new body would lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bindcheck.generate.held.errors import gone_from, mapping_in
from bindcheck.generate.held.gridkept import GridKept
from bindcheck.generate.held.idle import names_item
from bindcheck.generate.held.reading import Reader
from bindcheck.generate.held.scopes import Scope, carry
from bindcheck.generate.held.steps import (
    Filling,
    asks_memory,
    is_quiet,
    loses,
    releases,
    root,
    ungated,
)
from bindcheck.generate.held.symbols import (
    UNKNOWN,
    UNSET,
    Array,
    Code,
    Dict,
    Kernel,
    Memory,
    Output,
    Symbol,
)
from bindcheck.generate.lacking import Lacking, placed
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Closure,
    Gated,
    If,
    Let,
    Loop,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
)
from bindcheck.model import Literal as Constant


@dataclass(slots=True)
class GridReader(GridKept):
    """Reads a body whose every statement must have its place.

    `straight`: the next block runs once and in order. `run` is the call that releases the
    interpreter, or that of the core, which a statement may make. `unasked` is the variable whose
    error nobody has asked for yet.
    """

    straight: bool = True
    run: Node | None = None
    unasked: str = ""
    settling: Node | None = None

    # --- statements --------------------------------------------------------------------------

    def body(self, body: Block, scope: Scope) -> Symbol:
        """Follow the body of a function."""
        self.whole = body
        value = self.block(body, scope)
        if not self.done:
            raise Lacking("the call of the core", body.span.start)
        if self.unasked:
            raise Lacking(f"what becomes of the error in `{self.unasked}`", body.span.start)
        return value

    def block(self, block: Block, scope: Scope) -> Symbol:
        """Follow the statements; the symbol of the value."""
        straight, self.straight = self.straight, False
        if not straight:
            return Reader.block(self, block, scope)
        inner = {**scope, **{one.name: UNKNOWN for one in block.functions}}
        last: Symbol = UNKNOWN
        for at, statement in enumerate(block.statements, 1):
            with placed(statement):
                tail = block.tail and at == len(block.statements)
                last = self._step(statement, inner, tail=tail)
        carry(inner, scope)
        return last if block.tail else UNKNOWN

    def _step(self, statement: Node, scope: Scope, *, tail: bool) -> Symbol:
        """One statement that runs once."""
        if isinstance(statement, Gated):
            raise self.lost("a condition of the build", statement)
        if isinstance(statement, Let):
            return self._variable(statement, scope)
        if isinstance(statement, Block):
            self.straight = True
            return self.value(statement, scope)
        if not self.done and self._is_warmth(statement, scope):
            return UNKNOWN
        if self._finds_run(statement):
            return self._ran(statement, scope, "")
        if isinstance(statement, Constant):
            return UNKNOWN
        if not self.done and not self.released and asks_memory(statement):
            self.found.asks_memory = True
            return UNKNOWN
        if self._is_ours(statement, scope) or (tail and loses(statement, scope) is None):
            return self.statement(statement, scope)
        if self._maps(statement, scope) or self._reads_kernel(statement, scope):
            return UNKNOWN
        self._keep(statement, scope)
        return UNKNOWN

    def _reads_kernel(self, statement: Node, scope: Scope) -> bool:
        """Whether the name of a kernel is only read, for the error."""
        call = statement.value if isinstance(statement, Try) else statement
        return isinstance(call, Call) and isinstance(self.value(call, scope), Kernel)

    def _is_warmth(self, statement: Node, scope: Scope) -> bool:
        """Whether a statement writes NaN alone, which the core or the new body does as well."""
        found = Filling.of(scope, self.known.warmers).only(statement)
        self.found.warmed = self.found.warmed or found
        return found

    def _is_ours(self, statement: Node, scope: Scope) -> bool:
        """Entries of the dict, what is copied out of a result, and a value that is set late."""
        inner = statement.value if isinstance(statement, Try) else statement
        if isinstance(statement, Try) and is_quiet(inner):
            return loses(statement, scope) is None
        if isinstance(inner, Assign):
            late = isinstance(inner.target, Path) and scope.get(inner.target.last) is UNSET
            return late and inner.op == "=" and loses(inner.value, scope) is None
        if isinstance(inner, If | Match):
            return self._is_late(inner, scope)
        if not isinstance(inner, MethodCall) or self.released:
            return False
        if inner.method == "set_item":
            return isinstance(scope.get(root(inner.receiver)), Dict)
        return inner.method == "copy_from_slice" and self.done

    def _is_late(self, node: If | Match, scope: Scope) -> bool:
        """Whether a choice does nothing but set variables that had no value."""
        if loses(node, scope) is not None:
            return False
        if isinstance(node, Match):
            branches = [arm.body for arm in node.arms]
        else:
            branches = [node.then] if node.otherwise is None else [node.then, node.otherwise]
        return all(
            isinstance(one, Let)
            or (
                (isinstance(one, Assign) and root(one.target) in scope)
                and isinstance(one.target, Path)
                and scope.get(one.target.last) is UNSET
            )
            for branch in branches
            for one in (branch.statements if isinstance(branch, Block) else (branch,))
        )

    # --- variables ---------------------------------------------------------------------------

    def _variable(self, node: Let, scope: Scope) -> Symbol:
        if node.value is not None and self._computes_apart(node.value):
            code = self.code(node.value, scope)
            if isinstance(code, Code):
                self._keep_variable(node, code, scope)
                return UNKNOWN
        if node.value is not None and self._finds_run(node.value):
            return self._ran(node, scope, node.names[0] if node.names else "")
        if isinstance(node.value, Block) and any(map(releases, node.value.walk())):
            self.straight = True
            self.statement(node, scope)
            return UNKNOWN
        lost = loses(node, scope)
        before = dict(scope)
        self.settling = node
        self.statement(node, scope)
        self._stay(node, scope, lost)
        symbols = [scope.get(name, UNKNOWN) for name in node.names]
        if lost is not None:
            self._answer(node, lost, (before, scope))
        unused = bool(symbols) and all(name.startswith("_") for name in node.names)
        if unused and _held_on(node, symbols):
            raise self.lost("the variable", node)
        if node.mutable and len(node.names) == 1:
            self.lists[node.names[0]] = node
        for name, symbol in zip(node.names, symbols, strict=True):
            if node.mutable and isinstance(symbol, Array | Kernel):
                scope[name] = UNKNOWN
        return UNKNOWN

    def settle(self, node: Let | Assign, made: Node, value: Symbol) -> None:
        """A variable that stands before the core can stay as it is."""
        if node is not self.settling:
            Reader.settle(self, node, made, value)

    # --- the core ----------------------------------------------------------------------------

    def _finds_run(self, node: Node) -> bool:
        """Whether an expression is a call of the core, or what runs without the interpreter."""
        while not releases(node) and not self._is_core(node):
            if isinstance(node, Try):
                node = node.value
            elif isinstance(node, MethodCall) and node.method in ("map", "map_err"):
                node = node.receiver
            elif isinstance(node, Block) and len(node.statements) == 1 and node.tail:
                node = node.statements[0]
            else:
                return False
        self.run = node
        return True

    def _computes_apart(self, value: Node) -> bool:
        """Whether what runs without the interpreter is a value that the core is given."""
        inside = list(value.walk())
        return (
            not self.done
            and not self.released
            and any(map(releases, inside))
            and not any(map(self._is_core, inside))
            and not any(isinstance(one, Assign | Return | Loop) for one in inside)
        )

    def _is_core(self, node: Node) -> bool:
        return (
            isinstance(node, Call)
            and isinstance(node.function, Path)
            and node.function.last in self.known.functions.keys() | self.known.wholes.keys()
        )

    def _ran(self, statement: Node, scope: Scope, name: str) -> Symbol:
        """A statement that calls the core: its errors must reach Python."""
        value = self.statement(statement, scope)
        if self.released or not any(
            self.known.functions[c.name].fallible for c in self.found.calls
        ):
            return value
        inside = list(statement.walk())
        if not any(isinstance(one, Try) for one in (ungated(statement), *_first(statement))):
            self.unasked = name or self.splicer.first_line(statement)
        elif not any(isinstance(one, MethodCall) and one.method == "map_err" for one in inside):
            self.found.bare = True
        return value

    def _is_fallible(self) -> bool:
        """Whether what was called may fail; of other functions than the core's it is not known."""
        calls = self.found.calls
        return not calls or any(self.known.functions[one.name].fallible for one in calls)

    def _maps(self, statement: Node, scope: Scope) -> bool:
        """`if let Err(e) = result { .. return Err(..); }`: what makes exceptions of errors."""
        mapping = mapping_in(statement, self.unasked, self.splicer.text)
        if not mapping:
            return False
        if gone_from(mapping, scope, self.known.arguments):
            raise self.lost("the error", statement)
        self.found.mapped.add(mapping)
        self.unasked = ""
        return True

    def release(self, closure: Closure, scope: Scope) -> Symbol:
        """What runs without the interpreter, where a statement does nothing else."""
        if self.run is None or closure is not self.run.children()[-1]:
            raise self.lost("what runs without the interpreter", closure)
        self.run = None
        if isinstance(closure.body, Block):
            self.straight = True
        elif not self._finds_run(closure.body):
            raise self.lost("the call", closure.body)
        return Reader.release(self, closure, scope)


def _first(statement: Node) -> tuple[Node, ...]:
    """The value that a statement binds."""
    value = statement.value if isinstance(statement, Let) else None
    return () if value is None else (value,)


def _held_on(node: Let, symbols: Sequence[Symbol]) -> bool:
    """Whether a variable that nobody uses may be kept for what its end does."""
    calls = node.value is not None and any(
        isinstance(n, Call | MethodCall) for n in node.value.walk()
    )
    if node.value is not None and names_item(node.value):
        return True
    return calls and not all(isinstance(one, Array | Kernel | Memory | Output) for one in symbols)
