"""Sessions: opened, looked up, refreshed, listed and ended."""
