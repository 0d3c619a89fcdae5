"""Under which keys, and as what, a batch gives its matrices and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.model import (
    Call,
    Closure,
    CoreApi,
    FieldAccess,
    Literal,
    MethodCall,
    Node,
    Path,
    Role,
)
from bindcheck.pattern import result_key

_ARRAYS = frozenset({"reshape", "into_pyarray", "to_pyarray", "reshape_with_order"})
_TURNED = frozenset({"into_pyarray", "to_pyarray"})


@fact
class Keys:
    """Keys of a batch's result.

    `swept` is a pattern with `{param}`, empty for the plural; `exact` are those of the reference's
    own parameters. `outputs` is one with `{output}`; `only` holds for a core with one output, with
    `{output}` or `{name}` of the core, or neither. `lists`: the parameters of the rows are lists,
    not arrays.
    """

    outputs: str = "{output}"
    only: str = "{output}"
    swept: str = ""
    exact: tuple[tuple[str, str], ...] = ()
    lists: bool = False

    def of_param(self, field: str) -> str:
        """The key of the values of a parameter, by the name of its range."""
        known = dict(self.exact).get(field)
        return known or (self.swept.format(param=field) if self.swept else result_key(field))

    def of_outputs(self, names: Sequence[str], core: str) -> tuple[str, ...]:
        """The keys of matrices, by the names of the core's outputs."""
        pattern = self.only if len(names) == 1 else self.outputs
        return tuple(pattern.format(output=name, name=core) for name in names)


OWN_KEYS = Keys()
"""Our own form, where no reference says anything else."""


def learned_keys(program: Program, reference: CoreApi) -> Keys:
    """The keys of the reference's batch; ours where it tells nothing."""
    bodies = bodies_of(program, reference, Role.BATCH)
    if len(bodies) != 1:
        return OWN_KEYS
    return _Read(bodies[0], reference).keys()


@fact
class _Entry:
    """An entry of the reference's result: the parameter or output that it holds, if known."""

    key: str
    param: str = ""
    output: str = ""
    turned: bool = False


@fact
class _Read:
    body: Body
    core: CoreApi

    def keys(self) -> Keys:
        entries = [self._entry(key, value) for key, value in self._given()]
        swept = tuple((one.param, one.key) for one in entries if one.param)
        shown = tuple((one.output, one.key) for one in entries if one.output)
        if not entries:
            return OWN_KEYS
        arrays = [one.turned for one in entries if one.param]
        return Keys(
            outputs=_agreed([_with(key, {"output": name}) for name, key in shown], "{output}"),
            only=self._only(shown),
            swept=self._swept(swept),
            exact=swept,
            lists=bool(arrays) and not any(arrays),
        )

    def _given(self) -> Iterator[tuple[str, Node]]:
        for node in self.body.block.walk():
            if isinstance(node, MethodCall) and node.method == "set_item" and len(node.args) == 2:
                key, value = node.args
                if isinstance(key, Literal) and key.kind == "str" and "{" not in key.text:
                    yield key.text, value

    def _entry(self, key: str, value: Node) -> _Entry:
        chain = list(self.body.chain(value))
        turned = any(_is_turned(one) for one in chain)
        param = self._param(chain)
        if param:
            return _Entry(key, param=param, turned=turned)
        if not any(_is_array(one) for one in chain):
            return _Entry(key)
        return _Entry(key, output=self._output(key, chain), turned=turned)

    def _param(self, chain: Sequence[Node]) -> str:
        """The parameter of each combination that a value is about."""
        names = [one.name for one in self.core.params]
        for node in chain:
            inside = node.body.walk() if isinstance(node, Closure) else (node,)
            for part in inside:
                if isinstance(part, FieldAccess) and part.name in names:
                    return part.name
        return ""

    def _output(self, key: str, chain: Sequence[Node]) -> str:
        """The output that a matrix is: the only one, or the one that its making names."""
        names = [one.name for one in self.core.outputs]
        if len(names) == 1:
            return names[0]
        said = {part.name for part in chain if isinstance(part, FieldAccess)}
        said |= {part.last for part in chain if isinstance(part, Path)}
        found = [one for one in names if one in said]
        found = found or [one for one in names if any(one in text.split("_") for text in said)]
        found = found or [one for one in names if one in key]
        return found[0] if len(found) == 1 else ""

    def _only(self, shown: Sequence[tuple[str, str]]) -> str:
        """What the key of a single output is made of."""
        if len(self.core.outputs) != 1 or len(shown) != 1:
            return "{output}"
        name, key = shown[0]
        words = {"output": name, "name": self.core.name.rpartition("::")[2]}
        return _with(key, words) or key

    def _swept(self, swept: Sequence[tuple[str, str]]) -> str:
        """What the keys of all parameters have in common, beyond being plurals."""
        if all(key == result_key(name) for name, key in swept):
            return ""
        return _agreed([_with(key, {"param": name}) for name, key in swept], "")


def _with(key: str, words: dict[str, str]) -> str:
    """A key with a word of the reference left open; empty where none occurs once."""
    for word, value in words.items():
        if value and key.count(value) == 1:
            return key.replace(value, f"{{{word}}}")
    return ""


def _agreed(patterns: Sequence[str], fallback: str) -> str:
    """The pattern that all keys follow."""
    return patterns[0] if patterns and len(set(patterns)) == 1 and patterns[0] else fallback


def _is_turned(node: Node) -> bool:
    """Whether a value becomes an array of NumPy here."""
    if isinstance(node, MethodCall):
        return node.method in _TURNED
    return isinstance(node, Call) and isinstance(node.function, Path) and _of_numpy(node.function)


def _of_numpy(path: Path) -> bool:
    return any(one.startswith("PyArray") for one in path.segments)


def _is_array(node: Node) -> bool:
    return _is_turned(node) or (isinstance(node, MethodCall) and node.method in _ARRAYS)
