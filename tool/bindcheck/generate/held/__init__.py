"""The Python interface of a binding that is replaced: what its head and its body say of it."""
