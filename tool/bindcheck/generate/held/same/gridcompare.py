"""Refuses a new body of a grid's binding that does not do what the old one does.

A new one makes the matrices in a way of its own, and checks more. What the core is given, how
errors reach Python, and what stands under each key must come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.known import functions_of
from bindcheck.generate.held.orders import Orders, moved
from bindcheck.generate.held.same.compare import arrays_of
from bindcheck.generate.held.same.gridform import COLS, GRID, ROWS, GridForm, Run
from bindcheck.generate.held.same.gridkernels import alike, guards_known
from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import Term, within
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import MethodCall, Node

_OWN = frozenset({"?", "cols", "first", "kernel", "out", "rows", "warm"})
"""Roles for which a new body has values of its own."""

_RELEASES = frozenset({"allow_threads", "detach"})


class OtherKernel(Lacking):
    """The core would be given another kernel."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Both bodies, each with its form."""

    facts: Facts
    old: HeldFunction
    new: HeldFunction
    before: GridForm
    after: GridForm


def refuse_other_grid(
    facts: Facts, old: HeldFunction, new: HeldFunction, orders: Orders | None = None
) -> None:
    """Raise where both bodies do not come to the same, at the statement of the old one.

    `orders` are those in which the core took its arguments when the old one was written.
    """
    order = moved(facts.core, orders) if orders else {}
    forms = Forms(facts, old, new, _form(facts, old, order), _form(facts, new, {}))
    had, has = _run(old, forms.before), _run(new, forms.after)
    _refuse_kernel_name(forms, had)
    _refuse_arguments(forms, had, has)
    _refuse_kernel(forms, had, has)
    _refuse_lists(forms, had)
    _refuse_checks(forms)
    _refuse_entries(forms)
    _refuse_work(forms, has)


def _form(facts: Facts, held: HeldFunction, order: Mapping[str, tuple[int, ...]]) -> GridForm:
    core, arrays = facts.core, arrays_of(held)
    fields = zip(core.batch_outputs, core.outputs, strict=False)
    form = GridForm(
        Naming.of(facts, held.body, order),
        held.source,
        held.function.owner,
        frozenset(arrays),
        core=functions_of(core),
        expand=core.expand_grid.ref if core.expand_grid is not None else None,
        params=core.params_struct or "",
        fields={field.name: output.name for field, output in fields},
    )
    scope = Scope(None)
    for param in held.function.params:
        for name in param.names:
            scope.bind(name, (arrays.get(param.name, "argument"), name))
    form.value(held.body, Scope(scope))
    return form


def _run(held: HeldFunction, form: GridForm) -> Run:
    """The one call of the core."""
    if len(form.runs) == 1:
        return form.runs[0]
    released = [
        one
        for one in held.body.walk()
        if isinstance(one, MethodCall) and one.method in _RELEASES and one.args
    ]
    at = released[0].args[-1] if released else held.body
    raise Lacking(
        "which function of the core computes the grid, with nothing before or behind it",
        at.span.start,
    )


def _refuse_kernel_name(forms: Forms, run: Run) -> None:
    """How the kernel's name is read."""
    had, has = forms.before.trace.asked, forms.after.trace.asked
    for term, node in had:
        if term not in [one for one, _ in has]:
            raise _other(forms, node)
    if len(has) > len(had):
        raise Lacking("how the kernel's name is read", run[2].span.start)


def _refuse_arguments(forms: Forms, had: Run, has: Run) -> None:
    """What the core is given."""
    before, after = _by_role(had), _by_role(has)
    for role, term in before.items():
        kind, _, name = role.partition(":")
        if kind not in _OWN and role in after and after[role] != term:
            fact = f"what `{had[0].name}` is given for `{name or kind}`"
            raise Lacking(fact, had[2].span.start)


def _by_role(run: Run) -> Mapping[str, Term]:
    return dict(zip(run[0].roles, run[1], strict=False))


def _refuse_kernel(forms: Forms, had: Run, has: Run) -> None:
    """The kernel that the core gets, for each that may be named."""
    runs = [_innermost(forms.facts, *one) for one in ((forms.before, had), (forms.after, has))]
    before, after = (_by_role(run).get("kernel") for run in runs)
    if before == after or after is None:
        return
    pairs = kernel_pairs(forms.facts.program, forms.facts.core.path)
    known = before is not None and guards_known(before) and guards_known(after)
    if before is None or not known or not alike(before, after, [batch for batch, _ in pairs]):
        raise OtherKernel(f"the kernel that `{had[0].name}` is given", had[2].span.start)


def _innermost(facts: Facts, form: GridForm, run: Run) -> Run:
    """The call that a function of the core makes of another one, which takes the rows' kernel."""
    function, given, _ = run
    body = facts.program.body(function.ref)
    if function != facts.core.batch_with_kernel or body is None:
        return run
    inner, _ = form.inside(function.ref, body, given)
    return inner.runs[0] if len(inner.runs) == 1 else run


def _refuse_lists(forms: Forms, had: Run) -> None:
    """Which combinations are listed, and what makes exceptions of errors."""
    given = _by_role(had)
    listed = [term for term, _ in forms.before.lists]
    at = had[2].span.start
    for term, _ in forms.after.lists:
        ours = term[1] == given.get("range") and set(term[2:]) <= set(given.values())
        if term not in listed and not ours:
            raise Lacking("which combinations the grid has", at)
    core = _raised(forms.before, "core")
    if core and core != _raised(forms.after, "core"):
        raise Lacking(f"the exception for errors of `{had[0].name}`", at)
    expected = _raised(forms.before, "list") if listed else core
    for mapping in _raised(forms.after, "list"):
        if mapping not in expected:
            where = forms.before.lists[0][1].span.start if listed else at
            raise Lacking("the exception where combinations cannot be listed", where)


def _raised(form: GridForm, source: str) -> list[Term]:
    """What makes exceptions of one kind of error."""
    return [t[2] for t, _ in form.trace.steps if t[0] == "raise" and t[1][0] == source]


def _refuse_checks(forms: Forms) -> None:
    """Conditions under which the body ends: what they ask, and with which exception."""
    left = [_settled(term) for term, _ in forms.after.trace.steps]
    for term, node in forms.before.trace.steps:
        if _is_check(term) and _settled(term) not in left:
            raise _other(forms, node)


def _is_check(term: Term) -> bool:
    """Whether a step may end the body; whether the core has failed is asked anew."""
    ends = term[0] == "if" and any(one[:1] == ("return",) for one in within(term))
    return ends and ("core",) not in within(term[1])


def _refuse_entries(forms: Forms) -> None:
    """Keys and values of the dict; how a matrix is made is not compared."""
    had, has = _entries(forms.before), _entries(forms.after)
    if any(t[0] == "loop" and _sets(t) for t, _ in forms.before.trace.steps):
        # A loop takes matrices apart, which are in the dict one by one then.
        keys = [key for key, _, _ in had]
        has = [one for one in has if one[0] in keys or not _is_matrix(one[1])]
    for at, (key, value, node) in enumerate(had):
        other = has[at] if at < len(has) else None
        if other is None or other[0] != key:
            raise _other(forms, node)
        if _is_matrix(other[1]) or _settled(value) == _settled(other[1]):
            continue
        if (value, other[1]) not in _sizes(forms.before):
            raise _other(forms, node)
    if len(has) > len(had):
        raise Lacking("which entries the dict has", forms.old.body.span.start)


def _sets(loop: Term) -> bool:
    """Whether a loop puts something into a dict."""
    return any(one[:1] == ("set",) and len(one) > 1 for one in within(loop))


def _entries(form: GridForm) -> list[tuple[Term, Term, Node]]:
    return [(t[2], t[3], node) for t, node in form.trace.steps if t[0] == "set"]


def _sizes(form: GridForm) -> list[tuple[Term, Term]]:
    """Numbers of rows and columns that a body has of its own: its matrices have that shape."""
    found = []
    for term, _ in form.trace.steps:
        if term[:2] == ("method", "reshape") and _is_matrix(term[3]):
            sizes = term[4][0][2] if term[4][0][:1] == ("items",) else ()
            found += list(zip(sizes, (ROWS, COLS), strict=True)) if len(sizes) == 2 else []
    return found


def _is_matrix(value: Term) -> bool:
    """Whether a new body shows numbers of the core."""
    return any(
        one[:1] == ("output",) or (one[:1] == ("field",) and one[2:] == (GRID,))
        for one in within(value)
    )


def _settled(term: Term) -> Term:
    """A value with one name for the number of columns: the core has compared the arrays."""
    if term[:2] == ("method", "len") and term[3][:1] == ("slice",):
        return COLS
    return tuple(_settled(one) if isinstance(one, tuple) else one for one in term)


def _refuse_work(forms: Forms, has: Run) -> None:
    """What takes time, and would be done again."""
    left = [_settled(term) for term, _ in forms.before.trace.work]
    first = _by_role(has).get("first", ())
    for term, node in forms.after.trace.work:
        whole = _settled(term)
        if whole in left:
            left.remove(whole)
        elif not _is_within(term, first):
            line = _line(forms.new, node)
            fact = f"how to do without `{line}`, which the new body would do"
            same = [one for had, one in forms.before.trace.work if _settled(had) == whole]
            raise Lacking(fact, (*same, forms.old.body)[0].span.start)


def _is_within(work: Term, value: Term) -> bool:
    """Whether what is computed is a part of a value; work does not say for what type."""
    parts: Iterable[Sequence[object]] = within(value)
    return any((*one[:2], *one[3:]) == work for one in parts)


def _other(forms: Forms, node: Node) -> Lacking:
    return Lacking(f"how to keep `{_line(forms.old, node)}` as it is", node.span.start)


def _line(held: HeldFunction, node: Node) -> str:
    text = held.source[node.span.start : node.span.end].decode("utf-8")
    first, *others = text.strip().splitlines() or [""]
    return f"{first.rstrip()} .." if others else first
