"""Pure tensor physics that measurements share."""
