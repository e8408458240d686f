"""What the header of an ASF file (``.wmv``) says of its length, which ffmpeg drops if it is cut."""

from __future__ import annotations

import struct
from pathlib import Path

_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_FIELDS = struct.Struct("<16sQ16sQQQQQQI")
_HEADER_BYTES = 1 << 16
_BROADCAST = 1


def stated_length(path: Path) -> float:
    """Return the seconds that a file's header says it plays; 0 where it says nothing.

    Source: Advanced Systems Format specification 01.20.06, section 3.2, File Properties Object.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    at = header.find(_FILE_PROPERTIES)
    if at < 0 or at + _FIELDS.size > len(header):
        return 0.0
    *_, play_100ns, _, preroll_ms, flags = _FIELDS.unpack_from(header, at)
    if flags & _BROADCAST:  # its lengths mean nothing
        return 0.0
    return float(max(0.0, play_100ns / 1e7 - preroll_ms / 1e3))
