"""Checks that `make check` runs as programs of their own."""
