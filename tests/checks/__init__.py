"""Checks that `make check` runs as separate programs."""
