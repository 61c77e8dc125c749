"""The three trainings, from scenes to weights with a card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from linksim.experiments.faults import Fault
from linksim.experiments.training import clip as clip_training
from linksim.experiments.training import llava as llava_training
from linksim.experiments.training import uo_isc as uo_isc_training
from linksim.experiments.training.cards import Card
from linksim.experiments.training.scores import score_clip, score_llava, score_uo_isc
from linksim.experiments.training.trainer import Recipe, Run, train
from linksim.source.uo_isc.codec import WEIGHTS_FILE, UoIscCodec, config_for
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip, load_llava
from linksim.source.zoo.preset import Preset


@dataclass(frozen=True)
class Job:
    """What to train and where.

    Attributes:
        preset: gives the models that are built upon.
        out: folder of the weights; the checkpoint lies in it until training ends.
        steps, seed, device: of the training.
        resume: go on from the checkpoint.
    """

    preset: Preset
    out: Path
    steps: int
    seed: int
    device: torch.device
    resume: bool

    def run(self, recipe: Recipe) -> None:
        """Train a recipe's model.

        Raises:
            Fault: if asked to resume with no checkpoint there.
        """
        run = Run(self.steps, self.out, self.resume)
        try:
            train(recipe, run)
        except FileNotFoundError as error:
            raise Fault(f"--resume: {error}") from None

    def command(self, model: str) -> str:
        return f"linksim train {model} --steps {self.steps} --seed {self.seed}"


def train_clip(job: Job) -> str:
    """Train the embedded CLIP; return its scores."""
    recipe = clip_training.ClipRecipe(job.out, job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.clip, job.out / CLIP_WEIGHTS)
    clip = load_clip(_with(job.preset, clip={"model": f"folder:{job.out.resolve()}"}), job.device)
    card = Card(
        "Embedded CLIP",
        "An open_clip CLIP (ViT 64×64, patches of 8, width 128, 6 layers) of drawn scenes.",
        job.command("clip"),
        _scenes(job, 64),
        score_clip(clip),
    )
    return _finish(job, card)


def train_llava(job: Job) -> str:
    """Train the embedded LLaVA on the preset's CLIP tower; return its scores."""
    visual = load_clip(job.preset, job.device).model.visual
    recipe = llava_training.LlavaRecipe(visual, job.seed, str(job.device))
    job.run(recipe)
    llava_training.save(recipe.model, job.out)
    table = {**job.preset.llava, "model": f"folder:{job.out.resolve()}"}
    llava = load_llava(_with(job.preset, llava=table), job.device)
    card = Card(
        "Embedded LLaVA",
        "A transformers LlavaForConditionalGeneration: the embedded CLIP's tower, frozen, under a "
        "Qwen2 language model of width 128 and 4 layers that answers questions about scenes.",
        job.command("llava"),
        _scenes(job, 16) + ", six questions each",
        score_llava(llava),
    )
    return _finish(job, card)


def train_uo_isc(job: Job) -> str:
    """Train UO-ISC with the preset's CLIP and LLaVA; return its scores."""
    clip, llava = load_clip(job.preset, job.device), load_llava(job.preset, job.device)
    config = config_for(job.preset, clip)
    recipe = uo_isc_training.UoIscRecipe(config, clip, llava, job.steps, job.seed)
    job.run(recipe)
    save_half(recipe.model, job.out / WEIGHTS_FILE)
    recipe.model.half().float()  # scores are those of the weights as saved
    card = Card(
        "UO-ISC",
        f"{config.indices} codeword indices of {config.index_bits} bits for each picture, from "
        f"CLIP layers {', '.join(map(str, config.layers))}; segment length "
        f"{config.segment_length}, {config.codewords} codewords. Phase I.",
        job.command("uo-isc"),
        _scenes(job, 32) + ", a question each",
        score_uo_isc(UoIscCodec(clip, recipe.model.eval()), llava),
    )
    return _finish(job, card)


JOBS: dict[str, tuple[Callable[[Job], str], int]] = {
    "clip": (train_clip, 3200),
    "llava": (train_llava, 2600),
    "uo-isc": (train_uo_isc, 2600),
}
"""Each training by name, with its default number of steps."""


def save_half(model: torch.nn.Module, file: Path) -> None:
    """Write a model's weights in half precision."""
    tensors = {name: t.detach().half().contiguous() for name, t in model.state_dict().items()}
    save_file(tensors, file, metadata={"format": "pt"})


def _finish(job: Job, card: Card) -> str:
    card.write(job.out)
    Run(job.steps, job.out).checkpoint.unlink(missing_ok=True)
    return card.scores


def _scenes(job: Job, batch_size: int) -> str:
    return f"scenes 0 to {job.steps * batch_size - 1} of seed {job.seed}, all kinds of things"


def _with(preset: Preset, **tables: Any) -> Preset:
    return replace(preset, **tables)
