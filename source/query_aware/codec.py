"""The query-aware baseline: what the question is about goes as text, the rest as a coarse picture.

Chen et al., arXiv 2408.12616. The sender's LLaVA answers the question; question and answer are
sent as text, with a strongly compressed picture. At the receiver a latent diffusion model paints
the picture from both: it attends to the text, and a ControlNet sees the compressed picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from linksim.source.codec import UnknownCodec
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.query_aware.statement import pack, unpack
from linksim.source.stills.codec import Budget, StillCodec, budget
from linksim.source.stills.formats import JPEG2000
from linksim.source.zoo.diffusion import Diffusion, controlled_by, load_controlnet, load_diffusion
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import Preset

NAME = "query_aware"


class QueryAwareCodec:
    """Sends ``text_bytes`` of text, then a compressed picture, as bytes.

    Args:
        llava: answers the questions.
        still: compresses the pictures.
        diffusion, controlnet: paint them.
        text_bytes: of the statement.
    """

    name = NAME

    def __init__(
        self,
        llava: Llava,
        still: StillCodec,
        diffusion: Diffusion,
        controlnet: Any,
        text_bytes: int,
    ) -> None:
        self.side = still.side
        self._llava, self._still, self._text_bytes = llava, still, text_bytes
        self._diffusion, self._controlnet = diffusion, controlnet

    @property
    def format(self) -> MessageFormat:
        """A text, then a picture; see `linksim.source.codec.Codec.format`."""
        picture = self._still.format.count
        parts = ("text", self._text_bytes), ("picture", picture)
        return MessageFormat(self._text_bytes + picture, 8, parts)

    def cuts(self, questions: Sequence[str]) -> list[bool]:
        """Tell of each question whether it alone, without an answer, is longer than the text."""
        return [len(question.encode()) >= self._text_bytes for question in questions]

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return the texts' and pictures' bytes; see `linksim.source.codec.Codec.encode`."""
        answers = self._llava.respond(images.to(self._llava.device), questions).answers
        packed = [
            pack(statement(*pair), self._text_bytes)
            for pair in zip(questions, answers, strict=True)
        ]
        texts = torch.tensor([list(text) for text in packed])
        pictures = self._still.encode(images, questions).values
        return Message(torch.cat([texts, pictures], dim=1), 8)

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures as painted, of whatever bytes."""
        texts, coarse = self.take_apart(received)
        return self._diffusion.paint(texts, controlled_by(self._controlnet, coarse))

    def take_apart(self, received: Received) -> tuple[list[str], torch.Tensor]:
        """Return the texts and the compressed pictures, ``[B, 3, side, side]``, that came."""
        values = received.values.cpu()
        texts = [unpack(bytes(row)) for row in values[:, : self._text_bytes].tolist()]
        rest = slice(self._text_bytes, None)
        picture = Received(
            values[:, rest], received.width, received.erased[:, rest], received.llr[:, rest]
        )
        return texts, self._still.decode(picture)


def statement(question: str, answer: str) -> str:
    """Return what is said of a picture.

    >>> statement("what colour is the car?", "red")
    'what colour is the car? red'
    """
    return f"{question} {answer}"


def load(preset: Preset, device: torch.device, options: str = "") -> QueryAwareCodec:
    """Load the codec; unless ``bits=N`` says otherwise a message has as many as the preset says.

    Raises:
        UnknownCodec: if the options are others, or the bits are too few for the text.
        ModelUnavailable: if the preset names no models for it, or they are missing or damaged.
    """
    controlnet = load_controlnet(preset, NAME, device)
    diffusion = load_diffusion(preset, device)
    text_bytes = int(preset.query_aware["text_bytes"])
    bits = budget(NAME, options, int(preset.query_aware["bits"]))
    if bits <= 8 * text_bytes:
        raise UnknownCodec(f"{NAME}:{options}: the text alone takes {8 * text_bytes} bits")
    still = compressor(diffusion.side, bits - 8 * text_bytes, device)
    return QueryAwareCodec(load_llava(preset, device), still, diffusion, controlnet, text_bytes)


def compressor(side: int, bits: int, device: torch.device) -> StillCodec:
    """Return the codec of the coarse pictures: JPEG2000 at a budget of bits.

    At 64×64 and 2048 bits, near half of them its headers, it leaves shapes and most colours.
    """
    return JPEG2000.codec((side, side), Budget(bits), device)
