"""Micro-texture and tone of skin."""
