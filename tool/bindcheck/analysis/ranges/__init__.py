"""Loops that step through a range of the caller: which ones a hostile range never ends."""
