"""What a binding costs over the native call of the same core function."""
