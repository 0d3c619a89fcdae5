"""How the types of facts are made."""

from bindcheck.fact import fact, field_names, record, replace

__all__ = ["fact", "field_names", "record", "replace"]
