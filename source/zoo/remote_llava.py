"""A LLaVA whose class comes as Python code with its weights, as nanoLLaVA's does.

``LlavaQwen2ForCausalLM`` differs from the class that transformers brings: one id, −200, stands for
a whole picture in its ``input_ids``; it prepares pictures itself, from PIL; and its forward pass
cuts the gradient at the vision tower, which the relevance loss needs. So its parts are called one
by one here: tower, projector, embeddings, language model.

The code was written for other versions of transformers. What changed since is kept away from:
caches (answers are written without one), and building a model without memory first, which loses
what a model computes when it is built (tables of positions) and does not store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from linksim.source.refused import Refused
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.llava import Llava

IMAGE_ID = -200
"""Stands for a token of the picture in ``input_ids``; no tokenizer gives it."""


@dataclass(frozen=True)
class _Reading:
    """What was read, ``embedded`` ``[B, T, width]``, and what the language model made of it."""

    embedded: torch.Tensor
    last_hidden_state: torch.Tensor


class RemoteLlava(Llava):
    """A model in the layout of nanoLLaVA; see `Llava`, and `load_remote` for the arguments."""

    def tokens(self, questions: Sequence[str], prompt: str = "") -> dict[str, torch.Tensor]:
        """Return ``input_ids`` and ``attention_mask`` as `Llava.tokens` does.

        The words on both sides of the picture are read apart, as the published model does.
        """
        before, after = self._around(prompt or self.prompt)
        rows = [
            [*self._ids(before(question)), *self._picture(), *self._ids(after(question))]
            for question in questions
        ]
        longest = max(map(len, rows))
        padded = [[self.tokenizer.pad_token_id] * (longest - len(row)) + row for row in rows]
        read = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
        return {
            "input_ids": torch.tensor(padded, device=self.device),
            "attention_mask": torch.tensor(read, device=self.device),
        }

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _picture(self) -> list[int]:
        return [IMAGE_ID] * self.image_tokens

    def _vision_config(self) -> Any:
        return self.model.get_vision_tower().config

    def _image_id(self) -> int:
        return IMAGE_ID

    def _read(
        self, tokens: dict[str, torch.Tensor], images: torch.Tensor, use_cache: bool | None = None
    ) -> _Reading:
        # The tower's own forward pass goes without gradient; the network inside it does not.
        seen = self.model.get_vision_tower().vision_tower(
            self.pixel_values(images),
            output_attentions=False,
            output_hidden_states=True,
            return_dict=True,
        )
        language, ids = self.model.get_model(), tokens["input_ids"]
        words = language.embed_tokens(ids.clamp(min=0))
        pictures = language.mm_projector(seen.hidden_states[-1]).to(words.dtype)
        where = (ids == IMAGE_ID)[..., None].expand_as(words)
        return self._run(words.masked_scatter(where, pictures), tokens["attention_mask"])

    def _read_on(self, output: _Reading, word: torch.Tensor, mask: torch.Tensor) -> _Reading:
        words = self.model.get_model().embed_tokens(word)
        return self._run(torch.cat([output.embedded, words], dim=1), mask)

    def _run(self, embedded: torch.Tensor, mask: torch.Tensor) -> _Reading:
        output = self.model.get_model()(
            inputs_embeds=embedded,
            attention_mask=mask,
            use_cache=False,
            output_attentions=False,
            output_hidden_states=False,
            return_dict=True,
        )
        return _Reading(embedded, output.last_hidden_state)


def load_remote(folder: Path) -> tuple[Any, Any, Any]:
    """Load a model by the code that lies beside its weights. Runs that code.

    Returns:
        the model in float32, its tokenizer, and its tower's picture processor, which has
        ``image_mean`` and ``image_std``.

    Raises:
        Refused: if weights are missing for parts of the model.
        OSError: if files are missing.
    """
    with foreign():  # all of it: what is called is that code
        return _loaded(folder)


def _loaded(folder: Path) -> tuple[Any, Any, Any]:
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.from_pretrained(folder, trust_remote_code=True)
    model = AutoModelForCausalLM.from_config(
        config, trust_remote_code=True, dtype=torch.float32, attn_implementation="eager"
    )
    tower = model.get_vision_tower()
    if apart := not tower.is_loaded:  # then it has weights by a name of its own
        tower.load_model()
        _number_positions(tower)
    weights: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        weights |= load_file(file)
    missing = set(model.load_state_dict(weights, strict=False).missing_keys)
    missing -= {name for name in missing if apart and ".vision_tower." in name}
    missing -= {"lm_head.weight"} if config.tie_word_embeddings else set()
    if missing:
        raise Refused(f"no weights for {min(missing)} and {len(missing) - 1} more")
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    return model.float(), tokenizer, tower.image_processor


def _number_positions(tower: Any) -> None:
    """Number the patches again: loading a tower by its name loses what is not stored."""
    for module in tower.modules():
        if hasattr(module, "position_ids") and hasattr(module, "num_positions"):
            module.position_ids = torch.arange(module.num_positions)[None]
