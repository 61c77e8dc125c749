"""A miniature of Stable Diffusion in the folders and files in which it is published."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel

from linksim.experiments.training.diffusion import build_diffusion
from linksim.experiments.training.vae import build_vae

SIDE = 64
"""Of its pictures: a latent of 8×8 places, halved three times, as the published one."""


def write_stable_diffusion(folder: Path, prediction: str = "epsilon") -> Path:
    """Write a VAE, a U-Net, a text encoder, its tokenizer and a scheduler; return the folder.

    Args:
        folder: for them.
        prediction: of the U-Net, ``epsilon`` (2-1-base's) or ``v_prediction`` (2-1's).
    """
    torch.manual_seed(0)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8,) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=SIDE,
    )
    unet = UNet2DConditionModel(
        sample_size=SIDE // 8,
        layers_per_block=1,
        block_out_channels=(16, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=128,
        attention_head_dim=(2, 2),
        norm_num_groups=8,
        use_linear_projection=True,
    )
    # The published scheduler, which paints by another rule; its schedule is what is taken of it.
    scheduler = PNDMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        skip_prk_steps=True,
        steps_offset=1,
    )
    text = build_diffusion(build_vae())
    parts = {"vae": vae, "unet": unet, "scheduler": scheduler}
    parts |= {"text_encoder": text.text_encoder, "tokenizer": text.tokenizer}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    return folder
