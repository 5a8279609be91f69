"""Bytes that wait to be read, in the order in which they came."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

MEMORY_BYTES = 256 * 1024


class Spool:
    """Beyond MEMORY_BYTES they lie in a temporary file."""

    def __init__(self, content: bytes = b"") -> None:
        self._read_at = self._end = 0
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed below
        if content:
            self.append(content)

    def __len__(self) -> int:
        return self._end - self._read_at

    def append(self, content: bytes) -> None:
        self._file.seek(self._end)
        self._file.write(content)
        self._end += len(content)

    def peek(self, size: int, offset: int = 0) -> bytes:
        self._file.seek(self._read_at + offset)
        return self._file.read(min(size, len(self) - offset))

    def skip(self, size: int) -> None:
        self._read_at += size
        if not len(self):
            self.clear()

    def clear(self) -> None:
        self._read_at = self._end = 0
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        self._file.close()
