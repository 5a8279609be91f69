"""The typed line: a table of sentences with their meaning, and properties."""
