"""Modules of a crate, put together: its tree, names, macros, calls."""
