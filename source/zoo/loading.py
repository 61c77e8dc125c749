"""Loading the models that a preset names, from the package, a folder or a hub.

A model's reference is one of::

    weights:NAME            trained weights that come with linksim, or a folder NAME under --models
    folder:NAME             a folder beside the preset, or under --models
    hub:OWNER/NAME          a folder OWNER--NAME under --models, else the Hugging Face hub's cache
    open_clip:NAME/TAG      an open_clip architecture with published weights, from a folder
                            NAME--TAG under --models, else the hub's cache

Nothing is ever unpickled: safetensors only. The hub is asked for files only when the environment
says HF_HUB_OFFLINE=0.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import torch
from safetensors import SafetensorError

from linksim.source.zoo.clip import Clip
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.preset import Preset

CLIP_WEIGHTS = "open_clip_model.safetensors"
"""Name of a CLIP's weights in its folder, as open_clip expects it."""

_WEIGHTS = Path(str(files("linksim.source.zoo"))) / "weights"

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # without a network, each look-up would retry for long


class ModelUnavailable(Exception):
    """A model is not there, or is damaged; the message says what to do."""


def model_folder(reference: str, preset: Preset) -> Path:
    """Return the local folder that a ``weights:``, ``folder:`` or ``hub:`` reference stands for.

    Raises:
        ModelUnavailable: if there is none.
    """
    scheme, _, name = reference.partition(":")
    own = preset.models / name
    candidates = {
        "weights": own if own.is_dir() else _WEIGHTS / name,
        "folder": own,
        "hub": preset.models / name.replace("/", "--"),
    }
    if scheme not in candidates:
        raise ModelUnavailable(f"{preset.name}: {reference!r} is no model reference")
    folder = candidates[scheme]
    if not folder.is_dir():
        raise ModelUnavailable(
            f"{preset.name}: {reference} is not at {folder}; put it there, or name the "
            "folder that holds it with --models"
        )
    return folder


def load_clip(preset: Preset, device: torch.device, pretrained: bool = True) -> Clip:
    """Load the preset's CLIP, frozen; if not ``pretrained``, its architecture with random weights.

    Raises:
        ModelUnavailable: if its weights are missing or damaged.
    """
    reference = str(preset.clip["model"])
    with _explained(f"{preset.name}: CLIP {reference}"), quiet_libraries():
        import open_clip

        if reference.startswith("open_clip:"):
            name, _, tag = reference.removeprefix("open_clip:").partition("/")
            weights = preset.models / f"{name}--{tag}" / CLIP_WEIGHTS
            if pretrained and not weights.is_file():
                published = open_clip.get_pretrained_cfg(name, tag)
                weights = Path(open_clip.download_pretrained(published))
        else:
            folder = model_folder(reference, preset)
            weights, name = folder / CLIP_WEIGHTS, f"local-dir:{folder}"
        if pretrained:
            model = open_clip.create_model(
                name, pretrained=str(_safetensors(weights)), require_pretrained=True
            )
        else:
            model = open_clip.create_model(name, load_weights=False)
        tokenizer = open_clip.get_tokenizer(name)
        config = open_clip.get_model_preprocess_cfg(model)
    model = model.float().to(device).eval().requires_grad_(False)
    return Clip(model, tokenizer, config["mean"], config["std"])


def load_llava(preset: Preset, device: torch.device) -> Llava:
    """Load the preset's LLaVA, frozen.

    Raises:
        ModelUnavailable: if its weights are missing or damaged.
    """
    reference = str(preset.llava["model"])
    with _explained(f"{preset.name}: LLaVA {reference}"), quiet_libraries():
        from transformers import AutoImageProcessor, AutoTokenizer, LlavaForConditionalGeneration

        place = _folder_or_hub(reference, preset)
        model = LlavaForConditionalGeneration.from_pretrained(
            place, dtype=torch.float32, use_safetensors=True
        )
        tokenizer = AutoTokenizer.from_pretrained(place)
        pictures = AutoImageProcessor.from_pretrained(place)
    model = model.to(device).eval().requires_grad_(False)
    return Llava(
        model,
        tokenizer,
        preset.llava["prompt"],
        pictures.image_mean,
        pictures.image_std,
        int(preset.llava.get("answer_tokens", 3)),
    )


def load_weights(model: torch.nn.Module, file: Path, preset: Preset) -> None:
    """Fill ``model`` from a safetensors file, whatever float type that holds.

    Raises:
        ModelUnavailable: if the file is missing, damaged or made for another model.
    """
    from safetensors.torch import load_file

    with _explained(f"{preset.name}: {file}"):
        model.load_state_dict({name: tensor.float() for name, tensor in load_file(file).items()})


def _safetensors(file: Path) -> Path:
    """Return the file if it is one that can be read without unpickling."""
    if file.suffix != ".safetensors":
        raise ValueError(f"{file.name} is not safetensors, and nothing else is read")
    if not file.is_file():
        raise FileNotFoundError(2, "missing", str(file))
    return file


def _folder_or_hub(reference: str, preset: Preset) -> str:
    try:
        return str(model_folder(reference, preset))
    except ModelUnavailable:
        if not reference.startswith("hub:"):
            raise
        return reference.removeprefix("hub:")


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn the many ways in which loading fails into one line with a remedy."""
    try:
        yield
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"{what}: {error.filename or error} is missing; put it there, or name the folder that "
            "holds it with --models"
        ) from error
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelUnavailable(
            f"{what} can't be loaded ({reason}); if its weights are on this machine, name their "
            "folder with --models; to fetch them from the hub, set HF_HUB_OFFLINE=0"
        ) from error


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep libraries from logging what only matters when loading fails."""
    from transformers.utils import logging as transformers_logging

    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
