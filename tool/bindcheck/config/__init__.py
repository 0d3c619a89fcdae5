"""What a person wants: command line over configuration file over default."""

from bindcheck.config.globs import Glob
from bindcheck.config.resolve import find_config, resolve
from bindcheck.config.types import Config, Options

__all__ = ["Config", "Glob", "Options", "find_config", "resolve"]
