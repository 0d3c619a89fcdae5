"""The manifest of a crate that several tests audit again and again."""

MANIFEST = """\
[package]
name = "demo"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""
