"""Which variant is better and by how much, and where to put a threshold: differences with their statistics.

Nothing here opens an image or loads torch: a folder with `measurements.csv` is enough.
"""
