"""Strands of hair."""
