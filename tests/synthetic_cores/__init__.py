"""Indicators made up from a description: Rust cores of many shapes that compile and compute.

All follow one formula, so that every parameter and every array tells in every value: with
`x = sum (k + 1) series_k`, a state `s = (s + x) / 2` that starts at the first row of numbers, and
`bias = sum (k + 2) / 8 parameter_k`, output `j` is `(s + bias) (j + 1)`. The first parameter that
counts values is the length of the warm-up.
"""

from synthetic_cores.crates import write_reference, write_strict
from synthetic_cores.description import Choice, Core, Output, Parameter, Series, bare
from synthetic_cores.functions import source
from synthetic_cores.samples import SAMPLE, STRICT_SAMPLE

__all__ = [
    "SAMPLE",
    "STRICT_SAMPLE",
    "Choice",
    "Core",
    "Output",
    "Parameter",
    "Series",
    "bare",
    "source",
    "write_reference",
    "write_strict",
]
