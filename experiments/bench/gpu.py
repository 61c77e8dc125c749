"""The engine on a GPU: its whole chain and its decoder alone, beside native and Sionna 2."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from linksim.phy import ChannelSpec, CodeSpec, Modulation, segment
from linksim.phy.channel import ChannelUse
from linksim.phy.cuda.chain import Chain
from linksim.phy.cuda.coders import LdpcCoder, Verdict
from linksim.phy.cuda.device import Device, DeviceArray
from linksim.phy.cuda.engine import GpuEngine
from linksim.phy.engine import BlockFormat, Engine
from linksim.phy.engines import load_engine

SNRS_DB = {
    1152: {"BLER 1e-2": 4.45, "high SNR": 6.26},
    8448: {"BLER 1e-2": 4.12, "high SNR": 5.92},
}
"""Es/N0 by information bits, at rate 1/2 with 8-PSK: where the decoder fails once in a hundred
blocks, and 1.8 dB above."""
BATCHES = (10**3, 10**4, 10**5, 10**6)
"""Blocks of a call."""
_ROUNDS = 3


@dataclass(frozen=True)
class Speed:
    """What one thing does at one SNR.

    Attributes:
        what: chain or decoder.
        gbps: information bits per second, in thousands of millions, by blocks of a call; wall time,
            the best of some rounds, all that a call does on the host among it.
        bler: block error rate met; None of a decoder alone.
        iterations: of the 8-bit decoder, on average; None of what does not tell.
    """

    what: str
    gbps: dict[int, float]
    bler: float | None = None
    iterations: float | None = None


def block_of(information_bits: int, decoder: str = "") -> BlockFormat:
    """Return the format that is measured: LDPC of rate 1/2 without CRC, 8-PSK, max-log."""
    code, modulation = CodeSpec("ldpc", Fraction(1, 2), crc=0, decoder=decoder), "8psk"
    symbol = Modulation.named(modulation)
    plan = segment(code, information_bits, symbol.bits_per_symbol)
    return BlockFormat(code, symbol, "maxlog", plan)


def chain_speed(
    what: str, engine: Engine, block: BlockFormat, snr_db: float, batches: Sequence[int]
) -> Speed:
    """Measure random bits → encode → map → AWGN → demap → decode → count."""
    found, bler = {}, 0.0
    for blocks in batches:
        work = partial(engine.count, _use(block, snr_db, blocks))
        bler = float(np.mean(work().bit_errors > 0))
        found[blocks] = _gbps(block, blocks, work)
    return Speed(what, found, bler)


def decoder_speed(
    block: BlockFormat, device: Device, snr_db: float, batches: Sequence[int]
) -> Speed:
    """Measure the decoder alone, on LLRs that are on the device, with its counts brought back."""
    chain, coder = Chain(block, device), LdpcCoder(block, device)
    found, iterations = {}, 0.0
    for blocks in batches:
        if blocks * chain.bytes_per_block > device.free_bytes() // 2:
            break
        use = _use(block, snr_db, blocks)
        information = chain.payload(use)
        llr, _ = chain.send(information, use)
        verdict = Verdict(None, device.zeros((blocks,), np.int32))
        work = partial(_decoded, coder, device, llr, information, blocks, verdict)
        used = work()
        iterations = float(np.where(used == 0, block.code.iterations, used).mean())
        found[blocks] = _gbps(block, blocks, work)
    return Speed("gpu, decoder alone", found, iterations=iterations)


def _decoded(
    coder: LdpcCoder,
    device: Device,
    llr: DeviceArray,
    information: DeviceArray,
    blocks: int,
    verdict: Verdict,
) -> np.ndarray:
    """Return the iterations of each block; a download waits until all are decoded."""
    used, _ = coder.decode_both(llr, information, blocks, verdict)
    return device.download(used)


def gpu_speeds(
    information_bits: int, device: Device, snr_db: float, batches: Sequence[int] = BATCHES
) -> list[Speed]:
    """Measure one code at one SNR: chain and decoder on the GPU, and what is compared with them.

    Args:
        information_bits: of a block, see `block_of`.
        device: the GPU.
        snr_db: Es/N0 in dB.
        batches: blocks of a call; engines that are compared get the smallest one alone.
    """
    block, few = block_of(information_bits), batches[:1]
    speeds = [
        chain_speed("gpu, whole chain", GpuEngine(block, device), block, snr_db, batches),
        decoder_speed(block, device, snr_db, batches),
        chain_speed("native, all cores", load_engine("native", block), block, snr_db, few),
        chain_speed("native, one core", load_engine("native", block, 1), block, snr_db, few),
    ]
    if sionna_is_there():
        speeds += sionna_speeds(block_of(information_bits, "minsum"), snr_db, few)
    return speeds


def sionna_speeds(
    block: BlockFormat, snr_db: float, batches: Sequence[int], backend: str = "inductor"
) -> list[Speed]:
    """Measure Sionna 2 where PyTorch has it work: as it is, and by ``torch.compile``.

    Args:
        block: the format.
        snr_db: Es/N0 in dB.
        batches: blocks of a call.
        backend: of ``torch.compile``; where it fails, that is said in place of figures.
    """
    from linksim.phy.sionna.torch_engine import CompiledTorch, SionnaTorch

    kind = "Sionna 2 on the same device, min-sum"
    eager = chain_speed(f"{kind}, eager", SionnaTorch(block), block, snr_db, batches)
    try:
        compiled = CompiledTorch(block, backend=backend)
        return [eager, chain_speed(f"{kind}, torch.compile", compiled, block, snr_db, batches)]
    except RuntimeError as problem:  # its compilers' errors are such
        reason = str(problem).strip().partition("\n")[0]
        return [eager, Speed(f"{kind}, torch.compile: {type(problem).__name__}: {reason}", {})]


def sionna_is_there() -> bool:
    """Tell whether Sionna 2 is installed, and PyTorch sees a GPU for it."""
    import torch

    return sionna_2_is_installed() and torch.cuda.is_available()


def sionna_2_is_installed() -> bool:
    """Tell whether Sionna's generation on PyTorch is installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sionna-no-rt").startswith("2.")
    except PackageNotFoundError:
        return False


def _use(block: BlockFormat, snr_db: float, blocks: int) -> ChannelUse:
    return ChannelUse(ChannelSpec(), 1, snr_db, range(blocks), 1, block.segmentation.block_symbols)


def _gbps(block: BlockFormat, blocks: int, work: Callable[[], object]) -> float:
    seconds = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        seconds = min(seconds, time.perf_counter() - start)
    return blocks * block.segmentation.information_bits / seconds / 1e9
