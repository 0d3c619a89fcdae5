"""What the expressions of a binding stand for, as far as its interface is concerned."""

from __future__ import annotations

from dataclasses import field

from bindcheck.fact import fact


@fact
class Code:
    """An expression over arguments, slices of input arrays, `combos`, `rows` and `cols`.

    `uses` are the names among those that it mentions; `atomic` if it needs no parentheses.
    """

    text: str
    uses: frozenset[str] = frozenset()
    atomic: bool = False

    @property
    def inner(self) -> str:
        """The text as part of another expression."""
        return self.text if self.atomic else f"({self.text})"


@fact
class Array:
    """The values of an input array; `raw` is the array as Python gives it, not yet a slice."""

    argument: str
    raw: bool = field(default=False, compare=False)


@fact
class Kernel:
    """The kernel that an argument names.

    `auto` is what takes the place of Auto, where the binding says: empty is what all bindings take.
    `text` is how the binding makes it, `odd` whether that is not the usual way.
    """

    argument: str
    auto: str | None = None
    text: str = ""
    odd: bool = False


@fact
class Output:
    """A vector of the result or the array that it becomes; `element` is what a cast makes of it.

    `shape` is what it is reshaped to, empty where it is flat, and `shaped_by` the names in that.
    """

    name: str
    element: str = ""
    shape: str = ""
    shaped_by: frozenset[str] = field(default=frozenset(), compare=False)


@fact
class Memory:
    """An array or vector that is still to be filled; `number` tells it from others.

    `code` makes it, where nothing has to be known to tell what is in it; `made` is what makes a
    vector before anything is written, `size` how long an array of one dimension is,
    `shape` what it is reshaped to, empty where it is flat, `shaped_by` the names in that. `zeroed`:
    there are zeros in it.
    """

    number: int
    code: Code | None = None
    made: Code | None = field(default=None, compare=False)
    size: Code | None = field(default=None, compare=False)
    shape: str = field(default="", compare=False)
    shaped_by: frozenset[str] = field(default=frozenset(), compare=False)
    zeroed: bool = field(default=False, compare=False)


@fact
class Whole:
    """The result of one call, or of a grid (`batch`); of `other` types only the grid is known."""

    batch: bool = False
    other: bool = False


@fact
class Several:
    """A tuple of symbols."""

    items: tuple[Symbol, ...]


@fact
class Dict:
    """A Python dict that the binding fills; `number` tells it from others."""

    number: int


@fact
class Names:
    """A variable that stands for each of some texts, one after the other."""

    texts: tuple[str, ...]


@fact
class Unknown:
    """Anything else."""

    why: str = ""


CHANGED = "?"
"""The element of an output that the binding changes itself."""

Symbol = Code | Array | Kernel | Output | Memory | Whole | Several | Dict | Names | Unknown

UNKNOWN = Unknown()
UNSET = Unknown("a variable without a value yet")
