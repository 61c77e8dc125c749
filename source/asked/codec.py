"""A still picture codec behind a question: the rest of the picture is low-passed before it codes.

The sender's network finds what the question names by its class activations (Zhou et al. 2016), and
the picture is blurred elsewhere, so that a file of the same length shows more of what was asked
for. How strongly, the sender tries out: it decodes its own files, and sends the one in which its
network sees what was asked for most as it does in the original. A strength of 1 is the plain codec.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch.nn import functional

from linksim.source.codec import UnknownCodec, load_codec
from linksim.source.judge import relevance_loss
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.sizes import Sizes
from linksim.source.stills.codec import StillCodec
from linksim.source.zoo.imagenet.groups import CLASSES, Group, groups, groups_named, table_text
from linksim.source.zoo.imagenet.judge import share_of
from linksim.source.zoo.imagenet.network import LiteNetwork, weights_digest
from linksim.source.zoo.preset import Preset

NETWORK = 0
"""The sender's, never the judge's."""

STRENGTHS = (1, 4, 10, 20)
"""Over how many pixels a side the rest may be averaged; 1 leaves it as it is."""

_SHARP = 1.5  # times its share of the largest: from two thirds on a place is sent as it is


class AskedCodec:
    """Sends what a question names within the bits of a still picture codec.

    Args:
        still: what codes.
        network: the sender's.
    """

    def __init__(self, still: StillCodec, network: LiteNetwork) -> None:
        self.name = f"asked:{still.name}"
        self._still, self._network = still, network

    @property
    def sizes(self) -> Sizes:
        """Which sizes of pictures it takes."""
        return self._still.sizes

    @property
    def side(self) -> int:
        """Width and height of the pictures; see `StillCodec.side`."""
        return self._still.side

    @property
    def format(self) -> MessageFormat:
        """That of the still codec."""
        return self._still.format

    def fitted(self, height: int, width: int) -> AskedCodec:
        """Return this codec for another size; see `linksim.source.codec.SizedCodec`."""
        return AskedCodec(self._still.fitted(height, width), self._network)

    def within(self, height: int, width: int, bits: int) -> AskedCodec:
        """Return it with another budget, too; see `linksim.source.codec.BudgetCodec`."""
        return AskedCodec(self._still.within(height, width, bits), self._network)

    @torch.no_grad()
    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return the best of the files that were tried for each picture.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            questions: that name groups of ImageNet's classes; empty for the plain codec.

        Raises:
            UnknownGroup: if one names none.
        """
        asked = [groups()[0] if not q else groups_named([q])[0] for q in questions]
        scores = self._network.activations(images)
        shares = share_of(scores.flatten(2), asked)
        sharp = _mask(shares.view(len(images), 1, *scores.shape[2:]), images)
        best, least = self._still.encode(images, questions), torch.full((len(images),), torch.inf)
        for strength in STRENGTHS:
            rest = low_passed(images, strength)
            message = self._still.encode(rest + sharp * (images - rest), questions)
            loss = self._loss(message, scores, shares, asked).cpu()
            better = loss < least
            values = torch.where(better[:, None], message.values, best.values)
            best, least = Message(values, message.width), torch.where(better, loss, least)
        return best

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures as the still codec shows them."""
        return self._still.decode(received)

    def _loss(
        self, message: Message, scores: torch.Tensor, shares: torch.Tensor, asked: list[Group]
    ) -> torch.Tensor:
        """Return how far what a message shows is from the original, as the sender's network sees.

        Args:
            message: that would be sent.
            scores, shares: of the originals, ``[B, 1000, h, w]`` and ``[B, h·w]``.
            asked: the group that each question names.

        Returns:
            float32 ``[B]``, see `relevance_loss`.
        """
        values = message.values
        nothing, llr = torch.zeros_like(values, dtype=torch.bool), torch.zeros(0)
        shown = self._still.decode(Received(values, message.width, nothing, llr))
        seen = self._network.activations(shown.to(scores.device))
        own = scores.new_zeros(len(asked), CLASSES, 1)
        for row, group in enumerate(asked):
            own[row, list(group.classes)] = 1
        wanted, left = ((one.flatten(2) * own).transpose(1, 2) for one in (scores, seen))
        return relevance_loss(wanted, left, shares)


def low_passed(images: torch.Tensor, strength: int) -> torch.Tensor:
    """Return pictures ``[B, 3, H, W]`` averaged over squares of so many pixels a side."""
    if strength == 1:
        return images
    height, width = (max(side // strength, 1) for side in images.shape[-2:])
    small = functional.adaptive_avg_pool2d(images, (height, width))
    return functional.interpolate(small, images.shape[-2:], mode="bilinear")


def _mask(shares: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Return how sharp each pixel stays, ``[B, 1, H, W]`` in 0..1."""
    largest = shares.amax(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    smooth = functional.interpolate(shares, images.shape[-2:], mode="bilinear")
    return (_SHARP * smooth / largest).clamp(0, 1)


def load(preset: Preset, device: torch.device, options: str = "") -> AskedCodec:
    """Load the codec for ``asked:CODEC`` or ``asked:CODEC:OPTIONS``.

    Raises:
        UnknownCodec: if that is no still picture codec.
        ModuleNotFoundError: if the extra ``photographs`` is not installed.
    """
    if not options:
        raise UnknownCodec("asked: name a still codec behind it, like asked:avif:bpp=0.15")
    still = load_codec(options, preset, device)
    if not isinstance(still, StillCodec):
        raise UnknownCodec(f"asked:{options}: takes still codecs, like asked:avif:bpp=0.15")
    return AskedCodec(still, LiteNetwork(NETWORK, device))


def digest() -> str:
    """Return a digest of what decides what is sent, besides the still codec."""
    parts = f"{weights_digest(NETWORK)} {STRENGTHS} {table_text()}"
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
