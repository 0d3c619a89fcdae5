"""Whether results can be written: asked before minutes go into measuring them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bindcheck.errors import BindcheckError


def refuse_unwritable(path: Path) -> None:
    """A BindcheckError if a file can be neither replaced nor made, its folders included.

    A pipe or a device is not tried.
    """
    place = path
    try:
        if path.is_dir():
            raise BindcheckError("cannot be written: is a folder", path)
        if path.is_file():
            path.open("ab").close()
        elif not path.exists():
            place = _existing(path.absolute().parent)
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError as error:
        at = "" if place is path else f" in {place}"
        reason = f"cannot be written: {error.strerror}{at}"
        raise BindcheckError(reason, path) from error


def _existing(folder: Path) -> Path:
    """The nearest folder, or what is in its place, that is there."""
    # Unlike `exists`, this sees a link that leads nowhere.
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder
