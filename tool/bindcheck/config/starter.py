"""The configuration that `init` writes: every key, commented out, with what it does."""

from __future__ import annotations

_SETTINGS = """\
# What bindcheck audits and generates. All keys are optional, and shown with an example.
# Paths and globs are relative to the folder of this file.

# paths = ["src/indicators"]       # what is reported; the crate is always read whole
# reference = "alma"               # the indicator whose bindings set the pattern
# exclude = ["src/old/**"]         # not reported

# select = ["BC1", "BC2"]          # only these codes or prefixes; "ALL" adds advice and suspects
# ignore = ["BC110"]               # not these
# fail-on = "error"                # lowest severity that fails a run: error, warning, advice
# baseline = "bindcheck-baseline.json"  # findings of old: `bindcheck baseline write` records them

# features = ["python"]            # cargo features instead of those that maturin builds
# target-pyo3 = "0.30"             # report what a planned upgrade of PyO3 renames or removes

# python-module = "package._core"  # where the extension is imported from
# style = "reference"              # of generated code: reference or strict; default: by the crate
# defaults = "params"              # Python defaults: those of Params::default() (params), or none
# templates = "bindcheck"          # folder with templates that replace ours, by name
"""

_TABLES = """\

# [{prefix}severity]
# BC204 = "advice"

# [{prefix}per-file-ignores]
# "src/legacy/*.rs" = ["BC2"]
"""


def starter(prefix: str = "") -> str:
    """The text of a configuration file, or of the tables `prefix` and below of another file."""
    head = f"[{prefix}]\n" if prefix else ""
    dotted = f"{prefix}." if prefix else ""
    return head + _SETTINGS + _TABLES.format(prefix=dotted)
