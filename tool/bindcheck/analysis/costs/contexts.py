"""A body with what surrounds each of its nodes: made once, run elsewhere, chosen by size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bindcheck.analysis.costs.choices import chooses, chooses_before, is_mode
from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Cfg,
    Closure,
    Gated,
    If,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
)

Active = Callable[[tuple[Cfg, ...]], bool]

_ONCE_METHODS = frozenset(
    {
        *("get_or_init", "get_or_try_init", "call_once", "call_once_force", "or_insert_with"),
        *("get_or_insert_with", "or_insert_with_key", "force"),
    }
)
_ONCE_TYPES = frozenset({"LazyLock", "Lazy", "LazyCell", "SyncLazy", "GILOnceCell", "PyOnceLock"})
_ONCE_MACROS = frozenset({"lazy_static", "thread_local"})
_SPAWNERS = frozenset({"thread", "rayon", "tokio", "task", "Builder"})
_SECTIONS = frozenset({("rayon", "join"), ("rayon", "scope"), ("thread", "scope")})
# Sorting falls back to one thread by itself.
_MAKERS = frozenset(one for one in PARALLEL if not one.startswith("par_sort"))
_FEWER_JOBS = frozenset({"with_min_len", "by_uniform_blocks"})
_CHUNKS = frozenset({"par_chunks", "par_chunks_mut", "par_chunks_exact", "par_chunks_exact_mut"})
_LARGE_CHUNK = 64


@fact
class Context:
    """What surrounds a node.

    `once`: what is made there is kept. `elsewhere`: another thread runs it and nobody waits.
    `chosen`: it lies behind a condition on a size or a mode. `parallel` is the parallel section
    that runs it as one of its jobs. `loops` counts the loops around it.
    """

    once: bool = False
    elsewhere: bool = False
    chosen: bool = False
    parallel: Span | None = None
    loops: int = 0


Placed = tuple[Node, Context]


def placed(body: Node, active: Active) -> Iterator[Placed]:
    """The nodes of a body that a release build has, in source order, with their contexts."""
    stack: list[Placed] = [(body, Context())]
    while stack:
        node, context = stack.pop()
        yield node, context
        stack.extend(reversed(list(_below(node, context, active))))


def _below(node: Node, context: Context, active: Active) -> Iterable[Placed]:
    if isinstance(node, Block):
        return _in_order(node, context)
    if isinstance(node, If):
        inner = replace(context, chosen=context.chosen or chooses(node))
        branches = (node.then, node.otherwise)
        below = [(branch, inner) for branch in branches if branch is not None]
        return [(node.condition, context), *below]
    if isinstance(node, Match):
        inner = replace(context, chosen=context.chosen or is_mode(node))
        return [(node.subject, context), *((arm, inner) for arm in node.arms)]
    if isinstance(node, (Gated, Arm)) and not (active(node.cfg) and not _for_debugging(node.cfg)):
        return ()
    if isinstance(node, Loop):
        over = [] if node.over is None else [(node.over, context)]
        return [*over, (node.body, replace(context, loops=context.loops + 1))]
    return _below_call(node, context)


def _in_order(node: Block, context: Context) -> Iterator[Placed]:
    """What follows an early return for small sizes is chosen by size."""
    for one in node.statements:
        yield one, context
        if isinstance(one, If) and chooses_before(one):
            context = replace(context, chosen=True)


def _for_debugging(cfg: tuple[Cfg, ...]) -> bool:
    return any(one.op == "flag" and one.name == "debug_assertions" for one in cfg)


def _below_call(node: Node, context: Context) -> Iterable[Placed]:
    if isinstance(node, MethodCall):
        inner = _argument_context(node, context)
        section = section_of(node.receiver)
        job = inner if section is None else replace(inner, parallel=section.span)
        jobs = ((arg, job if isinstance(arg, Closure) else inner) for arg in node.args)
        return [(node.receiver, context), *jobs]
    if isinstance(node, Call):
        inner = _called_context(node, context)
        return [(node.function, context), *((arg, inner) for arg in node.args)]
    if isinstance(node, MacroCall) and node.path.rsplit("::", 1)[-1] in _ONCE_MACROS:
        context = replace(context, once=True)
    return [(child, context) for child in node.children()]


def _argument_context(node: MethodCall, context: Context) -> Context:
    if node.method in _ONCE_METHODS:
        return replace(context, once=True)
    if node.method.startswith("spawn"):
        return replace(context, elsewhere=True)
    return context


def _called_context(node: Call, context: Context) -> Context:
    if not isinstance(node.function, Path):
        return context
    owner, name = ("", *node.function.segments)[-2:]
    if owner in _ONCE_TYPES:
        return replace(context, once=True)
    if name.startswith("spawn") and owner in _SPAWNERS:
        return replace(context, elsewhere=True)
    return replace(context, parallel=node.span) if (owner, name) in _SECTIONS else context


def chain(node: Node) -> Iterator[MethodCall]:
    """The method calls of a chain, the last first."""
    while isinstance(node, MethodCall):
        yield node
        node = node.receiver


def section_of(node: Node) -> MethodCall | None:
    """The call that makes a chain parallel: `par_iter()` and the like."""
    return next((one for one in chain(node) if one.method in _MAKERS), None)


def has_large_jobs(last: Node) -> bool:
    """Whether a parallel chain sets how much a job has to do: `with_min_len(1024)`, chunks."""
    for one in chain(last):
        if one.method in _FEWER_JOBS:
            return True
        if one.method in _CHUNKS and one.args and not _is_small(one.args[0]):
            return True
    return False


def _is_small(size: Node) -> bool:
    digits = size.text.replace("_", "") if isinstance(size, Literal) else ""
    return digits.isdigit() and int(digits) < _LARGE_CHUNK
