"""What things are made of, by CLIP: the words of a rubric against the picture."""
