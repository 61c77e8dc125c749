"""Training of the embedded VAE, in whose latents the diffusion models paint.

Squared error alone: with L1 the colours of small things give way to the texture of the ground.
Eight numbers stand for 4×4 pixels, because already the best linear code loses 2.8 dB with four.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import mean, rate
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.results.metrics import SSIM
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.sweeps.scores import Scores, score
from linksim.experiments.text_out import align
from linksim.source.scenes import SIDE, ask
from linksim.source.zoo.llava import Llava

LATENTS = (8, SIDE // 4, SIDE // 4)
"""Channels, rows and columns of a picture's latents."""

_WIDTHS = (16, 32, 64)
_KL_WEIGHT = 1e-7  # of nats: enough to keep latents near a normal distribution's scale
_CALIBRATION = 256  # scenes over which the latents' spread is taken
_SEED = 2**32 + 1_000_000  # of the scenes that score


def build_vae() -> Any:
    """Return an untrained ``diffusers.AutoencoderKL`` for scenes."""
    from diffusers import AutoencoderKL

    levels = len(_WIDTHS)
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=_WIDTHS,
        layers_per_block=1,
        latent_channels=LATENTS[0],
        norm_num_groups=8,
        sample_size=SIDE,
        mid_block_add_attention=False,
    )


@dataclass(frozen=True)
class VaeBatch:
    """Pictures, float32 ``[B, 3, H, W]`` in 0..1, and normal noise of their latents' shape."""

    images: torch.Tensor
    noise: torch.Tensor


class VaeRecipe:
    """Squared error of the picture, and KL divergence of its latents, over all kinds of scenes."""

    learning_rate = 2e-3

    def __init__(self, seed: int, device: str, batch_size: int = 8) -> None:
        torch.manual_seed(seed)
        self.model = build_vae().to(device).to(memory_format=torch.channels_last)
        self._seed, self._device, self.batch_size = seed, device, batch_size

    def draw(self, step: int) -> VaeBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size)
        generator = torch.Generator().manual_seed(self._seed + step)
        noise = torch.randn(self.batch_size, *LATENTS, generator=generator)
        return VaeBatch(images_of(scenes), noise)

    def loss(self, batch: VaeBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._device, memory_format=torch.channels_last)
        posterior = self.model.encode(images * 2 - 1).latent_dist
        latents = posterior.mean + posterior.std * batch.noise.to(self._device)
        difference = (self.model.decode(latents).sample + 1) / 2 - images
        error, kl = difference.square().mean(), posterior.kl().mean()
        figures = {"kl": kl.item(), "psnr": -10 * error.detach().log10().item()}
        return error + _KL_WEIGHT * kl, figures


@torch.no_grad()
def calibrate(vae: Any, seed: int) -> None:
    """Note in a VAE's configuration by what its latents must be scaled to have unit variance."""
    images = images_of(draw_batch(seed, 0, _CALIBRATION)).to(vae.device)
    parts = [vae.encode(part * 2 - 1).latent_dist.mode() for part in torch.split(images, 16)]
    vae.register_to_config(scaling_factor=round(1 / torch.cat(parts).std().item(), 4))


@torch.no_grad()
def score_vae(vae: Any, llava: Llava, scenes: int = 512) -> str:
    """Return what pictures lose on their way through the VAE: PSNR, SSIM and answer match."""
    rng, parts, matches = np.random.default_rng(_SEED), [], []
    for first in range(0, scenes, GROUP):
        drawn = draw_batch(_SEED, first, GROUP)
        images, questions = images_of(drawn).to(vae.device), [ask(s, rng).text for s in drawn]
        wanted = llava.respond(images, questions)
        decoded = vae.decode(vae.encode(images * 2 - 1).latent_dist.mode()).sample
        parts.append(score(llava, images, (decoded + 1) / 2, questions, wanted))
        matches += [a == b for a, b in zip(parts[-1].answers, wanted.answers, strict=True)]
    found = Scores.joined(parts)
    psnr = found.numbers[PSNR]
    return align(
        [
            ["score", "value"],
            ["PSNR dB", format_estimate(average(PSNR, psnr))],
            ["PSNR of MSE", format_estimate(average(PSNR_OF_MSE, psnr))],
            ["SSIM", format_estimate(mean(found.numbers[SSIM]))],
            ["answer match", format_estimate(rate(np.array(matches), 1.0))],
        ]
    )
