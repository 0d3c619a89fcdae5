"""rustfmt, if it is installed: for whole files and for generated text alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bindcheck.fact import fact

_BETWEEN = "// bindcheck: next piece\n"
_SECONDS = 60


@fact
class Formatter:
    """Formats Rust text in the style of the folder it will stand in."""

    edition: str
    program: str | None

    @classmethod
    def find(cls, edition: str) -> Formatter:
        """The rustfmt on the search path."""
        return cls(edition, shutil.which("rustfmt"))

    @property
    def available(self) -> bool:
        """Whether there is a rustfmt."""
        return self.program is not None

    def whole(self, text: str, folder: Path) -> str | None:
        """`text` formatted; None when there is no rustfmt or it refuses the text."""
        if self.program is None:
            return None
        command = [self.program, "--quiet", "--edition", self.edition]
        try:
            run = subprocess.run(
                command,
                input=text.encode(),
                capture_output=True,
                cwd=folder,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return run.stdout.decode() if run.returncode == 0 else None

    def pieces(self, texts: Sequence[str], folder: Path) -> tuple[str, ...]:
        """Each text formatted by itself; as it is where rustfmt cannot."""
        if not texts:
            return ()
        formatted = self.whole(f"\n{_BETWEEN}\n".join(texts), folder)
        parts = formatted.split(_BETWEEN) if formatted is not None else []
        if len(parts) != len(texts):
            return tuple(texts)
        return tuple(part.strip("\n") + "\n" for part in parts)
