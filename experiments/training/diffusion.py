"""Training of the embedded diffusion model: a text-conditional U-Net over the VAE's latents.

It stands for a pretrained model, and so sees every kind of thing. It learns to predict velocity
(Salimans and Ho 2022) on a schedule that ends in pure noise (Lin et al. 2024), which is where
the sampler begins; with the usual schedule eight steps paint grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import rate
from linksim.experiments.text_out import align
from linksim.experiments.training import vae
from linksim.experiments.training.saving import in_half
from linksim.source.query_aware.codec import statement
from linksim.source.scenes import Scene, ask, caption
from linksim.source.scenes.tokens import build_tokenizer, word_ids
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.diffusion import Control, Diffusion

STEPS = 8
"""Steps of the sampler that scores are made with; presets say their own."""

_TEXT_WIDTH = 128
_TRAINED_STEPS = 1000
SILENT = 0.1
"""Share of the pictures without text, for guidance and for text that is lost."""

_CAPTIONS = 0.5  # share of captions among the texts; the rest are statements
_RETRIEVAL = 64  # captions to choose from
_SEED = 2**32 + 1_000_000  # of the scenes that score


@dataclass(frozen=True)
class DiffusionSize:
    """Sizes of a diffusion model.

    Attributes:
        latents: channels, rows and columns of what it paints.
        widths: of the U-Net at each resolution, each half of the one before. It attends from the
            second on: at the finest that would take most of the time.
        head_width: of its attention, about.
        context: most tokens of a text.
        words: that its texts are of; None for the small world's.
    """

    latents: tuple[int, int, int]
    widths: tuple[int, ...]
    head_width: int
    context: int
    words: Sequence[str] | None = None


SMALL = DiffusionSize(vae.SMALL.latents, (48, 64, 96), 32, 32)
"""The small world's."""


def build_diffusion(vae: Any, size: DiffusionSize = SMALL) -> Diffusion:
    """Return an untrained diffusion model over the latents of a trained VAE."""
    from diffusers import DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    ids, deeper = word_ids(size.words), len(size.widths) - 1
    unet = UNet2DConditionModel(
        sample_size=size.latents[1],
        in_channels=size.latents[0],
        out_channels=size.latents[0],
        layers_per_block=1,
        block_out_channels=size.widths,
        down_block_types=("DownBlock2D", *["CrossAttnDownBlock2D"] * deeper),
        up_block_types=(*["CrossAttnUpBlock2D"] * deeper, "UpBlock2D"),
        cross_attention_dim=_TEXT_WIDTH,
        attention_head_dim=tuple(width // size.head_width for width in size.widths),  # how many
        norm_num_groups=16,
        use_linear_projection=True,
    )
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(ids),
            hidden_size=_TEXT_WIDTH,
            intermediate_size=3 * _TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=size.context,
            hidden_act="gelu",
            bos_token_id=ids["<s>"],
            eos_token_id=ids["</s>"],
            pad_token_id=ids["<pad>"],
        )
    )
    nn.init.normal_(text_encoder.get_input_embeddings().weight, std=_TEXT_WIDTH**-0.5)
    scheduler = DDIMScheduler(
        num_train_timesteps=_TRAINED_STEPS,
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
    )
    tokenizer = build_tokenizer(size.words)
    return Diffusion(vae, unet, text_encoder, tokenizer, scheduler, STEPS, guidance=1.0)


@dataclass(frozen=True)
class NoisyBatch:
    """Pictures with a text each, and the noise that their latents meet.

    Attributes:
        images: float32 ``[B, 3, H, W]`` in 0..1.
        texts: empty for some.
        noise: normal, of the latents' shape, one or several for each picture.
        timesteps: int64, of each noise.
    """

    images: torch.Tensor
    texts: list[str]
    noise: torch.Tensor
    timesteps: torch.Tensor


class DiffusionRecipe:
    """Velocity loss over captions and over statements, all kinds of scenes.

    Attributes:
        learning_rate: at its highest.
        size: of the model.
    """

    learning_rate = 1e-3
    size = SMALL

    def __init__(self, vae: Any, seed: int, device: str, batch_size: int = 16) -> None:
        torch.manual_seed(seed)
        self.diffusion = build_diffusion(vae, self.size)
        parts = {"unet": self.diffusion.unet, "text_encoder": self.diffusion.text_encoder}
        self.model = nn.ModuleDict(parts).to(device)
        self._seed, self.batch_size = seed, batch_size

    def go_on_from(self, earlier: Diffusion) -> None:
        """Begin with the weights of another; its text encoder stays as it is."""
        self.diffusion.unet.load_state_dict(earlier.unet.state_dict())
        self.diffusion.text_encoder.load_state_dict(earlier.text_encoder.state_dict())
        self.diffusion.text_encoder.requires_grad_(False)

    def draw(self, step: int) -> NoisyBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        texts = ["" if rng.random() < SILENT else _text_of(scene, rng) for scene in scenes]
        return NoisyBatch(images_of(scenes), texts, *draw_noise(self._seed + step, len(scenes)))

    def loss(self, batch: NoisyBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        return velocity_loss(self.diffusion, batch), {}


def draw_noise(
    seed: int, size: int, latents: tuple[int, int, int] = SMALL.latents
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return normal noise of the latents' shape and timesteps, for a batch.

    The timesteps are spread over the schedule, one in each of ``size`` equal parts.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(size, *latents, generator=generator)
    places = (torch.arange(size) + torch.rand(size, generator=generator)) / size
    return noise, (places * _TRAINED_STEPS).long().clamp(max=_TRAINED_STEPS - 1)


def velocity_loss(
    diffusion: Diffusion, batch: NoisyBatch, control: Control | None = None
) -> torch.Tensor:
    """Return the squared error of what the U-Net predicts, velocity or noise; a mean.

    A batch may have several noises for each picture, those of one picture one after the other.
    """
    with torch.no_grad():
        latents = diffusion.latents_of(batch.images).float()
    embedded = diffusion.embed(batch.texts)
    times = len(batch.noise) // len(latents)
    latents, embedded = (part.repeat_interleave(times, 0) for part in (latents, embedded))
    scheduler = diffusion.scheduler
    noise, timesteps = batch.noise.to(latents.device), batch.timesteps.to(latents.device)
    noisy = scheduler.add_noise(latents, noise, timesteps)
    wanted = scheduler.get_velocity(latents, noise, timesteps) if _of_velocity(diffusion) else noise
    return F.mse_loss(diffusion.predict(noisy, timesteps, embedded, control).float(), wanted)


def _of_velocity(diffusion: Diffusion) -> bool:
    """Return whether a U-Net predicts velocity; otherwise it predicts noise."""
    return bool(diffusion.scheduler.config.prediction_type == "v_prediction")


def save_diffusion(diffusion: Diffusion, folder: Path) -> None:
    """Write all parts in half precision, as `linksim.source.zoo.diffusion` reads them."""
    diffusion.vae.register_to_config(_name_or_path="")  # where it was read from is nobody's affair
    for name in ("vae", "unet", "text_encoder"):
        in_half(getattr(diffusion, name)).save_pretrained(folder / name)
    for name in ("tokenizer", "scheduler"):
        getattr(diffusion, name).save_pretrained(folder / name)


def _text_of(scene: Scene, rng: np.random.Generator) -> str:
    if rng.random() < _CAPTIONS:
        return caption(scene, rng, background=rng.random() < 0.8)
    question = ask(scene, rng)
    return statement(question.text, question.answer)


def score_diffusion(diffusion: Diffusion, clip: Clip, scenes: int = 512) -> str:
    """Return how often CLIP finds a painted picture's own caption among 64, as a table."""
    rng, found = np.random.default_rng(_SEED), []
    for first in range(0, scenes, _RETRIEVAL):
        texts = [caption(scene, rng) for scene in draw_batch(_SEED, first, _RETRIEVAL)]
        painted = clip.embed_images(diffusion.paint(texts))
        nearest = (painted @ clip.embed_texts(texts).T).argmax(1).cpu()
        found.append(nearest == torch.arange(_RETRIEVAL))
    retrieval = rate(torch.cat(found).numpy(), 1.0)
    return align(
        [["score", "value"], ["caption retrieval among 64, painted", format_estimate(retrieval)]]
    )
