"""Findings that are about a manifest, not about a Rust source."""

from __future__ import annotations

from dataclasses import replace

from bindcheck.crate import ManifestPlace
from bindcheck.discover import display
from bindcheck.findings import Finding, Location


def moved_to(finding: Finding, place: ManifestPlace) -> Finding:
    """The finding at a line of a TOML file."""
    location = Location(display(place.path), place.line, place.column, place.line, place.end_column)
    return replace(finding, location=location)


def example_manifest(pyo3: str, more: str = "") -> str:
    """A Cargo.toml for an example; `more` are further lines below `[dependencies]`."""
    return f"""\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = {pyo3}
numpy = "0.29"
{more}"""
