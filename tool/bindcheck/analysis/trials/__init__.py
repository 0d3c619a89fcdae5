"""Bodies run for numbers that a caller may well choose: what becomes of them on the way."""
