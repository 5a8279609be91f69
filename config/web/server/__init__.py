"""The web server: gunicorn with a worker whose threads slow clients can't block."""
