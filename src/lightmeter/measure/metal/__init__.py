"""Metal: highlights that carry the colour of what they lie on, over a dark body."""
