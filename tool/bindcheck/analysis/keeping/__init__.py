"""What is found together, kept for the next run, or let go of."""
