"""`python -m bindcheck`."""

from bindcheck.cli import main

if __name__ == "__main__":
    main()
