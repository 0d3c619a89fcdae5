"""What Python sees of a binding, as stubs and tests say it."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence

from bindcheck.fact import fact
from bindcheck.generate.arguments import SeriesArgument
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.exceptions import Raised
from bindcheck.generate.learned.heads import OWN_HEADS, Heads
from bindcheck.generate.learned.results import MATRICES, OWN_KEYS, PARAMETERS, Keys
from bindcheck.model import OutputField

_NUMPY = {"f64": "float64", "f32": "float32", "bool": "bool", "usize": "uintp", "isize": "intp"}


@fact
class PythonArgument:
    """An argument as Python writes it: name, annotation, default text (empty: none) and meaning."""

    name: str
    type: str
    default: str = ""
    doc: str = ""

    @property
    def declaration(self) -> str:
        """`period: int = 9`."""
        tail = f" = {self.default}" if self.default else ""
        return f"{self.name}: {self.type}{tail}"


@fact
class Key:
    """An entry of a batch's dict."""

    name: str
    type: str


@fact
class PythonBinding:
    """All that a stub or a test says about an indicator. Absent parts are None or empty.

    `docs` are what the docstrings of single, batch and stream begin with.
    `arguments` and `batch_arrays` are the arrays of one call and of a batch: one that may be left
    out has a default only where nothing behind it must be given. `keys` are those of the outputs in
    the result of a batch. `refused` is what a single call refuses, `raised` the exceptions that it
    does so with; `batch_raised` and `kernel_raised` are those of a batch, and of kernels. `shaped`
    is the array that its results are as long as, empty where nothing says so; `warms_up`: they
    begin with NaN. `heads` tells how a kernel is given. `single_keys` are those of the
    dict of a single call, none where it gives arrays; `form` is that of a batch. `layouts` are
    those that a single call and a batch take arrays of; `layout_raised` are the exceptions for
    others, where they are the binding's own. `words` are what the outputs are called, none where
    nothing calls them anything.
    """

    name: str
    docs: Mapping[str, str]
    prefix: str
    strict: bool
    series: tuple[SeriesArgument, ...]
    outputs: tuple[OutputField, ...]
    single: str
    batch: str
    stream: str
    kernel: bool
    batch_kernel: bool
    arguments: tuple[PythonArgument, ...]
    batch_arrays: tuple[PythonArgument, ...]
    parameters: tuple[PythonArgument, ...]
    ranges: tuple[PythonArgument, ...]
    swept: tuple[Key, ...]
    stream_parameters: tuple[PythonArgument, ...]
    stream_values: tuple[PythonArgument, ...]
    stream_returns: str
    stream_method: str
    keys: tuple[str, ...]
    raised: tuple[Raised, ...]
    batch_raised: tuple[Raised, ...]
    kernel_raised: tuple[Raised, ...]
    refused: tuple[str, ...] = ()
    shaped: str = ""
    warms_up: bool = True
    heads: Heads = OWN_HEADS
    single_keys: tuple[str, ...] = ()
    form: Keys = OWN_KEYS
    layouts: tuple[str, str] = ("any", "any")
    layout_raised: tuple[Raised, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def typed_dict(self) -> str:
        """Name of the type of a batch's result."""
        return f"_{self.prefix}Batch"

    @property
    def single_dict(self) -> str:
        """Name of the type of a single call's result, where that is a dict."""
        return f"_{self.prefix}Result" if self.single_keys else ""

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """The keys of a batch's dict, with the annotations of what they hold."""
        matrices = zip(self.keys, self._arrays, strict=True)
        swept = ((one.name, one.type) for one in self.swept)
        return (*swept, *matrices) if self.form.parameters_first else (*matrices, *swept)

    @property
    def keys_are_names(self) -> bool:
        """Whether the keys of a batch's result can be written as names."""
        return not any(keyword.iskeyword(key) for key, _ in self.entries)

    @property
    def streams_outputs(self) -> bool:
        """Whether `update` gives one value per output."""
        bare = self.stream_returns.removesuffix(" | None")
        count = bare.count(",") + 1 if bare.startswith("tuple[") else 1
        return count == len(self.outputs)

    @property
    def single_entries(self) -> tuple[tuple[str, str], ...]:
        """The keys of a single call's dict, with the annotations of what they hold."""
        return tuple(zip(self.single_keys, self._arrays, strict=False))

    @property
    def single_keys_are_names(self) -> bool:
        """Whether these keys can be written as names."""
        return not any(keyword.iskeyword(key) for key in self.single_keys)

    @property
    def _arrays(self) -> list[str]:
        return [array_type(one.element) for one in self.outputs]

    @property
    def returns(self) -> str:
        """Annotation of a single call's result."""
        return self.single_dict or _one_or_all(self._arrays)

    @property
    def batch_returns(self) -> str:
        """Annotation of a batch's result."""
        if not self.form.bare:
            return self.typed_dict
        parts = {MATRICES: self._arrays, PARAMETERS: self._rows}
        return _one_or_all([one for kind in self.form.order for one in parts[kind]])

    @property
    def bare_parts(self) -> tuple[str, ...]:
        """What a result without keys has, in words."""
        shape = f"of shape (combinations, ``len({self.batch_arrays[0].name})``)"
        names = ", ".join(self.words) or f"{len(self.outputs)} of them,"
        matrices = f"matrices {names} {shape}" if len(self.outputs) > 1 else f"a matrix {shape}"
        each = "the parameters of each combination"
        said = {
            MATRICES: matrices,
            PARAMETERS: each if self.form.together else f"{each}, one by one",
        }
        return tuple(said[kind] for kind in self.form.order if kind == MATRICES or self.swept)

    @property
    def bare_names(self) -> tuple[str | None, ...]:
        """A name for each part of a result without keys; None for parameters that are together."""
        swept = tuple(one.name for one in self.swept)
        together: tuple[str | None, ...] = (None,) if swept and self.form.together else swept
        parts = {MATRICES: self.keys, PARAMETERS: together}
        return tuple(name for kind in self.form.order for name in parts[kind])

    @property
    def _rows(self) -> list[str]:
        """Annotations of the parameters in a result without keys."""
        kinds = [one.type for one in self.swept]
        if not self.form.together or not kinds:
            return kinds
        bare = ", ".join(one.removeprefix("list[").removesuffix("]") for one in kinds)
        return [f"list[tuple[{bare}]]"]


def _one_or_all(kinds: Sequence[str]) -> str:
    """The annotation of one value, or of a tuple of several."""
    return kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]"


def array_type(element: str) -> str:
    """`NDArray[np.float64]`."""
    return f"NDArray[np.{numpy_type(element)}]"


def numpy_type(element: str) -> str:
    """NumPy's name for a Rust number."""
    if element in _NUMPY:
        return _NUMPY[element]
    kinds = {"u": "uint", "i": "int"}
    if element[:1] in kinds and element[1:].isdigit():
        return f"{kinds[element[:1]]}{element[1:]}"
    raise Lacking(f"a NumPy type for `{element}`")
