"""Models that do machine tasks on the pictures that a sweep receives."""

from __future__ import annotations

from typing import Any

import torch

from linksim.experiments.configuration import CLASSIFICATION, parse_tasks
from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.evaluator import Evaluator, load_evaluator
from linksim.source.zoo.preset import Preset

OPTION = "--machine-tasks"
_OF_SCENES, _OF_PHOTOGRAPHS = "scenes", "coco"  # kinds of data of which it is known what is there


def load_observers(
    text: str, preset: Preset, device: torch.device, data: str
) -> dict[str, Evaluator[Any]]:
    """Return the models that do tasks on received pictures, by task.

    Args:
        text: the tasks, with commas between.
        preset: that has the models.
        device: to put them on.
        data: what is sent, see `linksim.experiments.sweeps.setting.Source.kind`.

    Raises:
        Fault: if it is not known what is in the pictures, or the preset's models know no such ones.
        ModelUnavailable: if a model's weights are missing or damaged, or no model does a task.
    """
    tasks = parse_tasks(text)
    if not tasks:
        return {}
    if data not in (_OF_SCENES, _OF_PHOTOGRAPHS):
        remedy = "give --data scenes or coco:FOLDER"
        raise Fault(f"{OPTION} {text}: what is in the pictures must be known; {remedy}")
    drawn = preset.knows_scenes
    if drawn != (data == _OF_SCENES):
        knows = "drawn scenes" if drawn else "photographs"
        raise Fault(f"{OPTION} {text}: the models of --preset {preset.name} know {knows} alone")
    if data == _OF_PHOTOGRAPHS and CLASSIFICATION in tasks:
        raise Fault(f"{OPTION} classification: COCO's categories are none of ImageNet's classes")
    return {task: load_evaluator(task, preset, device) for task in tasks}
