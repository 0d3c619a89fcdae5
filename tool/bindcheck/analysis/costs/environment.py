"""What a binding asks the system on every call although the answer never changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bindcheck.analysis.costs.contexts import Context, Placed
from bindcheck.analysis.costs.reach import Reach, deeper, mentions, placed_in, reach_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import INTEGERS
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Call,
    EntryPoint,
    Function,
    ItemRef,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    TypeRef,
    Unary,
)

WORDS = (b"env::var", b"var_os(", b"available_parallelism", b"num_cpus", b'"/proc/', b'"/sys/')
_VARIABLES = frozenset({"var", "var_os"})
_COUNTS = frozenset({"get", "get_physical"})
_FIXED_FILES = re.compile(r"/proc/(?:cpuinfo|version|sys/|1/|self/cgroup|filesystems)|/sys/")
_KEEPS = frozenset({"set", "store", "swap", "compare_exchange", "get_or_init", "insert"})
_SETTINGS = INTEGERS | {"bool"}
_SHORTEST_NAME = 5


@fact
class Asked:
    """The system is asked at `place`: `what` is called, `key` asked for, as it is written."""

    place: Place
    what: str
    key: str


def asked_per_call(program: Program, entry: EntryPoint) -> tuple[Asked, ...]:
    """What an entry point asks the system each time it is called."""
    return program.keep("asked per call", lambda: _by_entry(program)).get(entry.ref, ())


def _by_entry(program: Program) -> dict[ItemRef, tuple[Asked, ...]]:
    reach = _reach(program)
    found: dict[ItemRef, tuple[Asked, ...]] = {}
    for ref in reach.functions():
        for asked, entries in _asked(reach, ref) if mentions(program, ref, WORDS) else ():
            for entry in entries:
                if _works(program, entry):
                    found[entry.ref] = (*found.get(entry.ref, ()), asked)
    return found


def _reach(program: Program) -> Reach:
    """What entry points reach, the cores included that ask themselves or call somebody who does."""
    words = (*WORDS, *_readers(program, reach_of(program)))
    return deeper(program, lambda ref: mentions(program, ref, words))


def _readers(program: Program, known: Reach) -> Iterator[bytes]:
    """How a call of each free function looks that asks the system and that no call leads to yet."""
    for path, module in program.modules.items():
        for ref in _asking(program, path) if path not in program.unreached else ():
            if ref not in known.ways:
                yield f"{module.functions[ref.index].name}(".encode()


@answered("functions that ask the system")
def _asking(program: Program, path: str) -> tuple[ItemRef, ...]:
    """The free functions of a file in which words of such questions stand."""
    asks = program.file_mentions(path, WORDS)
    functions = program.modules[path].functions
    if not asks or not program.active(program.inherited_cfg(path), path):
        return ()
    free = (
        ItemRef(path, index)
        for index, function in enumerate(functions)
        if not function.owner and len(function.name) >= _SHORTEST_NAME
    )
    return tuple(ref for ref in free if mentions(program, ref, WORDS))


def _asked(reach: Reach, ref: ItemRef) -> Iterator[tuple[Asked, tuple[EntryPoint, ...]]]:
    """Each question in a function with the entry points that ask it."""
    for asked, index in _asked_in(reach.program, ref):
        if index is None:
            yield asked, reach.leading(ref, _each_time)
        else:
            yield from _handed(reach, ref, index, asked)


@answered("questions to the system")
def _asked_in(program: Program, ref: ItemRef) -> tuple[tuple[Asked, int | None], ...]:
    """Questions of one function, each with the parameter that says which variable is read."""
    nodes = tuple(placed_in(program, ref))
    found: dict[tuple[int, str], tuple[Asked, int | None]] = {}
    for node, context in () if _keeps(nodes) else nodes:
        asked = _question(node, Place(ref, node.span))
        if asked is not None and _each_time(context):
            index = _parameter(program.function(ref), node)
            found.setdefault((node.span.start, asked.what), (asked, index))
    return tuple(found.values())


def _each_time(context: Context) -> bool:
    return not (context.once or context.elsewhere)


def _keeps(nodes: Iterable[Placed]) -> bool:
    """Whether a function puts something into a static: it asks until it knows."""
    return any(
        isinstance(node, MethodCall) and node.method in _KEEPS and _is_static(node.receiver)
        for node, _ in nodes
    )


def _is_static(node: Node) -> bool:
    while isinstance(node, MethodCall):
        node = node.receiver
    return isinstance(node, Path) and node.last.isupper()


def _question(node: Node, place: Place) -> Asked | None:
    if isinstance(node, Call) and isinstance(node.function, Path):
        return _called(node.function, node.args, place)
    if isinstance(node, Path):
        return _counted(node, place)
    return None


def _called(path: Path, args: tuple[Node, ...], place: Place) -> Asked | None:
    owner, name = ("", *path.segments)[-2:]
    if name in _VARIABLES and (owner == "env" or name == "var_os") and args:
        key = args[0].value if isinstance(args[0], Unary) else args[0]
        return Asked(place, f"env::{name}", written) if (written := _written(key)) else None
    file = next((arg for arg in args if isinstance(arg, Literal)), None)
    fixed = file is not None and _FIXED_FILES.match(file.text)
    return Asked(place, path.last, _written(file)) if fixed else None


def _written(key: Node | None) -> str:
    """A name as it is written: a text in quotes, or a constant."""
    if isinstance(key, Literal):
        return f'"{key.text}"'
    return key.text if isinstance(key, Path) else ""


def _counted(path: Path, place: Place) -> Asked | None:
    """`num_cpus::get` and `available_parallelism`, called or handed over as a function."""
    owner, name = ("", *path.segments)[-2:]
    if name == "available_parallelism":
        return Asked(place, name, "")
    return Asked(place, f"num_cpus::{name}", "") if _is_count(owner, name) else None


def _is_count(owner: str, name: str) -> bool:
    return owner == "num_cpus" and name in _COUNTS


def _parameter(function: Function, node: Node) -> int | None:
    """The index of the parameter that says which variable is read."""
    if not (isinstance(node, Call) and node.args):
        return None
    key = node.args[0].value if isinstance(node.args[0], Unary) else node.args[0]
    names = [param.name for param in function.params]
    return names.index(key.text) if isinstance(key, Path) and key.text in names else None


def _handed(
    reach: Reach, ref: ItemRef, index: int, asked: Asked
) -> Iterator[tuple[Asked, tuple[EntryPoint, ...]]]:
    """A helper that reads the variable it is given: the calls with a fixed name ask."""
    for way, node, context in reach.calls_of(ref):
        if not isinstance(node, (Call, MacroCall)) or len(node.args) <= index:
            continue
        key = node.args[index]
        if isinstance(key, Literal) and _each_time(context) and not _keeps(reach.nodes(way.caller)):
            at = Asked(Place(way.caller, way.span), asked.what, _written(key))
            yield at, reach.leading(way.caller, _each_time)


def _works(program: Program, entry: EntryPoint) -> bool:
    """Whether an entry point is called to work on something.

    One that takes nothing, or counts and flags alone, tells what there is or sets it up: it is not
    called often, and asking may be its purpose. So are constructors.
    """
    function = program.function(entry.ref)
    if entry.constructor:
        return False
    if function.receiver:
        return True
    types = [param.type for param in function.params if param.type is not None]
    return any(_is_matter(one) for one in types)


def _is_matter(type_: TypeRef) -> bool:
    peeled = type_.peel()
    if peeled.name == "Option" and peeled.args:
        return _is_matter(peeled.args[0])
    return peeled.name not in _SETTINGS and peeled.name != "Python"
