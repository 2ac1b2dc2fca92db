"""OpenCLIP's own loop over a folder, as its README has it: PIL, the model's transform, one batch of 8."""

from __future__ import annotations

import sys
from pathlib import Path

import open_clip
import torch
from PIL import Image


@torch.inference_mode()
def main() -> None:
    """Embed every picture of the folder, with random weights."""
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32", load_weights=False)
    model.eval()
    paths = sorted(Path(sys.argv[1]).iterdir())
    for start in range(0, len(paths), 8):
        batch = [transform(Image.open(path).convert("RGB")) for path in paths[start : start + 8]]
        model.encode_image(torch.stack(batch), normalize=True)


if __name__ == "__main__":
    main()
