"""TLS files for the way to the database: where they lie, and whether they are good."""

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
