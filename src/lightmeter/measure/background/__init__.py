"""The backdrop, as a compositor needs it."""
