"""The folder that open_clip builds an embedded CLIP from: its configuration and its tokenizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from linksim.source.scenes.tokens import SPECIAL_TOKENS, build_tokenizer, word_ids

HEAD_WIDTH = 64


def write_clip_config(
    folder: Path, vision: dict[str, int], text_width: int, context: int, words: Sequence[str]
) -> None:
    """Write the open_clip configuration and the tokenizer of a CLIP.

    Args:
        folder: made if it is not there.
        vision: ``image_size``, ``layers``, ``width`` and ``patch_size`` of the tower.
        text_width: of the text encoder, and of what both embed.
        context: most tokens of a text.
        words: that the tokenizer knows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    patch = {"head_width": HEAD_WIDTH, "patch_size": vision["patch_size"]}
    model = {
        "embed_dim": text_width,
        "vision_cfg": {n: vision[n] for n in ("image_size", "layers", "width")} | patch,
        "text_cfg": {
            "context_length": context,
            "vocab_size": len(word_ids(words)),
            "width": text_width,
            "heads": text_width // HEAD_WIDTH,
            "layers": 3,
            "pool_type": "eos",
            "eos_id": SPECIAL_TOKENS.index("</s>"),
            "hf_tokenizer_name": "local",
        },
    }
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    config = {"model_cfg": model, "preprocess_cfg": {**preprocess, "resize_mode": "squash"}}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    build_tokenizer(words).save_pretrained(folder)
