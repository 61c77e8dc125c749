"""The word tokenizer of a drawn world, shared by its CLIP and its LLaVA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linksim.source.scenes.language import vocabulary

SPECIAL_TOKENS = ("<pad>", "<s>", "</s>", "<unk>", "<image>")
"""Padding, begin, end, unknown word, image token: ids 0 to 4 in this order."""


def word_ids(words: Sequence[str] | None = None) -> dict[str, int]:
    """Return the id of each token, special tokens first; without ``words`` the small world's."""
    known = vocabulary() if words is None else words
    return {word: i for i, word in enumerate((*SPECIAL_TOKENS, *known))}


def build_tokenizer(words: Sequence[str] | None = None) -> Any:
    """Return a ``transformers.PreTrainedTokenizerFast`` over a world's words, as `word_ids`.

    Text is lowered and split at white space and punctuation; words from outside become ``<unk>``.
    Every text is framed by ``<s>`` and ``</s>``.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    ids = word_ids(words)
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(r"[^\w<>]"), "isolated"),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>"],
    )
