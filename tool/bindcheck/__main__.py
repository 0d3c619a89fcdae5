"""`python -m bindcheck`."""

import sys

from bindcheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
