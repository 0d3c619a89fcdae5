"""Cores of indicators, recognised from signatures and types."""
