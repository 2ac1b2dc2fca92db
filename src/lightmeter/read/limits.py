"""What is too much to ask of a decoder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What is refused: more `pixels` in the header, more `bytes` in the file, a JPEG of more `scans`, and
    what takes more than `seconds` to decode. confined: a manifest
    that names files outside its own folder is refused."""

    pixels: int = 200_000_000
    bytes: int = 1 << 30
    scans: int = 100
    seconds: float = 60.0
    confined: bool = False
