"""Variants against each other, thresholds against examples: decisions with their statistics."""
