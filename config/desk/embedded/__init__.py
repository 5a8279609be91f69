"""PostgreSQL and Valkey from wheels, for a desk that gives no DATABASE_URL or REDIS_URL.

Every command of a checkout shares one pair of servers: the first starts them, the last stops
them. They keep what they hold in `var/`, and `var/embedded.json` tells where they listen.
"""

from config.desk.embedded.commands import for_command
from config.desk.embedded.place import EmbeddedError
from config.desk.embedded.sharing import Endpoints, endpoints, restart_dead, running

__all__ = ["EmbeddedError", "Endpoints", "endpoints", "for_command", "restart_dead", "running"]
