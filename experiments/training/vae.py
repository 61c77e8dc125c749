"""Training of the embedded VAE, in whose latents the diffusion models paint.

Squared error alone: with L1 the colours of small things give way to the texture of the ground.
Eight numbers stand for 4×4 pixels, because already the best linear code loses 2.8 dB with four.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.experiments.data.scenes import Drawn, draw_batch, images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import mean, rate
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.results.metrics import SSIM
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.sweeps.scores import Scores, score
from linksim.experiments.text_out import align
from linksim.source.scenes import SIDE, ask
from linksim.source.zoo.llava import Llava

CALIBRATION = 256
"""Scenes over which the latents' spread is taken."""

_SEED = 2**32 + 1_000_000  # of the scenes that score


@dataclass(frozen=True)
class VaeSize:
    """Sizes of a VAE.

    Attributes:
        side: of its pictures, in pixels.
        channels: of its latents.
        widths: channels at each resolution, each half of the one before.
    """

    side: int
    channels: int
    widths: tuple[int, ...]

    @property
    def latents(self) -> tuple[int, int, int]:
        """Channels, rows and columns of a picture's latents."""
        rows = self.side >> (len(self.widths) - 1)
        return self.channels, rows, rows


SMALL = VaeSize(SIDE, 8, (16, 32, 64))
"""The small world's."""


def build_vae(size: VaeSize = SMALL) -> Any:
    """Return an untrained ``diffusers.AutoencoderKL`` for scenes."""
    from diffusers import AutoencoderKL

    levels = len(size.widths)
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=size.widths,
        layers_per_block=1,
        latent_channels=size.channels,
        norm_num_groups=8,
        sample_size=size.side,
        mid_block_add_attention=False,
    )


@dataclass(frozen=True)
class VaeBatch:
    """Pictures, float32 ``[B, 3, H, W]`` in 0..1, and normal noise of their latents' shape."""

    images: torch.Tensor
    noise: torch.Tensor


class VaeRecipe:
    """Squared error of the picture, and KL divergence of its latents, over all kinds of scenes.

    Attributes:
        learning_rate: at its highest.
        kl_weight: of a nat in a picture: enough to keep latents near a normal distribution's scale.
        size: of the VAE.
        memory_format: of pictures and weights.
    """

    learning_rate = 2e-3
    kl_weight = 1e-7
    size = SMALL
    memory_format = torch.channels_last

    def __init__(self, seed: int, device: str, batch_size: int = 8) -> None:
        torch.manual_seed(seed)
        self.model = build_vae(self.size).to(device).to(memory_format=self.memory_format)
        self._seed, self._device, self.batch_size = seed, torch.device(device), batch_size

    def draw(self, step: int) -> VaeBatch:
        images = images_of(self._scenes(step * self.batch_size))
        generator = torch.Generator().manual_seed(self._seed + step)
        noise = torch.randn(self.batch_size, *self.size.latents, generator=generator)
        return VaeBatch(images, noise)

    def _scenes(self, first: int) -> Sequence[Drawn]:
        return draw_batch(self._seed, first, self.batch_size)

    def loss(self, batch: VaeBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._device, memory_format=self.memory_format)
        posterior = self.model.encode(images * 2 - 1).latent_dist
        latents = posterior.mean + posterior.std * batch.noise.to(self._device)
        difference = (self.model.decode(latents).sample.float() + 1) / 2 - images
        error, kl = difference.square().mean(), posterior.kl().mean()
        figures = {"kl": kl.item(), "psnr": -10 * error.detach().log10().item()}
        return error + self.kl_weight * kl, figures


@torch.no_grad()
def calibrate(vae: Any, scenes: Sequence[Drawn]) -> None:
    """Note in a VAE's configuration by what scenes' latents must be scaled to unit variance."""
    images = images_of(scenes).to(vae.device)
    parts = [vae.encode(part * 2 - 1).latent_dist.mode() for part in torch.split(images, 16)]
    vae.register_to_config(scaling_factor=round(1 / torch.cat(parts).std().item(), 4))


@torch.no_grad()
def through(vae: Any, images: torch.Tensor) -> torch.Tensor:
    """Return what of pictures ``[B, 3, H, W]`` in 0..1 is left on their way through a VAE."""
    decoded: torch.Tensor = vae.decode(vae.encode(images * 2 - 1).latent_dist.mode()).sample
    return (decoded + 1) / 2


@torch.no_grad()
def score_vae(vae: Any, llava: Llava, scenes: int = 512) -> str:
    """Return what pictures lose on their way through the VAE: PSNR, SSIM and answer match."""
    rng, parts, matches = np.random.default_rng(_SEED), [], []
    for first in range(0, scenes, GROUP):
        drawn = draw_batch(_SEED, first, GROUP)
        images, questions = images_of(drawn).to(vae.device), [ask(s, rng).text for s in drawn]
        wanted = llava.respond(images, questions)
        parts.append(score(llava, images, through(vae, images), questions, wanted))
        matches += [a == b for a, b in zip(parts[-1].answers, wanted.answers, strict=True)]
    found = Scores.joined(parts)
    matched = ["answer match", format_estimate(rate(np.array(matches), 1.0))]
    return align([*fidelity_rows(found.numbers[PSNR], found.numbers[SSIM]), matched])


def fidelity_rows(psnr: np.ndarray, ssim: np.ndarray) -> list[list[str]]:
    """Return the rows of a table: averages of PSNR and SSIM of pictures ``[pictures]``."""
    return [
        ["score", "value"],
        ["PSNR dB", format_estimate(average(PSNR, psnr))],
        ["PSNR of MSE", format_estimate(average(PSNR_OF_MSE, psnr))],
        ["SSIM", format_estimate(mean(ssim))],
    ]
