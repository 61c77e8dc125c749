"""How large DISCOVER's base codec is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linksim.source.refused import Refused

_SIZES = (
    *("halvings", "channels", "context", "latent", "hyper", "groups", "blocks"),
    "edge_bits",
)
"""Keys of a preset's table that are needed."""


@dataclass(frozen=True)
class DiscoverConfig:
    """Sizes of the base codec.

    Attributes:
        side: of the pictures, in pixels.
        halvings: how often the analysis halves the resolution.
        channels: of the transforms between picture and latent.
        context: channels of the entropy model.
        latent: channels of ŷ.
        hyper: channels of ẑ, whose grid is a quarter of ŷ's a side.
        groups: channels of each group of ŷ, the first few in the first; they add up to ``latent``.
        blocks: residual blocks after each halving.
        diffusion: channels of the diffusion latent that the synthesis gives.
        doublings: how often the synthesis doubles ŷ's resolution to reach the diffusion latent's.
        text: width of a label's embedding.
        edge_bits: bits that each edge of a box is sent in, an even number.

    Raises:
        Refused: if the numbers do not fit together.
    """

    side: int
    halvings: int
    channels: int
    context: int
    latent: int
    hyper: int
    groups: tuple[int, ...]
    blocks: int
    diffusion: int
    doublings: int
    text: int
    edge_bits: int

    def __post_init__(self) -> None:
        if sum(self.groups) != self.latent or min(self.groups) < 1:
            raise Refused(f"groups {self.groups} are not {self.latent} channels")
        if self.side % (4 << self.halvings) or self.doublings < 0:
            raise Refused(f"{self.side} pixels can't be halved {self.halvings} + 2 times")
        if self.edge_bits not in range(2, 17, 2):
            raise Refused(f"edge_bits {self.edge_bits}: an even number from 2 to 16")

    @property
    def grid(self) -> int:
        """Rows and columns of ŷ."""
        return self.side >> self.halvings

    @property
    def rows(self) -> int:
        """Rows and columns of the diffusion latent."""
        return self.grid << self.doublings

    @property
    def hyper_grid(self) -> int:
        """Rows and columns of ẑ."""
        return self.grid // 4


def config_from(
    table: Mapping[str, Any], side: int, diffusion: int, grid: int, text: int
) -> DiscoverConfig:
    """Read the sizes from a preset's table ``[discover]``.

    Args:
        table: of the preset.
        side: of the diffusion model's pictures.
        diffusion, grid: channels and rows of its latents.
        text: width of its text encoder.

    Raises:
        Refused: if they do not fit together, or one is missing.
    """
    if lacking := [name for name in _SIZES if name not in table]:
        raise Refused(repr(lacking[0]))
    own = side >> int(table["halvings"])
    doublings = (grid // max(own, 1)).bit_length() - 1
    if own << max(doublings, 0) != grid:
        raise Refused(f"a latent of {own} rows can't be doubled to the diffusion model's {grid}")
    return DiscoverConfig(
        side=side,
        halvings=int(table["halvings"]),
        channels=int(table["channels"]),
        context=int(table["context"]),
        latent=int(table["latent"]),
        hyper=int(table["hyper"]),
        groups=tuple(int(group) for group in table["groups"]),
        blocks=int(table["blocks"]),
        diffusion=diffusion,
        doublings=doublings,
        text=text,
        edge_bits=int(table["edge_bits"]),
    )
