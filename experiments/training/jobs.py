"""The trainings, from scenes to weights with a card."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from linksim.experiments.configuration import SCENES_DRAWN, last_part
from linksim.experiments.data.inputs import folder_digest
from linksim.experiments.data.samples import Samples
from linksim.experiments.data.vqa import PREFIX, vqa_samples
from linksim.experiments.training import clip as clip_training
from linksim.experiments.training import llava as llava_training
from linksim.experiments.training.cards import Card
from linksim.experiments.training.deepjscc import DeepJsccRecipe, score_deepjscc
from linksim.experiments.training.detector import DetectorRecipe, score_detector
from linksim.experiments.training.diffusion import (
    DiffusionRecipe,
    save_diffusion,
    score_diffusion,
)
from linksim.experiments.training.importance import damage_by_group
from linksim.experiments.training.owlvit import save_detector
from linksim.experiments.training.query_aware import QueryAwareRecipe
from linksim.experiments.training.saving import in_half, save_half
from linksim.experiments.training.schedule import Phase, scenes_before
from linksim.experiments.training.scores import (
    score_clip,
    score_codec,
    score_codec_on,
    score_llava,
)
from linksim.experiments.training.trainer import Callback, Recipe, Run, train
from linksim.experiments.training.uo_isc import AdversarialUoIscRecipe, UoIscRecipe
from linksim.experiments.training.uo_isc_batches import Batches, SceneBatches
from linksim.experiments.training.vae import VaeRecipe, calibrate, score_vae
from linksim.experiments.training.vqa_batches import VqaBatches
from linksim.source.deepjscc import codec as deepjscc
from linksim.source.query_aware import codec as query_aware
from linksim.source.scenes import SIDE
from linksim.source.uo_isc import codec as uo_isc
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.diffusion import Diffusion, load_diffusion, load_vae
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip, load_llava, load_weights
from linksim.source.zoo.preset import Preset

_JUDGED = 1000  # samples by which a training on VQA is judged


@dataclass(frozen=True)
class Job:
    """What to train and where.

    Attributes:
        model: its name on the command line.
        preset: gives the models that are built upon.
        out: folder of the weights; the checkpoint lies in it until training ends.
        steps, seed, device: of the training.
        resume: go on from the checkpoint.
        start: folder of weights to begin with, of trainings that can.
        callback: told of each step.
    """

    model: str
    preset: Preset
    out: Path
    steps: int
    seed: int
    device: torch.device
    resume: bool
    start: Path | None
    callback: Callback | None = field(default=None, kw_only=True)

    def run(self, recipe: Recipe) -> None:
        """Train a recipe's model.

        Raises:
            Fault: as `train`.
        """
        train(recipe, Run(self.steps, self.out, self.resume, self.options(), self.callback))

    def options(self) -> dict[str, Any]:
        """Return what the outcome depends on, by the names of the options."""
        start = f"{self.start.name} ({folder_digest(self.start)[:12]})" if self.start else ""
        tables = repr(replace(self.preset, models=Path(), trusted=False)).encode()
        return {
            "model": self.model,
            "preset": f"{self.preset.name} ({hashlib.sha256(tables).hexdigest()[:12]})",
            "models": os.path.abspath(self.preset.models),
            "start": start,
            "steps": self.steps,
            "seed": self.seed,
        }

    def with_tables(self, **tables: Any) -> Preset:
        """Return the preset with other tables in it."""
        return replace(self.preset, **tables)

    def command(self) -> str:
        """Return the command that trains the same again."""
        return f"linksim train {self.model} --steps {self.steps} --seed {self.seed}"


def train_clip(job: Job) -> str:
    """Train the embedded CLIP; return its scores."""
    recipe = clip_training.ClipRecipe(job.out, job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.clip, job.out / CLIP_WEIGHTS)
    clip = load_clip(job.with_tables(clip={"model": job.out}), job.device)
    card = Card(
        "Embedded CLIP",
        "An open_clip CLIP (ViT 64×64, patches of 8, width 128, 6 layers) of drawn scenes.",
        job.command(),
        _scenes(job, 64),
        score_clip(clip),
    )
    return finish(job, card)


def train_llava(job: Job) -> str:
    """Train the embedded LLaVA on the preset's CLIP tower; return its scores."""
    visual = load_clip(job.preset, job.device).model.visual
    recipe = llava_training.LlavaRecipe(visual, job.seed, str(job.device))
    job.run(recipe)
    llava_training.save(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.llava, "model": job.out}
    llava = load_llava(job.with_tables(llava=table), job.device)
    card = Card(
        "Embedded LLaVA",
        "A transformers LlavaForConditionalGeneration: the embedded CLIP's tower, frozen, under a "
        "Qwen2 language model of width 128 and 4 layers that answers questions about scenes.",
        job.command(),
        _scenes(job, 16) + ", six questions each",
        score_llava(llava),
    )
    return finish(job, card)


@dataclass(frozen=True)
class UoIscJob(Job):
    """Training of UO-ISC. Of ``start``, phase 1 takes what fits, phase 2 all.

    Attributes:
        variant: of the codec, as in ``uo_isc:VARIANT``; empty for UO-ISC itself.
        schedule_name, schedule: all phases; ``steps`` replaces those of the phase in hand.
        phase: 0, 1 or 2.
        data: ``scenes``, or ``vqa:FOLDER``.
    """

    variant: str
    schedule_name: str
    schedule: tuple[Phase, ...]
    phase: int
    data: str

    @property
    def schedule_in_hand(self) -> Phase:
        return replace(self.schedule[self.phase], steps=self.steps)

    def options(self) -> dict[str, Any]:
        own = {"variant": self.variant, "phase": self.phase, "data": self.data}
        return super().options() | own | {"schedule": repr(self.schedule)}

    def command(self) -> str:
        variant = f" --variant {self.variant}" if self.variant else ""
        planned = self.steps == self.schedule[self.phase].steps
        steps = "" if planned else f" --steps {self.steps}"
        usual = self.schedule_name == "embedded"
        schedule = "" if usual else f" --schedule {Path(self.schedule_name).name}"
        own = f" --preset {self.preset.name} --data {last_part('data', self.data)}"
        data = "" if self.data == SCENES_DRAWN else own
        options = f"{variant} --phase {self.phase}{steps}{schedule}{data} --seed {self.seed}"
        return f"linksim train {self.model}{options}"


def train_uo_isc(job: UoIscJob) -> str:
    """Train a phase of UO-ISC with the preset's CLIP and LLaVA; return its scores.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if weights to begin with are missing or damaged.
        Fault: if the data is not as it should be.
        UnreadablePicture: if a picture of it is missing or none.
    """
    torch.manual_seed(job.seed)
    codec, phase = uo_isc.build(job.preset, job.device, job.variant), job.schedule_in_hand
    if job.start and job.phase == 1:
        uo_isc.begin_with(codec, job.start, job.preset)
    elif job.start:
        uo_isc.fill(codec, job.start, job.preset)
    batches, judged = _uo_isc_data(job, codec.side)
    llava = load_llava(job.preset, job.device)
    make = AdversarialUoIscRecipe if phase.adversarial else UoIscRecipe
    first = scenes_before(job.schedule, job.phase)
    judge = llava if codec.variant.text and phase.relevance else None
    job.run(make(codec, judge, phase, batches, first))
    for quantizer in codec.model.each_quantizer():
        quantizer.assign_indices()
    codec.model.eval()
    codec.model.order.copy_(damage_by_group(codec, llava, batches).argsort(descending=True))
    for name, part in codec.parts.items():
        save_half(part, uo_isc.weights_file(job.out, name))
    uo_isc.fill(codec, job.out, job.preset)  # scores are those of the weights as saved
    config, last = codec.model.config, first + phase.steps * phase.batch_size - 1
    card = Card(
        f"UO-ISC ({codec.name})",
        f"{config.indices} codeword indices of {config.index_bits} bits for each picture, from "
        f"CLIP layers {', '.join(map(str, config.layers))}; segment length "
        f"{config.segment_length}, {config.codewords} codewords. Phase {job.phase}.",
        job.command(),
        batches.described(first, last),
        score_codec_on(judged, codec, llava) if judged else score_codec(codec, llava, animals=True),
    )
    return finish(job, card)


def _uo_isc_data(job: UoIscJob, side: int) -> tuple[Batches, Samples | None]:
    """Return what UO-ISC learns from and, if these are no scenes, what it is judged by."""
    if job.data == "scenes":
        return SceneBatches(job.seed), None
    folder = Path(job.data.removeprefix(PREFIX))
    judged = vqa_samples(folder, _JUDGED, job.seed, "animals")
    return VqaBatches(folder, job.seed, side), judged


def train_deepjscc(job: Job) -> str:
    """Train DeepJSCC; return its scores by the preset's LLaVA."""
    recipe = DeepJsccRecipe(job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.model, job.out / deepjscc.WEIGHTS_FILE)
    load_weights(recipe.model, job.out / deepjscc.WEIGHTS_FILE, job.preset)  # scored as saved
    codec = deepjscc.DeepJsccCodec(recipe.model, (SIDE, SIDE))
    card = Card(
        "DeepJSCC",
        "Five convolutions and as many back (Bourtsoulatze et al. 2019), one for all SNRs: a "
        "complex channel symbol for every three numbers of a picture.",
        job.command(),
        f"scenes 0 to {job.steps * recipe.batch_size - 1} of seed {job.seed}, no animals; Es/N0 "
        "from -5 to 20 dB, half of them over Rayleigh fading",
        score_deepjscc(codec, load_llava(job.preset, job.device)),
    )
    return finish(job, card)


def train_detector(job: Job) -> str:
    """Train the embedded detector from the preset's CLIP tower on; return its scores."""
    visual = load_clip(job.preset, job.device).model.visual
    recipe = DetectorRecipe(visual, job.seed, str(job.device))
    job.run(recipe)
    save_detector(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.detector, "model": job.out}
    detector = load_detector(job.with_tables(detector=table), job.device)
    card = Card(
        "Embedded detector",
        "A transformers OwlViTForObjectDetection (64×64, patches of 8, width 128, 6 layers) that "
        "finds things in drawn scenes by kind, by colour and kind, or by broader labels; its tower "
        "began as the embedded CLIP's.",
        job.command(),
        _scenes(job, recipe.batch_size),
        score_detector(detector),
    )
    return finish(job, card)


def train_vae(job: Job) -> str:
    """Train the embedded VAE; return its scores by the preset's LLaVA."""
    recipe = VaeRecipe(job.seed, str(job.device))
    job.run(recipe)
    calibrate(recipe.model, job.seed)
    in_half(recipe.model).save_pretrained(job.out)
    card = Card(
        "Embedded VAE",
        "A diffusers AutoencoderKL of drawn scenes: 64×64 pixels become 16×16×8 latents.",
        job.command(),
        _scenes(job, recipe.batch_size),
        score_vae(recipe.model.float(), load_llava(job.preset, job.device)),
    )
    return finish(job, card)


def train_diffusion(job: Job) -> str:
    """Train the embedded U-Net and its text encoder on the preset's VAE; return its scores.

    What goes on from earlier weights keeps their text encoder, on which others may build.
    """
    recipe = DiffusionRecipe(load_vae(job.preset, job.device), job.seed, str(job.device))
    if job.start:
        recipe.go_on_from(_diffusion_in(job.start, job))
    job.run(recipe)
    save_diffusion(recipe.diffusion, job.out)
    diffusion = _diffusion_in(job.out, job)
    card = Card(
        "Embedded diffusion model",
        "A latent diffusion model of drawn scenes in Stable Diffusion's layout: a U-Net that "
        "attends to text, with its text encoder, over the latents of the VAE in `vae/`.",
        job.command() + (f" --start {job.start.name}" if job.start else ""),
        _scenes(job, recipe.batch_size) + ", a caption or a question with its answer each",
        score_diffusion(diffusion, load_clip(job.preset, job.device)),
    )
    return finish(job, card)


def _diffusion_in(folder: Path, job: Job) -> Diffusion:
    table = {**job.preset.diffusion, "model": folder}
    return load_diffusion(job.with_tables(diffusion=table), job.device)


def train_query_aware(job: Job) -> str:
    """Train the query-aware codec's ControlNet on the preset's diffusion model; return scores."""
    diffusion, llava = load_diffusion(job.preset, job.device), load_llava(job.preset, job.device)
    text_bytes, bits = (int(job.preset.query_aware[key]) for key in ("text_bytes", "bits"))
    still = query_aware.compressor(diffusion.side, bits - 8 * text_bytes, job.device)
    recipe = QueryAwareRecipe(diffusion, still, job.seed)
    job.run(recipe)
    in_half(recipe.model).save_pretrained(job.out)
    table = {**job.preset.query_aware, "control": job.out}
    codec = query_aware.load(job.with_tables(query_aware=table), job.device)
    card = Card(
        "Query-aware codec's ControlNet",
        f"A diffusers ControlNetModel for the embedded diffusion model. It is shown JPEG2000 "
        f"pictures of {bits - 8 * text_bytes} bits; {text_bytes} bytes of text go with them.",
        job.command(),
        f"scenes 0 to {job.steps * recipe.batch_size - 1} of seed {job.seed}, a question each; no "
        "animals in either",
        score_codec(codec, llava, animals=True),
    )
    return finish(job, card)


def finish(job: Job, card: Card) -> str:
    """Write a card beside a training's weights, delete its checkpoint, and return the scores."""
    card.write(job.out)
    Run(job.steps, job.out).checkpoint.unlink(missing_ok=True)
    return card.scores


def _scenes(job: Job, batch_size: int) -> str:
    return f"scenes 0 to {job.steps * batch_size - 1} of seed {job.seed}, all kinds of things"
