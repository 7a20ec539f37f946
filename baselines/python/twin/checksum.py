"""Checksums of what was read or written: Adler-32."""

import zlib


class Body:
    """A body whose chunks are counted and digested as they pass by."""

    def __init__(self):
        self.bytes = 0
        self._adler = 1

    def take(self, chunk):
        """The next chunk."""
        self.bytes += len(chunk)
        self._adler = zlib.adler32(chunk, self._adler)

    def checksum(self):
        """The lower 32 bits of the length, then the Adler-32 of all bytes (RFC 1950)."""
        return (self.bytes & 0xFFFFFFFF) << 32 | self._adler
