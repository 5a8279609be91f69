"""TLS for database connections: certificate files and the certificates that servers present."""

from config.database.tls.files import (
    CertificatesMissing,
    describe_files,
    examine_files,
    find_in_folder,
    find_of_libpq,
)
from config.database.tls.peer import Peer, Target, ask_peer, examine_peer

__all__ = [
    "CertificatesMissing",
    "Peer",
    "Target",
    "ask_peer",
    "describe_files",
    "examine_files",
    "examine_peer",
    "find_in_folder",
    "find_of_libpq",
]
