"""A LLaVA-family model that answers questions about pictures and shows what it attended to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from linksim.source.judge import Response
from linksim.source.refused import Refused
from linksim.source.zoo.locks import TOKENIZING

_LONGEST_ANSWER = 1000  # characters; a token of a tokenizer from elsewhere may be long
_FIELDS = ("{question}", "{image}")


class Llava:
    """A ``LlavaForConditionalGeneration`` with its tokenizer, prompt and picture normalisation.

    The prompt puts the question before the picture: the language model is causal, so that only
    then can its states at the image tokens depend on what was asked. A model that has learnt to
    answer with the picture first is asked for its answers by a prompt of that kind.

    Args:
        model: the transformers model, frozen by the caller.
        tokenizer: its tokenizer.
        prompt: template with ``{question}`` and ``{image}`` in this order, special tokens included.
        mean, std: per-channel normalisation of pictures in 0..1.
        answer_tokens: most tokens that an answer may have.
        answer_prompt: by which it is asked for answers, fields in either order; empty for the same
            prompt, in one pass with the states.
        answer_end: a token that ends an answer, beside the tokenizer's own; empty for none.

    Raises:
        Refused: if a prompt lacks a field, the first puts the picture first, or the tokenizer has
            no such token.
    """

    name = "llava"

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        prompt: str,
        mean: Sequence[float],
        std: Sequence[float],
        answer_tokens: int = 3,
        answer_prompt: str = "",
        answer_end: str = "",
    ) -> None:
        question, image = prompt.find("{question}"), prompt.find("{image}")
        if question < 0 or image < question:
            raise Refused("a LLaVA prompt needs {question} and, after it, {image}")
        if answer_prompt and not all(field in answer_prompt for field in _FIELDS):
            raise Refused("a LLaVA's answer_prompt needs {question} and {image}")
        self.model, self.tokenizer, self.prompt = model, tokenizer, prompt
        self.answer_tokens, self.answer_prompt = answer_tokens, answer_prompt or prompt
        self._ends = {tokenizer.eos_token_id, *_ids_of(tokenizer, answer_end)}
        self._mean = torch.tensor(mean).view(1, 3, 1, 1)
        self._std = torch.tensor(std).view(1, 3, 1, 1)
        vision = self._vision_config()
        self._side = int(vision.image_size)
        self.image_tokens = (self._side // int(vision.patch_size)) ** 2

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)

    def tokens(self, questions: Sequence[str], prompt: str = "") -> dict[str, torch.Tensor]:
        """Return ``input_ids`` and ``attention_mask``, int64 ``[B, T]``, padded on the left.

        An image token within a question is taken out: it would stand for a picture of its own.

        Args:
            questions: to be asked.
            prompt: `answer_prompt`, or empty for the one of the states.
        """
        image_text = self.tokenizer.convert_ids_to_tokens(self._image_id())
        image = image_text * self.image_tokens
        plain = [question.replace(image_text, " ") for question in questions]
        before, after = self._around(prompt or self.prompt)
        texts = [before(question) + image + after(question) for question in plain]
        side = {"padding": True, "padding_side": "left"}
        with TOKENIZING:
            encoded = self.tokenizer(texts, add_special_tokens=False, return_tensors="pt", **side)
        return {
            "input_ids": encoded["input_ids"].to(self.device),
            "attention_mask": encoded["attention_mask"].to(self.device),
        }

    def _around(self, prompt: str) -> tuple[Callable[[str], str], Callable[[str], str]]:
        """Return what gives, for a question, the text before the picture, and the text after it.

        Only a prompt's first fields are fields: braces elsewhere, or in a question, are text.
        """
        before, _, after = prompt.partition("{image}")

        def filled(text: str) -> Callable[[str], str]:
            return lambda question: text.replace("{question}", question, 1)

        if "{question}" in before:
            return filled(before), lambda _: after
        return lambda _: before, filled(after)

    def pixel_values(self, images: torch.Tensor) -> torch.Tensor:
        """Resize and normalise pictures in 0..1 as the vision tower wants them; differentiable."""
        if images.shape[-2:] != (self._side, self._side):
            size = (self._side, self._side)
            images = F.interpolate(images, size, mode="bicubic", antialias=True).clamp(0, 1)
        mean, std = self._mean.to(images.device), self._std.to(images.device)
        return ((images - mean) / std).to(self.model.dtype)

    def states(self, images: torch.Tensor, questions: Sequence[str]) -> torch.Tensor:
        """Return the hidden states at the image tokens; gradients reach ``images``.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            questions: one for each picture.

        Returns:
            float32 ``[B, image_tokens, width]``.
        """
        tokens = self.tokens(questions)
        return self._at_image(self._read(tokens, images).last_hidden_state, tokens["input_ids"])

    def confidence(self, images: torch.Tensor, questions: Sequence[str]) -> torch.Tensor:
        """Return log p of the likeliest first word of each answer, float32 ``[B]``.

        Gradients reach ``images``; arguments as in `states`.
        """
        tokens = self.tokens(questions, self.answer_prompt)
        last = self._read(tokens, images).last_hidden_state[:, -1]
        likely: torch.Tensor = self.model.lm_head(last).float().log_softmax(dim=-1).amax(dim=-1)
        return likely

    @torch.no_grad()
    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        """Answer greedily, and return the states, too; arguments as in `states`.

        Answers are in lower case, without surrounding space or full stop; states are the last
        hidden ones at the image tokens.
        """
        tokens = self.tokens(questions)
        output = self._read(tokens, images, use_cache=True)
        states = self._at_image(output.last_hidden_state, tokens["input_ids"])
        if self.answer_prompt != self.prompt:
            tokens = self.tokens(questions, self.answer_prompt)
            output = self._read(tokens, images, use_cache=True)
        mask, written = tokens["attention_mask"], []
        finished = torch.zeros(len(images), dtype=torch.bool, device=self.device)
        ends = torch.tensor(sorted(self._ends), device=self.device)
        for _ in range(self.answer_tokens):
            word = self.model.lm_head(output.last_hidden_state[:, -1]).argmax(-1)
            finished = finished | torch.isin(word, ends)
            word = word.masked_fill(finished, self.tokenizer.pad_token_id)
            written.append(word)
            if finished.all():
                break
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            output = self._read_on(output, word[:, None], mask)
        texts = self.tokenizer.batch_decode(torch.stack(written, 1), skip_special_tokens=True)
        answers = [text[:_LONGEST_ANSWER].strip().rstrip(".").lower() for text in texts]
        return Response(answers, states)

    def _at_image(self, hidden: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        picked = hidden[ids == self._image_id()]
        return picked.view(len(ids), self.image_tokens, -1).float()

    def _vision_config(self) -> Any:
        """Return what knows the vision tower's ``image_size`` and ``patch_size``."""
        return self.model.config.vision_config

    def _image_id(self) -> int:
        """Return what stands in ``input_ids`` for a token of the picture."""
        return int(self.model.config.image_token_id)

    def _read(
        self, tokens: dict[str, torch.Tensor], images: torch.Tensor, use_cache: bool | None = None
    ) -> Any:
        """Read prompts and pictures; the result has ``last_hidden_state`` ``[B, T, width]``."""
        pixels = self.pixel_values(images)
        return self.model.model(**tokens, pixel_values=pixels, use_cache=use_cache)

    def _read_on(self, output: Any, word: torch.Tensor, mask: torch.Tensor) -> Any:
        """Read one more word ``[B, 1]`` of each answer after what gave ``output``."""
        return self.model.model(
            input_ids=word,
            attention_mask=mask,
            past_key_values=output.past_key_values,
            use_cache=True,
        )


def _ids_of(tokenizer: Any, token: str) -> list[int]:
    """Return the id of a token, if one is named.

    Raises:
        Refused: if the tokenizer knows none of that name.
    """
    if not token:
        return []
    found = tokenizer.convert_tokens_to_ids(token)
    if found is None or found == tokenizer.unk_token_id:
        raise Refused(f"answer_end = {token!r:.40}: no token of the tokenizer")
    return [int(found)]
