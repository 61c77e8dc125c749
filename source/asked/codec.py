"""A still picture codec behind a question: the rest of the picture is low-passed before it codes.

The sender's network finds what the question names by its class activations (Zhou et al. 2016), and
the picture is blurred elsewhere, so that a file of the same length shows more of what was asked
for. How strongly, the sender tries out: it decodes its own files, and sends the one in which its
network sees what was asked for most as it does in the original. A strength of 1 is the plain codec.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional

from linksim.source.codec import UnknownCodec, load_codec
from linksim.source.judge import relevance_loss
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.sizes import Sizes
from linksim.source.stills.codec import StillCodec
from linksim.source.zoo.imagenet.groups import Group, group_of, groups_named, table_text
from linksim.source.zoo.imagenet.judge import share_of
from linksim.source.zoo.imagenet.network import LiteNetwork, digest_with
from linksim.source.zoo.preset import Preset

NETWORK = 0
"""The sender's, never the judge's."""

STRENGTHS = (1, 4, 10, 20)
"""Over how many pixels a side the rest may be averaged; 1 leaves it as it is."""

_SHARP = 1.5  # times its share of the largest: from two thirds on a place is sent as it is
_ENOUGH = 0.01  # of the loss: what was asked for is as in the original, and nothing need be blurred


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
        groups_named([question for question in questions if question])
        shown = [self._shown(images[row, None], each) for row, each in enumerate(questions)]
        return self._still.encode(torch.cat(shown), questions)

    def _shown(self, image: torch.Tensor, question: str) -> torch.Tensor:
        """Return what is coded of a picture ``[1, 3, H, W]``.

        Strengths are tried from the weakest until one leaves what was asked for as it is.
        """
        if not question:
            return image
        wanted = _Wanted(self._network, image, group_of(question))
        best, least = image, math.inf
        for strength in STRENGTHS:
            rest = low_passed(image, strength)
            tried = rest + wanted.mask * (image - rest)
            loss = wanted.loss(self._decoded(tried))
            if loss < least:
                best, least = tried, loss
            if least <= _ENOUGH:
                break
        return best

    def _decoded(self, image: torch.Tensor) -> torch.Tensor:
        """Return a picture as its receiver would show it, about."""
        still = self._still.drafting
        values = still.encode(image, [""]).values
        nothing = torch.zeros_like(values, dtype=torch.bool)
        return still.decode(Received(values, still.format.width, nothing, torch.zeros(0)))

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures as the still codec shows them."""
        return self._still.decode(received)


class _Wanted:
    """What a question asks for in a picture, as the sender's network sees it.

    Args:
        network: the sender's.
        image: float32 ``[1, 3, H, W]``.
        group: that the question names.

    Attributes:
        mask: how sharp each pixel stays, ``[1, 1, H, W]`` in 0..1.
    """

    def __init__(self, network: LiteNetwork, image: torch.Tensor, group: Group) -> None:
        self._network, self._classes = network, list(group.classes)
        scores = network.activations(image)
        self._shares = share_of(scores.flatten(2), [group])
        self._states = self._states_of(scores)
        self.mask = _mask(self._shares.view(1, 1, *scores.shape[2:]), image)

    def loss(self, shown: torch.Tensor) -> float:
        """Return how far a picture is from the original in it; see `relevance_loss`."""
        states = self._states_of(self._network.activations(shown.to(self._shares.device)))
        return relevance_loss(self._states, states, self._shares).item()

    def _states_of(self, scores: torch.Tensor) -> torch.Tensor:
        return scores[:, self._classes].flatten(2).transpose(1, 2)


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
    return digest_with(NETWORK, STRENGTHS, _SHARP, _ENOUGH, table_text())
