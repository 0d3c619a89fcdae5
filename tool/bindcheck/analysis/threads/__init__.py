"""What runs attached and what detached: waits, locks, signals, what crosses threads."""
