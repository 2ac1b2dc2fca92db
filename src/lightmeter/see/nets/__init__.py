"""Converted networks as torch modules: `network(name, device)` runs one."""

from lightmeter.see.nets.graph import Network
from lightmeter.see.nets.store import network

__all__ = ["Network", "network"]
