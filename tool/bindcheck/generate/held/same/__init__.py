"""Whether two bodies do the same: both are brought to one form, which must be equal.

What is not understood stays as it is written, so it is the same only where it is kept.
"""
