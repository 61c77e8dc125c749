"""Kernels that run one stage of the native chain over many blocks; see `linksim.phy.stages`.

Each stage is the one that `linksim.phy.native.chain` runs between the others.
"""

from __future__ import annotations

import numpy as np

from linksim.phy.kernels.compilation import cached_kernel
from linksim.phy.kernels.draws import NOISE
from linksim.phy.kernels.random import Draw
from linksim.phy.kernels.vectors import borrowed
from linksim.phy.native.chain import _decode, _demap, _encode, _pass_channel, _to_symbols


@cached_kernel
def encode_blocks(chain, bits, codewords):  # type: ignore[no-untyped-def]
    """Encode uint8 ``[N, information_bits]`` into uint8 ``[N, coded_bits]``."""
    chain = borrowed(chain)
    information, codeword = chain.information, chain.codeword
    for i in range(bits.shape[0]):
        for k in range(bits.shape[1]):
            information[k] = bits[i, k]
        _encode(chain.code, chain)
        for k in range(codewords.shape[1]):
            codewords[i, k] = codeword[k]


@cached_kernel
def decode_blocks(chain, llr, soft):  # type: ignore[no-untyped-def]
    """Decode float32 ``[N, coded_bits]`` into float32 ``[N, information_bits]``."""
    chain = borrowed(chain)
    received, decoded = chain.llr, chain.soft
    for i in range(llr.shape[0]):
        for k in range(llr.shape[1]):
            received[k] = llr[i, k]
        _decode(chain.code, chain)
        for k in range(soft.shape[1]):
            soft[i, k] = decoded[k]


@cached_kernel
def map_blocks(chain, bits, symbols):  # type: ignore[no-untyped-def]
    """Map uint8 ``[N, coded_bits]`` to complex64 ``[N, symbols]``."""
    chain = borrowed(chain)
    codeword, real, imaginary = chain.codeword, chain.real, chain.imaginary
    for i in range(bits.shape[0]):
        for k in range(bits.shape[1]):
            codeword[k] = bits[i, k]
        _to_symbols(chain)
        for s in range(symbols.shape[1]):
            symbols[i, s] = complex(real[s], imaginary[s])


@cached_kernel
def pass_blocks(chain, fading, seed, snr, frames, sigma, sent, values, energy, weight):  # type: ignore[no-untyped-def]
    """Send complex64 ``[N, symbols]``; fill y h'*, |h'|² and 1/N0', all ``[N, symbols]``.

    Args:
        chain, fading, seed, snr, frames, sigma: as in `linksim.phy.native.chain.transmit_blocks`.
        sent, values: complex64.
        energy, weight: float32.
    """
    chain = borrowed(chain)
    real, imaginary = chain.real, chain.imaginary
    known_energy, known_weight = chain.energy, chain.weight
    for i in range(sent.shape[0]):
        draw = Draw(seed, snr, frames[i // chain.blocks], np.uint32(NOISE))
        for s in range(sent.shape[1]):
            real[s], imaginary[s] = sent[i, s].real, sent[i, s].imag
        _pass_channel(chain, fading, draw, (i % chain.blocks) * chain.symbols, sigma)
        for s in range(sent.shape[1]):
            values[i, s] = complex(real[s], imaginary[s])
            energy[i, s], weight[i, s] = known_energy[s], known_weight[s]


@cached_kernel
def demap_blocks(chain, values, energy, weight, llr):  # type: ignore[no-untyped-def]
    """Fill the LLRs of coded bits, float32 ``[N, coded_bits]``, from what `pass_blocks` gives."""
    chain = borrowed(chain)
    real, imaginary, soft = chain.real, chain.imaginary, chain.llr
    known_energy, known_weight = chain.energy, chain.weight
    for i in range(values.shape[0]):
        for s in range(values.shape[1]):
            real[s], imaginary[s] = values[i, s].real, values[i, s].imag
            known_energy[s], known_weight[s] = energy[i, s], weight[i, s]
        _demap(chain)
        for k in range(llr.shape[1]):
            llr[i, k] = soft[k]
