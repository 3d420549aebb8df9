"""Figures of the TAXII server: `taxii` or `taxii-large`; fails when a bar is missed."""

import sys

import large
import small

if __name__ == "__main__":
    measured = {"taxii": small.run, "taxii-large": large.run}[sys.argv[1]]
    sys.exit(0 if measured() else 1)
