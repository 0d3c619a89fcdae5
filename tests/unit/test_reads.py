"""What a piece of work has read is known, whatever was kept of the work before it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import bindcheck
from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.asked import Text
from bindcheck.analysis.keeping.reads import (
    UNFINISHED,
    KeptProperty,
    Memo,
    Reads,
    collected,
    note,
    once,
    remembered,
)
from bindcheck.checks import Checks, Unit
from bindcheck.model import ItemRef
from bindcheck.rules import RULES, Example
from bindcheck.testing import inputs_from

ROOT = Path(bindcheck.__file__).parent
OF_ITEMS = {
    # What is made of items, names and configuration alone: no body is asked for.
    "analysis/bindings/exports.py": {"Exports.hidden_classes", "Exports._known"},
    "analysis/bindings/kernel_names.py": {"KernelNames.enabled"},
    "analysis/bindings/class_members.py": {"Classes"},
    "analysis/bindings/roles.py": {"_Roles"},
    "analysis/cores/aliases.py": {"_may_have_alias", "_type"},
    "analysis/cores/index.py": {
        *(f"CoreFile.{name}" for name in ("functions", "_binding_impls", "free", "methods")),
        *(f"CoreFile.{name}" for name in ("structs", "enums", "aliases", "consts")),
    },
    "analysis/flow/world.py": {
        *(f"World.{name}" for name in ("cores", "_params", "on_slices", "senders")),
        *(f"World.{name}" for name in ("on_tokens", "macros")),
    },
    "analysis/linking/calls.py": {
        *("CallGraph._function_names", "CallGraph._of_types"),
        "CallGraph",  # it notes the calls of each function by name
    },
    "analysis/linking/expansions.py": {"Expansions._rules", "Expansions"},
    "analysis/linking/handed.py": {"Handed._iterators"},
    "analysis/linking/macro_made.py": {"MacroMade._handing", "MacroMade"},
    "analysis/linking/names.py": {"Names._module_names", "Names._names", "Names"},
    "analysis/linking/scopes.py": {"Scope", "Scopes"},
    "analysis/linking/tokens.py": {"options"},
    "analysis/linking/tree.py": {"_Walk"},
    "analysis/program.py": {"Program", "Program.python", "Program._registered"},
    "analysis/python/tested.py": {
        *(f"Tested.{name}" for name in ("bindings", "_read_names", "_reads", "_helpers")),
        *(f"Tested.{name}" for name in ("_makers", "_kernel_files")),
        "_is_test_file",
    },
    "analysis/ranges/callers.py": {"Carriers"},
    "analysis/threads/effects.py": {"Effects._dispatched"},
    "analysis/threads/lock_sharing.py": {"LockSharing._structs", "LockSharing._functions"},
    "analysis/threads/lock_types.py": {
        *(f"LockTypes.{name}" for name in ("_names", "_statics", "_aliases", "_variants")),
        *(f"LockTypes.{name}" for name in ("own", "_fields", "_of_std")),
    },
}
FILLED_AT_ONCE = {
    # Full when it is made, by what `once` notes, or empty at first: a memo does the rest.
    "analysis/anatomy.py": {"Anatomy", "_known"},  # its parents are made of its own nodes
    "analysis/costs/reach.py": {"Reach"},
    "analysis/failing/names.py": {"_positions"},
    "analysis/failing/stored.py": {"_known"},
    "analysis/flow/evaluate.py": {"Flow"},
    "analysis/ranges/endless.py": {"_Trial.origins"},
    "analysis/threads/locks.py": {"Locks"},
    "analysis/trials/trial.py": {"_outcomes"},
}
OF_ONE_LOOK = {
    # The state of one pass over a body or over the crate, which goes with it.
    "analysis/bindings/nightly_simd.py": {"_Seen"},
    "analysis/bindings/additions.py": {"Additions"},
    "analysis/bindings/module_objects.py": {"ModuleObjects"},
    "analysis/cores/api.py": {"_Pool"},
    "analysis/costs/moves.py": {"Moves"},
    "analysis/failing/replaced.py": {"Guards"},
    "analysis/fills/aliases.py": {"Aliases"},
    "analysis/fills/reading.py": {"Reading"},
    "analysis/flow/machine.py": {"Frame"},
    "analysis/flow/watch.py": {"Watch"},
    "analysis/linking/asking.py": {"Asking"},
    "analysis/linking/calls.py": {"_Walk"},
    "analysis/linking/linked.py": {"Bodies"},
    "analysis/python/stubs/match.py": {"_Match"},
    "analysis/python/tested.py": {"_Reads"},
    "analysis/ranges/origins.py": {"Origins"},
    "analysis/ranges/replay.py": {"Replay"},
    "analysis/trials/arguments.py": {"Given"},
    "analysis/trials/machine.py": {"Frame"},
    "analysis/threads/lock_types.py": {"Variables"},
    "analysis/threads/plain.py": {"Plain"},
    "analysis/trials/trial.py": {"_Trials"},
    "rules/pyo3_uses.py": {"_File"},
}
TABLES = ("dict", "set", "defaultdict", "Counter", "OrderedDict", "WeakKeyDictionary")
CACHES = ("cache", "lru_cache", "cached_property")


def test_what_lasts_is_kept_with_what_was_read() -> None:
    """A new cache in the analysis has to be a `Memo`, `once`, `remembered` or `KeptProperty`.

    If it is made without bodies, or goes with the look that it is for, it is listed above.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((*ROOT.glob("analysis/**/*.py"), *ROOT.glob("rules/**/*.py"))):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("analysis/keeping/"):
            found[name] = set(_caches(ast.parse(path.read_text())))
    known = {name: {*OF_ITEMS.get(name, ()), *FILLED_AT_ONCE.get(name, ())} for name in found}
    known = {name: {*some, *OF_ONE_LOOK.get(name, ())} for name, some in known.items()}
    assert {name: some for name, some in found.items() if some} == {
        name: some for name, some in known.items() if some
    }


def _caches(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        yield from _decorated(node, "")
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_empty_table(node.value):
            yield ast.unparse(node)
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            yield from _decorated(part, f"{node.name}.")  # type: ignore[union-attr]
        if isinstance(node, ast.ClassDef) and any(map(_makes_table, ast.walk(node))):
            yield node.name


def _decorated(node: ast.AST, owner: str) -> Iterator[str]:
    for one in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        called = one.func if isinstance(one, ast.Call) else one
        if ast.unparse(called).rpartition(".")[2] in CACHES:
            yield f"{owner}{node.name}"  # type: ignore[attr-defined]


def _makes_table(node: ast.AST) -> bool:
    """Whether an attribute is a table that is filled later on."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(one, ast.Attribute) for one in targets) and _is_table(node.value)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "field":
        made = [one.value for one in node.keywords if one.arg == "default_factory"]
        return any(ast.unparse(one) in TABLES for one in made)
    return False


def _is_table(node: ast.expr | None) -> bool:
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return isinstance(node, (ast.Dict, ast.Set)) or called.rpartition(".")[2] in TABLES


def _is_empty_table(node: ast.expr | None) -> bool:
    full = isinstance(node, ast.Dict) and node.keys
    return _is_table(node) and not full and not isinstance(node, ast.Set)


def test_nothing_but_the_program_has_bodies() -> None:
    """A body that is not asked of `Bodies` is not noted."""
    for path in (*ROOT.glob("analysis/**/*.py"), *ROOT.glob("rules/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "bodies":
                assert path.name in ("linked.py", "forgetting.py", "shared_calls.py", "asked.py"), (
                    path
                )
            if isinstance(node, ast.ImportFrom):
                assert "lower_body" not in [one.name for one in node.names], path


# --- the same reads in any order ------------------------------------------------------------------

EXAMPLES = [one for rule in RULES for one in (*rule.bad, *rule.good)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_reads_do_not_depend_on_what_was_done_before(rule: type) -> None:
    """Each piece of work alone reads what it reads among all others, in both orders."""
    for example in (*rule.bad, *rule.good):  # type: ignore[attr-defined]
        every = _reads(example, lambda units: units)
        assert every == _reads(example, lambda units: units[::-1])
        for work in every:
            alone = _reads(example, lambda units, work=work: [units[work]])  # type: ignore[misc]
            assert alone == {work: every[work]}


def _reads(
    example: Example, chosen: Callable[[list[Unit]], list[Unit]]
) -> dict[int, frozenset[Hashable]]:
    """The bodies and texts that pieces of work ask for, by number, in the order of `chosen`."""
    files = {"src/lib.rs": example.code, **dict(example.files)}
    program = inputs_from(files, example.pyo3).program
    rules = [rule for rule in RULES if rule.premise(program) is None]
    checks = Checks(program, rules)
    units = list(checks.units)
    with deep():
        for unit in chosen(units):
            checks.of(unit)
    reads = program.asked.reads.by_work
    works = [checks.work(unit) for unit in units]
    return {
        number: frozenset(_asked(work, reads)) for number, work in enumerate(works) if work in reads
    }


def _asked(work: Hashable, reads: Mapping[Hashable, Iterable[Hashable]]) -> Iterator[Hashable]:
    """Bodies and texts."""
    seen: set[Hashable] = {work}
    todo = [work]
    while todo:
        for one in reads[todo.pop()]:
            if isinstance(one, ItemRef) or (isinstance(one, tuple) and isinstance(one[0], Text)):
                yield one
            elif one not in seen:
                seen.add(one)
                todo.append(one)


# --- how it is kept -------------------------------------------------------------------------------

ONE, TWO, THREE = (ItemRef("a.rs", index) for index in range(3))


def _read(*refs: object) -> str:
    for one in refs:
        note(one)
    return "value"


def _down(frame: set[object]) -> frozenset[Hashable]:
    reads = Reads()
    reads.add("work", frame)
    return frozenset(reads.by_work["work"])


def test_who_gets_a_kept_value_has_read_what_it_was_made_of() -> None:
    memo: Memo[str, str] = Memo()
    for _ in range(2):
        value, frame = collected(memo.of, "key", _read, ONE, TWO)
        assert value == "value"
        assert _down(frame) == {ONE, TWO}


def test_what_is_kept_of_kept_values_was_made_of_the_same() -> None:
    inner: Memo[str, str] = Memo()
    outer: Memo[str, str] = Memo()

    def make() -> str:
        return _read(ONE) + inner.of("key", _read, TWO, THREE)

    for _ in range(2):
        _, frame = collected(outer.of, "key", make)
        assert _down(frame) == {ONE, TWO, THREE}


def test_who_waits_for_a_value_that_is_being_made_is_known() -> None:
    memo: Memo[str, str] = Memo()

    def make() -> str:
        return _read(ONE) + memo.cyclic("key", "nothing yet", make)

    value, frame = collected(memo.cyclic, "key", "nothing yet", make)
    assert value == "valuenothing yet"
    assert _down(frame) == {ONE, UNFINISHED.name}
    assert _down(collected(memo.cyclic, "key", "", make)[1]) == {ONE, UNFINISHED.name}


def test_what_is_made_once_is_known_by_name() -> None:
    @once
    def made(program: object) -> str:
        return _read(ONE, TWO)

    reads = Reads()
    program = object()
    for work in ("first", "second"):
        reads.add(work, collected(made, program)[1])
    (name,) = reads.by_work["first"]
    assert reads.by_work["second"] == (name,)
    assert {*reads.by_work[name]} == {ONE, TWO}


def test_functions_and_properties_note_what_they_have_read() -> None:
    @remembered(2)
    def made(number: int) -> str:
        return _read(ItemRef("a.rs", number))

    class Lasting:
        @KeptProperty
        def text(self) -> str:
            return _read(THREE)

    lasting = Lasting()
    for _ in range(2):
        assert _down(collected(made, 1)[1]) == {TWO}
        assert _down(collected(lambda: lasting.text)[1]) == {THREE}


def test_what_was_read_before_an_error_is_known() -> None:
    memo: Memo[str, str] = Memo()

    def fail() -> str:
        note(ONE)
        raise ZeroDivisionError

    def tries() -> None:
        with pytest.raises(ZeroDivisionError):
            memo.of("key", fail)

    assert _down(collected(tries)[1]) == {ONE}


def test_forgotten_values_are_made_anew() -> None:
    memo: Memo[ItemRef, str] = Memo()
    assert memo.of(ONE, lambda: "first") == "first"
    memo.forget(lambda key: key == TWO)
    assert memo.of(ONE, lambda: "second") == "first"
    memo.forget(lambda key: key == ONE)
    assert memo.of(ONE, lambda: "second") == "second"


def test_processes_put_together_what_they_have_read() -> None:
    reads, other = Reads(), Reads()
    reads.add("work", {ONE})
    other.add("work", {TWO})
    other.add("more", {THREE})
    reads.take_over(other.by_work)
    found = {work: {*read} for work, read in reads.by_work.items()}
    assert found == {"work": {ONE, TWO}, "more": {THREE}}
    assert all(len(read) == len({*read}) for read in reads.by_work.values())
