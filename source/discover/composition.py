"""Composition: the diffusion model paints what did not arrive, steered by what did.

The control is a copy of the U-Net's encoder with zero convolutions (a ControlNet), which sees the
reconstructed diffusion latent ẑ_c in place of a picture.
"""

from __future__ import annotations

from typing import Any

from linksim.source.zoo.diffusion import Diffusion


def build_control(diffusion: Diffusion) -> Any:
    """Return an untrained control, a ``diffusers.ControlNetModel`` over latents."""
    from diffusers import ControlNetModel

    config = diffusion.unet.config
    return ControlNetModel.from_unet(
        diffusion.unet,
        conditioning_channels=int(config.in_channels),
        # One width alone: the condition has the latents' resolution already.
        conditioning_embedding_out_channels=(int(config.block_out_channels[0]),),
    ).to(diffusion.device)
