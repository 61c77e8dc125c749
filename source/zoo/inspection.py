"""What the files of a model ask for, looked at before any library acts on them.

Libraries take keyword arguments, names of classes, other places and sizes from configurations. Of
these what runs code, leads out of the folder or asks for more memory than models do is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linksim.source.refused import Refused
from linksim.source.zoo.stored_tensors import stored_in
from linksim.source.zoo.tables import read_json
from linksim.source.zoo.tokenizers import TOKENIZER_FILE, check_tokenizer

_CODE = ("auto_map", "trust_remote_code", "custom_generate", "custom_pipeline", "custom_pipelines")
_ELSEWHERE = (
    "backbone",
    "backbone_kwargs",
    "gguf_file",
    "hf_model_name",
    "init_inputs",
    "quantization_config",
    "transformers_weights",
    "use_pretrained_backbone",
    "use_timm_backbone",
)
_IMPLEMENTATIONS = (None, "eager", "sdpa")

_MOST = 1 << 16
_MOST_OF_TEXTS = 1 << 31
_OF_TEXTS = re.compile(r"vocab|token|position|theta|length|max_|window|_ids?\b|n_ctx")
_MOST_PIXELS = 2048
_SIDES = re.compile(r"image_size|sample_size|crop_size|_edge\b|\bheight\b|\bwidth\b")

_VOCABULARIES = ("vocab.json", "added_tokens.json")
_MOST_VOCABULARY = 1 << 24  # bytes


def inspect(folder: Path) -> None:
    """Make sure that a model's files ask for nothing that no model needs.

    Args:
        folder: with the files themselves, not in folders below it.

    Raises:
        Refused: naming the file and the key.
        OSError: if a file can't be read.
    """
    if (folder / "adapter_config.json").exists():
        raise Refused("adapter_config.json names weights elsewhere; merge them")
    for file in sorted(folder.glob("*.json")):
        if file.name == TOKENIZER_FILE:
            check_tokenizer(file)
        elif file.name in _VOCABULARIES:
            if file.stat().st_size > _MOST_VOCABULARY:
                raise Refused(f"{file.name} is larger than {_MOST_VOCABULARY} bytes")
        elif file.name.endswith(".index.json"):
            _inspect_index(file)
        else:
            settings = read_json(file)
            for path, value in _leaves(settings):
                _inspect_setting(file.name, path, value, file.name == "open_clip_config.json")
    stored_in(folder)


def _inspect_index(file: Path) -> None:
    """Make sure that an index names files beside it, of safetensors."""
    index = read_json(file)
    names = index.get("weight_map") if isinstance(index, dict) else None
    for name in names.values() if isinstance(names, dict) else [None]:
        if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+\.safetensors", name):
            raise Refused(f"{file.name} names {str(name)[:60]!r}, no safetensors file beside it")


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value with the keys that lead to it, tables and lists before what is in them."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)


def _inspect_setting(file: str, path: tuple[str, ...], value: Any, of_clip: bool) -> None:
    key = path[-1] if path else ""
    if key in _CODE and value not in (None, False):
        raise Refused(f"{file} asks for Python code of its own ({key}), which is not run")
    if key in _ELSEWHERE and value not in (None, False, [], {}):
        raise Refused(f"{file} asks for {key}, which is not taken from files")
    if key.endswith(("attn_implementation", "experts_implementation")) and (
        value not in _IMPLEMENTATIONS
    ):
        raise Refused(f"{file} asks for {key}, which is not taken from files")
    if key == "model_type" and str(value).startswith("timm"):
        raise Refused(f"{file} asks for a model of timm, which is not taken from files")
    if isinstance(value, int) and not isinstance(value, bool):
        _check_size(file, key, value, of_clip)


def _check_size(file: str, key: str, value: int, of_clip: bool) -> None:
    if key == "model_max_length":  # 1e30 where a tokenizer knows none
        return
    most = _MOST_OF_TEXTS if _OF_TEXTS.search(key) else _MOST
    if _SIDES.search(key) and not (of_clip and key == "width"):  # there a transformer's
        most = _MOST_PIXELS
    if abs(value) > most:
        raise Refused(f"{file} asks for {key} = {value:.3g}; at most {most}")
