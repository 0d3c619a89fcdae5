"""What there is to say about a made-up indicator."""

from __future__ import annotations

from dataclasses import dataclass, field

SWEPT = ("usize", "f64", "u32", "i32")

NUMBERS = {"f64": "f64::NAN", "bool": "false", "i8": "0"}


@dataclass(frozen=True)
class Series:
    """An input array."""

    name: str
    element: str = "f64"
    optional: bool = False

    @property
    def slice(self) -> str:
        """Its type behind the name."""
        return self.typed("&[{}]")

    def typed(self, pattern: str) -> str:
        """The type that a pattern makes of the element."""
        made = pattern.format(self.element)
        return f"Option<{made}>" if self.optional else made


@dataclass(frozen=True)
class Choice:
    """The enum of a parameter: its name, variants with their texts, and who tells the texts.

    `told`: `from_str`, `as_str`, or empty, where they are the variants in snake case.
    `listed`: a range has a vector of them.
    """

    name: str
    variants: tuple[tuple[str, str], ...]
    told: str = ""
    listed: bool = False


@dataclass(frozen=True)
class Parameter:
    """A parameter: its kind in Rust, and its default as Rust text.

    The kind `choice` is the enum `choice`, the default one of its texts in quotes.
    """

    name: str
    kind: str
    default: str
    choice: Choice | None = None

    @property
    def type(self) -> str:
        """Its type in Rust."""
        return self.choice.name if self.choice is not None else self.kind

    @property
    def literal(self) -> str:
        """The default as a value of its type."""
        if self.choice is not None:
            named = {text: variant for variant, text in self.choice.variants}
            return f"{self.choice.name}::{named[self.default.strip(chr(34))]}"
        return f"String::from({self.default})" if self.kind == "String" else self.default

    def number(self, got: str) -> str:
        """A number that tells its values apart; `got` is one of them."""
        if self.kind == "bool":
            return f"f64::from(u8::from({got}))"
        if self.choice is not None:
            return f"{got}.number()"
        if self.kind == "String":
            return f"{got}.len() as f64"
        return f"{got} as f64"


@dataclass(frozen=True)
class Output:
    """A result."""

    name: str
    element: str = "f64"


@dataclass(frozen=True)
class Core:
    """An indicator.

    `kernel`: functions take one. `grid` is what the list of combinations is returned as: `Result`,
    `Vec`, or empty for an indicator without batch. `ranges` are the swept fields of the range,
    `all` or `first`; `renamed` gives the first another name. `into` is the form of the batch core:
    `range`, `combos`, `split` (a usual `_batch_inner`), `odd` (another one), `rows`, `taken` or
    `planes` (one buffer for all outputs) or empty. `stream` is
    what `update` returns: `option`, `plain`, or empty for none. `taken` is how functions take the
    parameters where there is no Input struct: `ref`, `value`, `first` (before the arrays) or
    `option`. `plain`: their fields are no options. `vectors`: the result is no struct.
    """

    name: str
    series: tuple[Series, ...] = (Series("data"),)
    parameters: tuple[Parameter, ...] = (Parameter("period", "usize", "9"),)
    outputs: tuple[Output, ...] = (Output("values"),)
    kernel: bool = True
    grid: str = "Result"
    ranges: str = "all"
    renamed: str = ""
    into: str = "range"
    stream: str = "option"
    strict: bool = False
    taken: str = ""
    plain: bool = False
    vectors: bool = False
    types: str = field(default="", compare=False)

    @property
    def x(self) -> str:
        """The prefix of its types."""
        return self.types or "".join(part.capitalize() for part in bare(self.name).split("_"))

    @property
    def swept(self) -> tuple[tuple[str, Parameter], ...]:
        """Fields of the range that are ranges, with their parameters."""
        found = [one for one in self.parameters if one.kind in SWEPT]
        found = found[:1] if self.ranges == "first" else found
        names = [
            self.renamed if self.renamed and at == 0 else one.name for at, one in enumerate(found)
        ]
        return tuple(zip(names, found, strict=True))

    @property
    def fixed(self) -> tuple[Parameter, ...]:
        """Parameters that a field of the range holds fixed."""
        kinds = ("bool", "choice")
        return tuple(one for one in self.parameters if one.kind in kinds and self.ranges == "all")

    @property
    def listed(self) -> tuple[Parameter, ...]:
        """Parameters of which the range has a list."""
        return tuple(one for one in self.fixed if one.choice is not None and one.choice.listed)

    def some(self, value: str) -> str:
        """A value of a parameter as its field holds it."""
        return value if self.plain else f"Some({value})"

    def got(self, one: Parameter, params: str = "params") -> str:
        """The value of a parameter."""
        held = f"{params}.{one.name}"
        copied = f"{held}.clone()" if one.kind == "String" or not self.plain else held
        return copied if self.plain else f"{copied}.unwrap_or({one.literal})"

    @property
    def window(self) -> Parameter | None:
        """The parameter that is the length of the warm-up."""
        return next((one for one in self.parameters if one.kind == "usize"), None)


def bare(name: str) -> str:
    """A name without the sign of a raw identifier."""
    return name.removeprefix("r#")
