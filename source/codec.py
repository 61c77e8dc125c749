"""The verbs of a source codec, and how codecs are found by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol

import torch

from linksim.source.message import Message, Received
from linksim.source.zoo.preset import Preset


class Codec(Protocol):
    """A semantic source codec: picture and question to message, received message to picture."""

    name: str
    side: int
    """Width and height of the pictures it takes and gives, in pixels."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return the messages of a batch.

        Args:
            images: float32 ``[B, 3, side, side]`` in 0..1.
            questions: what the user wants to know of each picture.
        """

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures as received, float32 ``[B, 3, side, side]`` in 0..1."""


Loader = Callable[[Preset, torch.device], Codec]
"""What a codec's entry point names: builds the codec from a preset's weights on a device."""

_GROUP = "linksim.codecs"


def codec_names() -> list[str]:
    """Return the names of all installed codecs.

    Other packages add theirs by an entry point in the group ``linksim.codecs``.
    """
    return sorted(entry_points(group=_GROUP).names)


def load_codec(name: str, preset: Preset, device: torch.device) -> Codec:
    """Load a codec with the weights of a preset.

    Raises:
        ValueError: if no codec has this name.
        ModelUnavailable: if its weights are missing or damaged.
    """
    found = entry_points(group=_GROUP, name=name)
    if not found:
        raise ValueError(f"{name}: unknown codec; one of {', '.join(codec_names())}")
    loader: Loader = next(iter(found)).load()
    return loader(preset, device)
