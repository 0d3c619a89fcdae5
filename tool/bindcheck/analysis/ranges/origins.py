"""What the variables of a body are made of."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.model import (
    Assign,
    Binary,
    Block,
    Call,
    Cast,
    FieldAccess,
    If,
    Let,
    Match,
    MethodCall,
    Node,
    Param,
    Path,
    Return,
    Sequence,
    StructLiteral,
    Try,
    Unary,
)

Leaves = frozenset[str]
NONE: Leaves = frozenset()
ORDER = frozenset({"<", "<=", ">", ">="})
_TRUTHS = ORDER | {"==", "!=", "&&", "||"}
_SAME = frozenset({"clone", "to_owned", "as_ref", "unwrap", "copied"})


class Origins:
    """Which parameters, or fields of them, each variable is made of: `step`, `r.offset.2`."""

    def __init__(self, params: Iterable[Param], receiver: str, body: Block):
        self.known: dict[str, Leaves] = {
            name: frozenset({name}) for param in params for name in param.names
        }
        self.values: dict[str, Node] = {}
        if receiver:
            self.known["self"] = frozenset({"self"})
        for node in body.walk():
            if isinstance(node, Let) and node.value is not None:
                self._let(node, node.value)
            elif isinstance(node, Assign) and isinstance(node.target, Path):
                name = node.target.last
                self.known[name] = self.known.get(name, NONE) | self.of(node.value)

    def _let(self, node: Let, value: Node) -> None:
        if len(node.names) == 1:
            self.values[node.names[0]] = value
            self.known[node.names[0]] = self.of(value)
            return
        chain = self.chain(value)
        parts = value.items if isinstance(value, Sequence) and value.kind == "tuple" else ()
        for i, name in enumerate(node.names):
            if len(parts) == len(node.names):
                self.known[name] = self.of(parts[i])
            else:
                self.known[name] = frozenset({f"{chain}.{i}"}) if chain else NONE

    def chain(self, node: Node) -> str:
        """`r.offset.2` for a field of a parameter, or of what stands for one; else nothing."""
        if isinstance(node, Path) and len(node.segments) == 1:
            known = self.known.get(node.last, NONE)
            return next(iter(known)) if len(known) == 1 else ""
        if isinstance(node, FieldAccess):
            base = self.chain(node.base)
            return f"{base}.{node.name}" if base else ""
        if isinstance(node, Unary) and node.op != "-":
            return self.chain(node.value)
        if isinstance(node, Try):
            return self.chain(node.value)
        if isinstance(node, MethodCall) and node.method in _SAME:
            return self.chain(node.receiver)
        return ""

    def within(self, node: Node, parts: tuple[str, ...]) -> str:
        """Where a part of an expression comes from: `sweep.offset.2`, with `sweep` a literal."""
        chain = self.chain(node)
        if chain:
            return ".".join((chain, *parts))
        while isinstance(node, (Unary, Try)):
            node = node.value
        if isinstance(node, Path) and len(node.segments) == 1 and node.last in self.values:
            return self.within(self.values[node.last], parts)
        if isinstance(node, StructLiteral) and parts:
            inits = {one.name: one.value for one in node.inits}
            return self.within(inits[parts[0]], parts[1:]) if parts[0] in inits else ""
        if isinstance(node, Sequence) and parts and parts[0].isdigit():
            at = int(parts[0])
            return self.within(node.items[at], parts[1:]) if at < len(node.items) else ""
        found = self.of(node)
        return next(iter(found)) if len(found) == 1 and not parts else ""

    def of(self, node: Node | None) -> Leaves:
        """What the value of an expression is made of; conditions do not count."""
        if node is None:
            return NONE
        chain = self.chain(node)
        return frozenset({chain}) if chain else self._compound(node)

    def _compound(self, node: Node) -> Leaves:
        if isinstance(node, Path):
            return self.known.get(node.last, NONE) if len(node.segments) == 1 else NONE
        if isinstance(node, If):
            return self._union((node.then, node.otherwise))
        if isinstance(node, Block):
            return self.of(node.statements[-1]) if node.tail and node.statements else NONE
        if isinstance(node, Match):
            return self._union(arm.body for arm in node.arms)
        if isinstance(node, Binary):
            return NONE if node.op in _TRUTHS else self._union((node.left, node.right))
        if isinstance(node, (Cast, Unary, Try, Return)):
            return self.of(node.value)
        if isinstance(node, MethodCall):
            return self._union((node.receiver, *node.args))
        return self._union(node.args) if isinstance(node, Call) else NONE

    def _union(self, nodes: Iterable[Node | None]) -> Leaves:
        found = NONE
        for one in nodes:
            found |= self.of(one)
        return found
