"""Refuses a new body of a grid's binding that does not do what the old one does.

A new one makes the matrices in a way of its own, and checks more. What the core is given, how
errors reach Python, and what stands under each key must come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bindcheck.generate.bodies import fills_whole, hands_prefixes, writes_prefix
from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.known import functions_of, warmers_of
from bindcheck.generate.held.orders import Orders, moved
from bindcheck.generate.held.same import sizes
from bindcheck.generate.held.same.compare import arrays_of
from bindcheck.generate.held.same.gridform import COMBOS, GridForm, Run
from bindcheck.generate.held.same.gridkernels import alike, guards_known
from bindcheck.generate.held.same.matrices import Start
from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.returned import LISTED, Returned
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import ZERO, Term, within
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import MethodCall, Node
from bindcheck.model import Sequence as Items

_OWN = frozenset({"kernel", "out"})
"""Roles for which a new body has values of its own."""

Steps = list[tuple[Term, Node]]

_RELEASES = frozenset({"allow_threads", "detach"})
_THREADS = frozenset({"parallel", "threads"})


class OtherWay(Lacking):
    """The core would be given another kernel."""


class OtherFunction(OtherWay):
    """Another function of the core would compute the grid."""


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
    before, given = _form(facts, old, order)
    after, made = _form(facts, new, {})
    forms = Forms(facts, old, new, before, after)
    had, has = _run(old, before), _run(new, after)
    _refuse_kernel_name(forms, had)
    _refuse_function(forms, had, has)
    _refuse_arguments(forms, had, has)
    _refuse_threads(forms, had, has)
    _refuse_memory(forms, had, has)
    _refuse_kernel(forms, had, has)
    _refuse_lists(forms, had, has)
    told = _refuse_steps(forms, had, has)
    if _first_more(forms, has, told) is not None or told.told(given) != told.told(made):
        told = Returned.of(forms.before, had)
        _refuse_work(forms, had, has, told)
    if told.told(given) != told.told(made):
        _refuse_unlisted(had, given, made)
        raise _other_rows(forms, given, old.body.statements[-1])


def _form(
    facts: Facts, held: HeldFunction, order: Mapping[str, tuple[int, ...]]
) -> tuple[GridForm, Term]:
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
        warmers=warmers_of(facts),
        fields={field.name: output.name for field, output in fields},
    )
    scope = Scope(None)
    for param in held.function.params:
        for name in param.names:
            scope.bind(name, (arrays.get(param.name, "argument"), name))
    value = form.settled(form.value(held.body, Scope(scope)))
    # What shapes an array fails where the new body fails as well.
    return form, ("Ok", value) if value[0] == "array" else value


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


def _refuse_function(forms: Forms, had: Run, has: Run) -> None:
    """Which function computes the grid; one may do nothing but choose the kernel of the other."""
    if had[0].ref != has[0].ref and _innermost(forms.facts, forms.after, has)[0].ref != had[0].ref:
        raise OtherFunction(
            f"that `{has[0].name}` does what `{had[0].name}` does", had[2].span.start
        )


def _refuse_arguments(forms: Forms, had: Run, has: Run) -> None:
    """What the core is given."""
    before, after = _by_role(had), _by_role(has)
    for role, term in before.items():
        kind, _, name = role.partition(":")
        if kind not in _OWN and role in after and after[role] != term:
            fact = f"what `{had[0].name}` is given for `{name or kind}`"
            raise Lacking(fact, had[2].span.start)


def _refuse_threads(forms: Forms, had: Run, has: Run) -> None:
    """Whether threads compute the grid, where one function hands it on to the other."""
    if had[0].ref == has[0].ref:
        return
    before, after = _by_role(had), _by_role(_innermost(forms.facts, forms.after, has))
    for role in _THREADS & before.keys() & after.keys():
        if before[role] != after[role]:
            fact = f"that `{has[0].name}` gives `{had[0].name}` the same for `{role}`"
            raise OtherFunction(fact, had[2].span.start)


def _refuse_memory(forms: Forms, had: Run, has: Run) -> None:
    """What the memory for the matrices starts with, and how large it is."""
    program, after = forms.facts.program, _by_role(has)
    for role, term in _by_role(had).items():
        start, made = Start.of(term), Start.of(after.get(role, ()))
        if not role.startswith("out:"):
            continue
        if start is None or not start.known or (made is not None and made.size != start.size):
            fact = f"what `{had[0].name}` is given for `{role.partition(':')[2]}`"
            raise Lacking(fact, had[2].span.start)
        zeros = made is not None and (made.fill, made.some) == (start.fill, start.some)
        if start.fill == ZERO and not zeros and not writes_prefix(program, had[0]):
            raise Lacking(f"zeros where `{had[0].name}` writes nothing", had[2].span.start)
        filled = made is None or (made.warm and not made.some)
        whole = had[0].name in forms.facts.filling or fills_whole(program, had[0])
        if start.warm and not (filled or whole or hands_prefixes(program, had[0])):
            raise Lacking(f"NaN where `{had[0].name}` writes nothing", had[2].span.start)


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
        raise OtherWay(f"the kernel that `{had[0].name}` is given", had[2].span.start)


def _innermost(facts: Facts, form: GridForm, run: Run) -> Run:
    """The call that a function of the core makes of another one, which takes the rows' kernel."""
    function, given, _ = run
    body = facts.program.body(function.ref)
    if function != facts.core.batch_with_kernel or body is None:
        return run
    inner, _ = form.inside(function.ref, body, given)
    chosen = _chosen(inner.runs[0]) if len(inner.runs) == 1 else set()
    steps = [_released(step) for step, _ in inner.trace.steps]
    plain = all(step == ("core",) or step in chosen for step in steps)
    return inner.runs[0] if len(inner.runs) == 1 and plain else run


def _chosen(run: Run) -> set[Term]:
    """What is done to choose the kernel that the core is given."""
    return {one[1] for one in within(_by_role(run).get("kernel", ())) if one[:1] == ("event",)}


def _refuse_lists(forms: Forms, had: Run, has: Run) -> None:
    """Which combinations are listed, and what makes exceptions of errors."""
    _refuse_other_lists(forms, had, has)
    at = had[2].span.start
    core = _raised(forms.before, "core")
    if core and core != _raised(forms.after, "core"):
        raise Lacking(f"the exception for errors of `{had[0].name}`", at)
    listed = forms.before.lists
    expected = _raised(forms.before, "list") if listed else core
    if not forms.after.lists and any(one not in core for one in expected):
        raise Lacking("the exception where combinations cannot be listed", listed[0][1].span.start)
    for mapping in _raised(forms.after, "list"):
        if mapping not in expected:
            where = listed[0][1].span.start if listed else at
            raise Lacking("the exception where combinations cannot be listed", where)


def _refuse_other_lists(forms: Forms, had: Run, has: Run) -> None:
    """The core and the dict must go by the same combinations, in both bodies."""
    given, made = _by_role(had), _by_role(has)
    listed = forms.before.lists
    swept = {term[1] for term, _ in listed} | ({given["range"]} if "range" in given else set())
    other = next((node for term, node in listed if len(swept) > 1 and term[1:]), None)
    if other is not None or given.get("combos", COMBOS) != COMBOS:
        raise Lacking("which combinations the grid has", (other or had[2]).span.start)
    swept |= {term[1] for term, _ in forms.after.lists}
    swept |= {made["range"]} if "range" in made else set()
    known = {term for term, _ in listed}
    more = [term for term, _ in forms.after.lists if term not in known]
    if len(swept) > 1 or any(set(term[2:]) - set(given.values()) for term in more):
        raise Lacking("which combinations the grid has", had[2].span.start)


def _raised(form: GridForm, source: str) -> list[Term]:
    """What makes exceptions of one kind of error."""
    return [t[2] for t, _ in form.trace.steps if t[0] == "raise" and t[1][0] == source]


# --- steps ---------------------------------------------------------------------------------------


def _refuse_steps(forms: Forms, had: Run, has: Run) -> Returned:
    """What both bodies do in order, beside what is compared by itself.

    Where they differ in what the core gives back, what is known of that is told.
    """
    lists = bool(forms.before.lists) and bool(forms.after.lists)
    old = _steps(forms.before, had, lists=lists)
    new = _steps(forms.after, has, lists=lists)
    known = Returned({})
    for shown in (False, True):
        # When an entry is made is no matter to what is not about the dict.
        had_steps = [one for one in old if _is_shown(one[0]) is shown]
        has_steps = [one for one in new if _is_shown(one[0]) is shown]
        known = _refuse_other_steps(forms, had, (had_steps, has_steps), known)
    return known


def _is_shown(step: Term) -> bool:
    return any(one[:1] == ("dict",) for one in within(step))


def _refuse_other_steps(
    forms: Forms, had: Run, steps: tuple[Steps, Steps], known: Returned
) -> Returned:
    old, new = steps
    lost = _first_other([known.told(one) for one, _ in old], [known.told(one) for one, _ in new])
    if lost < min(len(old), len(new)):
        # What the core gives back may be what the other body has of its own.
        known = Returned.of(forms.before, had)
        lost = _first_other(
            [known.told(one) for one, _ in old], [known.told(one) for one, _ in new]
        )
    if lost < len(old):
        raise _other_rows(forms, *old[lost])
    if lost < len(new):
        line = _line(forms.new, new[lost][1])
        fact = f"how to do without `{line}`, which the new body would do"
        raise Lacking(fact, forms.old.body.span.start)
    return known


def _first_other(old: Sequence[Term], new: Sequence[Term]) -> int:
    """The first place where two lists differ; the length of the longer one where they do not."""
    for at, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return at
    return min(len(old), len(new))


def _steps(form: GridForm, run: Run, *, lists: bool) -> Steps:
    """The steps of a body in order, but for those that make no difference.

    `lists`: combinations are listed in both bodies; else the core alone may tell that there are
    none. How the kernel is chosen is compared by itself.
    """
    apart = {sizes.TOO_LARGE} | {term for term, _ in form.lists if not lists}
    chosen = _chosen(run)
    found: Steps = []
    for term, node in form.trace.steps:
        again = term[0] == "raise" and term[1][:1] == ("list",)
        if again and any(term == one for one, _ in found):
            continue  # What has been listed once can be listed again.
        own = (term[0] == "raise" and term[1] in apart) or _asks_memory(term)
        if not own and _released(term) not in chosen:
            found.append((term, node))
    return found


def _asks_memory(term: Term) -> bool:
    """Whether a step asks only for as much memory as the matrices need, which NumPy does too."""
    asks = any(one[:2] == ("method", "try_reserve_exact") for one in within(term))
    return term[0] == "if" and asks and ("path", "PyMemoryError") in within(term)


def _released(term: Term) -> Term:
    inner: Term = term[1] if term[0] == "released" else term
    return inner


def _refuse_unlisted(had: Run, old: Term, new: Term) -> None:
    """Say of two terms when they differ in nothing but whose combinations they show."""
    if LISTED.told(old) == LISTED.told(new):
        name = had[0].name
        fact = (
            f"that `{name}` gives back the same combinations, in the order in which they are listed"
        )
        raise Lacking(fact, had[2].span.start)


def _refuse_work(forms: Forms, had: Run, has: Run, known: Returned) -> None:
    """What takes time, and would be done again."""
    more = _first_more(forms, has, known)
    if more is not None:
        term, node = more
        for old, _ in forms.before.trace.work:
            _refuse_unlisted(had, old, term)
        line = _line(forms.new, node)
        fact = f"how to do without `{line}`, which the new body would do"
        same = [one for old, one in forms.before.trace.work if known.told(old) == term]
        raise Lacking(fact, (*same, forms.old.body)[0].span.start)


def _first_more(forms: Forms, has: Run, known: Returned) -> tuple[Term, Node] | None:
    """What the new body computes beside what the old one does, and where."""
    left = [known.told(term) for term, _ in forms.before.trace.work]
    first = _by_role(has).get("first", ())
    for made, node in forms.after.trace.work:
        term = known.told(made)
        bare = term if term in left else _released(term)
        if bare in left:  # It may be done without the interpreter as well.
            left.remove(bare)
        elif not _is_within(term, first):
            return term, node
    return None


def _is_within(work: Term, value: Term) -> bool:
    """Whether what is computed is a part of a value; work does not say for what type."""
    parts: Iterable[Sequence[object]] = within(value)
    return any((*one[:2], *one[3:]) == work for one in parts)


def _other_rows(forms: Forms, term: Term, node: Node) -> Lacking:
    """What cannot be kept; where it shows rows that the length of the result tells, these."""
    if not any(one[:1] == ("shaped",) and _is_of_length(one[1][0]) for one in within(term)):
        return _other(forms, node)
    calls = (one for one in node.walk() if isinstance(one, MethodCall) and one.args)
    shapes = [one.args[0] for one in calls if one.method == "reshape"]
    rows = [one.items[0] for one in shapes if isinstance(one, Items) and one.items]
    name = f"`{_line(forms.old, rows[0])}`, which comes" if rows else "which come"
    fact = f"the rows of the matrix before there is a result: {name} from the length of that"
    return Lacking(f"{fact}, in `{_line(forms.old, node)}`", node.span.start)


def _is_of_length(rows: Term) -> bool:
    """Whether a number is made of how long a vector of the core is."""
    return any(
        one[:2] == ("method", "len") and any(part[:1] == ("output",) for part in within(one[3]))
        for one in within(rows)
    )


def _other(forms: Forms, node: Node) -> Lacking:
    return Lacking(f"how to keep `{_line(forms.old, node)}` as it is", node.span.start)


def _line(held: HeldFunction, node: Node) -> str:
    text = held.source[node.span.start : node.span.end].decode("utf-8")
    first, *others = text.strip().splitlines() or [""]
    return f"{first.rstrip()} .." if others else first
