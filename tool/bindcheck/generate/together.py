"""Indicators, read by all processes of a crew together.

What each process has read goes to the first, without what all of them have: the program with its
cores and entry points, and what its modules can name.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bindcheck.crew import Crew
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.formatting import formatted
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_views import Viewed
from bindcheck.generate.reader import Reader
from bindcheck.model import CoreApi
from bindcheck.rustfmt import Formatter


@fact
class Together:
    """Reads and formats indicators; `viewed` is what is wanted of their Python side."""

    reader: Reader
    formatter: Formatter
    viewed: Viewed

    def read(
        self, cores: Sequence[CoreApi], sources: Mapping[str, bytes], crew: Crew
    ) -> list[Indicator]:
        """The indicators of the cores; of a crew the first process comes back with them.

        An error of several is that of the first core: who meets one leaves the core to the first
        process, which reads what is left in order.
        """
        done: dict[int, Indicator] = {}
        for at in crew.draw([core.path for core in cores]):
            with suppress(BindcheckError):
                done[at] = self.reader.read(cores[at], sources[cores[at].path])
        done = self._finished(done)
        handed = crew.hand_over(done if crew.is_first else self._packed(done))
        for part in handed:
            done.update(part if isinstance(part, dict) else self._unpacked(part))
        left = [at for at in range(len(cores)) if at not in done]
        rest = {at: self.reader.read(cores[at], sources[cores[at].path]) for at in left}
        done.update(self._finished(rest))
        return [done[at] for at in range(len(cores))]

    def _finished(self, done: Mapping[int, Indicator]) -> dict[int, Indicator]:
        """Indicators with their texts formatted, and with views of those."""
        made = formatted(list(done.values()), self.formatter)
        return {at: one.viewed(self.viewed) for at, one in zip(done, made, strict=True)}

    # --- from process to process -------------------------------------------------------------

    def _shared(self) -> tuple[object, ...]:
        """What every process has, in an order that is the same for all."""
        program, style = self.reader.program, self.reader.style
        return (program, style.reach, *program.cores, *program.entries)

    def _packed(self, done: dict[int, Indicator]) -> bytes:
        text = io.BytesIO()
        _Packer(text, self._shared()).dump(done)
        return text.getvalue()

    def _unpacked(self, data: bytes) -> dict[int, Indicator]:
        found: dict[int, Indicator] = _Unpacker(io.BytesIO(data), self._shared()).load()
        return found


class _Packer(pickle.Pickler):
    """Writes numbers in place of what the reader has as well."""

    def __init__(self, file: io.BytesIO, shared: Iterable[object]):
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = {id(one): at for at, one in enumerate(shared) if one is not None}

    def persistent_id(self, one: Any) -> int | None:
        """The number of what is shared."""
        return self._numbers.get(id(one))


class _Unpacker(pickle.Unpickler):
    """Reads what is shared by its number."""

    def __init__(self, file: io.BytesIO, shared: Sequence[object]):
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, number: int) -> object:
        """What has this number."""
        return self._shared[number]
