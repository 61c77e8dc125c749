"""A latent diffusion model, in the folder layout of Stable Diffusion, and ControlNets beside it.

Rombach et al., "High-resolution image synthesis with latent diffusion models", CVPR 2022; Zhang et
al., "Adding conditional control to text-to-image diffusion models", ICCV 2023; the sampler is that
of Song et al., "Denoising diffusion implicit models", ICLR 2021, without noise of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_outline, frozen, load_whole
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.inspection import inspect
from linksim.source.zoo.loading import (
    checkpoint_folder,
    explained,
    quiet_libraries,
)
from linksim.source.zoo.locks import TOKENIZING
from linksim.source.zoo.preset import ModelUnavailable, Preset
from linksim.source.zoo.tokenizers import load_tokenizer

Control = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], dict[str, Any]]
"""Makes of latents, timestep and the text's embeddings what else the U-Net is to be given."""

_NOISE_SEED = 0


@dataclass(frozen=True)
class Diffusion:
    """Paints pictures from text; its parts are frozen by the loader.

    Every picture begins with the same noise, so that none depends on those beside it.

    Attributes:
        vae: ``AutoencoderKL``.
        unet: ``UNet2DConditionModel``.
        text_encoder, tokenizer: of the text that the U-Net attends to.
        scheduler: ``DDIMScheduler``.
        steps: of the sampler.
        guidance: by how much the text's effect is multiplied (Ho and Salimans 2022); 1 spares the
            second pass that it takes.
    """

    vae: Any
    unet: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any
    steps: int
    guidance: float

    @property
    def device(self) -> torch.device:
        return torch.device(self.unet.device)

    @property
    def side(self) -> int:
        """Width and height of the pictures that it paints, in pixels."""
        halvings = len(self.vae.config.block_out_channels) - 1
        return int(self.unet.config.sample_size) << halvings

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        """Return the texts' embeddings, float32 ``[B, tokens, width]``; cut where too long."""
        embedded: torch.Tensor = self._read(texts).last_hidden_state
        return embedded

    def summarise(self, texts: Sequence[str]) -> torch.Tensor:
        """Return an embedding of each text as a whole, float32 ``[B, width]``."""
        summed: torch.Tensor = self._read(texts).pooler_output
        return summed

    def _read(self, texts: Sequence[str]) -> Any:
        longest = int(self.text_encoder.config.max_position_embeddings)
        with TOKENIZING:
            encoded = self.tokenizer(
                list(texts),
                padding="max_length",
                max_length=longest,
                truncation=True,
                return_tensors="pt",
            )
        return self.text_encoder(encoded["input_ids"].to(self.device))

    def latents_of(self, images: torch.Tensor) -> torch.Tensor:
        """Return the latents of pictures ``[B, 3, side, side]`` in 0..1, of unit variance."""
        posterior = self.vae.encode(images.to(self.device) * 2 - 1).latent_dist
        latents: torch.Tensor = posterior.mode() * self.vae.config.scaling_factor
        return latents

    def images_of(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the pictures of latents, float32 ``[B, 3, side, side]`` in 0..1."""
        decoded: torch.Tensor = self.vae.decode(latents / self.vae.config.scaling_factor).sample
        return ((decoded + 1) / 2).clamp(0, 1)

    @torch.no_grad()
    def paint(
        self,
        texts: Sequence[str],
        control: Control | None = None,
        begin: torch.Tensor | None = None,
        strength: float = 1.0,
        noise: float = 1.0,
    ) -> torch.Tensor:
        """Return a picture for each text, float32 ``[B, 3, side, side]`` in 0..1.

        Args: as of `paint_latents`.
        """
        return self.images_of(self.paint_latents(texts, control, begin, strength, noise))

    @torch.no_grad()
    def paint_latents(
        self,
        texts: Sequence[str],
        control: Control | None = None,
        begin: torch.Tensor | None = None,
        strength: float = 1.0,
        noise: float = 1.0,
    ) -> torch.Tensor:
        """Return the latents of a picture for each text, ``[B, channels, rows, columns]``.

        Args:
            texts: what to paint.
            control: adds to the U-Net's features.
            begin: latents to begin from, in place of noise alone, ``[B, channels, rows, columns]``.
            strength: share of the schedule that is sampled, above 0 and at most 1: how much of
                ``begin`` is painted over (Meng et al., "SDEdit", ICLR 2022). More, if the schedule
                is too short for so many steps in it.
            noise: how much of the schedule's noise ``begin`` gets; with none of it, what ``begin``
                lacks is taken for the noise.
        """
        embedded = self.embed(texts)
        unguided = self.embed([""] * len(texts)) if self.guidance != 1 else None
        most = int(self.scheduler.config.num_train_timesteps)
        self.scheduler.set_timesteps(min(round(self.steps / strength), most))
        timesteps = self.scheduler.timesteps[-self.steps :].to(self.device)
        latents = self._noise().expand(len(texts), -1, -1, -1) * self.scheduler.init_noise_sigma
        if begin is not None:
            latents = self.scheduler.add_noise(begin, noise * latents, timesteps[0])
        for timestep in timesteps:
            predicted = self.predict(latents, timestep, embedded, control)
            if unguided is not None:
                plain = self.predict(latents, timestep, unguided, control)
                predicted = plain + self.guidance * (predicted - plain)
            latents = self.scheduler.step(predicted, timestep, latents, eta=0.0).prev_sample
        painted: torch.Tensor = latents
        return painted

    def predict(
        self,
        latents: torch.Tensor,
        timestep: torch.Tensor,
        embedded: torch.Tensor,
        control: Control | None,
    ) -> torch.Tensor:
        """Return what the U-Net says of noisy latents: noise or velocity, as it was trained.

        Args:
            latents: float32 ``[B, channels, rows, columns]``.
            timestep: one for all, or ``[B]``.
            embedded: from `embed`.
            control: adds to the U-Net's features.
        """
        more = control(latents, timestep, embedded) if control else {}
        predicted: torch.Tensor = self.unet(latents, timestep, embedded, **more).sample
        return predicted

    def _noise(self) -> torch.Tensor:
        rows = int(self.unet.config.sample_size)
        shape = (1, int(self.unet.config.in_channels), rows, rows)
        generator = torch.Generator().manual_seed(_NOISE_SEED)
        return torch.randn(shape, generator=generator).to(self.device)


def controlled_by(controlnet: Any, pictures: torch.Tensor) -> Control:
    """Return the control of a ``ControlNetModel`` that is shown a picture for each text.

    Args:
        controlnet: made for the U-Net that it is to control.
        pictures: float32 ``[B, 3, side, side]`` in 0..1.
    """

    def control(
        latents: torch.Tensor, timestep: torch.Tensor, embedded: torch.Tensor
    ) -> dict[str, Any]:
        down, middle = controlnet(
            latents, timestep, embedded, controlnet_cond=pictures, return_dict=False
        )
        return {
            "down_block_additional_residuals": down,
            "mid_block_additional_residual": middle,
        }

    return control


def load_diffusion(preset: Preset, device: torch.device, codec: str = "") -> Diffusion:
    """Load the preset's diffusion model, frozen.

    Args:
        preset: names it.
        device: to put it on.
        codec: whose table may name a U-Net of its own as ``unet``, over the same latents and texts.

    Raises:
        ModelUnavailable: if the preset names none, or its weights are missing or damaged.
    """
    own = bool(codec) and "unet" in getattr(preset, codec)
    parts = ("vae", "text_encoder", "tokenizer", "scheduler", *(() if own else ("unet",)))
    with _opening(preset, "diffusion", "model", parts) as folder:
        from diffusers import DDIMScheduler

        unet = _own_unet(preset, codec) if own else _unet(folder / "unet")
        with foreign():
            scheduler = DDIMScheduler.from_pretrained(folder / "scheduler")
        return Diffusion(
            _vae(folder / "vae", device),
            frozen(unet, device),
            frozen(_text_encoder(folder / "text_encoder"), device),
            load_tokenizer(folder / "tokenizer"),
            scheduler,
            int(preset.diffusion["steps"]),
            float(preset.diffusion["guidance"]),
        )


def picture_side(preset: Preset, codec: str = "") -> int:
    """Return width and height of the pictures that a preset's diffusion model is for, in pixels.

    Args: as of `load_diffusion`, which this does not take the time for.

    Raises:
        ModelUnavailable: as `load_diffusion`.
    """
    own = bool(codec) and "unet" in getattr(preset, codec)
    with _opening(preset, "diffusion", "model", ("vae", *(() if own else ("unet",)))) as folder:
        vae = _settings(folder / "vae")
    with _opening(preset, *((codec, "unet") if own else ("diffusion", "model"))) as folder:
        unet = _settings(folder if own else folder / "unet")
    with explained(f"{preset.name}: its diffusion model's settings"), foreign():
        return int(unet["sample_size"]) << len(vae["block_out_channels"]) - 1


def _settings(folder: Path) -> Any:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def load_vae(preset: Preset, device: torch.device) -> Any:
    """Load the VAE of the preset's diffusion model alone, frozen.

    Raises:
        ModelUnavailable: as `load_diffusion`.
    """
    with _opening(preset, "diffusion", "model", ("vae",)) as folder:
        return _vae(folder / "vae", device)


def load_vae_in(folder: Path, preset: Preset, device: torch.device) -> Any:
    """Load the VAE in a folder, frozen.

    Raises:
        ModelUnavailable: if it is missing or damaged.
    """
    with _opening_folder(folder, preset, "VAE"):
        return _vae(folder, device)


def load_controlnet(preset: Preset, codec: str, device: torch.device) -> Any:
    """Load the ControlNet that the table of a codec names as its ``control``, frozen.

    Raises:
        ModelUnavailable: as `load_diffusion`.
    """
    with _opening(preset, codec, "control") as folder:
        return _control(folder, device)


def load_control(folder: Path, preset: Preset, device: torch.device) -> Any:
    """Load the ControlNet in a folder, frozen.

    Raises:
        ModelUnavailable: if it is missing or damaged.
    """
    with _opening_folder(folder, preset, "ControlNet"):
        return _control(folder, device)


@contextmanager
def _opening_folder(folder: Path, preset: Preset, what: str) -> Iterator[None]:
    """Say in one line what is wrong with a folder in which a model is looked for."""
    if not folder.is_dir():
        raise ModelUnavailable(f"{preset.name}: no {what} at {folder}; put it there")
    with explained(f"{preset.name}: {folder}"), quiet_libraries():
        inspect(folder)
        yield


@contextmanager
def _opening(
    preset: Preset, section: str, key: str, parts: Sequence[str] = ("",)
) -> Iterator[Path]:
    """Find the folder that a table names, and explain what fails in loading from it."""
    table = getattr(preset, section)
    if key not in table:
        raise ModelUnavailable(f"{preset.name}: the preset lacks {key} in the table [{section}]")
    reference = table[key]
    with explained(f"{preset.name}: {section} {reference}"), quiet_libraries():
        yield checkpoint_folder(reference, preset, parts)


def _own_unet(preset: Preset, codec: str) -> Any:
    with _opening(preset, codec, "unet") as folder:
        return _unet(folder)


def _unet(folder: Path) -> Any:
    from diffusers import UNet2DConditionModel

    return _diffusers_model(UNet2DConditionModel, folder)


def _vae(folder: Path, device: torch.device) -> Any:
    from diffusers import AutoencoderKL

    return frozen(_diffusers_model(AutoencoderKL, folder), device)


def _control(folder: Path, device: torch.device) -> Any:
    from diffusers import ControlNetModel

    return frozen(_diffusers_model(ControlNetModel, folder), device)


def _text_encoder(folder: Path) -> Any:
    from transformers import AutoConfig, CLIPTextModel

    with foreign():
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    check_outline(foreign()(lambda: CLIPTextModel(config)), folder)
    return load_whole(CLIPTextModel, folder, dtype=torch.float32)


def _diffusers_model(kind: Any, folder: Path) -> Any:
    """Return a model of diffusers from the safetensors file in a folder, all its weights there."""
    with foreign():
        config = kind.load_config(folder)
    if not isinstance(config, dict) or config.get("_class_name") != kind.__name__:
        raise Refused(f"{folder.name} is no {kind.__name__}")
    check_outline(foreign()(lambda: kind.from_config(config)), folder)
    with foreign():
        model, report = kind.from_pretrained(
            folder,
            torch_dtype=torch.float32,
            use_safetensors=True,
            low_cpu_mem_usage=False,  # otherwise diffusers asks for one more package
            output_loading_info=True,
        )
    if missing := sorted(report["missing_keys"]):
        raise Refused(f"its files lack {len(missing)} tensors, {missing[0]} among them")
    return model
