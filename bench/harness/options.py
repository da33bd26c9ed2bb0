"""What a row takes from the command line."""

import sys

FULL = "--full"


def full() -> bool:
    """Whether the largest counts were asked for; they take minutes and gigabytes."""
    return FULL in sys.argv[1:]
