"""The training of the wide world's vision tower, from scenes to weights with a card."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from linksim.experiments.data.samples import HELD_OUT
from linksim.experiments.data.scenes import images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import rate
from linksim.experiments.text_out import align
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.job import Job, Request, finish
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.tower import DenseTower, TowerRecipe, right_patches
from linksim.experiments.training.wide_batches import draw_wide, patch_truth
from linksim.source.zoo.loading import CLIP_WEIGHTS

STEPS = 9000

_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps
_AT_ONCE = 64


class TowerJob(Job):
    """Training of the tower, which builds on no other model."""

    def options(self) -> dict[str, Any]:
        return {"model": self.model, "steps": self.steps, "seed": self.seed}


def train_tower(asked: Request) -> Trained:
    """Train the wide world's vision tower, which begins from nothing; return what that leaves.

    Its weights are those of a CLIP whose text encoder has learnt nothing yet.
    """
    job = TowerJob.of(asked, "tower", STEPS)
    recipe = TowerRecipe(job.out, job.seed, str(job.device))
    job.run(recipe)
    scores = score_tower(recipe.model, job.device)
    save_half(recipe.clip, job.out / CLIP_WEIGHTS)
    last = job.steps * recipe.batch_size - 1
    card = Card(
        "Vision tower of the wide world",
        "The vision transformer of an open_clip CLIP (128×128, patches of 16, width 192, 6 layers) "
        "whose patches name the kind and colour of what they show; its text encoder is untrained.",
        job.command(),
        f"scenes 0 to {last} of seed {job.seed} of the wide world, all kinds of things",
        scores,
    )
    return finish(job, card)


@torch.no_grad()
def score_tower(tower: DenseTower, device: torch.device, scenes: int = 1024) -> str:
    """Return the share of held-out patches that are named right, as a table.

    Of kinds and colours those patches count that things take half of, of letters those that a sign
    takes most of.
    """
    right: dict[str, list[np.ndarray]] = {}
    for first in range(0, scenes, _AT_ONCE):
        drawn = draw_wide(_SEED, first, _AT_ONCE)
        said = {name: t.cpu() for name, t in tower(images_of(drawn).to(device)).items()}
        for name, found in right_patches(said, patch_truth(drawn)).items():
            right.setdefault(name, []).append(found.numpy())
    rows = [["patch's", "right", "patches"]]
    for name, parts in right.items():
        every = np.concatenate(parts)
        rows.append([name, format_estimate(rate(every, 1.0)), str(len(every))])
    return align(rows)
