"""The channel's draws in PyTorch, where the bits and symbols are: on a GPU.

The same counters and the same layout as `linksim.phy.kernels.random`, which says what they are. The
words and the random bits are equal; the normal numbers agree but for rounding. Everything is
int64 arithmetic on tensors whose elements hold 32-bit words.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from linksim.phy.channel import ChannelUse
from linksim.phy.kernels.draws import BITS, FADING, NOISE, PILOTS
from linksim.phy.kernels.random import BITS_PER_GROUP, GROUP
from linksim.phy.kernels.vectors import LANES
from linksim.phy.refused import Refused

_LOW = 0xFFFFFFFF
_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85


def noise(use: ChannelUse, device: str) -> Tensor:
    """Return what `ChannelUse.noise` does, complex64 ``[N, block_symbols]``."""
    symbols = use.blocks * use.block_symbols
    return _complex_normals(use, NOISE, symbols, device).reshape(-1, use.block_symbols)


def gains(use: ChannelUse, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Return what `ChannelUse.gains` does: h, h' and N0' of every data symbol.

    Raises:
        Refused: for fading that is correlated in time.
    """
    if use.channel.doppler:
        raise Refused("channel", "has no Doppler on a GPU; take the processor", use.channel.name)
    fading, symbols = use.fading, use.blocks * use.block_symbols
    span_of_symbol = torch.arange(symbols, device=device) // fading.span
    spans = -(-symbols // fading.span)
    h = torch.full((len(use.frames), spans), float(fading.direct), device=device) + 0j
    if fading.fades:
        h = h + float(fading.scattered) * _complex_normals(use, FADING, spans, device)
    known, n0 = h, torch.full((spans,), use.n0, dtype=torch.float32, device=device)
    if fading.pilot_every:
        error, pilots = _estimation_error(use, spans, device)
        known, n0 = h + use.n0**0.5 * error, n0 * (1 + 1 / pilots)
    by_symbol = [part[:, span_of_symbol] for part in (h, known, n0.expand(len(h), -1))]
    true, known, n0 = (part.reshape(-1, use.block_symbols) for part in by_symbol)
    return true, known, n0


def random_payload(use: ChannelUse, payload_bits: int, device: str) -> Tensor:
    """Return what `ChannelUse.random_payload` does, uint8 ``[N, payload_bits]``."""
    groups = -(-payload_bits // BITS_PER_GROUP)
    words = torch.stack(_philox(use, BITS, use.blocks * groups * LANES, device), dim=-1)
    # A group's bits in order: word, shift of the byte, lane, byte.
    by_word = words.reshape(-1, groups, LANES, 4).transpose(2, 3)
    shifts = torch.arange(8, device=device)[:, None, None] + 8 * torch.arange(4, device=device)
    bits = (by_word[:, :, :, None, :, None] >> shifts) & 1
    return bits.reshape(len(bits), -1)[:, :payload_bits].to(torch.uint8)


def _estimation_error(use: ChannelUse, spans: int, device: str) -> tuple[Tensor, Tensor]:
    """Return the mean noise of each span's pilots ``[frames, spans]``, and their number."""
    fading = use.fading
    count = -(-fading.symbols // fading.pilot_every)
    noise = _complex_normals(use, PILOTS, count, device).to(torch.complex128)
    ends = torch.arange(1, spans + 1, device=device) * fading.span
    ends = -(-ends.clamp(max=fading.symbols) // fading.pilot_every)
    starts = torch.cat([torch.zeros_like(ends[:1]), ends[:-1]])
    # Differences of running sums: unlike atomic additions, the same each time.
    sums = torch.nn.functional.pad(noise.cumsum(dim=1), (1, 0))
    pilots = ends - starts
    error = (sums[:, ends] - sums[:, starts]) / pilots
    return error.to(torch.complex64), pilots


def _complex_normals(use: ChannelUse, purpose: int, count: int, device: str) -> Tensor:
    """Return CN(0, 1) number 0 … ``count`` − 1 of every frame, complex64 ``[frames, count]``."""
    groups = -(-count // GROUP)
    a, b, c, d = (
        word.reshape(-1, groups, LANES) for word in _philox(use, purpose, groups * LANES, device)
    )
    radius_words, angle_words = torch.stack([a, c], dim=2), torch.stack([b, d], dim=2)
    uniform = radius_words.to(torch.float32) * 2.0**-32 + 2.0**-33
    radius = (-uniform.log()).clamp(min=0).sqrt()
    # Angles of half a turn, and one bit for the sign of both parts.
    doubled = (angle_words << 1) & _LOW
    half_turn = (doubled - ((doubled >> 31) << 32)).to(torch.float32) * (2.0**-33 * 2 * np.pi)
    signed = torch.where(angle_words >> 31 == 1, -radius, radius)
    normals = torch.complex(signed * half_turn.cos(), signed * half_turn.sin())
    return normals.reshape(len(normals), -1)[:, :count]


def _philox(use: ChannelUse, purpose: int, blocks: int, device: str) -> tuple[Tensor, ...]:
    """Return the four output words of blocks 0 … of every frame, int64 ``[frames, blocks]``."""
    frames = np.asarray(use.frames, dtype=np.uint64)
    low = torch.from_numpy((frames & np.uint64(_LOW)).astype(np.int64)).to(device)
    high = torch.from_numpy((frames >> np.uint64(32)).astype(np.int64)).to(device)
    shape = len(frames), blocks
    a = torch.arange(blocks, device=device).expand(shape)
    b, c = low[:, None].expand(shape), high[:, None].expand(shape)
    d = torch.full_like(a, (purpose << 28) | int(use.milli_db))
    keys = use.seed & _LOW, use.seed >> 32
    for _ in range(10):
        high_a, low_a = _product(a, _MULTIPLIERS[0])
        high_c, low_c = _product(c, _MULTIPLIERS[1])
        a, b, c, d = high_c ^ b ^ keys[0], low_c, high_a ^ d ^ keys[1], low_a
        keys = (keys[0] + _KEY_STEPS[0]) & _LOW, (keys[1] + _KEY_STEPS[1]) & _LOW
    return a, b, c, d


def _product(words: Tensor, multiplier: int) -> tuple[Tensor, Tensor]:
    """Return the upper and the lower word of a 64-bit product, which int64 cannot hold at once."""
    by_low, by_high = words * (multiplier & 0xFFFF), words * (multiplier >> 16)
    middle = by_high + (by_low >> 16)
    return middle >> 16, ((middle & 0xFFFF) << 16) | (by_low & 0xFFFF)
