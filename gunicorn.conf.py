"""How gunicorn serves Daybook: `gunicorn` in this folder finds it by its name.

https://gunicorn.org/reference/settings/ - what the command line says stands before this.
"""

import os
from typing import Any

from django.conf import settings

# The settings are read here, in the master and before any worker: a bad one is one line and an end,
# not a worker that is started again for ever.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

wsgi_app = "config.wsgi"
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
preload_app = True
# Threads for whole requests alone: slow and silent clients hold none (config/web_server).
worker_class = "config.web.server.worker.BufferingWorker"
# Connections of one process, each with a file of its own; the usual limit is 1024 files.
worker_connections = 512
keepalive = 5
# Answers go through buffers, so that a slow reader holds no thread.
sendfile = False
control_socket_disable = True
# No header moves Daybook to another place: by default a SCRIPT_NAME from loopback does.
forwarder_headers = ""


def on_starting(server: Any) -> None:
    """Another class was asked for on the command line."""
    if server.worker_class.__name__ != worker_class.rpartition(".")[2]:
        server.log.warning(
            "%s waits for slow clients for ever: leave out --worker-class, or put nginx in front"
            " (deploy/nginx.conf).",
            server.cfg.worker_class_str,
        )
