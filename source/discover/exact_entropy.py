"""The entropy model without rounding errors, at the places of an element alone.

What the networks say of a place depends on its neighbourhood, and exact sums (see
`linksim.source.discover.exact`) don't depend on how they are taken: what is said of the element's
cells is the same as in the whole map, for a share of its products.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from linksim.source.discover.entropy_model import SCALES, EntropyModel, Step
from linksim.source.discover.exact import exact, rounded


class ExactEntropy:
    """An exact copy of an entropy model.

    Args:
        model: that is copied, see `linksim.source.discover.exact.exact`.

    Attributes:
        model: the copy.
        seen: numbers that its widest convolution sees of a place.
    """

    def __init__(self, model: EntropyModel) -> None:
        self.model = exact(model)
        self.seen = max(_first(network).weight[0].numel() for network in self.model.spatial)

    def told(self, side: torch.Tensor) -> torch.Tensor:
        """Return what ẑ tells of every cell, float64 ``[context, grid, grid]``.

        Args:
            side: ẑ of a picture, ``[hyper, grid / 4, grid / 4]``.
        """
        told: torch.Tensor = self.model.hyper(side[None].double())[0]
        return told

    def begin(self, told: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """Return what is known of elements before their first number: ``[E, context, grid, grid]``.

        Args:
            told: from `told`.
            cells: of the elements, bool ``[E, grid, grid]``.
        """
        begun: torch.Tensor = told + self.model.shape(cells.double()[:, None])
        return begun

    def places(self, step: Step, cells: torch.Tensor) -> torch.Tensor:
        """Return the cells of a step's half, int64 ``[3, n]``: element, row and column of each."""
        return (cells & self.model.checkerboard(step.second)).nonzero().T

    def predict(
        self, step: Step, psi: torch.Tensor, decoded: torch.Tensor, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return means and places in the scale table, each float64 ``[n, channels]``.

        Args:
            step: whose numbers they are of.
            psi: from `begin`.
            decoded: ŷ as far as it is known, zero elsewhere and outside the element, float64
                ``[E, latent, grid, grid]``.
            places: from `places`.
        """
        element, row, column = places
        known = psi[element, :, row, column]
        near = torch.zeros_like(known)
        if step.second:
            near = _around(self.model.spatial[step.group], decoded[:, step.channels], places)
        context = [known, near]
        if step.group:
            channel = self.model.channel[step.group - 1]
            context.append(_around(channel, decoded[:, : step.channels.start], places))
        seen = rounded(torch.cat(context, dim=1))
        means, scales = _at_each(self.model.parameters_of[step.group], seen).chunk(2, dim=1)
        return means, scales + SCALES / 4


def _around(network: nn.Module, values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Return what a sequence gives at places of maps ``[E, channels, grid, grid]``: ``[n, out]``.

    Its first convolution may be a wide one; all behind it see a place alone.
    """
    size = _first(network).kernel_size[0]
    padded = F.pad(rounded(values), (size // 2,) * 4).permute(0, 2, 3, 1).contiguous()
    element, row, column = places[:, :, None, None]
    beside = torch.arange(size)
    return _at_each(network, padded[element, row + beside[:, None], column + beside].flatten(1))


def _at_each(network: nn.Module, seen: torch.Tensor) -> torch.Tensor:
    """Return what a sequence makes of what its first convolution sees, rounded, ``[n, inputs]``."""
    assert isinstance(network, nn.Sequential)
    for number, layer in enumerate(network):
        if isinstance(layer, nn.Conv2d):
            weight = layer.weight.permute(0, 2, 3, 1).flatten(1)
            seen = F.linear(rounded(seen) if number else seen, weight, layer.bias)
        else:
            seen = layer(seen)
    return seen


def _first(network: nn.Module) -> nn.Conv2d:
    """Return the convolution that a sequence begins with."""
    assert isinstance(network, nn.Sequential)
    assert isinstance(network[0], nn.Conv2d)
    return network[0]
