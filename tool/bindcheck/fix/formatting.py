"""Files that rustfmt has formatted stay formatted."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from pathlib import Path

from bindcheck.rustfmt import Formatter
from bindcheck.write import detect_newlines


@dataclass(slots=True)
class Tidy:
    """Formats what was formatted before. `clean` remembers which files were."""

    formatter: Formatter
    clean: dict[str, bool] = field(default_factory=dict)

    def __call__(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files of `after`, formatted where `before` was."""
        if not self.formatter.available:
            return dict(after)
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            unknown = [path for path in after if path not in self.clean]
            whether = pool.map(lambda path: self._is_clean(path, before[path]), unknown)
            self.clean.update(zip(unknown, whether, strict=True))
            texts = pool.map(lambda path: self._tidied(path, after[path]), after)
            return dict(zip(after, texts, strict=True))

    def _is_clean(self, path: str, source: bytes) -> bool:
        return self._formatted(path, source) == source

    def _tidied(self, path: str, source: bytes) -> bytes:
        if not self.clean[path]:
            return source
        return self._formatted(path, source) or source

    def _formatted(self, path: str, source: bytes) -> bytes | None:
        layout = detect_newlines(source)
        text = source.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        made = self.formatter.whole(text, Path(path).parent)
        return None if made is None else layout.whole(made)
