"""Networks without rounding errors: the same numbers on every machine, for every batch and thread.

An entropy decoder must predict exactly what the encoder predicted: one rounding that differs, and
all that follows is garbage. Floating-point sums depend on their order, and the order on threads,
batch and library. So weights and activations are put on grids of powers of two that are coarse
enough for every sum to be exact in float64; then the order makes no difference. (Ballé, Johnston
and Minnen, "Integer networks for data compression with latent-variable models", ICLR 2019, do the
same with integers.)
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

WEIGHT_BITS, ACTIVATION_BITS = 12, 8
"""Binary places behind the point."""
_RANGE = 2.0**11  # largest activation
_MANTISSA = 53

_Network = TypeVar("_Network", bound=nn.Module)


def exact(network: _Network) -> _Network:
    """Return a copy whose sequences of convolutions and ReLUs compute exactly, in float64 on a CPU.

    Their inputs must be on the activations' grid, as `rounded` puts them; their outputs are.

    Raises:
        ValueError: if a layer is of another kind, or its weights are too large for exact sums.
    """
    made = copy.deepcopy(network).cpu().double().eval().requires_grad_(False)
    for module in made.modules():
        if isinstance(module, nn.Sequential):
            for layer in module:
                _quantise(layer)
            module.append(_Rounding())  # of what the sequence gives
    return made


def rounded(values: torch.Tensor) -> torch.Tensor:
    """Return numbers on the activations' grid, float64 and limited in size."""
    scale = 2.0**ACTIVATION_BITS
    return (values.double() * scale).round().clamp(-_RANGE * scale, _RANGE * scale) / scale


class _Rounding(nn.Module):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return rounded(values)


def _quantise(layer: nn.Module) -> None:
    if isinstance(layer, nn.ReLU):
        return
    if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) or layer.bias is None:
        raise ValueError(f"{type(layer).__name__} can't be computed exactly")
    scale, fine = 2.0**WEIGHT_BITS, 2.0 ** (WEIGHT_BITS + ACTIVATION_BITS)
    layer.weight.copy_((layer.weight * scale).round() / scale)
    layer.bias.copy_((layer.bias * fine).round() / fine)
    # No sum, whatever its order, may need more binary places than float64 has.
    largest = float(layer.weight.abs().sum()) * _RANGE + float(layer.bias.abs().max())
    if not largest * fine < 2.0**_MANTISSA:
        raise ValueError("weights are too large to be computed exactly")
    layer.register_forward_pre_hook(lambda _, inputs: tuple(rounded(value) for value in inputs))
