"""Random weights of VGG-16, LPIPS and DISTS, as a user brings trained ones."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torchvision import models

from linksim.experiments.training.saving import save_half

WIDTHS = (64, 128, 256, 512, 512)


def write_perceptual_weights(folder: Path) -> Path:
    """Write the three files into a folder and return it."""
    torch.manual_seed(0)
    save_half(models.vgg16(weights=None), folder / "vgg16.safetensors")
    lpips = {str(place): torch.rand(1, width, 1, 1) for place, width in enumerate(WIDTHS)}
    save_file(lpips, folder / "lpips.safetensors")
    total = 3 + sum(WIDTHS)
    shares = torch.full((1, total, 1, 1), 0.5 / total)
    save_file({"alpha": shares, "beta": shares.clone()}, folder / "dists.safetensors")
    return folder
