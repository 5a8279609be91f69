"""Tokens of the legacy system, until their sunset."""
