"""Bodies evaluated over abstract values: what runs where, what is copied, what can panic."""
