"""What a person wants: command line over configuration file over default."""

from bindcheck.config.codes import covers, is_known, nearest
from bindcheck.config.globs import Glob
from bindcheck.config.resolve import KEYS, find_config, resolve
from bindcheck.config.starter import starter
from bindcheck.config.types import Config, Options
from bindcheck.config.versions import NEWEST_PYO3

__all__ = [
    "KEYS",
    "NEWEST_PYO3",
    "Config",
    "Glob",
    "Options",
    "covers",
    "find_config",
    "is_known",
    "nearest",
    "resolve",
    "starter",
]
