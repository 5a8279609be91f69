"""The composition root: settings and the outside world."""
