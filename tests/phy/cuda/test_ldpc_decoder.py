"""The GPU's LDPC decoder against the native one: every soft value, and every block's iterations."""

import numpy as np
import pytest

from linksim.phy import CodeSpec, Modulation
from linksim.phy.cuda.chain import LdpcCoder, Verdict
from linksim.phy.cuda.device import Device
from linksim.phy.cuda.host import Host
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.kernels.vectors import LANES, aligned_zeros
from linksim.phy.native import ldpc_decoder
from linksim.phy.native.ldpc_code import LiftedCode
from linksim.phy.segmentation import segment

Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def coder_of(code: str, bits: int, device: Device) -> tuple[LdpcCoder, LiftedCode]:
    spec, modulation = CodeSpec.parse(code), Modulation.named("bpsk")
    block = BlockFormat(spec, modulation, "maxlog", segment(spec, bits, 1))
    plan = block.segmentation
    lifted = ldpc_matching(spec, plan.information_bits, plan.coded_bits).code
    assert lifted.n == plan.coded_bits
    return LdpcCoder(block, device), lifted


def decoded_natively(code: LiftedCode, llr: np.ndarray, iterations: int) -> Found:
    """Return soft values, and iterations of 8 bits and of 16 (none where 8 suffice)."""
    plan = ldpc_decoder.schedule(code)
    works = [ldpc_decoder.workspace(plan, dtype) for dtype in (np.int8, np.int16)]
    soft = np.empty((len(llr), code.k), np.float32)
    used = np.zeros((2, len(llr)), np.int32)
    row = aligned_zeros(code.n + LANES, np.float32)
    for i, block in enumerate(llr):
        row[: code.n] = block
        for size, work in enumerate(works):
            ldpc_decoder.quantise(plan, work, row)
            used[size, i] = ldpc_decoder.decode(plan, work, iterations)
            unit = np.float32(-1) / np.float32(ldpc_decoder.SCALE[size + 1])
            soft[i] = work.information[: code.k] * unit
            if used[size, i]:
                break
    return soft, used[0], used[1]


def assert_equal_to_native(
    coder: LdpcCoder, code: LiftedCode, llr: np.ndarray, device: Device
) -> None:
    soft = device.empty((len(llr), code.k), np.float32)
    iterations = coder.iterations
    arrived = device.upload(llr)
    used, used_again = coder.decode_both(arrived, arrived, len(llr), Verdict(soft, None))
    wanted_soft, wanted, wanted_again = decoded_natively(code, llr, iterations)
    np.testing.assert_array_equal(device.download(used), wanted)
    again = np.where(wanted == 0, device.download(used_again), 0)
    np.testing.assert_array_equal(again, wanted_again)
    found = device.download(soft)
    np.testing.assert_array_equal(found.view(np.uint32), wanted_soft.view(np.uint32))
    assert wanted.any(), "no block converges in 8 bits"
    assert not wanted.all(), "8 bits suffice for every block"


def llr_of(code: LiftedCode, blocks: int, snr_db: float) -> np.ndarray:
    """Return LLRs of codewords of zeros, sent by BPSK: float32 ``[blocks, n]``."""
    n0 = 10 ** (-snr_db / 10)
    noise = np.random.default_rng(4).normal(size=(blocks, code.n)) * np.sqrt(n0 / 2)
    return np.float32(-4 / n0 * (1 + noise))


@pytest.mark.parametrize(
    ("code", "bits", "blocks", "snr_db"),
    [
        ("ldpc:rate=1/3,crc=0", 24, 40, -3.5),
        ("ldpc:rate=1/2,iterations=8", 1128, 8, -1.9),
        ("ldpc:rate=8/9,iterations=12", 488, 9, 3.6),
        ("ldpc:rate=1/2,iterations=6", 8424, 2, -1.1),
    ],
)
def test_soft_values_and_iterations(
    device: Device, code: str, bits: int, blocks: int, snr_db: float
) -> None:
    coder, lifted = coder_of(code, bits, device)
    assert_equal_to_native(coder, lifted, llr_of(lifted, blocks, snr_db), device)


@pytest.mark.parametrize(
    ("most_shared", "layouts"),
    [
        (4000, [(False, "WORDS"), (False, "WORDS")]),
        (2000, [(False, "BYTES"), (False, "WORDS_OUTSIDE")]),
    ],
)
def test_a_code_that_fits_otherwise(
    host: Host, most_shared: int, layouts: list[tuple[bool, str]]
) -> None:
    small = Host(most_shared)
    coder, lifted = coder_of("ldpc:rate=1/3,crc=16", 40, small)
    assert [(layout.pairs, layout.messages) for layout in (coder.narrow, coder.wide)] == layouts
    assert_equal_to_native(coder, lifted, llr_of(lifted, 24, -5.0), small)
