"""DeepJSCC as a codec: it makes channel symbols by itself, so no channel code stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from linksim.source.codec import codec_options
from linksim.source.deepjscc.model import STRIDE, DeepJscc, symbols_of
from linksim.source.message import ReceivedSymbols, Symbols, SymbolsFormat
from linksim.source.sizes import Size, Sizes
from linksim.source.zoo.loading import load_clip, load_weights, model_folder
from linksim.source.zoo.preset import ModelUnavailable, Preset

WEIGHTS_FILE = "model.safetensors"
SHIPPED = "weights:embedded/deepjscc"
"""The trained networks that come with linksim."""


class DeepJsccCodec:
    """The trained networks, for pictures of one size.

    Args:
        model: the networks.
        size: height and width, multiples of `linksim.source.deepjscc.model.STRIDE`.
    """

    name = "deepjscc"
    sizes = Sizes(multiple=STRIDE)

    def __init__(self, model: DeepJscc, size: Size) -> None:
        self.model, self.size = model.eval().requires_grad_(False), size
        self._device = next(model.parameters()).device

    @property
    def side(self) -> int:
        """Width and height of the pictures if they are square.

        Raises:
            AttributeError: if they are not.
        """
        if self.size[0] != self.size[1]:
            raise AttributeError(f"{self.name}: is for pictures that are no square")
        return self.size[0]

    @property
    def format(self) -> SymbolsFormat:
        """How many symbols a picture becomes."""
        return SymbolsFormat(symbols_of(self.size))

    def fitted(self, height: int, width: int) -> DeepJsccCodec:
        """Return the same networks for another size; see `linksim.source.codec.SizedCodec`."""
        return DeepJsccCodec(self.model, self.sizes.check((height, width)))

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Symbols:
        """Return the pictures' symbols; see `linksim.source.codec.AnalogueCodec.encode`."""
        return Symbols(self.model.encode(images.to(self._device)))

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Return the pictures that the received symbols show."""
        values, n0 = received.values.to(self._device), received.n0.to(self._device)
        return self.model.decode(values, n0, self.size)


def load(preset: Preset, device: torch.device, options: str = "") -> DeepJsccCodec:
    """Load the codec with the weights that come with linksim, or those of ``weights=FOLDER``.

    Raises:
        UnknownCodec: if the options are others.
        ModelUnavailable: if weights are missing or damaged, or the pictures' side is no multiple
            of 4.
    """
    own = codec_options(options, ["weights"], "deepjscc").get("weights")
    folder = Path(own) if own else model_folder(SHIPPED, preset)
    model = DeepJscc()
    load_weights(model, folder / WEIGHTS_FILE, preset)
    side = load_clip(preset, device).side
    if side % STRIDE:
        raise ModelUnavailable(f"{preset.name}: deepjscc takes no pictures of {side} pixels a side")
    return DeepJsccCodec(model.to(device), (side, side))
