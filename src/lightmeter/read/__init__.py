"""Bytes to pixels: decoding, colour management, sources."""
