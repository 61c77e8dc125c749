"""How a picture's codeword indices lie in a message: what matters most comes first."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from linksim.source.message import MessageFormat

STRONG_SHARE = 1 / 3
"""Share of the groups of indices, the most important ones, that make the message's strong part."""


@dataclass(frozen=True)
class Layout:
    """The order of a message's numbers.

    Indices come in groups, one for each segment of each layer, and in a group token by token. The
    groups lie in order of importance. If not all tokens are sent, a mask of them leads.

    Attributes:
        order: the groups, most important first, int64 ``[groups]``.
        tokens: of a picture.
        sent: tokens that are sent of each picture.
        width: bits of a number.
    """

    order: torch.Tensor
    tokens: int
    sent: int
    width: int

    @property
    def mask_numbers(self) -> int:
        """Numbers that the mask takes."""
        return 0 if self.sent == self.tokens else -(-self.tokens // self.width)

    @property
    def format(self) -> MessageFormat:
        """What all messages look like; their parts are ``mask`` (if any), ``strong``, ``weak``.

        Groups are units, where no mask says what they are about.
        """
        strong = max(1, round(len(self.order) * STRONG_SHARE))
        mask = (("mask", self.mask_numbers),) if self.mask_numbers else ()
        weak = len(self.order) - strong
        parts = (*mask, ("strong", strong * self.sent), ("weak", weak * self.sent))
        units = 1 if mask else len(self.order)
        return MessageFormat(sum(count for _, count in parts), self.width, parts, units)

    def pack(self, indices: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Return the numbers of a message, int64 ``[B, count]``.

        Args:
            indices: int64 ``[B, groups, tokens]``.
            tokens: places of the tokens to send, ascending, int64 ``[B, sent]``.
        """
        places = tokens[:, None].expand(-1, len(self.order), -1)
        chosen = indices[:, self.order].gather(2, places).flatten(1)
        if not self.mask_numbers:
            return chosen
        bits = torch.zeros(len(indices), self.mask_numbers * self.width, dtype=torch.int64)
        bits.scatter_(1, tokens.cpu(), 1)
        return torch.cat([self._joined(bits).to(chosen.device), chosen], dim=1)

    def unpack(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return what was sent in its groups, ``[B, groups, sent, …]``; the inverse of `pack`."""
        shape = (len(numbers), len(self.order), self.sent, *numbers.shape[2:])
        return numbers[:, self.mask_numbers :].reshape(shape)[:, self.order.argsort()]

    def places(self, belief: torch.Tensor) -> torch.Tensor:
        """Return the places of the tokens that were sent, ascending, int64 ``[B, sent]``.

        Exactly so many are found, whatever arrived: those of the highest belief.

        Args:
            belief: that each bit of the message's numbers is one: 0 or 1, or LLRs,
                ``[B, count, width]``.
        """
        if not self.mask_numbers:
            return torch.arange(self.tokens, device=belief.device).expand(len(belief), -1)
        bits = belief[:, : self.mask_numbers].flatten(1)[:, : self.tokens]
        ranked = bits.sort(dim=1, descending=True, stable=True).indices
        return ranked[:, : self.sent].sort(dim=1).values

    def _joined(self, bits: torch.Tensor) -> torch.Tensor:
        """Return the numbers of so many bits, the most significant first."""
        weights = 1 << torch.arange(self.width - 1, -1, -1)
        return (bits.view(len(bits), -1, self.width) * weights).sum(-1)
