"""Static files: hashed, and compressed once when they are collected."""

from __future__ import annotations

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Brotli's best takes seconds for a megabyte, and only the API's documentation and the
# administration have files that large.
BEST_UP_TO_BYTES = 60_000
BEST, QUICK = 11, 5


class BoundedCompressor(Compressor):  # type: ignore[misc]
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        quality = BEST if len(data) <= BEST_UP_TO_BYTES else QUICK
        return bytes(brotli.compress(data, quality=quality))


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def create_compressor(self, **options: Any) -> Compressor:
        return BoundedCompressor(**options)
