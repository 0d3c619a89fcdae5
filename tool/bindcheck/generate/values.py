"""Values of cores, recorded by running them without their binding, kept beside the tests."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.jsonfile import JsonFile, changed
from bindcheck.write import Change

NAME = "bindcheck_values.json"
_VERSION = 1

_HEAD, _SPREAD, _TAIL = 8, 48, 8
"""How many values are kept from the first number on, over the whole length, and at the end."""

Number = float | int
Value = bool | int | float | str | None


@fact
class Recorded:
    """What is recorded of one core.

    `release` is the version of its crate, `source` the digest of its code, `kernel` the one that
    ran (empty: it takes none), `dependencies` are versions of crates that it uses. `points` are
    calls: parameters with a summary of each output.
    """

    release: str
    source: str
    length: int
    kernel: str
    points: tuple[Mapping[str, Any], ...]
    dependencies: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The record as JSON writes it."""
        return {
            "release": self.release,
            "source": self.source,
            "length": self.length,
            "kernel": self.kernel,
            **({"dependencies": dict(self.dependencies)} if self.dependencies else {}),
            "points": list(self.points),
        }


@fact
class Values:
    """Records by indicator; `old` is the file as it was read."""

    path: Path
    old: bytes | None
    by_name: Mapping[str, Recorded]

    @classmethod
    def read(cls, folder: Path) -> Values:
        """The records in a folder of tests; a missing file records nothing."""
        file = JsonFile.read(folder / NAME, _VERSION, "indicators")
        records = {str(name): _record(str(name), one, file.path) for name, one in file.part.items()}
        return cls(file.path, file.old, records)

    def of(self, name: str) -> Recorded | None:
        """What is recorded of an indicator."""
        return self.by_name.get(name)

    def with_records(self, records: Mapping[str, Recorded]) -> Values:
        """This, with new records in place of old ones."""
        return Values(self.path, self.old, {**self.by_name, **records})

    def change(self) -> Change | None:
        """The change to the file; None when it is as it should be, or there is none to make."""
        if self.old is None and not self.by_name:
            return None
        content = _written(self.by_name)
        return changed(self.path, self.old, content)


def _written(records: Mapping[str, Recorded]) -> bytes:
    """One line for each call, so that a difference shows which values changed."""
    lines = ["{", f' "version": {_VERSION},', ' "indicators": {']
    entries = []
    for name, one in sorted(records.items()):
        head = {key: value for key, value in one.document().items() if key != "points"}
        points = ",\n".join(f"   {_compact(point)}" for point in one.points)
        entries.append(f'  {_compact(name)}: {_compact(head)[:-1]},"points":[\n{points}\n  ]}}')
    lines += [",\n".join(entries), " }", "}"]
    return ("\n".join(lines) + "\n").encode()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# --- summaries ------------------------------------------------------------------------------


def summary(name: str, numbers: Sequence[Number]) -> dict[str, Any]:
    """What is kept of an output: values at some places, how many are NaN, the sum of magnitudes."""
    places = kept_places(numbers)
    finite = [abs(one) for one in numbers if math.isfinite(one)]
    return {
        "name": name,
        "nan": sum(1 for one in numbers if math.isnan(one)),
        "magnitude": math.fsum(finite),
        "at": places,
        "values": [_shown(numbers[at]) for at in places],
    }


def kept_places(numbers: Sequence[Number]) -> list[int]:
    """The last NaN of the warm-up, what follows it, places all over, and the end."""
    length = len(numbers)
    begin = next((at for at, one in enumerate(numbers) if not math.isnan(one)), 0)
    places = {*range(max(0, begin - 1), begin + _HEAD), *range(length - _TAIL, length)}
    places |= {at * length // _SPREAD for at in range(_SPREAD)}
    return sorted(at for at in places if 0 <= at < length)


def _shown(number: Number) -> Number | str:
    """JSON has no word for what is not finite; NumPy reads these."""
    return number if math.isfinite(number) else str(number)


# --- reading --------------------------------------------------------------------------------


_FIELDS: Mapping[str, type] = {"release": str, "source": str, "length": int, "kernel": str}


def _record(name: str, record: object, path: Path) -> Recorded:
    if not isinstance(record, Mapping):
        raise BindcheckError(f"{name}: must hold a record", path)
    for key, kind in _FIELDS.items():
        if not isinstance(record.get(key), kind):
            raise BindcheckError(f"{name}: has no `{key}`", path)
    points = record.get("points")
    if not isinstance(points, list) or not points or not all(map(_is_point, points)):
        raise BindcheckError(f"{name}: has no `points` with `parameters` and `outputs`", path)
    dependencies = record.get("dependencies", {})
    if not isinstance(dependencies, Mapping) or not all(map(_is_text, dependencies.values())):
        raise BindcheckError(f"{name}: its `dependencies` are no versions", path)
    return Recorded(
        release=record["release"],
        source=record["source"],
        length=record["length"],
        kernel=record["kernel"],
        points=tuple(points),
        dependencies=dict(dependencies),
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_point(point: object) -> bool:
    return (
        isinstance(point, Mapping)
        and isinstance(point.get("parameters"), Mapping)
        and isinstance(point.get("outputs"), list)
    )
