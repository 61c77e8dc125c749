"""What is measured of received pictures where it is asked for: luma, and distances by networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from linksim.experiments.configuration import DISTS, LPIPS, MS_SSIM_Y, PSNR_Y, parse_metrics
from linksim.experiments.sweeps.similarity import MS_SSIM_SIDE, psnr, ssim
from linksim.source.zoo.preset import Preset

Measure = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Returns a number for each of B pictures, NaN where it is not known, of originals and of what was
received in their place, both ``[B, 3, H, W]`` in 0..1."""

Measures = Mapping[str, Measure]
"""By names of `linksim.experiments.configuration.ASKED_METRICS`."""

_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue
_NETWORK_SIDE = 32  # fewer pixels a side leave nothing of VGG's last map


def load_measures(text: str, preset: Preset, device: torch.device) -> Measures:
    """Return what measures, by metric.

    Args:
        text: the metrics, with commas between.
        preset: whose folder of models has the weights of LPIPS and DISTS, see
            `linksim.experiments.machine_tasks.perception`.
        device: to put them on.

    Raises:
        Fault: if one is none.
        ModelUnavailable: if weights are missing or damaged.
    """
    return {name: _LOADERS[name](preset, device) for name in parse_metrics(text)}


def luma(images: torch.Tensor) -> torch.Tensor:
    """Return the luma of pictures, ``[B, 1, H, W]`` in 0..1: Y' of ITU-R BT.601, full range."""
    weights = torch.tensor(_LUMA, dtype=images.dtype, device=images.device)
    return (images * weights[:, None, None]).sum(dim=1, keepdim=True)


def psnr_of_luma(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the PSNR of luma in dB, ``[B]``; infinite where it is the same."""
    return psnr(luma(images), luma(received))


def ms_ssim_of_luma(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return MS-SSIM of luma, ``[B]``; NaN below 161 pixels a side, which have no five scales."""
    if min(images.shape[-2:]) < MS_SSIM_SIDE:
        return torch.full((len(images),), torch.nan)
    return ssim(luma(images), luma(received))


def _lpips(preset: Preset, device: torch.device) -> Measure:
    from linksim.experiments.machine_tasks.perception import load_lpips  # torchvision is slow

    return _of_network(load_lpips(preset, device), device)


def _dists(preset: Preset, device: torch.device) -> Measure:
    from linksim.experiments.machine_tasks.perception import load_dists

    return _of_network(load_dists(preset, device), device)


def _of_network(distance: Measure, device: torch.device) -> Measure:
    """Return a distance of pictures that are large enough for its network."""

    @torch.no_grad()
    def measure(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
        if min(images.shape[-2:]) < _NETWORK_SIDE:
            return torch.full((len(images),), torch.nan)
        return distance(received.to(device), images.to(device))

    return measure


_LOADERS: dict[str, Callable[[Preset, torch.device], Measure]] = {
    PSNR_Y: lambda _, __: psnr_of_luma,
    MS_SSIM_Y: lambda _, __: ms_ssim_of_luma,
    LPIPS: _lpips,
    DISTS: _dists,
}
