"""DATABASE_URL → a Django DATABASES entry, without opening a connection or a file.

No message, repr or traceback of these modules contains the URL or a part of its password.
"""

from config.database.entry import Pooler, database_entry, detect_pooler
from config.database.url import DatabaseURL, InvalidDatabaseURL, parse_database_url

__all__ = [
    "DatabaseURL",
    "InvalidDatabaseURL",
    "Pooler",
    "database_entry",
    "detect_pooler",
    "parse_database_url",
]
