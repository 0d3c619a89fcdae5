"""Checks the bindings of PyO3 + NumPy crates and writes the missing ones."""

__version__ = "0.1.0"
