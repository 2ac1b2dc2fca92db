"""Cheap facts of the whole picture."""
