"""The GPU's kernels against the native engine: every number equal, on whatever runs them."""

from dataclasses import replace

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation
from linksim.phy.channel import ChannelUse
from linksim.phy.crc import crc
from linksim.phy.cuda.device import Device
from linksim.phy.cuda.engine import GpuEngine
from linksim.phy.cuda.host import Host
from linksim.phy.cuda.layout import narrow_layout, wide_layout
from linksim.phy.engine import BlockFormat, count_errors
from linksim.phy.engines import load_engine
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.native.engine import NativeEngine
from linksim.phy.native.ldpc_rate_matching import RateMatching
from linksim.phy.refused import Refused
from linksim.phy.segmentation import segment

RAYLEIGH = ChannelSpec.parse("rayleigh", "block")
PILOTS = ChannelSpec.parse("rician:k=3", "12", "pilot:every=4")
BLIND = ChannelSpec.parse("awgn", "1", "pilot:every=5")


def block_of(code: str, bits: int, modulation: str, demapper: str = "maxlog") -> BlockFormat:
    spec, symbol = CodeSpec.parse(code), Modulation.named(modulation)
    return BlockFormat(spec, symbol, demapper, segment(spec, bits, symbol.bits_per_symbol))


def use_of(
    block: BlockFormat, snr_db: float, frames: int, channel: ChannelSpec | None = None
) -> ChannelUse:
    plan, numbers = block.segmentation, np.arange(frames, dtype=np.uint64) + 2**33
    sizes = plan.blocks, plan.block_symbols
    return ChannelUse(channel or ChannelSpec(), 7 << 40, snr_db, numbers, *sizes)


def assert_equal_to_native(block: BlockFormat, use: ChannelUse, device: Device) -> np.ndarray:
    """Hold LLRs and counts to the native engine's; return the wrong payload bits of each block."""
    plan, ours = block.segmentation, GpuEngine(block, device)
    payload = use.random_payload(plan.payload_bits)
    bits = np.hstack([payload, crc(payload, plan.crc_bits)])
    received, expected = ours.transmit(bits, use), NativeEngine(block, 1).transmit(bits, use)
    np.testing.assert_array_equal(received.llr.view(np.uint32), expected.llr.view(np.uint32))
    np.testing.assert_array_equal(received.raw_errors, expected.raw_errors)
    assert expected.raw_errors.any()
    wrong = ((expected.llr[:, : plan.payload_bits] > 0) != payload).sum(axis=1)
    counts = ours.count(use)
    np.testing.assert_array_equal(counts.raw_errors, expected.raw_errors)
    np.testing.assert_array_equal(counts.bit_errors, wrong)
    return np.asarray(wrong)


def assert_some_fail(wrong: np.ndarray) -> None:
    """Make sure that both decoders were at work: the second one on blocks that are wrong."""
    assert (wrong > 0).any()
    assert not (wrong > 0).all()


@pytest.mark.parametrize("demapper", ["app", "maxlog"])
@pytest.mark.parametrize("modulation", ["bpsk", "qpsk", "8psk", "16qam", "64qam", "256qam"])
def test_every_modulation(device: Device, modulation: str, demapper: str) -> None:
    block = block_of("none:crc=24", 2500, modulation, demapper)
    assert_equal_to_native(block, use_of(block, 6.0, 3), device)


@pytest.mark.parametrize("channel", [RAYLEIGH, PILOTS, BLIND])
@pytest.mark.parametrize("code", ["none", "repetition:rate=2/5,crc=11"])
def test_every_channel_by_frames_of_several_blocks(
    device: Device, code: str, channel: ChannelSpec
) -> None:
    block = block_of(code, 9000 if code != "none" else 300, "16qam")
    assert_equal_to_native(block, use_of(block, 4.0, 3, channel), device)


@pytest.mark.parametrize("iterations", [1, 2, 5, 20])
def test_small_blocks_that_share_a_cta_stop_when_native_ones_do(
    device: Device, iterations: int
) -> None:
    code = f"nr:mcs=9,rv=2,buffer=480,iterations={iterations}"
    block = block_of(code, 300, "qpsk", "app")
    assert not matching_of(block).is_plain
    wrong = assert_equal_to_native(block, use_of(block, 8.0, 21, PILOTS), device)
    if iterations > 2:
        assert_some_fail(wrong)


@pytest.mark.parametrize(
    ("most_shared", "layouts"),
    [
        (5500, [(False, "WORDS"), (False, "WORDS")]),
        (3500, [(False, "BYTES"), (False, "WORDS_OUTSIDE")]),
    ],
)
def test_a_code_that_fits_otherwise_and_whose_bits_are_sent_again(
    host: Host, most_shared: int, layouts: list[tuple[bool, str]]
) -> None:
    small = Host(most_shared)
    block = block_of("ldpc:rate=1/11,crc=16", 40, "bpsk")
    code = matching_of(block).code
    both = narrow_layout(code, most_shared), wide_layout(code, most_shared)
    assert [(layout.pairs, layout.messages) for layout in both] == layouts
    assert_some_fail(assert_equal_to_native(block, use_of(block, -10.5, 12), small))


def test_a_middle_code_at_its_threshold(device: Device) -> None:
    block = block_of("ldpc:rate=1/2", 1128, "8psk")
    assert block.segmentation.sizes[:2] == (1152, 2304)
    assert_some_fail(assert_equal_to_native(block, use_of(block, 4.3, 6), device))


def test_the_largest_code(device: Device) -> None:
    block = block_of("ldpc:rate=1/2,iterations=7", 8424, "bpsk")
    assert block.segmentation.sizes[:2] == (8448, 16896)
    assert_some_fail(assert_equal_to_native(block, use_of(block, -1.5, 2), device))


def matching_of(block: BlockFormat) -> RateMatching:
    plan = block.segmentation
    found: RateMatching = ldpc_matching(block.code, plan.information_bits, plan.coded_bits)
    return found


class SmallMemory(Host):
    """A device on which no more than some blocks fit at a time."""

    fits = 5

    def empty(self, shape, dtype):  # type: ignore[no-untyped-def]
        if len(shape) == 2 and shape[0] > self.fits:
            raise MemoryError
        return super().empty(shape, dtype)


def test_half_the_batch_goes_on_where_memory_runs_out(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    block = block_of("none", 64, "bpsk")
    small, use = SmallMemory(), use_of(block, 3.0, 16)
    found = GpuEngine(block, small).count(use)
    wanted = count_errors(NativeEngine(block, 1), block.segmentation, use)
    np.testing.assert_array_equal(found.bit_errors, wanted.bit_errors)
    assert capsys.readouterr().err.splitlines() == [
        "linksim: the processor has no memory for 16 blocks; going on with half",
        "linksim: the processor has no memory for 8 blocks; going on with half",
    ]


def test_frames_that_follow_one_another_are_numbered_on_the_device(device: Device) -> None:
    block = block_of("none", 64, "bpsk")
    run = replace(use_of(block, 3.0, 1), frames=range(2**33, 2**33 + 300))
    assert run.run
    assert_equal_to_native(block, run, device)


def test_no_frames_have_no_errors(host: Host) -> None:
    block = block_of("none", 64, "bpsk")
    use = replace(use_of(block, 3.0, 1), frames=[])
    assert GpuEngine(block, host).count(use).bit_errors.shape == (0,)
    assert GpuEngine(block, host).transmit(np.empty((0, 64), np.uint8), use).llr.shape == (0, 64)


@pytest.mark.parametrize("code", ["polar", "turbo", "conv"])
def test_a_code_without_kernels_is_refused_by_name(code: str) -> None:
    with pytest.raises(Refused, match=f"no kernels for {code} yet; use native"):
        load_engine("gpu", block_of(code, 100, "qpsk"))
