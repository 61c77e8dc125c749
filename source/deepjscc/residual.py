"""DeepJSCC for photographs: residual blocks, of any channel bandwidth ratio, told the SNR.

Squares of 4×4 pixels become the places of a map, and residual blocks of bottlenecks (He et al.,
"Deep residual learning for image recognition", CVPR 2016, Fig. 5) lead to one of an eighth of the
picture's sides, whose real numbers are the symbols' parts, and back. `SnrAttention` between the
stages lets one pair of networks serve a range of SNRs; without it they are for one.

A linear way lies beside the network at either end, which begins as the cosine transform of
`linksim.source.deepjscc.cosines`: an untrained pair sends what linear analogue transmission does.
Every picture's energy is made one; by how much, the receiver learns from a pilot, one of the map's
channels that is constant before that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from linksim.source.deepjscc.cosines import cosines
from linksim.source.refused import Refused
from linksim.source.sizes import Size
from linksim.source.zoo.tables import read_json

STRIDE = 8
"""A map has so many times fewer rows and columns than the picture."""

CONFIG_FILE = "config.json"

_WIDTHS = (96, 128)  # features at a quarter and an eighth of the picture's sides
_BLOCKS = (2, 4)  # residual blocks there, each way
_PIXELS = 3 * 4**2  # numbers of a square at a quarter of them
_SQUEEZED = 8  # times fewer numbers in the middle of an attention than features
_NUMBERS = 3 * STRIDE**2  # of a picture at each place of the map
_MOST_CHANNELS = 2 * _NUMBERS
_LEAST_LEVEL = 0.05  # of the pilot, of a picture that is all contrast
_FIELDS = ("channels", "snr_db", "adaptive")


@dataclass(frozen=True)
class ResidualConfig:
    """What the networks are, apart from their weights.

    Attributes:
        channels: real numbers at each place of the map, two to a symbol, the pilot among them.
        snr_db: lowest and highest Es/N0 that they were trained at.
        adaptive: whether the SNR is told to both of them.

    Raises:
        Refused: if there can be no such networks.
    """

    channels: int
    snr_db: tuple[float, float]
    adaptive: bool

    def __post_init__(self) -> None:
        if not 2 <= self.channels <= _MOST_CHANNELS or self.channels % 2:
            raise Refused(f"channels: an even number from 2 to {_MOST_CHANNELS}")
        low, high = self.snr_db
        if not -200 <= low <= high <= 200:
            raise Refused("snr_db: the lowest and the highest, from -200 to 200 dB")

    @classmethod
    def of(cls, cbr: Fraction, snr_db: tuple[float, float]) -> Self:
        """Return that of networks with a channel bandwidth ratio, adaptive over a range of SNRs.

        Raises:
            Refused: if no whole number of symbols is left for each place of the map.

        >>> ResidualConfig.of(Fraction(1, 16), (0.0, 20.0)).channels
        24
        """
        channels = 2 * cbr * _NUMBERS
        if channels.denominator > 1 or channels % 2:
            nearest = max(round(cbr * _NUMBERS), 1)
            offer = Fraction(nearest, _NUMBERS)
            raise Refused(f"{_NUMBERS} numbers share {cbr * _NUMBERS} symbols; give {offer}")
        return cls(int(channels), snr_db, snr_db[0] < snr_db[1])

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read that of trained networks.

        Raises:
            Refused: if the file is none.
            OSError: if it can't be read.
        """
        found: Any = read_json(folder / CONFIG_FILE)
        if not isinstance(found, dict) or sorted(found) != sorted(_FIELDS):
            raise Refused(f"{CONFIG_FILE}: has {', '.join(_FIELDS)}, and nothing else")
        channels, snr_db, adaptive = (found[name] for name in _FIELDS)
        two: list[Any] = snr_db if isinstance(snr_db, list) and len(snr_db) == 2 else [None]
        numbers = type(channels) is int and all(type(each) in (int, float) for each in two)
        if not (numbers and isinstance(adaptive, bool)):
            raise Refused(
                f"{CONFIG_FILE}: channels is a number, snr_db two, adaptive true or false"
            )
        return cls(channels, (two[0], two[1]), adaptive)

    def to_json(self) -> dict[str, Any]:
        """Return what `read` reads."""
        return {"channels": self.channels, "snr_db": list(self.snr_db), "adaptive": self.adaptive}

    @property
    def cbr(self) -> Fraction:
        """Channel symbols for each of a picture's numbers."""
        return Fraction(self.channels, 2 * _NUMBERS)

    def symbols_of(self, size: Size) -> int:
        """Return the channel symbols of a picture.

        >>> ResidualConfig(24, (0.0, 20.0), True).symbols_of((512, 768))
        73728
        """
        height, width = size
        return (height // STRIDE) * (width // STRIDE) * self.channels // 2


class SnrAttention(nn.Module):
    """Features weighed by what they are on the whole, and by the SNR.

    The attention feature module of Xu et al., "Wireless image transmission using deep source
    channel coding with attention modules", IEEE Trans. Circuits Syst. Video Technol. 32(4), 2022,
    Fig. 4: features averaged over the map and the SNR, through two layers, give a factor from 0 to
    1 to each feature.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        middle = features // _SQUEEZED
        self.weigh = nn.Sequential(
            nn.Linear(features + 1, middle), nn.ReLU(), nn.Linear(middle, features), nn.Sigmoid()
        )

    def forward(self, maps: torch.Tensor, snr_db: torch.Tensor) -> torch.Tensor:
        """Return maps ``[B, features, h, w]`` weighed, given the SNR of each in dB, ``[B]``."""
        known = torch.cat([maps.mean(dim=(2, 3)), snr_db[:, None].to(maps) / 10], dim=1)
        factors: torch.Tensor = self.weigh(known)
        return maps * factors[..., None, None]


class Bottleneck(nn.Module):
    """A residual block: 1×1, 3×3 and 1×1 convolutions beside a way past them."""

    def __init__(self, features: int) -> None:
        super().__init__()
        middle = features // 2
        self.inner = nn.Sequential(
            nn.Conv2d(features, middle, 1),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(middle, middle, 3, padding=1),
            nn.LeakyReLU(0.1, inplace=True),
            nn.Conv2d(middle, features, 1),
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return maps of the shape of those given, ``[B, features, h, w]``."""
        added: torch.Tensor = self.inner(maps)
        return maps + added


class Stages(nn.Module):
    """Layers one after the other, each followed by an `SnrAttention` if there is one for it."""

    def __init__(self, layers: Sequence[nn.Module], widths: Sequence[int], adaptive: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.attentions = nn.ModuleList(map(SnrAttention, widths) if adaptive else ())

    def forward(self, maps: torch.Tensor, snr_db: torch.Tensor) -> torch.Tensor:
        """Return what the last layer makes, given the SNR of each picture in dB, ``[B]``."""
        for place, layer in enumerate(self.layers):
            maps = layer(maps)
            if place < len(self.attentions):
                maps = self.attentions[place](maps, snr_db)
        return maps


class ResidualJscc(nn.Module):
    """Encoder and decoder, for pictures of any size that `STRIDE` divides."""

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        self.config = config
        quarter, eighth = _WIDTHS
        sent, heard = config.channels - 1, config.channels + config.channels // 2 - 1
        down = [
            nn.Sequential(nn.PixelUnshuffle(4), nn.Conv2d(_PIXELS, quarter, 3, 1, 1), *_blocks(0)),
            nn.Sequential(nn.Conv2d(quarter, eighth, 3, 2, 1), *_blocks(1)),
            _silent(nn.Conv2d(eighth, sent, 3, padding=1)),
        ]
        up = [
            nn.Sequential(nn.Conv2d(heard, eighth, 3, padding=1), *_blocks(1)),
            nn.Sequential(nn.Conv2d(eighth, 4 * quarter, 1), nn.PixelShuffle(2), *_blocks(0)),
            nn.Sequential(_silent(nn.Conv2d(quarter, _PIXELS, 3, 1, 1)), nn.PixelShuffle(4)),
        ]
        self.encoder = Stages(down, _WIDTHS, config.adaptive)
        self.decoder = Stages(up, _WIDTHS[::-1], config.adaptive)
        self.analysis = nn.Conv2d(3, sent, STRIDE, STRIDE, bias=False)
        self.synthesis = nn.ConvTranspose2d(sent, 3, STRIDE, STRIDE, bias=False)
        analysis, synthesis, energy = cosines(STRIDE, sent)
        self.analysis.weight.data.copy_(analysis)
        self.synthesis.weight.data.copy_(synthesis)
        self.log_energy = nn.Parameter((energy / energy.mean()).log())

    def encode(self, images: torch.Tensor, snr_db: torch.Tensor) -> torch.Tensor:
        """Return each picture's channel symbols, whose mean energy is one.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            snr_db: mean Es/N0 of the channel that each is made for, float32 ``[B]``; without
                attention it has no effect.

        Returns:
            complex64 ``[B, symbols]``, `ResidualConfig.symbols_of` their size.
        """
        centred = images - 0.5
        maps = self.analysis(centred) + self.encoder(centred, self._trained(snr_db))
        pilot = torch.ones_like(maps[:, :1])
        real, imaginary = torch.cat([maps, pilot], dim=1).float().flatten(2).chunk(2, dim=1)
        symbols = torch.complex(real, imaginary).flatten(1)
        energy = symbols.abs().square().mean(dim=1, keepdim=True)
        return symbols / energy.sqrt()

    def decode(self, values: torch.Tensor, n0: torch.Tensor, size: Size) -> torch.Tensor:
        """Return the pictures that received symbols show.

        The mean SNR is what the noise of the symbols says, the mean of 1/n0.

        Args:
            values: the symbols in noise, complex64 ``[B, symbols]``.
            n0: variance of each one's noise, float32 ``[B, symbols]``.
            size: height and width of the pictures.

        Returns:
            float32 ``[B, 3, H, W]``, mostly in 0..1.
        """
        shape = (len(values), self.config.channels // 2, *(side // STRIDE for side in size))
        noise = n0.view(shape)
        trust = 1 / (1 + noise)  # the linear MMSE estimate's factor, of a symbol of energy one
        snr_db = 10 * (1 / n0.clamp(min=1e-20)).mean(dim=1).log10()
        heard = torch.cat([values.real.view(shape), values.imag.view(shape)], dim=1)
        level = (heard[:, -1] * trust[:, -1]).mean(dim=(1, 2)) / trust[:, -1].mean(dim=(1, 2))
        energy = self.log_energy.exp()[:, None, None]
        known = energy / (energy + torch.cat([noise, noise[:, :-1]], dim=1))
        maps = heard[:, :-1] * known / level.clamp(min=_LEAST_LEVEL)[:, None, None, None]
        fine = self.decoder(torch.cat([maps, trust], dim=1), self._trained(snr_db))
        shown: torch.Tensor = self.synthesis(maps) + fine
        return shown.float() + 0.5

    def _trained(self, snr_db: torch.Tensor) -> torch.Tensor:
        """Return the nearest SNRs that the networks know."""
        return snr_db.clamp(*self.config.snr_db)


def _blocks(place: int) -> list[nn.Module]:
    return [Bottleneck(_WIDTHS[place]) for _ in range(_BLOCKS[place])]


def _silent(layer: nn.Conv2d) -> nn.Conv2d:
    """Return a layer that begins with nothing to say."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
