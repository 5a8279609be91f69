"""Signing in: password, second factor, approval and step-up."""
