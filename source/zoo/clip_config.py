"""What a CLIP's configuration may say: the sizes and kinds that open_clip knows, nothing else.

open_clip hands keyword arguments from the file on to tokenizers, towers of other libraries and
layers; only those named here are let through.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from torch import nn

from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_outline
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.tables import read_json

CONFIG_FILE = "open_clip_config.json"

_MODEL = (
    "embed_dim",
    "vision_cfg",
    "text_cfg",
    "quick_gelu",
    "custom_text",
    "init_logit_scale",
    "init_logit_bias",
    "nonscalar_logit_scale",
)
_TOKENIZER = ("clean", "strip_sep_token", "reduction_mask")
_LAYERS = {"act_kwargs": ("approximate",), "norm_kwargs": ("eps",)}
_TIMM = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)?")


def check_config(folder: Path) -> None:
    """Make sure that a CLIP's configuration asks for what its files hold, and for no more.

    Raises:
        Refused: naming what is not taken from files, or not there.
        OSError: if the configuration can't be read.
    """
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
    from open_clip.transform import PreprocessCfg

    settings = read_json(folder / CONFIG_FILE)
    _check_keys("", settings, ("model_cfg", "preprocess_cfg"))
    _check_keys("preprocess_cfg", settings.get("preprocess_cfg", {}), _names(PreprocessCfg))
    model = dict(_check_keys("model_cfg", settings.get("model_cfg"), _MODEL))
    vision = _check_keys("vision_cfg", model.get("vision_cfg"), _names(CLIPVisionCfg))
    text = _check_keys("text_cfg", model.get("text_cfg"), _names(CLIPTextCfg, without="hf_model"))
    _check_keys("tokenizer_kwargs", text.get("tokenizer_kwargs") or {}, _TOKENIZER)
    for table in (vision, text):
        for key, known in _LAYERS.items():
            _check_keys(key, table.get(key) or {}, known)
    _check_vision(vision)
    kind = CustomTextCLIP if model.pop("custom_text", False) else CLIP
    check_outline(foreign()(lambda: _built(kind, model)), folder)


def has_own_tokenizer(name: str) -> bool:
    """Say whether a CLIP by open_clip's name reads texts by a tokenizer of transformers."""
    import open_clip

    with foreign():
        config = open_clip.get_model_config(name) or {}
        return bool(config.get("text_cfg", {}).get("hf_tokenizer_name"))


def _names(kind: Any, without: str = "hf_model") -> list[str]:
    names = [field.name for field in fields(kind)]
    return [name for name in names if not name.startswith((without, "hf_proj", "hf_pooler"))]


def _check_keys(place: str, table: object, known: Collection[str]) -> Mapping[str, Any]:
    where = f"{CONFIG_FILE}: {place}".rstrip(": ")
    if not isinstance(table, dict):
        raise Refused(f"{where} is no table")
    for key in table:
        if key not in known:
            raise Refused(f"{where} asks for {key[:60]}, which is not taken from files")
    return table


def _check_vision(vision: Mapping[str, Any]) -> None:
    if vision.get("pos_embed_type", "learnable") != "learnable":
        raise Refused(f"{CONFIG_FILE}: pos_embed_type must be learnable")
    name = vision.get("timm_model_name")
    if name is not None and not (isinstance(name, str) and _TIMM.fullmatch(name)):
        raise Refused(f"{CONFIG_FILE}: timm_model_name is no name")


def _built(kind: type[nn.Module], model: Mapping[str, Any]) -> nn.Module:
    return kind(**{**model, "vision_cfg": dict(model["vision_cfg"])})
