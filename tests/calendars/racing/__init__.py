"""The writers of calendar rows, raced in pairs."""
