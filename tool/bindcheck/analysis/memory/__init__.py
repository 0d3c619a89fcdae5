"""Where arrays come from, who writes them, and how they are borrowed."""
