"""How likely each number of ŷ is, given ẑ and what of the same element was decoded before.

ELIC's space-channel context: ŷ's channels come in groups of uneven size, and each group in two
halves of a checkerboard. What a group's first half is like is told by ẑ, by the element's cells and
by the groups before;
the second half also sees the first. The context never looks beyond the element, so that each
element decodes on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import nn

from linksim.source.discover.config import DiscoverConfig

SCALES = 64
"""Number of scales in the table that both sides know."""
_SMALLEST, _LARGEST = 0.11, 64.0
MOST = 127
"""A number is sent as its distance from the mean, at most this."""


def scale_table() -> torch.Tensor:
    """Return the standard deviations, float64 ``[SCALES]``, evenly spaced in their logarithm."""
    places = torch.arange(SCALES, dtype=torch.float64) / (SCALES - 1)
    return _SMALLEST * (_LARGEST / _SMALLEST) ** places


@dataclass(frozen=True)
class Step:
    """One of the steps in which a latent is coded.

    Attributes:
        group: number of the group.
        channels: of ŷ.
        second: whether it is the second half of the checkerboard.
    """

    group: int
    channels: slice
    second: bool


class EntropyModel(nn.Module):
    """Means and places in `scale_table` for ŷ; its networks are convolutions and ReLU alone.

    That is what `linksim.source.discover.exact` needs to evaluate them without rounding errors.
    """

    def __init__(self, config: DiscoverConfig) -> None:
        super().__init__()
        width = config.context
        self.grid, self.latent = config.grid, config.latent
        self.hyper = nn.Sequential(
            nn.ConvTranspose2d(config.hyper, width, 5, stride=2, padding=2, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(width, width, 5, stride=2, padding=2, output_padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )
        self.shape = nn.Sequential(nn.Conv2d(1, width, 5, padding=2))
        self.ends = list(accumulate(config.groups, initial=0))
        self.channel = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1)
            )
            for before in self.ends[1:-1]
        )
        self.spatial = nn.ModuleList(
            nn.Sequential(nn.Conv2d(group, width, 5, padding=2)) for group in config.groups
        )
        self.parameters_of = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d((2 if number == 0 else 3) * width, 2 * width, 1),
                nn.ReLU(),
                nn.Conv2d(2 * width, 2 * group, 1),
            )
            for number, group in enumerate(config.groups)
        )

    def steps(self) -> Iterator[Step]:
        """Return the steps in their order."""
        for group, (start, stop) in enumerate(zip(self.ends, self.ends[1:], strict=False)):
            yield Step(group, slice(start, stop), False)
            yield Step(group, slice(start, stop), True)

    def checkerboard(self, second: bool) -> torch.Tensor:
        """Return where a half of the checkerboard is, bool ``[grid, grid]``."""
        rows = torch.arange(self.grid)
        return (rows[:, None] + rows[None, :]) % 2 == int(second)

    def begin(self, side: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """Return what is known of elements before their first number: ``[E, context, grid, grid]``.

        Args:
            side: ẑ of each element's picture, ``[E, hyper, grid / 4, grid / 4]``.
            cells: of the elements, 1 inside, in the type of ``side``, ``[E, grid, grid]``.
        """
        told: torch.Tensor = self.hyper(side) + self.shape(cells[:, None])
        return told

    def predict(
        self, step: Step, psi: torch.Tensor, decoded: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return means and places in the scale table of a step's numbers.

        Args:
            psi: from `begin`.
            decoded: ŷ as far as it is known, zero elsewhere and outside the element,
                ``[E, latent, grid, grid]``.

        Returns:
            means and places, each ``[E, channels of the group, grid, grid]``; places are neither
            rounded nor limited.
        """
        known = decoded[:, step.channels]
        near = self.spatial[step.group](known) if step.second else torch.zeros_like(psi)
        context = [psi, near]
        if step.group:
            context.append(self.channel[step.group - 1](decoded[:, : step.channels.start]))
        parameters = self.parameters_of[step.group](torch.cat(context, dim=1))
        means, places = parameters.chunk(2, dim=1)
        return means, places + SCALES / 4  # untrained, the scales are small ones


class SidePrior(nn.Module):
    """The distribution of ẑ: a normal one for each channel, the same in all places."""

    def __init__(self, config: DiscoverConfig) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(config.hyper, 1, 1))
        self.place = nn.Parameter(torch.full((config.hyper, 1, 1), SCALES / 2))


def information(distance: torch.Tensor, places: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Return the bits that numbers cost, of the operands' shape, with a gradient.

    Args:
        distance: of the numbers from their means; whole numbers, or with noise in training.
        places: in the scale table, with or without a fraction.
        table: `scale_table`.
    """
    ratio = float(table[1] / table[0])
    scale = float(table[0]) * ratio ** places.clamp(0, SCALES - 1)
    away = distance.abs()
    inside = _normal_cdf((0.5 - away) / scale) - _normal_cdf((-0.5 - away) / scale)
    return -inside.clamp(min=2**-24).log2()


def _normal_cdf(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * torch.erfc(-x * 2**-0.5)
