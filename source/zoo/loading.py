"""Loading the models that a preset names, from the package, a folder or a hub.

A model's reference is one of::

    weights:NAME            trained weights that come with linksim, or a folder NAME under --models
    folder:NAME             a folder beside the preset, or under --models
    hub:OWNER/NAME          a folder OWNER--NAME under --models, else the Hugging Face hub's cache
    open_clip:NAME/TAG      an open_clip architecture with published weights, from a folder
                            NAME--TAG under --models, else the hub's cache

Nothing is ever unpickled: safetensors only. Code that comes with weights runs only if the
preset asks for it and the user trusts it. The hub is asked for files only when the environment says
HF_HUB_OFFLINE=0.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from linksim.source.zoo.checkpoint import check_outline, checkpoint_folder
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.preset import Preset
from linksim.source.zoo.remote_llava import RemoteLlava, load_remote

CLIP_WEIGHTS = "open_clip_model.safetensors"
"""Name of a CLIP's weights in its folder, as open_clip expects it."""

_WEIGHTS = Path(str(files("linksim.source.zoo"))) / "weights"

# The last two are of code that comes with weights.
_FAILURES = (OSError, RuntimeError, ValueError, KeyError, TypeError, ImportError, AttributeError)

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
    with explained(f"{preset.name}: CLIP {reference}"), quiet_libraries():
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
        ModelUnavailable: if its weights are missing or damaged, or if it brings code of its own and
            the user has not said that it is to be trusted.
    """
    reference, remote = str(preset.llava["model"]), bool(preset.llava.get("remote_code", False))
    if remote and not preset.trusted:
        raise ModelUnavailable(
            f"{preset.name}: LLaVA {reference} runs Python code that comes with its weights, with "
            "all your rights; read that code, and if you trust it give --trust-remote-code"
        )
    with explained(f"{preset.name}: LLaVA {reference}"), quiet_libraries():
        folder = checkpoint_folder(folder_or_hub(reference, preset))
        model, tokenizer, pictures = (load_remote if remote else _load_native)(folder)
        model = model.to(device).eval().requires_grad_(False)
        return (RemoteLlava if remote else Llava)(
            model,
            tokenizer,
            preset.llava["prompt"],
            pictures.image_mean,
            pictures.image_std,
            int(preset.llava.get("answer_tokens", 3)),
        )


def _load_native(folder: Path) -> tuple[Any, Any, Any]:
    """Return model, tokenizer and picture settings of a LLaVA that transformers knows itself."""
    from transformers import (
        AutoConfig,
        AutoImageProcessor,
        AutoTokenizer,
        LlavaForConditionalGeneration,
    )

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if config.model_type != "llava":
        raise ValueError(f"it is of the type {config.model_type}, not llava")
    with torch.device("meta"):
        check_outline(LlavaForConditionalGeneration(config), folder)
    model = LlavaForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return model, tokenizer, AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)


def load_weights(model: torch.nn.Module, file: Path, preset: Preset) -> None:
    """Fill ``model`` from a safetensors file, whatever float type that holds.

    Raises:
        ModelUnavailable: if the file is missing, damaged or made for another model.
    """
    with explained(f"{preset.name}: {file}"):
        model.load_state_dict(read_weights(file, preset))


def read_weights(file: Path, preset: Preset) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file; those of any float type as float32.

    Raises:
        ModelUnavailable: if the file is missing or damaged.
    """
    from safetensors.torch import load_file

    with explained(f"{preset.name}: {file}"):
        tensors = load_file(file)
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def _safetensors(file: Path) -> Path:
    """Return the file if it is one that can be read without unpickling."""
    if file.suffix != ".safetensors":
        raise ValueError(f"{file.name} is not safetensors, and nothing else is read")
    if not file.is_file():
        raise FileNotFoundError(2, "missing", str(file))
    return file


def folder_or_hub(reference: str, preset: Preset) -> str:
    """Return a model's local folder, or for one that is not there its name on the hub.

    Raises:
        ModelUnavailable: if it is of no hub.
    """
    try:
        return str(model_folder(reference, preset))
    except ModelUnavailable:
        if not reference.startswith("hub:"):
            raise
        return reference.removeprefix("hub:")


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn the many ways in which loading fails into one line with a remedy.

    Args:
        what: is being loaded, of which preset.

    Raises:
        ModelUnavailable: in place of what is raised within.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"{what}: {error.filename or error} is missing; put it there, or name the folder that "
            "holds it with --models"
        ) from error
    except (*_FAILURES, SafetensorError) as error:
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
