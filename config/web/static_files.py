"""Static files: hashed, and compressed once when they are collected."""

from __future__ import annotations

from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles.storage import HashedFilesMixin
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
    def __init__(self, *args: Any, **options: Any) -> None:
        # Our modules import each other by their hashed names, so that none is an old one from a
        # cache. In other packages' files Django's patterns find imports that aren't addresses.
        _every_file, imports = self._js_module_import_aggregation_patterns
        self.patterns = (*HashedFilesMixin.patterns, ("js/*.js", imports))
        super().__init__(*args, **options)
        self._urls: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """Return the address of a file of the manifest, which doesn't change while it runs: a page
        has forty, mostly of the icons, and looking one up takes 20 µs."""
        if settings.DEBUG or force:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = str(super().url(name))
        return self._urls[name]

    def create_compressor(self, **options: Any) -> Compressor:
        return BoundedCompressor(**options)
