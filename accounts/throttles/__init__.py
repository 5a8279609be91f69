"""Rate limits on attempts."""
