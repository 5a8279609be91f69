"""TLS files for the way to the database: where they lie, and whether they are good."""

from config.certificates.files import describe_files, examine_files
from config.certificates.peer import Peer, Target, ask_peer, examine_peer
from config.certificates.places import (
    CertificatesMissing,
    find_in_folder,
    find_of_libpq,
)

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
