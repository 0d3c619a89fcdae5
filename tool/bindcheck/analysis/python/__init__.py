"""What Python code, stubs and tests say of bindings."""
