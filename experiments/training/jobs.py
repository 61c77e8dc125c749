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
from linksim.experiments.training.cards import Card
from linksim.experiments.training.deepjscc import DeepJsccRecipe, score_deepjscc
from linksim.experiments.training.schedule import Phase, scenes_before
from linksim.experiments.training.scores import score_clip, score_llava, score_uo_isc
from linksim.experiments.training.trainer import Recipe, Run, train
from linksim.experiments.training.uo_isc import AdversarialUoIscRecipe, UoIscRecipe
from linksim.source.deepjscc import codec as deepjscc
from linksim.source.scenes import SIDE
from linksim.source.uo_isc import codec as uo_isc
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip, load_llava, load_weights
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


@dataclass(frozen=True)
class UoIscJob(Job):
    """Training of UO-ISC.

    Attributes:
        variant: of the codec, as in ``uo_isc:VARIANT``; empty for UO-ISC itself.
        schedule: both phases; ``steps`` replaces those of the phase in hand.
        phase: 1 or 2.
        start: folder of the weights that phase 2 begins with.
    """

    variant: str
    schedule: tuple[Phase, ...]
    phase: int
    start: Path | None

    @property
    def schedule_in_hand(self) -> Phase:
        return replace(self.schedule[self.phase - 1], steps=self.steps)

    def command(self, model: str) -> str:
        variant = f" --variant {self.variant}" if self.variant else ""
        planned = self.steps == self.schedule[self.phase - 1].steps
        steps = "" if planned else f" --steps {self.steps}"
        return f"linksim train {model}{variant} --phase {self.phase}{steps} --seed {self.seed}"


def train_uo_isc(job: UoIscJob) -> str:
    """Train a phase of UO-ISC with the preset's CLIP and LLaVA; return its scores.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if weights to begin with are missing or damaged.
    """
    torch.manual_seed(job.seed)
    codec, phase = uo_isc.build(job.preset, job.device, job.variant), job.schedule_in_hand
    if job.start:
        uo_isc.fill(codec, job.start, job.preset)
    llava = load_llava(job.preset, job.device)
    make = AdversarialUoIscRecipe if phase.adversarial else UoIscRecipe
    first = scenes_before(job.schedule, job.phase)
    job.run(make(codec, llava if codec.variant.text else None, phase, job.seed, first))
    for name, part in codec.parts.items():
        save_half(part, uo_isc.weights_file(job.out, name))
    uo_isc.fill(codec, job.out, job.preset)  # scores are those of the weights as saved
    config, last = codec.model.config, first + phase.steps * phase.batch_size - 1
    card = Card(
        f"UO-ISC ({codec.name})",
        f"{config.indices} codeword indices of {config.index_bits} bits for each picture, from "
        f"CLIP layers {', '.join(map(str, config.layers))}; segment length "
        f"{config.segment_length}, {config.codewords} codewords. Phase {'I' * job.phase}.",
        job.command("uo-isc"),
        f"scenes {first} to {last} of seed {job.seed}, a question each; no animals in either",
        score_uo_isc(codec, llava, animals=True),
    )
    return _finish(job, card)


def train_deepjscc(job: Job) -> str:
    """Train DeepJSCC; return its scores by the preset's LLaVA."""
    recipe = DeepJsccRecipe(job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.model, job.out / deepjscc.WEIGHTS_FILE)
    load_weights(recipe.model, job.out / deepjscc.WEIGHTS_FILE, job.preset)  # scored as saved
    codec = deepjscc.DeepJsccCodec(recipe.model, SIDE)
    card = Card(
        "DeepJSCC",
        "Five convolutions and as many back (Bourtsoulatze et al. 2019), one for all SNRs: a "
        "complex channel symbol for every three numbers of a picture.",
        job.command("deepjscc"),
        f"scenes 0 to {job.steps * recipe.batch_size - 1} of seed {job.seed}, no animals; Es/N0 "
        "from -5 to 20 dB, half of them over Rayleigh fading",
        score_deepjscc(codec, load_llava(job.preset, job.device)),
    )
    return _finish(job, card)


JOBS: dict[str, tuple[Callable[[Job], str], int]] = {
    "clip": (train_clip, 3200),
    "llava": (train_llava, 2600),
    "deepjscc": (train_deepjscc, 9000),
}
"""Each training without a schedule by name, with its default number of steps."""


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
