"""A CLIP whose intermediate features and embeddings the codecs read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch.func import functional_call

from linksim.source.zoo.locks import SWAPPING, TOKENIZING

_TEXT_STEP = 16
"""Texts are read up to the next multiple of so many tokens, in place of the whole context."""


class TextTokens(NamedTuple):
    """Texts as a model reads them, token by token.

    Attributes:
        features: of the tokens of each text, ``[B, context, width]``.
        valid: which of them are a text's own and no padding, bool ``[B, context]``.
    """

    features: torch.Tensor
    valid: torch.Tensor


class Clip:
    """An open_clip model with its tokenizer and picture normalisation, frozen by the caller.

    Args:
        model: from ``open_clip.create_model``.
        tokenizer: from ``open_clip.get_tokenizer``.
        mean, std: per-channel normalisation of pictures in 0..1.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Callable[[list[str]], torch.Tensor],
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self._mean = torch.tensor(mean).view(1, 3, 1, 1)
        self._std = torch.tensor(std).view(1, 3, 1, 1)
        size = model.visual.image_size
        self.side = int(size[0] if isinstance(size, (tuple, list)) else size)

    @property
    def device(self) -> torch.device:
        return torch.device(next(iter(self.model.parameters())).device)

    def _pixel_values(self, images: torch.Tensor) -> torch.Tensor:
        images = images.to(self.device)
        if images.shape[-2:] != (self.side, self.side):
            size = (self.side, self.side)
            images = F.interpolate(images, size, mode="bicubic", antialias=True).clamp(0, 1)
        return (images - self._mean.to(self.device)) / self._std.to(self.device)

    def layer_features(self, images: torch.Tensor, layers: Sequence[int]) -> list[torch.Tensor]:
        """Return patch tokens after the given transformer layers, each ``[B, grid², width]``.

        Differentiable, for towers that are not frozen.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1; resized to the model's size.
            layers: numbers from 0, ascending.
        """
        features = self.model.visual.forward_intermediates(
            self._pixel_values(images),
            indices=list(layers),
            output_fmt="NLC",
            intermediates_only=True,
            stop_early=True,
        )
        return list(features["image_intermediates"])

    @torch.no_grad()
    def embed_images(self, images: torch.Tensor) -> torch.Tensor:
        """Return unit-length image embeddings ``[B, width]``."""
        features: torch.Tensor = self.model.encode_image(self._pixel_values(images), normalize=True)
        return features

    @torch.no_grad()
    def embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Return unit-length text embeddings ``[B, width]``."""
        with TOKENIZING:
            tokens = self.tokenizer(list(texts)).to(self.device)
        ends = self._text_ends(tokens)
        if ends is None:
            features: torch.Tensor = self.model.encode_text(tokens, normalize=True)
            return features
        # Every row takes part in each pass: its shape, and so how a text is rounded, must not
        # depend on how long the other texts are.
        steps = ends // _TEXT_STEP + 1
        passes = {
            step: self._embed_begun(tokens, step * _TEXT_STEP) for step in set(steps.tolist())
        }
        return torch.stack([passes[step][row] for row, step in enumerate(steps.tolist())])

    @property
    def text_token_width(self) -> int:
        """Numbers of a feature of `text_tokens`."""
        return int(getattr(self.model, "text", self.model).token_embedding.weight.shape[1])

    @torch.no_grad()
    def text_tokens(self, texts: Sequence[str]) -> TextTokens:
        """Return the features of texts after the last layer, normalised, before any pooling.

        All of the context is read, whatever the other texts are, so that how a text is rounded does
        not depend on them.
        """
        with TOKENIZING:
            tokens = self.tokenizer(list(texts)).to(self.device)
        features = self.model.forward_intermediates(
            text=tokens, text_indices=1, normalize_intermediates=True, intermediates_only=True
        )["text_intermediates"][-1]
        ends = self._text_ends(tokens)
        valid = torch.ones_like(tokens, dtype=torch.bool)
        if ends is not None:
            valid = torch.arange(tokens.shape[1], device=ends.device) <= ends[:, None]
        return TextTokens(features, valid)

    def cuts(self, texts: Sequence[str]) -> list[bool]:
        """Tell of each text whether `embed_texts` reads its beginning only: it is too long."""
        context = int(getattr(self.tokenizer, "context_length", 0) or 0)
        if not texts or not context:
            return [False] * len(texts)
        longer: Any = self.tokenizer
        read = longer([*texts, ""])
        whole = longer([*texts, ""], context_length=context + 1)
        # A cut text ends in another token than the text itself has there, or goes on behind it.
        differs = (read != whole[:, :context]).any(dim=1) | (whole[:, -1] != whole[-1, -1])
        return [bool(cut) for cut in differs[:-1]]

    def _text_ends(self, tokens: torch.Tensor) -> torch.Tensor | None:
        """Return the place of the token that stands for each text, ``[B]``.

        What follows it is padding, which a causal model does not see there; None for a model that
        is not causal or stands for a text otherwise.
        """
        if getattr(self.model, "attn_mask", None) is None:
            return None
        if self.model.text_pool_type == "eos":
            tokens = (tokens == self.model.text_eos_id).int()
        elif self.model.text_pool_type != "argmax":
            return None
        return tokens.argmax(dim=-1)

    def _embed_begun(self, tokens: torch.Tensor, length: int) -> torch.Tensor:
        """Return unit-length embeddings of texts ``[B, context]``, of which ``length`` are read."""
        begun = {
            "positional_embedding": self.model.positional_embedding[:length],
            "attn_mask": self.model.attn_mask[:length, :length],
        }
        with SWAPPING:
            outputs = functional_call(self.model, begun, (None, tokens[:, :length]))
        embedded: torch.Tensor = outputs[1]
        return embedded
