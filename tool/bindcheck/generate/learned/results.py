"""In which form, and under which keys, a batch gives its matrices and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import bodies_of
from bindcheck.generate.learned.entries import Entries, Entry, with_word
from bindcheck.generate.learned.types import gives
from bindcheck.model import CoreApi, Role
from bindcheck.pattern import result_key

MATRICES = "matrices"
PARAMETERS = "parameters"

_OWN_ORDER = (MATRICES, PARAMETERS)
_OWN_ELEMENTS = (("usize", "u64"),)


@fact
class Keys:
    """What a batch's result has, and what it is called.

    `swept` is a pattern with `{param}`, empty for the plural; `exact` are those of the reference's
    own parameters. `outputs` is one with `{output}`; `only` holds for a core with one output, with
    `{output}` or `{name}` of the core, or neither. `lists`: the parameters of the rows are lists,
    not arrays; `elements` are the types that parameters of a type have there, if others. `order`
    tells what comes first. `bare`: the result is a tuple without keys, or the one thing that would
    be in it; it may do without parameters. `together`: these are one list of tuples there.
    """

    outputs: str = "{output}"
    only: str = "{output}"
    swept: str = ""
    exact: tuple[tuple[str, str], ...] = ()
    lists: bool = False
    elements: tuple[tuple[str, str], ...] = _OWN_ELEMENTS
    order: tuple[str, ...] = _OWN_ORDER
    bare: bool = False
    together: bool = False

    def of_param(self, field: str) -> str:
        """The key of the values of a parameter, by the name of its range."""
        known = dict(self.exact).get(field)
        return known or (self.swept.format(param=field) if self.swept else result_key(field))

    def of_outputs(self, names: Sequence[str], core: str) -> tuple[str, ...]:
        """The keys of matrices, by the names of the core's outputs."""
        pattern = self.only if len(names) == 1 else self.outputs
        return tuple(pattern.format(output=name, name=core) for name in names)

    def element(self, kind: str) -> str:
        """The type that the values of a parameter have in the result."""
        return dict(self.elements).get(kind, kind)

    @property
    def parameters_first(self) -> bool:
        """Whether the parameters of the rows come before the matrices."""
        return self.order[0] == PARAMETERS


OWN_KEYS = Keys()
"""Our own form, where no reference says anything else."""


def learned_keys(program: Program, reference: CoreApi) -> Keys:
    """The form of the reference's batch; ours where it tells nothing."""
    bodies = bodies_of(program, reference, Role.BATCH)
    if len(bodies) != 1:
        return OWN_KEYS
    entries = Entries(bodies[0], reference)
    keyed = entries.keyed()
    return _keyed(keyed, reference) if keyed else _bare(entries.returned(), reference)


def learned_single(program: Program, reference: CoreApi) -> SingleKeys:
    """How the reference's single binding gives its arrays; ours where it tells nothing."""
    bodies = bodies_of(program, reference, Role.SINGLE)
    if len(bodies) != 1 or "PyDict" not in gives(program, bodies[0].ref).names():
        return OWN_SINGLE
    shown = _shown(Entries(bodies[0], reference).keyed())
    if len(shown) != len(reference.outputs):
        return OWN_SINGLE
    many = _agreed([with_word(key, {"output": name}) for name, key in shown], "{output}")
    return SingleKeys(many, _only(shown, reference) if len(shown) == 1 else "")


@fact
class SingleKeys:
    """Patterns for the keys of a single call's dict, as those of a batch.

    `many` is for cores with several outputs, `only` for those with one: empty where their arrays
    are the result itself.
    """

    many: str = ""
    only: str = ""

    def of_outputs(self, names: Sequence[str], core: str) -> tuple[str, ...]:
        """The keys by the names of the core's outputs; none where the result is no dict."""
        pattern = self.only if len(names) == 1 else self.many
        return tuple(pattern.format(output=name, name=core) for name in names) if pattern else ()


OWN_SINGLE = SingleKeys()
"""Our own form, where no reference says anything else."""


# --- reading --------------------------------------------------------------------------------


def _keyed(entries: Sequence[Entry], core: CoreApi) -> Keys:
    """The form of a dict."""
    swept = tuple((one.param, one.key) for one in entries if one.param)
    shown = _shown(entries)
    arrays = [one.turned for one in entries if one.param]
    return Keys(
        outputs=_agreed([with_word(key, {"output": name}) for name, key in shown], "{output}"),
        only=_only(shown, core),
        swept=_swept(swept),
        exact=swept,
        lists=bool(arrays) and not any(arrays),
        elements=_elements(entries, core),
        order=_order(entries) if swept else _OWN_ORDER,
    )


def _bare(entries: Sequence[Entry], core: CoreApi) -> Keys:
    """The form of a tuple, if all of its parts are known, each kind in one place."""
    order = _order(entries)
    known = all(one.matrix or one.param or one.params for one in entries)
    kinds = [one.matrix for one in entries]
    mixed = sum(left != right for left, right in pairwise(kinds)) > 1
    if MATRICES not in order or not known or mixed:
        return OWN_KEYS
    arrays = [one.turned for one in entries if not one.matrix]
    return Keys(
        lists=bool(arrays) and not any(arrays),
        elements=_elements(entries, core),
        order=order,
        bare=True,
        together=any(one.params for one in entries),
    )


def _order(entries: Sequence[Entry]) -> tuple[str, ...]:
    kinds = [MATRICES if one.matrix else PARAMETERS for one in entries if one.matrix or one.about]
    return tuple(dict.fromkeys(kinds))


def _shown(entries: Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    """Outputs with their keys."""
    return tuple((one.output, one.key) for one in entries if one.output)


def _only(shown: Sequence[tuple[str, str]], core: CoreApi) -> str:
    """What the key of a single output is made of."""
    if len(core.outputs) != 1 or len(shown) != 1:
        return "{output}"
    name, key = shown[0]
    words = {"output": name, "name": core.name.rpartition("::")[2]}
    return with_word(key, words) or key


def _swept(swept: Sequence[tuple[str, str]]) -> str:
    """What the keys of all parameters have in common, beyond being plurals."""
    if all(key == result_key(name) for name, key in swept):
        return ""
    return _agreed([with_word(key, {"param": name}) for name, key in swept], "")


def _elements(entries: Sequence[Entry], core: CoreApi) -> tuple[tuple[str, str], ...]:
    """The types that the values of parameters have, by the type in the core."""
    kinds = {one.name: one.type.name for one in core.params}
    made = {kinds[name]: element for one in entries for name, element in one.elements if element}
    return tuple(sorted({**dict(_OWN_ELEMENTS), **made}.items()))


def _agreed(patterns: Sequence[str], fallback: str) -> str:
    """The pattern that all keys follow."""
    return patterns[0] if patterns and len(set(patterns)) == 1 and patterns[0] else fallback
