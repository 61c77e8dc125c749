"""DeepJSCC as a codec: it makes channel symbols by itself, so no channel code stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Generic, Self, TypeVar

import torch

from linksim.source.codec import codec_options
from linksim.source.deepjscc import residual
from linksim.source.deepjscc.model import STRIDE, DeepJscc, symbols_of
from linksim.source.deepjscc.residual import CONFIG_FILE, ResidualConfig, ResidualJscc
from linksim.source.message import Draft, ReceivedSymbols, Symbols, SymbolsFormat
from linksim.source.sizes import Size, Sizes
from linksim.source.zoo.loading import explained, load_clip, load_weights, model_folder
from linksim.source.zoo.preset import WIDE, ModelUnavailable, Preset

WEIGHTS_FILE = "model.safetensors"


def shipped(preset: Preset) -> str:
    """Return where the trained networks lie that come with linksim, for a preset's world."""
    return "weights:wide/deepjscc" if preset.world == WIDE else "weights:embedded/deepjscc"


Model = TypeVar("Model", DeepJscc, ResidualJscc)


class _Networks(Generic[Model]):
    """What all trained networks have in common, for pictures of one size.

    Args:
        model: the networks.
        size: height and width, multiples of what `sizes` says.
    """

    name = "deepjscc"
    sizes: Sizes

    def __init__(self, model: Model, size: Size) -> None:
        self.model: Model = model.eval().requires_grad_(False)
        self.size = size
        self._device = next(model.parameters()).device

    @property
    def side(self) -> int:
        """Width and height of the pictures if they are square.

        Raises:
            AttributeError: if they are not.
        """
        if self.size[0] != self.size[1]:
            raise AttributeError("deepjscc: is for pictures that are no square")
        return self.size[0]

    def fitted(self, height: int, width: int) -> Self:
        """Return the same networks for another size; see `linksim.source.codec.SizedCodec`."""
        return type(self)(self.model, self.sizes.check((height, width)))

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Return the pictures that the received symbols show."""
        values, n0 = received.values.to(self._device), received.n0.to(self._device)
        pictures: torch.Tensor = self.model.decode(values, n0, self.size)
        return pictures


class DeepJsccCodec(_Networks[DeepJscc]):
    """The trained networks for drawn scenes."""

    sizes = Sizes(multiple=STRIDE)

    @property
    def format(self) -> SymbolsFormat:
        """How many symbols a picture becomes."""
        return SymbolsFormat(symbols_of(self.size))

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Symbols:
        """Return the pictures' symbols; see `linksim.source.codec.AnalogueCodec.encode`."""
        return Symbols(self.model.encode(images.to(self._device)))


class ResidualCodec(_Networks[ResidualJscc]):
    """What both kinds of networks for photographs have in common."""

    sizes = Sizes(multiple=residual.STRIDE)

    @property
    def format(self) -> SymbolsFormat:
        """How many symbols a picture becomes."""
        return SymbolsFormat(self.model.config.symbols_of(self.size))

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Return the pictures that the received symbols show."""
        return super().decode(received).clamp(0, 1)

    def _symbols(self, images: torch.Tensor, snr_db: float) -> Symbols:
        told = torch.full((len(images),), snr_db, device=self._device)
        return Symbols(self.model.encode(images.to(self._device), told))


class FixedResidualCodec(ResidualCodec):
    """Networks for photographs that were trained for one SNR."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Symbols:
        """Return the pictures' symbols; see `linksim.source.codec.AnalogueCodec.encode`."""
        return self._symbols(images, self.model.config.snr_db[0])


class AdaptiveResidualCodec(ResidualCodec):
    """Networks for photographs that were trained for a range of SNRs; both ends know the SNR."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Draft:
        """Return the pictures; see `linksim.source.codec.AdaptiveCodec.encode`."""
        return Draft(images)

    def adapt(self, draft: Draft, snr_db: float) -> Symbols:
        """Return the pictures' symbols for an SNR; see `linksim.source.codec.AdaptiveCodec`."""
        return self._symbols(draft.values, snr_db)


def residual_codec(model: ResidualJscc, size: Size) -> FixedResidualCodec | AdaptiveResidualCodec:
    """Return the codec of networks for photographs, as they were trained."""
    if model.config.adaptive:
        return AdaptiveResidualCodec(model, size)
    return FixedResidualCodec(model, size)


def load(
    preset: Preset, device: torch.device, options: str = ""
) -> DeepJsccCodec | FixedResidualCodec | AdaptiveResidualCodec:
    """Load the codec with the weights that come with linksim, or those of ``weights=FOLDER``.

    Raises:
        UnknownCodec: if the options are others.
        ModelUnavailable: if weights are missing or damaged, or the preset's pictures have a side
            that the networks do not take.
    """
    folder = _folder(preset, options)
    side = load_clip(preset, device).side
    if (folder / CONFIG_FILE).exists():
        with explained(f"{preset.name}: {folder}"):
            model = ResidualJscc(ResidualConfig.read(folder))
        load_weights(model, folder / WEIGHTS_FILE, preset)
        _check_side(side, residual.STRIDE, preset)
        return residual_codec(model.to(device), (side, side))
    small = DeepJscc()
    load_weights(small, folder / WEIGHTS_FILE, preset)
    _check_side(side, STRIDE, preset)
    return DeepJsccCodec(small.to(device), (side, side))


def _check_side(side: int, stride: int, preset: Preset) -> None:
    if side % stride:
        raise ModelUnavailable(f"{preset.name}: deepjscc takes no pictures of {side} pixels a side")


def _folder(preset: Preset, options: str) -> Path:
    """Return where the weights are that options name."""
    own = codec_options(options, ["weights"], "deepjscc").get("weights")
    return Path(own) if own else model_folder(shipped(preset), preset)
