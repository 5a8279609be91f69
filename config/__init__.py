"""The composition root: settings, URLs, Celery, commands, and the shared code below the apps."""
