"""Which findings a run reports: those in the files that were named, wherever they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bindcheck.discover import display, source_folder
from bindcheck.load import Inputs

_PYTHON = (".py", ".pyi")


@dataclass(frozen=True)
class Reported:
    """The files of a run, and what else is about them."""

    inputs: Inputs

    def shows(self, path: str, item: str, subject: str | None = None) -> bool:
        """Whether a finding at `path` about `item` is reported.

        One in a stub or a Python test counts where the function is that it is about, or `subject`
        says it is; one at a manifest is about the whole crate and counts always.
        """
        reported = self.inputs.program.reported
        if path.endswith(".rs") or reported(path):
            return reported(path)
        return not path.endswith(_PYTHON) or self.covers(path, item, subject)

    def covers(self, path: str, item: str, subject: str | None = None) -> bool:
        """Whether the files of the run are all that a finding at `path` about `item` depends on."""
        reported = self.inputs.program.reported
        if path.endswith(".rs") or reported(path):
            return reported(path)
        files = [subject] if subject is not None else self._files.get(item, [])
        if path.endswith(_PYTHON) and files:
            return any(map(reported, files))
        return self._whole_crate

    @cached_property
    def _whole_crate(self) -> bool:
        crate = self.inputs.crate
        return crate is not None and self.inputs.program.reported(display(source_folder(crate)))

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """The Rust files of entry points by their names."""
        found: dict[str, list[str]] = {}
        for entry in self.inputs.program.entries:
            found.setdefault(entry.rust_name, []).append(entry.ref.path)
        return found
