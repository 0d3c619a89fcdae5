"""What the audit says about one place in the source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bindcheck.fact import fact


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"

    @property
    def rank(self) -> int:
        """0 for advice, 2 for error: larger is worse."""
        return ("advice", "warning", "error").index(self.value)


class Confidence(StrEnum):
    """How sure we are."""

    CERTAIN = "certain"
    LIKELY = "likely"
    SUSPECT = "suspect"


class Safety(StrEnum):
    """Whether a fix may be applied unasked."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A range in a file: 1-based lines and columns, columns in characters, the end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __reduce__(self) -> tuple[type[Location], tuple[str, int, int, int, int]]:
        """What a frozen dataclass does by itself takes ten times as long to read back."""
        return Location, (self.path, self.line, self.column, self.end_line, self.end_column)


@fact
class Edit:
    """Replace the bytes `start_byte..end_byte` of a file by `text`.

    `text` ends its lines with a bare line feed; whoever applies it writes the line ends of the
    file.
    """

    path: str
    start_byte: int
    end_byte: int
    text: str


@fact
class Fix:
    """Edits that together remove the cause of a finding."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety


@fact
class Finding:
    """One cause at one place.

    `item` is the Rust name of the function or type; `missing` names the piece of the reference
    pattern that the generator can write; `cost` says in bytes or nanoseconds per element what the
    cause costs, where the facts tell; `help` is the one-line remedy. `made`: it is about text that
    calls of a macro make.
    """

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    location: Location
    item: str
    message: str
    help: str = ""
    missing: str | None = None
    cost: str | None = None
    fix: Fix | None = None
    fingerprint: str = ""
    made: bool = False
