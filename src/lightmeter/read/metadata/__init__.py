"""What generators write into their files: containers to texts, texts to a `Generation`; no pixels."""
