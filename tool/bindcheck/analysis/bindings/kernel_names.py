"""Where a kernel for a CPU feature is chosen by its name, and whether the CPU is asked for it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import cached_property

from bindcheck.analysis.keeping.reads import Memo, once
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Function,
    If,
    ItemRef,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
    Try,
    TypeRef,
)

Choice = tuple[Span, str]
"""The place where a name is believed, and the kernel (or the function) that it chooses."""

_CPU = re.compile(
    r"(?i:(?<![a-z])(?:avx|sse|neon|fma|sve)(?![a-z]))|[Aa]vx|AVX|Sse|SSE|Neon|NEON|Fma|FMA|Sve|SVE"
)
_QUOTED = re.compile(r'"([^"]*)"')
_DETECTS = re.compile(r"^is_\w+_feature_detected$")
_COMPARES = frozenset({"eq", "eq_ignore_ascii_case", "starts_with", "ends_with", "contains"})
_CONVERTS = {
    "parse": ("from_str",),
    "try_into": ("try_from",),
    "into": ("from",),
    "extract": ("extract", "extract_bound"),
}
_UNWRAPS = frozenset({"map_err", "unwrap", "expect", "unwrap_or", "unwrap_or_default", "ok"})
_FURTHEST = 40
_LONG = 6000

_EXPECTING = frozenset({Block, Call, Let})
_CHOOSING = frozenset({If, Match})


class KernelNames:
    """What the functions of a program do with names of kernels, each looked at once."""

    def __init__(self, program: Program):
        self._program = program
        self._choices: Memo[ItemRef, Choice | None] = Memo()
        self._asking: Memo[ItemRef, bool] = Memo()
        self._detects: Memo[ItemRef, bool] = Memo()

    @cached_property
    def enabled(self) -> bool:
        """Whether the crate compiles functions for features that a CPU may lack."""
        return any(
            function.attr("target_feature") is not None
            for module in self._program.modules.values()
            for function in module.functions
        )

    # --- choices -------------------------------------------------------------------------------

    def chosen(self, ref: ItemRef) -> Choice | None:
        """The first place of a function that turns a name into a kernel for a CPU feature."""
        return self._choices.of(ref, self._choice, ref)

    def _choice(self, ref: ItemRef) -> Choice | None:
        body = self._program.body(ref)
        return None if body is None else next(self._chosen_in(ref, body), None)

    def _chosen_in(self, ref: ItemRef, body: Block) -> Iterator[Choice]:
        for node in body.walk():
            for span, branch in self._named(ref, node) if type(node) in _CHOOSING else ():
                kernel = next(self._kernels(ref, branch), None)
                if kernel is not None:
                    yield span, kernel

    def _named(self, ref: ItemRef, node: Node) -> Iterator[tuple[Span, Node]]:
        """Branches that are taken for the name of a CPU feature."""
        if isinstance(node, Match):
            for arm in node.arms:
                if _has_feature(arm.pattern) and self._program.active(arm.cfg, ref.path):
                    yield arm.span, arm.body
        elif isinstance(node, If) and any(map(_compares, node.condition.walk())):
            yield node.condition.span, node.then

    def _kernels(self, ref: ItemRef, branch: Node) -> Iterator[str]:
        """Kernels for a CPU feature, or functions compiled for one, that a branch names."""
        callees = self._program.callees(ref)
        for part in branch.walk():
            if isinstance(part, Path) and len(part.segments) > 1 and _CPU.search(part.last):
                yield part.last
            elif isinstance(part, Call):
                for function in map(self._program.function, callees.get(part.span, ())):
                    if function.attr("target_feature") is not None:
                        yield function.name

    # --- who is asked --------------------------------------------------------------------------

    def asks(self, ref: ItemRef) -> bool:
        """Whether a function asks the CPU, itself or through the short functions it calls."""
        return self._asking.of(ref, lambda: any(map(self._asks_itself, self._near(ref))))

    def _near(self, ref: ItemRef) -> Iterator[ItemRef]:
        seen = {ref}
        todo = deque([ref])
        while todo:
            one = todo.popleft()
            yield one
            for callee in self._program.called(one):
                if callee not in seen and len(seen) < _FURTHEST and self._is_short(callee):
                    seen.add(callee)
                    todo.append(callee)

    def _asks_itself(self, ref: ItemRef) -> bool:
        return self._detects.of(ref, self._has_detection, ref)

    def _has_detection(self, ref: ItemRef) -> bool:
        body = self._program.body(ref)
        return any(
            isinstance(node, MacroCall)
            and _DETECTS.match(node.path.rsplit("::", 1)[-1]) is not None
            for node in (body.walk() if body is not None else ())
        )

    def _is_short(self, ref: ItemRef) -> bool:
        has_body = self._program.function(ref).body_span is not None
        return has_body and not self._program.exceeds(ref, _LONG - 1)

    # --- conversions that name no function -----------------------------------------------------

    def converted(self, ref: ItemRef) -> Iterator[ItemRef]:
        """`from_str` and its like of the types that a body makes with `parse` and its like."""
        body = self._program.body(ref)
        if body is None:
            return
        wanted: dict[Span, TypeRef] = {}
        for node in body.walk():
            if type(node) in _EXPECTING:
                wanted.update(self._expected(ref, node))
            if isinstance(node, MethodCall) and node.method in _CONVERTS and not node.args:
                type_ = node.turbofish[0] if node.turbofish else wanted.get(node.span)
                if type_ is not None:
                    yield from self._methods(ref, type_, _CONVERTS[node.method])

    def _expected(self, ref: ItemRef, node: Node) -> Iterator[tuple[Span, TypeRef]]:
        """Types that a place expects of the expressions in it."""
        if isinstance(node, Let) and node.type is not None and node.value is not None:
            yield _inner(node.value).span, node.type
        elif isinstance(node, Block) and node.tail and node.statements:
            function = self._program.function(ref)
            if node.span == function.body_span:
                yield _inner(node.statements[-1]).span, function.returns
        elif isinstance(node, Call):
            for callee in self._program.callees(ref).get(node.span, ()):
                params = self._program.function(callee).params
                for arg, param in zip(node.args, params, strict=False):
                    if param.type is not None:
                        yield _inner(arg).span, param.type

    def extracted(self, ref: ItemRef) -> Iterator[ItemRef]:
        """`FromPyObject` of the crate's own types among the parameters of a binding."""
        for param in self._program.function(ref).params:
            if param.type is not None:
                yield from self._methods(ref, param.type, _CONVERTS["extract"])

    def _methods(self, ref: ItemRef, type_: TypeRef, names: tuple[str, ...]) -> Iterator[ItemRef]:
        function: Function = self._program.function(ref)
        for part in type_.walk():
            if part.kind != "path" or not part.path:
                continue
            owner = self._program.resolve_type(part.path, ref.path, function.scope)
            methods = self._program.methods(owner) if owner is not None else {}
            for name in names:
                yield from (
                    one for one in methods.get(name, ()) if self._program.function(one).trait
                )


def _has_feature(text: str) -> bool:
    return _CPU.search(" ".join(_QUOTED.findall(text))) is not None


def _compares(node: Node) -> bool:
    """Whether a part of a condition compares with the name of a CPU feature."""
    if isinstance(node, Binary):
        return node.op == "==" and (_is_feature(node.left) or _is_feature(node.right))
    if isinstance(node, MethodCall):
        return node.method in _COMPARES and any(map(_is_feature, node.args))
    if isinstance(node, MacroCall):
        return node.path == "matches" and _has_feature(node.tokens)
    return isinstance(node, Let) and _has_feature(node.pattern)


def _is_feature(node: Node) -> bool:
    return any(
        isinstance(part, Literal) and part.kind == "str" and _CPU.search(part.text) is not None
        for part in node.walk()
    )


def _inner(node: Node) -> Node:
    """The conversion inside `value.parse().map_err(..)?`."""
    while isinstance(node, Try) or (isinstance(node, MethodCall) and node.method in _UNWRAPS):
        node = node.value if isinstance(node, Try) else node.receiver
    return node


@once
def names_of(program: Program) -> KernelNames:
    """The names of kernels in a program; one per program, made when a rule first asks."""
    return KernelNames(program)
