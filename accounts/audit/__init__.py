"""The audit log: its events, the writer, and the views."""
