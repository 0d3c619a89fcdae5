"""Errors and panics on the way to Python."""
