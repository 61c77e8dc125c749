"""EfficientNet-Lite (Tan and Le 2019; Liu 2020), batch normalisation folded into convolutions.

timm has it, too, but takes longer to import than a photograph to send.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch.nn import functional

_STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""Of the first block of each stage; others have 1. A stage begins where the channels change."""

_EPSILON = 1e-3  # of batch normalisation, as TensorFlow had it


@dataclass(frozen=True)
class Convolution:
    """A convolution without a bias, and the batch normalisation behind it.

    Attributes:
        weight: float32 ``[out, in, k, k]``, in 1 for one that keeps channels apart.
        bias: float32 ``[out]``.
        stride: of both directions.
    """

    weight: torch.Tensor
    bias: torch.Tensor
    stride: int = 1

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``[B, out, ⌈H/stride⌉, ⌈W/stride⌉]``: the borders are TensorFlow's SAME."""
        size, groups = self.weight.shape[-1], 1 if self.weight.shape[1] > 1 else x.shape[1]
        across, down = (self._border(side, size) for side in (x.shape[-1], x.shape[-2]))
        if across[0] == across[1] and down[0] == down[1]:
            padding = down[0], across[0]
        else:
            x, padding = functional.pad(x, (*across, *down)), (0, 0)
        return functional.conv2d(x, self.weight, self.bias, self.stride, padding, groups=groups)

    def _border(self, side: int, size: int) -> tuple[int, int]:
        missing = max((-(-side // self.stride) - 1) * self.stride + size - side, 0)
        return missing // 2, missing - missing // 2


@dataclass(frozen=True)
class Block:
    """An inverted residual (Sandler et al. 2018): widen, filter each channel, narrow.

    Attributes:
        wider: None where the block is no wider than what comes in.
        filter, narrower: the other two convolutions.
    """

    wider: Convolution | None
    filter: Convolution
    narrower: Convolution

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return what is passed on, of the same size where the stride is 1."""
        inner = functional.relu6(self.wider(x)) if self.wider else x
        y = self.narrower(functional.relu6(self.filter(inner)))
        return x + y if y.shape == x.shape else y


class EfficientNetLite:
    """The network, frozen; gradients pass to what it looks at.

    Args:
        stored: tensors by name, as the packages of weights have them.
        device: where it runs.
    """

    def __init__(self, stored: Mapping[str, torch.Tensor], device: torch.device) -> None:
        there = {name: one.to(device, torch.float32) for name, one in stored.items()}
        self._stem = _folded(there, "_conv_stem", "_bn0", 2)
        self._blocks = list(_blocks(there))
        self._head = _folded(there, "_conv_head", "_bn1")
        self.classifier = there["_fc.weight"], there["_fc.bias"]

    def levels(self, x: torch.Tensor) -> dict[int, torch.Tensor]:
        """Return the last features of each stride, 2 to 32, before the head.

        Args:
            x: normalised pictures, float32 ``[B, 3, H, W]``.

        Returns:
            ``[B, C, H/stride, W/stride]``, rounded up, by stride; C is the network's.
        """
        y, found, stride = functional.relu6(self._stem(x)), {}, 2
        for block in self._blocks:
            stride *= block.filter.stride
            y = found[stride] = block(y)
        return found

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the classifier weighs at each place, ``[B, 1280, H/32, W/32]``."""
        return functional.relu6(self._head(self.levels(x)[32]))


def _blocks(stored: Mapping[str, torch.Tensor]) -> Iterator[Block]:
    strides, came = iter(_STRIDES), 0
    count = 1 + max(int(name.split(".")[1]) for name in stored if name.startswith("_blocks."))
    for name in (f"_blocks.{number}" for number in range(count)):
        width = len(stored[f"{name}._project_conv.weight"])
        stride, came = 1 if width == came else next(strides), width
        expands = f"{name}._expand_conv.weight" in stored
        wider = _folded(stored, f"{name}._expand_conv", f"{name}._bn0") if expands else None
        yield Block(
            wider,
            _folded(stored, f"{name}._depthwise_conv", f"{name}._bn1", stride),
            _folded(stored, f"{name}._project_conv", f"{name}._bn2"),
        )


def _folded(
    stored: Mapping[str, torch.Tensor], convolution: str, norm: str, stride: int = 1
) -> Convolution:
    scale = stored[f"{norm}.weight"] / (stored[f"{norm}.running_var"] + _EPSILON).sqrt()
    weight = stored[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = stored[f"{norm}.bias"] - scale * stored[f"{norm}.running_mean"]
    return Convolution(weight.contiguous(memory_format=torch.channels_last), bias, stride)
