"""How received pictures look to people: distances between pictures, and between sets of them.

LPIPS (Zhang et al., CVPR 2018), DISTS (Ding et al., 2020), FID (Heusel et al., NeurIPS 2017) and
KID (Bińkowski et al., ICLR 2018) by piq, from the user's weights under --models. Sets of scenes are
compared by the preset's CLIP in Inception's place, which the scores' names say.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any

import piq
import torch
import torch.nn.functional as F
from piq.feature_extractors import fid_inception
from piq.perceptual import VGG16_LAYERS, ContentLoss
from torchvision import models

from linksim.experiments.machine_tasks.photographs import filled, weights_of
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.loading import explained, load_clip, read_weights
from linksim.source.zoo.preset import ModelUnavailable, Preset

Features = Callable[[torch.Tensor], torch.Tensor]
"""Returns a row of numbers ``[B, width]`` for pictures ``[B, 3, H, W]`` in 0..1."""

PairDistance = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Returns how far B received pictures are from their originals, ``[B]``."""

_TAPPED = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
_DISTS_WIDTHS = [3, 64, 128, 256, 512, 512]
_INCEPTION_SIDE = 299


class _Lpips(piq.LPIPS):  # type: ignore[misc]
    """piq's LPIPS, but with weights at hand in place of its download."""

    def __init__(self, vgg: torch.nn.Module, weights: list[torch.Tensor]) -> None:
        layers = [VGG16_LAYERS[name] for name in _TAPPED]
        ContentLoss.__init__(self, vgg, layers, weights, reduction="none", normalize_features=True)


class _Dists(piq.DISTS):  # type: ignore[misc]
    """piq's DISTS, in the same way."""

    def __init__(self, vgg: torch.nn.Module, weights: list[torch.Tensor]) -> None:
        layers = [VGG16_LAYERS[name] for name in _TAPPED]
        ContentLoss.__init__(
            self,
            vgg,
            layers,
            weights,
            replace_pooling=True,
            reduction="none",
            allow_layers_weights_mismatch=True,
        )


def load_lpips(preset: Preset, device: torch.device) -> PairDistance:
    """Return LPIPS over VGG-16.

    ``vgg16.safetensors`` has torchvision's tensors, ``lpips.safetensors`` the layers' weights
    ``0`` to ``4``, each ``[1, channels, 1, 1]``.

    Raises:
        ModelUnavailable: if one of the files is missing or damaged.
    """
    tensors = read_weights(weights_of("lpips", preset), preset)
    layers = _named(tensors, [str(place) for place in range(len(_TAPPED))], "lpips", preset)
    weights = [layer.to(device) for layer in layers]
    return _Lpips(_vgg(preset, device), weights)


def load_dists(preset: Preset, device: torch.device) -> PairDistance:
    """Return DISTS over VGG-16.

    ``vgg16.safetensors`` has torchvision's tensors, ``dists.safetensors`` those named ``alpha`` and
    ``beta``, each ``[1, 1475, 1, 1]``.

    Raises:
        ModelUnavailable: if one of the files is missing or damaged.
    """
    tensors = read_weights(weights_of("dists", preset), preset)
    both = _named(tensors, ["alpha", "beta"], "dists", preset)
    with explained(f"{preset.name}: dists.safetensors"), foreign():
        halves = [torch.split(tensor, _DISTS_WIDTHS, dim=1) for tensor in both]
    return _Dists(_vgg(preset, device), [part for half in halves for part in half])


def _named(
    tensors: dict[str, torch.Tensor], names: Sequence[str], file: str, preset: Preset
) -> list[torch.Tensor]:
    """Return the tensors of a file of weights by their names.

    Raises:
        ModelUnavailable: if one is missing.
    """
    if lacking := [name for name in names if name not in tensors]:
        raise ModelUnavailable(f"{preset.name}: {file}.safetensors lacks the tensor {lacking[0]}")
    return [tensors[name] for name in names]


def _vgg(preset: Preset, device: torch.device) -> Any:
    return filled(models.vgg16(weights=None, init_weights=False), "vgg16", preset, device).features


def load_features(preset: Preset, device: torch.device) -> tuple[str, Features]:
    """Return the ending of the scores' names, and what sets of pictures are compared by.

    For scenes ``_clip`` and the preset's CLIP, for photographs nothing and FID's Inception, whose
    published tensors are wanted in ``inception.safetensors``.

    Raises:
        ModelUnavailable: if the weights are missing or damaged.
    """
    if preset.knows_scenes:
        return "_clip", load_clip(preset, device).embed_images
    inception = filled(_inception(), "inception", preset, device)
    inception.fc = torch.nn.Identity()

    @torch.no_grad()
    def features(images: torch.Tensor) -> torch.Tensor:
        side = (_INCEPTION_SIDE, _INCEPTION_SIDE)
        seen: torch.Tensor = inception(
            2 * F.interpolate(images.to(device), side, mode="bilinear") - 1
        )
        return seen

    return "", features


def _inception() -> Any:
    """Return FID's Inception: torchvision's, but for how some blocks pool."""
    model = models.inception_v3(
        weights=None, num_classes=1008, aux_logits=False, init_weights=False
    )
    for name, width in (("5b", 192), ("5c", 256), ("5d", 288)):
        features = 32 if name == "5b" else 64
        setattr(model, f"Mixed_{name}", fid_inception.FIDInceptionA(width, features))
    for name, channels in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        setattr(model, f"Mixed_{name}", fid_inception.FIDInceptionC(768, channels))
    model.Mixed_7b = fid_inception.FIDInceptionE1(1280)
    model.Mixed_7c = fid_inception.FIDInceptionE2(2048)
    return model


def set_distances(
    originals: torch.Tensor, received: torch.Tensor, ending: str = ""
) -> dict[str, float]:
    """Return FID and KID between two sets of as many pictures, from their features.

    FID of few pictures is too high, so that only sets of the same size compare; KID is unbiased.

    Args:
        originals, received: float ``[N, width]``, from what `load_features` returns.
        ending: of the names ``fid`` and ``kid``.

    Raises:
        ValueError: if the sets are not as large, or of fewer than two pictures.
    """
    if originals.shape != received.shape or len(originals) < 2:
        raise ValueError(f"{len(received)} and {len(originals)} pictures: give two or more of both")
    sets = received.double(), originals.double()
    with contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        fid, kid = (float(measure()(*sets)) for measure in (piq.FID, piq.KID))
    return {f"fid{ending}": fid, f"kid{ending}": kid}
