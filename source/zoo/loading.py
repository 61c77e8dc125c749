"""Loading the models that a preset names, from the package, a folder or a hub.

A model's reference is one of::

    weights:NAME            trained weights that come with linksim, or a folder NAME under --models
    folder:NAME             a folder beside the preset, or under --models
    hub:OWNER/NAME          a folder OWNER--NAME under --models, else the Hugging Face hub's cache
    open_clip:NAME/TAG      an open_clip architecture with published weights, from a folder
                            NAME--TAG under --models, else the hub's cache

Names lead no further up than --models, and no library is given a name of the hub's, which could
mean a folder here. Nothing is ever unpickled: safetensors only. Code that comes with weights runs
only if the preset asks for it and the user trusts it; what else a configuration asks for is looked
at first (`linksim.source.zoo.inspection`). The hub is asked for files only when the environment
says HF_HUB_OFFLINE=0.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

import torch

from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import (
    check_finite,
    check_outline,
    frozen,
    hub_folder,
    load_whole,
)
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.clip_config import check_config, has_own_tokenizer
from linksim.source.zoo.collection import uncollected
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.inspection import inspect
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.preset import ModelUnavailable, Preset
from linksim.source.zoo.remote_llava import RemoteLlava, load_remote
from linksim.source.zoo.stored_tensors import stored_in_file
from linksim.source.zoo.tokenizers import load_tokenizer

CLIP_WEIGHTS = "open_clip_model.safetensors"
"""Name of a CLIP's weights in its folder, as open_clip expects it."""

_WEIGHTS = Path(str(files("linksim.source.zoo"))) / "weights"

_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # without a network, each look-up would retry for long
# Compiled code that a configuration may name, and Python code of pipelines.
os.environ["USE_HUB_KERNELS"] = "0"
os.environ["DIFFUSERS_DISABLE_REMOTE_CODE"] = "1"


def model_folder(reference: str | Path, preset: Preset) -> Path:
    """Return the local folder that a ``weights:``, ``folder:`` or ``hub:`` reference stands for.

    A path, which no file can hold, stands for itself.

    Raises:
        ModelUnavailable: if there is none, or its name leads out of the folder of models.
    """
    if isinstance(reference, Path):
        return reference
    scheme, _, name = reference.partition(":")
    if scheme not in ("weights", "folder", "hub"):
        raise ModelUnavailable(f"{preset.name}: {reference[:80]!r} is no model reference")
    check_inside(name, preset)
    own = preset.models / (name.replace("/", "--") if scheme == "hub" else name)
    folder = _WEIGHTS / name if scheme == "weights" and not os.path.isdir(own) else own
    if not os.path.isdir(folder):
        raise ModelUnavailable(
            f"{preset.name}: {reference} is not at {folder}; put it there, or name the "
            "folder that holds it with --models"
        )
    return folder


def check_inside(name: str, preset: Preset) -> None:
    """Make sure that a name in a preset leads to nothing outside the folder of models.

    Raises:
        ModelUnavailable: if it is empty, absolute or leads up.
    """
    place = PurePosixPath(name)
    if not place.parts or place.is_absolute() or ".." in place.parts or "\0" in name:
        raise ModelUnavailable(
            f"{preset.name}: {name[:80]!r} names no folder in --models; write its name alone"
        )


def checkpoint_folder(
    reference: str | Path, preset: Preset, parts: Sequence[str] = ("",), code: bool = False
) -> Path:
    """Return the folder of a checkpoint, whose files ask for nothing that models do not need.

    Args:
        reference: of the preset.
        preset: that names it.
        parts: folders in it that are read, "" for itself.
        code: whether code that comes with it is to run; then its files are not looked at.

    Raises:
        ModelUnavailable: if there is no such folder, and it is of no hub.
        Refused: if it is not in the hub's cache, or its files ask for more.
        OSError: if they can't be read.
    """
    try:
        folder = model_folder(reference, preset)
    except ModelUnavailable:
        scheme, _, name = str(reference).partition(":")
        if scheme != "hub" or not _HUB_NAME.fullmatch(name):
            raise
        folder = hub_folder(name, parts, code)
    for part in () if code else parts:
        inspect(folder / part)
    return folder


def load_clip(preset: Preset, device: torch.device, pretrained: bool = True) -> Clip:
    """Load the preset's CLIP, frozen; if not ``pretrained``, its architecture with random weights.

    Raises:
        ModelUnavailable: if its weights are missing or damaged.
    """
    reference = preset.clip["model"]
    with explained(f"{preset.name}: CLIP {reference}"), uncollected(), quiet_libraries():
        import open_clip

        if str(reference).startswith("open_clip:"):
            name, weights = _published_clip(str(reference), preset, pretrained)
        else:
            folder = model_folder(reference, preset)
            inspect(folder)
            check_config(folder)
            weights, name = folder / CLIP_WEIGHTS, f"local-dir:{folder}"
        if pretrained:
            stored_in_file(_safetensors(weights))
        # SimpleTokenizer, which reads texts otherwise, knows no such argument.
        plain = {"trust_remote_code": False} if has_own_tokenizer(name) else {}
        with foreign():
            if pretrained:
                model = open_clip.create_model(
                    name, pretrained=str(weights), require_pretrained=True, pretrained_text=False
                )
            else:
                model = open_clip.create_model(name, load_weights=False, pretrained_text=False)
            tokenizer = open_clip.get_tokenizer(name, **plain)
            config = open_clip.get_model_preprocess_cfg(model)
        return Clip(frozen(model.float(), device), tokenizer, config["mean"], config["std"])


def _published_clip(reference: str, preset: Preset, pretrained: bool) -> tuple[str, Path]:
    """Return open_clip's name of a published CLIP, and where its weights are."""
    import open_clip

    name, _, tag = reference.removeprefix("open_clip:").partition("/")
    if name not in open_clip.list_models() or not re.fullmatch(r"\w+", tag):
        raise Refused("open_clip knows no such model")
    weights = preset.models / f"{name}--{tag}" / CLIP_WEIGHTS
    if pretrained and not weights.is_file():
        with foreign():
            published = open_clip.get_pretrained_cfg(name, tag)
            weights = Path(open_clip.download_pretrained(published))
    return name, weights


def load_llava(preset: Preset, device: torch.device) -> Llava:
    """Load the preset's LLaVA, frozen.

    Raises:
        ModelUnavailable: if its weights are missing or damaged, or if it brings code of its own and
            the user has not said that it is to be trusted.
    """
    reference, remote = preset.llava["model"], bool(preset.llava.get("remote_code", False))
    if remote and not preset.trusted:
        raise ModelUnavailable(
            f"{preset.name}: LLaVA {reference} runs Python code that comes with its weights, with "
            "all your rights; read that code, and if you trust it give --trust-remote-code"
        )
    with explained(f"{preset.name}: LLaVA {reference}"), uncollected(), quiet_libraries():
        folder = checkpoint_folder(reference, preset, code=remote)
        model, tokenizer, pictures = (load_remote if remote else _load_native)(folder)
        return (RemoteLlava if remote else Llava)(
            frozen(model, device),
            tokenizer,
            preset.llava["prompt"],
            pictures.image_mean,
            pictures.image_std,
            int(preset.llava.get("answer_tokens", 3)),
            preset.llava.get("answer_prompt", ""),
            preset.llava.get("answer_end", ""),
        )


def _load_native(folder: Path) -> tuple[Any, Any, Any]:
    """Return model, tokenizer and picture settings of a LLaVA that transformers knows itself."""
    from transformers import AutoConfig, AutoImageProcessor, LlavaForConditionalGeneration

    with foreign():
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if config.model_type != "llava":
        raise Refused(f"it is of the type {config.model_type}, not llava")
    check_outline(foreign()(lambda: LlavaForConditionalGeneration(config)), folder)
    model = load_whole(LlavaForConditionalGeneration, folder, dtype=torch.float32)
    with foreign():
        pictures = AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)
    return model, load_tokenizer(folder), pictures


def load_weights(model: torch.nn.Module, file: Path, preset: Preset) -> None:
    """Fill ``model`` from a safetensors file, whatever float type that holds.

    Raises:
        ModelUnavailable: if the file is missing, damaged or made for another model.
    """
    tensors = read_weights(file, preset)
    with explained(f"{preset.name}: {file}"), foreign():
        model.load_state_dict(tensors)


def read_weights(file: Path, preset: Preset) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file; those of any float type as float32.

    Raises:
        ModelUnavailable: if the file is missing or damaged.
    """
    from safetensors.torch import load_file

    with explained(f"{preset.name}: {file}"):
        stored_in_file(file)
        with foreign():
            stored = load_file(file)
        tensors = {name: t.float() if t.is_floating_point() else t for name, t in stored.items()}
        check_finite(tensors)
        return tensors


def _safetensors(file: Path) -> Path:
    """Return the file if it is one that can be read without unpickling."""
    if file.suffix != ".safetensors":
        raise Refused(f"{file.name} is not safetensors, and nothing else is read")
    if not file.is_file():
        raise FileNotFoundError(2, "missing", str(file))
    return file


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Give a refusal of files, or a failure to read them, a line with a remedy.

    Args:
        what: is being loaded, of which preset.

    Raises:
        ModelUnavailable: in place of what files are refused by; any other error stays what it is.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"{what}: {error.filename or error} is missing; put it there, or name the folder that "
            "holds it with --models"
        ) from error
    except ModelUnavailable:
        raise
    except (Refused, OSError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelUnavailable(
            f"{what} can't be loaded ({reason}); if its weights are on this machine, name their "
            "folder with --models; to fetch them from the hub, set HF_HUB_OFFLINE=0"
        ) from error


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep libraries from asking the user, and from logging what matters only if loading fails."""
    from transformers.utils import logging as transformers_logging

    level, asked = logging.root.manager.disable, sys.stdin
    logging.disable(logging.WARNING)
    transformers_logging.disable_progress_bar()
    try:
        sys.stdin = io.StringIO()  # a library that asks the user gets no answer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin = asked
        logging.disable(level)
