"""Plan, batch, cache and run. The only room that names a device."""
