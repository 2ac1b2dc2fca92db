"""Regions and embeddings: what is where in a picture. The only room with learned weights."""
