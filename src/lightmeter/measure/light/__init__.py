"""Where the light comes from and how it models the face."""
