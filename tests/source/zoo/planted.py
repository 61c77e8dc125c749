"""Models in folders as a stranger may hand them on: copies of linksim's own, with more in them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from linksim.source import load_codec
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.diffusion import load_controlnet, load_diffusion, load_vae
from linksim.source.zoo.loading import load_clip, load_llava, model_folder
from linksim.source.zoo.preset import Preset, load_preset

CPU = torch.device("cpu")
EMBEDDED = load_preset("embedded")


@dataclass(frozen=True)
class Kind:
    """A kind of model that a preset can name.

    Attributes:
        section, key: where a preset names it.
        folder: in the model's, of the files in question.
        load: loads it by a preset.
    """

    section: str
    key: str
    folder: str
    load: Callable[[Preset], Any]


def _discover(preset: Preset) -> Any:
    return load_codec("discover:composition=off,disentanglement=off", preset, CPU)


KINDS = {
    "clip": Kind("clip", "model", "", lambda p: load_clip(p, CPU)),
    "untrained-clip": Kind("clip", "model", "", lambda p: load_clip(p, CPU, pretrained=False)),
    "llava": Kind("llava", "model", "", lambda p: load_llava(p, CPU)),
    "detector": Kind("detector", "model", "", lambda p: load_detector(p, CPU)),
    "vae": Kind("diffusion", "model", "vae", lambda p: load_vae(p, CPU)),
    "control": Kind("query_aware", "control", "", lambda p: load_controlnet(p, "query_aware", CPU)),
    "own-unet": Kind("discover", "unet", "", lambda p: load_diffusion(p, CPU, "discover")),
    **{
        part: Kind("diffusion", "model", part, lambda p: load_diffusion(p, CPU))
        for part in ("unet", "text_encoder", "tokenizer", "scheduler")
    },
}
"""Kinds of models with settings of their own."""

WEIGHTS = {
    "uo_isc": ("uo_isc", "model.safetensors", lambda p: load_codec("uo_isc", p, CPU)),
    "discover": ("discover", "rate-2/model.safetensors", _discover),
}
"""Weights of linksim's own models: where a preset names them, their file, what loads them."""


def copied(kind: Kind, models: Path) -> tuple[Preset, Path]:
    """Return a preset that takes a kind of model from a copy, and the folder to plant things in."""
    preset, folder = copied_from(kind.section, kind.key, models)
    return preset, folder / kind.folder


def copied_from(section: str, key: str, models: Path) -> tuple[Preset, Path]:
    table = getattr(EMBEDDED, section)
    shutil.copytree(model_folder(table[key], EMBEDDED), models / "planted")
    own = {**table, key: "folder:planted"}
    return replace(EMBEDDED, models=models, **{section: own}), models / "planted"


def change(file: Path, *changes: tuple[str, Any]) -> None:
    """Set values in a JSON file, by keys with dots between."""
    settings = json.loads(file.read_text())
    for path, value in changes:
        *outer, last = path.split(".")
        table = settings
        for key in outer:
            table = table.setdefault(key, {})
        table[last] = value
    file.write_text(json.dumps(settings))
