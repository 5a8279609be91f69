"""The audit log: what it knows, who writes it, who reads it."""
