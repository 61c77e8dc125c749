"""Evaluators: how well a task can still be done on received pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import torch

from linksim.experiments.configuration import MACHINE_TASKS
from linksim.experiments.data.truth import Truth
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.finds import Found, found_text
from linksim.source.zoo.preset import ModelUnavailable, Preset

Answer = TypeVar("Answer")

TASKS = MACHINE_TASKS
"""The tasks that can be judged."""


class Evaluator(Protocol[Answer]):
    """Does a task on received pictures, and says how well from the pictures' truths.

    Attributes:
        model: what does the task, for people.
        scores: names of what `score` returns.
    """

    model: str
    scores: tuple[str, ...]

    def look(self, images: torch.Tensor) -> list[Answer]:
        """Return what the model says of each picture, float32 ``[B, 3, H, W]`` in 0..1."""

    def score(self, truths: Sequence[Truth], answers: Sequence[Answer]) -> dict[str, Estimate]:
        """Return scores in 0..1 over pictures with their truths, boxes in pixels as received.

        Raises:
            ValueError: if there are not as many answers as truths.
        """


def texts_of(answers: Sequence[Found | str]) -> list[str]:
    """Return what a model says of pictures as results hold it."""
    return [answer if isinstance(answer, str) else found_text(answer) for answer in answers]


def load_evaluator(task: str, preset: Preset, device: torch.device) -> Evaluator[Any]:
    """Return the evaluator of a task for the pictures of a preset's set of tasks.

    For scenes these are the preset's own detector and CLIP; for photographs torchvision's models.

    Raises:
        ModelUnavailable: if a model's weights are missing or damaged, or no model does the task.
    """
    from linksim.experiments.machine_tasks import embedded, photographs

    scenes = preset.knows_scenes
    loaders = embedded.LOADERS if scenes else photographs.LOADERS
    if task not in loaders:
        raise ModelUnavailable(f"{preset.name}: no model does {task}; one of {', '.join(loaders)}")
    evaluator: Evaluator[Any] = loaders[task](preset, device)
    return evaluator
