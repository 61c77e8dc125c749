"""The whole chain for one code block after another, without leaving the compiled code.

encode → map → fade, add noise → demap → decode, all in one thread's memory (a few tens of
kilobytes, so that it stays in the core's own caches).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from linksim.phy.kernels.compilation import cached_kernel, kernel, named_after
from linksim.phy.kernels.crc import append_crc
from linksim.phy.kernels.draws import BITS, NOISE, GainBuffers, block_gains, gain_buffers
from linksim.phy.kernels.random import (
    BITS_PER_GROUP,
    ROOM,
    Draw,
    complex_normals,
    even_counters,
    random_bits,
)
from linksim.phy.kernels.vectors import (
    INT8_LANES,
    LANES,
    aligned_zeros,
    borrowed,
    fused,
    load,
    splat,
    store,
)
from linksim.phy.native import convolutional, ldpc, polar, repetition, turbo
from linksim.phy.native.ldpc_decoder import count_wrong
from linksim.phy.native.mapping import Constellation, demap_symbols, map_symbols


class Chain(NamedTuple):
    """Everything a block needs, and one thread's memory.

    Attributes:
        code: one of the types in `CODERS`.
        points: the constellation.
        exact: whether the demapper adds up likelihoods or takes the nearest point.
        polynomial, crc_bits: of the CRC.
        payload_bits, coded_bits, symbols, blocks: sizes of a block, and blocks of a frame.
        information, codeword: bits, uint8.
        real, imaginary: of the symbols, sent and then received, float32.
        noise_real, noise_imaginary: float32.
        energy, weight: |h'|² and 1/N0' of each symbol, float32.
        llr: of the coded bits, float32.
        soft: LLRs of the information bits after decoding, float32.
        counters: of `linksim.phy.kernels.random.even_counters`.
        gains: memory for fading.
    """

    code: Any
    points: Constellation
    exact: bool
    polynomial: np.uint32
    crc_bits: int
    payload_bits: int
    coded_bits: int
    symbols: int
    blocks: int
    information: np.ndarray
    codeword: np.ndarray
    real: np.ndarray
    imaginary: np.ndarray
    noise_real: np.ndarray
    noise_imaginary: np.ndarray
    energy: np.ndarray
    weight: np.ndarray
    llr: np.ndarray
    soft: np.ndarray
    counters: np.ndarray
    gains: GainBuffers


def chain_memory(information: int, coded: int, symbols: int, pilots: int) -> dict[str, Any]:
    """Return the part of a `Chain` that is one thread's memory."""
    planes = "real imaginary energy weight".split()
    return {
        **{name: aligned_zeros(symbols + LANES, np.float32) for name in planes},
        "noise_real": aligned_zeros(symbols + ROOM, np.float32),
        "noise_imaginary": aligned_zeros(symbols + ROOM, np.float32),
        "information": aligned_zeros(information + BITS_PER_GROUP + INT8_LANES, np.uint8),
        "codeword": aligned_zeros(coded + INT8_LANES, np.uint8),
        "llr": aligned_zeros(coded + LANES, np.float32),
        "soft": aligned_zeros(information + LANES, np.float32),
        "counters": even_counters(),
        "gains": gain_buffers(symbols, pilots),
    }


# --- Codes: chosen by the type of ``chain.code`` when the chain is compiled ----------------------


class Coder(NamedTuple):
    """The kernels of a code; all information bits and codewords are uint8, all LLRs float32.

    Attributes:
        encode: (code, information, codeword).
        decode: (code, LLRs of the coded bits, LLRs of the information bits).
        count_errors: (code, LLRs of the coded bits, memory for decoded LLRs, information, count):
            decodes, and returns how many of the first ``count`` bits are wrong.
    """

    encode: Any
    decode: Any
    count_errors: Any


def _coder(encode: Any, decode: Any) -> Coder:
    @kernel
    @named_after(decode.__module__, decode.__name__)
    def count_errors(code, llr, soft, information, count):  # type: ignore[no-untyped-def]
        decode(code, llr, soft)
        return count_wrong(soft, information, count)

    return Coder(encode, decode, count_errors)


CODERS: dict[type, Coder] = {
    ldpc.Ldpc: Coder(ldpc.encode, ldpc.decode, ldpc.count_errors),
    polar.Polar: _coder(polar.encode, polar.decode),
    turbo.Turbo: _coder(turbo.encode, turbo.decode),
    convolutional.Convolutional: _coder(convolutional.encode, convolutional.decode),
    repetition.Repetition: _coder(repetition.encode, repetition.decode),
}


def _encode(code: Any, chain: Any) -> None:
    """Encode ``chain.information`` into ``chain.codeword``."""


def _decode(code: Any, chain: Any) -> None:
    """Decode ``chain.llr`` into ``chain.soft``."""


def _count_errors(code: Any, chain: Any) -> int:
    """Decode ``chain.llr``; return how many bits of the payload are wrong."""
    raise NotImplementedError("compiled code only")


@overload(_encode)
def _encode_by_type(code, chain):  # type: ignore[no-untyped-def]
    encode = CODERS[code.instance_class].encode
    return lambda code, chain: encode(code, chain.information, chain.codeword)


@overload(_decode)
def _decode_by_type(code, chain):  # type: ignore[no-untyped-def]
    decode = CODERS[code.instance_class].decode
    return lambda code, chain: decode(code, chain.llr, chain.soft)


@overload(_count_errors)
def _count_errors_by_type(code, chain):  # type: ignore[no-untyped-def]
    count = CODERS[code.instance_class].count_errors
    return lambda code, chain: count(
        code, chain.llr, chain.soft, chain.information, chain.payload_bits
    )


# --- One block, and many -------------------------------------------------------------------------


@kernel
def _send_block(chain, fading, draw, block, sigma):  # type: ignore[no-untyped-def]
    """Send ``chain.information`` as one block of a frame; fill ``llr``, return raw errors.

    Args:
        chain: the `Chain`.
        fading: the channel's `Fading`.
        draw: of the frame.
        block: which block of the frame.
        sigma: sqrt(N0).
    """
    _encode(chain.code, chain)
    _to_symbols(chain)
    _pass_channel(chain, fading, draw, block * chain.symbols, sigma)
    _demap(chain)
    return count_wrong(chain.llr, chain.codeword, chain.coded_bits)


@kernel
def _to_symbols(chain):  # type: ignore[no-untyped-def]
    map_symbols(chain.points, chain.codeword, chain.symbols, chain.real, chain.imaginary)


@kernel
def _demap(chain):  # type: ignore[no-untyped-def]
    demap_symbols(
        chain.points,
        chain.real,
        chain.imaginary,
        chain.energy,
        chain.weight,
        chain.symbols,
        chain.exact,
        chain.llr,
    )


@kernel
def _pass_channel(chain, fading, draw, first, sigma):  # type: ignore[no-untyped-def]
    """Turn symbols x into y h'*, and set |h'|² and 1/N0'."""
    symbols, counters = chain.symbols, chain.counters
    real, imaginary = chain.real, chain.imaginary
    noise_real, noise_imaginary = chain.noise_real, chain.noise_imaginary
    noise = Draw(draw.seed, draw.snr, draw.frame, np.uint32(NOISE))
    at = complex_normals(noise, first, symbols, counters, noise_real, noise_imaginary)
    if fading.fades or fading.pilot_every:
        block_gains(draw, fading, sigma, first, symbols, counters, chain.gains)
        _fade(chain, at, sigma)
        return
    amplitude = splat(real, sigma)
    for j in range(0, symbols, LANES):
        store(real, j, fused(load(noise_real, at + j), amplitude, load(real, j)))
        store(imaginary, j, fused(load(noise_imaginary, at + j), amplitude, load(imaginary, j)))
        store(chain.energy, j, splat(real, 1.0))
        store(chain.weight, j, splat(real, 1 / (sigma * sigma)))


@kernel
def _fade(chain, at, sigma):  # type: ignore[no-untyped-def]
    """Apply gains and noise (which begins at ``at``), then the conjugate of the known gains."""
    gains, real, imaginary = chain.gains, chain.real, chain.imaginary
    noise_real, noise_imaginary = chain.noise_real, chain.noise_imaginary
    h_real, h_imaginary = gains.real, gains.imaginary
    known_real, known_imaginary, n0 = gains.known_real, gains.known_imaginary, gains.n0
    amplitude, energy, weight = splat(real, sigma), chain.energy, chain.weight
    for j in range(0, chain.symbols, LANES):
        a, b = load(h_real, j), load(h_imaginary, j)
        x, y = load(real, j), load(imaginary, j)
        received = fused(load(noise_real, at + j), amplitude, a * x - b * y)
        received_imaginary = fused(load(noise_imaginary, at + j), amplitude, a * y + b * x)
        a, b = load(known_real, j), load(known_imaginary, j)
        store(real, j, a * received + b * received_imaginary)
        store(imaginary, j, a * received_imaginary - b * received)
        store(energy, j, a * a + b * b)
        store(weight, j, splat(real, 1.0) / load(n0, j))


@cached_kernel
def transmit_blocks(chain, fading, seed, snr, frames, sigma, first, last, bits, llr, raw_errors):  # type: ignore[no-untyped-def]
    """Send blocks ``first`` … ``last − 1`` of all frames' blocks; fill their rows of the outputs.

    Args:
        chain, fading, sigma: as in `_send_block`.
        seed, snr, frames: of the `Draw`s; frames is uint64 ``[F]``.
        first, last: blocks.
        bits: uint8 ``[N, information_bits]``.
        llr: float32 ``[N, information_bits]``.
        raw_errors: int32 ``[N]``.
    """
    chain = borrowed(chain)
    information, soft = chain.information, chain.soft
    for i in range(first, last):
        draw = Draw(seed, snr, frames[i // chain.blocks], np.uint32(0))
        for k in range(bits.shape[1]):
            information[k] = bits[i, k]
        raw_errors[i] = _send_block(chain, fading, draw, i % chain.blocks, sigma)
        _decode(chain.code, chain)
        for k in range(bits.shape[1]):
            llr[i, k] = soft[k]


@cached_kernel
def count_blocks(chain, fading, seed, snr, frames, sigma, first, last, bit_errors, raw_errors):  # type: ignore[no-untyped-def]
    """As `transmit_blocks`, for random payload; count its wrong bits, int32 ``[N]``."""
    chain = borrowed(chain)
    information, payload = chain.information, chain.payload_bits
    for i in range(first, last):
        frame, block = frames[i // chain.blocks], i % chain.blocks
        draw = Draw(seed, snr, frame, np.uint32(BITS))
        random_bits(draw, block, payload, chain.counters, information)
        append_crc(information, payload, chain.polynomial, chain.crc_bits)
        raw_errors[i] = _send_block(chain, fading, draw, block, sigma)
        bit_errors[i] = _count_errors(chain.code, chain)
