"""A still picture codec behind a question: the rest of the picture is low-passed before it codes.

The sender's network finds what the question names by its class activations (Zhou et al. 2016), and
the picture is blurred elsewhere, so that a file of the same length shows more of what was asked
for, and little of what nobody asked about. How strongly, the sender tries out: it decodes its own
files, and sends the one in which its network sees what was asked for most as it does in the
original. Where bits suffice for all, so that the plain codec's file shows it clearly better,
nothing is blurred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch.nn import functional

from linksim.source.codec import AnyCodec, UnknownCodec, load_codec
from linksim.source.judge import relevance_loss
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.sizes import Sizes
from linksim.source.stills.codec import StillCodec
from linksim.source.stills.formats import STILLS
from linksim.source.zoo.imagenet.groups import Group, group_of, groups_named, table_text
from linksim.source.zoo.imagenet.judge import share_of
from linksim.source.zoo.imagenet.network import LiteNetwork, digest_with
from linksim.source.zoo.preset import Preset

NETWORK = 0
"""The sender's, never the judge's."""

RESTS = (40, 20, 10)
"""Of how many squares along a picture's shorter side the rest may keep the means."""

PER_PIXEL, LEAST = 0.2, 2**14
"""Bits of a message, where nobody says: for each pixel, and at least."""

_MOST_TRIED = 2**19  # pixels of which strengths are tried; of a larger picture when it is reduced
_SHARP = 1.5  # times its share of the largest: from two thirds on a place is sent as it is
_ENOUGH = 0.01  # of the loss: what was asked for is as in the original, and nothing need be blurred
_CLEARLY = 0.75  # of the least loss behind a blur: with no more than this the plain file is better


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
        """Return what is coded of a picture ``[1, 3, H, W]``."""
        if not question:
            return image
        small = _reduced(image, _MOST_TRIED)
        wanted = _Wanted(self._network, small, group_of(question))
        still = self._tried_by(small)
        plain = wanted.loss(_decoded(still, small))
        if plain <= _ENOUGH:
            return image
        losses = {
            squares: wanted.loss(_decoded(still, kept_where(small, wanted.mask, squares)))
            for squares in RESTS
        }
        best = min(losses, key=losses.__getitem__)
        if plain < _CLEARLY * losses[best]:
            return image
        mask = functional.interpolate(wanted.mask, image.shape[-2:], mode="bilinear")
        return kept_where(image, mask, best)

    def _tried_by(self, small: torch.Tensor) -> StillCodec:
        """Return what tries strengths, of a reduced picture at as many bits for each pixel."""
        height, width = small.shape[-2:]
        bits = 8 * self.format.count * height * width // math.prod(self._still.size)
        return self._still.within(height, width, bits).drafting

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


def _decoded(still: StillCodec, image: torch.Tensor) -> torch.Tensor:
    """Return a picture as its receiver would show it, about."""
    values = still.encode(image, [""]).values
    nothing = torch.zeros_like(values, dtype=torch.bool)
    return still.decode(Received(values, still.format.width, nothing, torch.zeros(0)))


def kept_where(images: torch.Tensor, mask: torch.Tensor, squares: int) -> torch.Tensor:
    """Return pictures that are sharp where a mask is 1, and `low_passed` where it is 0."""
    rest = low_passed(images, squares)
    return rest + mask * (images - rest)


def low_passed(images: torch.Tensor, squares: int) -> torch.Tensor:
    """Return pictures ``[B, 3, H, W]`` averaged over squares, so many along the shorter side."""
    scale = squares / min(images.shape[-2:])
    if scale >= 1:
        return images
    height, width = (max(round(scale * side), 1) for side in images.shape[-2:])
    small = functional.adaptive_avg_pool2d(images, (height, width))
    return functional.interpolate(small, images.shape[-2:], mode="bilinear")


def _reduced(images: torch.Tensor, most: int) -> torch.Tensor:
    """Return pictures ``[B, 3, H, W]`` of at most about so many pixels."""
    scale = math.sqrt(most / math.prod(images.shape[-2:]))
    if scale >= 1:
        return images
    size = [max(round(scale * side), 1) for side in images.shape[-2:]]
    return functional.interpolate(images, size, mode="bilinear", antialias=True).clamp(0, 1)


def _mask(shares: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Return how sharp each pixel stays, ``[B, 1, H, W]`` in 0..1."""
    largest = shares.amax(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    smooth = functional.interpolate(shares, images.shape[-2:], mode="bilinear")
    return (_SHARP * smooth / largest).clamp(0, 1)


def load(preset: Preset, device: torch.device, options: str = "") -> AskedCodec:
    """Load the codec for ``asked:CODEC`` or ``asked:CODEC:OPTIONS``.

    Without options its messages have `PER_PIXEL` bits for each pixel, and at least `LEAST`.

    Raises:
        UnknownCodec: if that is no still picture codec.
        ModuleNotFoundError: if the extra ``photographs`` is not installed.
    """
    if not options:
        raise UnknownCodec("asked: name a still codec behind it, like asked:avif:bpp=0.15")
    if options in STILLS:
        still: AnyCodec = replace(STILLS[options], per_pixel=PER_PIXEL, least=LEAST)(preset, device)
    else:
        still = load_codec(options, preset, device)
    if not isinstance(still, StillCodec):
        raise UnknownCodec(f"asked:{options}: takes still codecs, like asked:avif:bpp=0.15")
    return AskedCodec(still, LiteNetwork(NETWORK, device))


def digest() -> str:
    """Return a digest of what decides what is sent, besides the still codec."""
    return digest_with(
        NETWORK, RESTS, PER_PIXEL, LEAST, _MOST_TRIED, _SHARP, _ENOUGH, _CLEARLY, table_text()
    )
