"""Changing events, whoever changes them, and what clients are told about it."""
