"""Compare the native LDPC decoder with sum-product in floating point, on the same received blocks.

Run: python docs/decoder.py 512 1/3 -3.8 -3.7   (information bits, rate, Es/N0 in dB)

With --floor sum-product gets those blocks alone that the native decoder has wrong: where the two
fail alike, a floor is the code's.
"""

from __future__ import annotations

import argparse
import math
from fractions import Fraction

import numpy as np
from numba import njit

from linksim.phy import CodeSpec
from linksim.phy.families.ldpc import base_graph
from linksim.phy.kernels.vectors import aligned_zeros
from linksim.phy.native import ldpc_decoder, ldpc_encoder
from linksim.phy.native.ldpc_batches import decode_blocks, decoder_memory
from linksim.phy.native.ldpc_code import LiftedCode, lifted_code

_LARGEST_DEGREE = 19
_LEAST = 1e-300  # of e^−|r|: log's argument stays above 0
_AT_ONCE, _APART = 20_000, 2**32  # blocks; seeds of noise
_KNOWN = 1e6  # LLR of filler bits


@njit(nogil=True)
def _iterate(bits, said, ends, places, unsure, before):  # type: ignore[no-untyped-def]
    """Run all checks once, one after the other, on LLRs above 0 for a 0.

    With u = e^−|q| a check's x ⊞ y is (u + w) / (1 + u w): exact, and no logarithm until the end.
    """
    start = 0
    for end in ends:
        sign, u = False, 0.0
        for e in range(start, end):
            q = bits[places[e]] - said[e]
            bits[places[e]] = q
            sign ^= q < 0
            unsure[e - start] = math.exp(-abs(q))
            before[e - start] = u
            u = (u + unsure[e - start]) / (1 + u * unsure[e - start])
        u = 0.0
        for e in range(end - 1, start - 1, -1):
            both = (u + before[e - start]) / (1 + u * before[e - start])
            r = -math.log(max(both, _LEAST))
            u = (u + unsure[e - start]) / (1 + u * unsure[e - start])
            said[e] = -r if sign ^ (bits[places[e]] < 0) else r
            bits[places[e]] += said[e]
        start = end


@njit(nogil=True)
def _all_hold(bits, ends, places):  # type: ignore[no-untyped-def]
    start = 0
    for end in ends:
        sign = False
        for e in range(start, end):
            sign ^= bits[places[e]] < 0
        if sign:
            return False
        start = end
    return True


@njit(nogil=True)
def _sum_product(llr, ends, places, iterations):  # type: ignore[no-untyped-def]
    """Turn LLRs ``[B, bits]``, above 0 for a 0, into what layered sum-product makes of them."""
    said = np.zeros(places.size)
    unsure, before = np.zeros(_LARGEST_DEGREE), np.zeros(_LARGEST_DEGREE)
    for bits in llr:
        said[:] = 0
        for _ in range(iterations):
            _iterate(bits, said, ends, places, unsure, before)
            if _all_hold(bits, ends, places):
                break


def sum_product(code: LiftedCode, llr: np.ndarray, iterations: int = 20) -> np.ndarray:
    """Return sum-product's decisions, bool ``[B, k]``, from log p(1)/p(0) ``[B, n]``."""
    lifting, sent, start = (
        code.lifting,
        code.sent_information,
        code.information_columns * code.lifting,
    )
    natural = np.zeros((len(llr), code.columns * lifting))
    natural[:, 2 * lifting : 2 * lifting + sent] = -llr[:, :sent]
    natural[:, code.k : start] = _KNOWN
    natural[:, start : start + code.n - sent] = -llr[:, sent:]
    checks = [
        [column * lifting + (t + shift) % lifting for column, shift in row]
        for row in code.rows
        for t in range(lifting)
    ][: code.checks]
    ends = np.cumsum([len(check) for check in checks])
    _sum_product(natural, ends, np.concatenate(checks).astype(np.int64), iterations)
    return natural[:, : code.k] < 0


def native(code: LiftedCode, llr: np.ndarray, iterations: int = 20) -> np.ndarray:
    """Return the native decoder's decisions, as `sum_product` does."""
    soft = np.empty((len(llr), code.k), dtype=np.float32)
    decode_blocks(decoder_memory(ldpc_decoder.schedule(code), iterations), llr, soft)
    return soft > 0


def sent_blocks(code: LiftedCode, blocks: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random information and its codewords, uint8 ``[blocks, k]`` and ``[blocks, n]``."""
    information = np.random.default_rng(seed).integers(0, 2, (blocks, code.k), dtype=np.uint8)
    plan = ldpc_encoder.encoder_plan(code)
    source, target = aligned_zeros(code.k, np.uint8), aligned_zeros(code.n, np.uint8)
    sent = np.empty((blocks, code.n), dtype=np.uint8)
    for row, bits in zip(sent, information, strict=True):
        source[:] = bits
        ldpc_encoder.encode(plan, source, target)
        row[:] = target
    return information, sent


def received(sent: np.ndarray, snr_db: float, seed: int) -> np.ndarray:
    """Return log p(1)/p(0) of BPSK in noise, float32; every SNR meets the same noise."""
    n0 = 10 ** (-snr_db / 10)
    noise = np.random.default_rng(seed).normal(0, math.sqrt(n0 / 2), sent.shape)
    return (4 / n0 * (2.0 * sent - 1 + noise)).astype(np.float32)


def floor(code: LiftedCode, blocks: int, snr_db: float) -> tuple[int, int]:
    """Return how many blocks the native decoder has wrong, and of these sum-product, too."""
    wrong = both = 0
    for part in range(-(-blocks // _AT_ONCE)):
        information, sent = sent_blocks(code, _AT_ONCE, seed=part)
        llr = received(sent, snr_db, seed=_APART + part)
        failed = (native(code, llr) != information).any(axis=1)
        if failed.any():
            decided = sum_product(code, llr[failed])
            both += int((decided != information[failed]).any(axis=1).sum())
        wrong += int(failed.sum())
    return wrong, both


def main() -> None:
    """Print block error rates of both decoders at each SNR."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("k", type=int)
    parser.add_argument("rate", type=Fraction)
    parser.add_argument("snr_db", type=float, nargs="+")
    parser.add_argument("--blocks", type=int, default=2000)
    parser.add_argument("--floor", action="store_true")
    asked = parser.parse_args()
    graph = base_graph(CodeSpec("ldpc", asked.rate), asked.k)
    code = lifted_code(asked.k, math.ceil(asked.k / asked.rate), graph)
    if asked.floor:
        for snr_db in asked.snr_db:
            wrong, both = floor(code, asked.blocks, snr_db)
            print(f"{snr_db:6.2f} dB   native {wrong}, of these sum-product {both}")
        return
    information, sent = sent_blocks(code, asked.blocks, seed=1)
    print(f"k = {code.k}, n = {code.n}; wrong of {asked.blocks} blocks")
    for snr_db in asked.snr_db:
        llr = received(sent, snr_db, seed=2)
        wrong = [(way(code, llr) != information).any(axis=1).sum() for way in (sum_product, native)]
        print(f"{snr_db:6.2f} dB   sum-product {wrong[0]:5d}   native {wrong[1]:5d}")


if __name__ == "__main__":
    main()
