"""The native LDPC code against its own definition and against sum-product in floating point."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from linksim.phy.kernels.vectors import aligned_zeros
from linksim.phy.native import ldpc_decoder, ldpc_encoder
from linksim.phy.native.ldpc_batches import decode_blocks, decoder_memory
from linksim.phy.native.ldpc_code import LiftedCode, lifted_code

DOCS = Path(__file__).resolve().parents[3] / "docs"

# (k, n, base graph): both graphs, all eight sets of lifting sizes, with and without filler bits,
# lowest and highest rates.
GRID = [
    (1152, 2304, 2), (640, 3200, 2), (560, 1120, 2), (100, 500, 2), (52, 200, 2), (25, 50, 2),
    (12, 60, 2), (292, 308, 2), (3840, 19200, 2), (3840, 4043, 2), (777, 1111, 2), (130, 390, 2),
    (2000, 2106, 1), (8448, 25344, 1), (8448, 8893, 1), (6168, 12336, 1), (3825, 7650, 1),
    (22 * 7, 400, 1), (22 * 9, 500, 1), (22 * 11, 600, 1), (22 * 13, 700, 1), (22 * 15, 800, 1),
]  # fmt: skip


def codewords(code: LiftedCode, information: np.ndarray) -> np.ndarray:
    """Encode, uint8 ``[B, k]`` to ``[B, n]``."""
    plan = ldpc_encoder.encoder_plan(code)
    source, target = aligned_zeros(code.k, np.uint8), aligned_zeros(code.n, np.uint8)
    sent = np.empty((len(information), code.n), dtype=np.uint8)
    for row, bits in zip(sent, information, strict=True):
        source[:] = bits
        ldpc_encoder.encode(plan, source, target)
        row[:] = target
    return sent


def check_sums(code: LiftedCode, information: np.ndarray, sent: np.ndarray) -> np.ndarray:
    """Return all checks whose bits were all sent or are known, by the graph's definition."""
    lifting, punctured = code.lifting, 2 * code.lifting
    bits = np.full(code.columns * lifting, -1)
    bits[: code.k] = information
    bits[code.k : code.information_columns * lifting] = 0
    parity = sent[code.k - punctured :]
    start = code.information_columns * lifting
    bits[start : start + parity.size] = parity
    sums = []
    for row in code.rows:
        edges = np.array(
            [column * lifting + (np.arange(lifting) + s) % lifting for column, s in row]
        )
        known = (bits[edges] >= 0).all(axis=0)
        sums.append(bits[edges].sum(axis=0)[known] % 2)
    return np.concatenate(sums)


@pytest.mark.parametrize(("k", "n", "graph"), GRID)
def test_codewords_fulfil_their_checks(k: int, n: int, graph: int) -> None:
    code = lifted_code(k, n, graph)
    information = np.random.default_rng(k).integers(0, 2, (3, k), dtype=np.uint8)
    for bits, sent in zip(information, codewords(code, information), strict=True):
        assert np.array_equal(sent[: k - 2 * code.lifting], bits[2 * code.lifting :])
        sums = check_sums(code, bits, sent)
        assert not sums.any()
        assert sums.size > 0 or n < k + 2 * code.lifting


def test_the_grid_covers_all_sets_of_lifting_sizes() -> None:
    odd_parts = {lifted_code(*case).lifting for case in GRID}
    odd_parts = {size // (size & -size) for size in odd_parts}
    assert odd_parts >= {1, 3, 5, 7, 9, 11, 13, 15}


@pytest.mark.parametrize(("k", "n", "graph"), GRID)
def test_clean_llrs_decode_to_what_was_sent(k: int, n: int, graph: int) -> None:
    code = lifted_code(k, n, graph)
    information = np.random.default_rng(k).integers(0, 2, (3, k), dtype=np.uint8)
    llr = np.where(codewords(code, information) == 1, 8.0, -8.0).astype(np.float32)
    assert np.array_equal(decided(code, llr), information)


def decided(code: LiftedCode, llr: np.ndarray, iterations: int = 20) -> np.ndarray:
    """Return the native decoder's decisions, bool ``[B, k]``."""
    return decoded(code, llr, iterations) > 0


def decoded(code: LiftedCode, llr: np.ndarray, iterations: int = 20) -> np.ndarray:
    """Return the native decoder's LLRs, float32 ``[B, k]``."""
    soft = np.empty((len(llr), code.k), dtype=np.float32)
    decode_blocks(decoder_memory(ldpc_decoder.schedule(code), iterations), llr, soft)
    return soft


def bpsk_llrs(sent: np.ndarray, ebno_db: float, rate: float, seed: int) -> np.ndarray:
    n0 = 10 ** (-ebno_db / 10) / rate
    noise = np.random.default_rng(seed).normal(0, np.sqrt(n0 / 2), sent.shape)
    return (4 / n0 * ((2.0 * sent - 1) + noise)).astype(np.float32)


@pytest.mark.parametrize(
    ("k", "n", "snr_db", "blocks", "loss_db"),
    [(512, 1536, -4.0, 1500, 0.1), (512, 1024, -1.6, 1500, 0.1), (40, 45, 6.1, 20000, 0.0)],
)
def test_decoding_loses_less_than_a_tenth_of_a_decibel_to_sum_product(
    k: int, n: int, snr_db: float, blocks: int, loss_db: float
) -> None:
    floating = runpy.run_path(str(DOCS / "decoder.py"))
    code = lifted_code(k, n, 2)
    information, sent = floating["sent_blocks"](code, blocks, seed=1)
    llr, louder = (floating["received"](sent, snr_db + more, seed=2) for more in (0.0, loss_db))
    ours = (decided(code, louder) != information).any(axis=1)
    theirs = (floating["sum_product"](code, llr) != information).any(axis=1)
    # The same noise: of the blocks that only one of them got wrong, at most half may be ours.
    only_ours, only_theirs = (ours & ~theirs).sum(), (theirs & ~ours).sum()
    assert theirs.sum() > 20
    test = stats.binomtest(int(only_ours), int(only_ours + only_theirs) or 1, alternative="greater")
    assert test.pvalue > 1e-3, (ours.sum(), theirs.sum())


@pytest.mark.parametrize(("k", "n", "graph"), [(1152, 2304, 2), (8448, 10560, 1)])
def test_strong_llrs_do_not_saturate_into_errors(k: int, n: int, graph: int) -> None:
    code = lifted_code(k, n, graph)
    information = np.random.default_rng(3).integers(0, 2, (200, k), dtype=np.uint8)
    sent = codewords(code, information)
    for ebno_db in (5.0, 10.0, 20.0, 40.0):
        llr = bpsk_llrs(sent, ebno_db, k / n, seed=4)
        assert np.array_equal(decided(code, llr), information), ebno_db


def test_llrs_of_zero_decide_nothing_and_end() -> None:
    code = lifted_code(1152, 2304, 2)
    assert not decoded(code, np.zeros((2, 2304), dtype=np.float32)).any()


def test_a_damaged_check_is_noticed() -> None:
    code = lifted_code(1152, 2304, 2)
    plan = ldpc_decoder.schedule(code)
    work = ldpc_decoder.workspace(plan, np.int8)
    sent = codewords(code, np.zeros((1, 1152), dtype=np.uint8))[0]
    llr = aligned_zeros(2304, np.float32)
    llr[:] = np.where(sent == 1, 1.0, -1.0)
    ldpc_decoder.quantise(plan, work, llr)
    assert ldpc_decoder.decode(plan, work, 1)
    rng = np.random.default_rng(0)
    llr[:] = rng.normal(size=2304)
    ldpc_decoder.quantise(plan, work, llr)
    assert not ldpc_decoder.decode(plan, work, 20)
