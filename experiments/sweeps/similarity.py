"""How near a received picture is to the one that was sent: PSNR, and similarity of structure."""

from __future__ import annotations

import torch

MS_SSIM_SIDE = 161
"""Fewer pixels a side do not leave the five scales of MS-SSIM."""

_SSIM_SIDE = 11  # of the window
_LARGE = 2**21  # pixels of which similarity is measured colour by colour, in a third of the memory


def ssim_name(side: int) -> str:
    """Return which similarity `ssim` is for pictures of this size.

    Multi-scale SSIM (Wang et al. 2003) where they have 161 pixels a side or more, else SSIM (Wang
    et al. 2004).
    """
    return "MS-SSIM" if side >= MS_SSIM_SIDE else "SSIM"


def psnr(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the PSNR in dB of received pictures, both ``[B, C, H, W]`` in 0..1.

    It is infinite where they are lossless.
    """
    return -10 * (received - images).square_().mean(dim=(1, 2, 3)).log10()


def ssim(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the similarity that `ssim_name` names, ``[B]``, of pictures ``[B, C, H, W]`` in 0..1.

    It is not known, NaN, of fewer than 11 pixels a side.
    """
    import piq  # slow to load

    least = min(images.shape[-2:])
    if least < _SSIM_SIDE:
        return torch.full((len(images),), torch.nan)
    similarity = piq.multi_scale_ssim if least >= MS_SSIM_SIDE else piq.ssim
    parts = images.shape[1] if images[:, 0].numel() > _LARGE else 1
    pairs = zip(received.chunk(parts, dim=1), images.chunk(parts, dim=1), strict=True)
    found = [similarity(*pair, data_range=1.0, reduction="none") for pair in pairs]
    return torch.stack(found).mean(dim=0)  # it is the mean over colours, of one or of three
