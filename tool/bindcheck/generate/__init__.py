"""Writing the pieces of a binding that are missing: plan, render, merge, write."""
