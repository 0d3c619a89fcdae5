"""What bindings take over from the crate's reference: names, result keys, exceptions, imports."""
