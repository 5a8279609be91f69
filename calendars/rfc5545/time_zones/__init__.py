"""Time zones of calendar files (RFC 5545 section 3.6.5)."""
