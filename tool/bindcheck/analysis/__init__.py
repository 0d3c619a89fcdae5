"""Modules of a crate, linked: names, calls, cores, entry points, regions. Makes a Program."""
