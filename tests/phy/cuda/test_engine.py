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
from linksim.phy.engine import BlockFormat
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


def assert_equal_to_native(block: BlockFormat, use: ChannelUse, device: Device) -> None:
    """Hold counts and LLRs to the native engine's; some of both kinds of blocks must be there."""
    ours, native = GpuEngine(block, device), NativeEngine(block, 1)
    found, wanted = ours.count(use), native.count(use)
    np.testing.assert_array_equal(found.raw_errors, wanted.raw_errors)
    np.testing.assert_array_equal(found.bit_errors, wanted.bit_errors)
    assert wanted.raw_errors.any()
    plan = block.segmentation
    payload = use.random_payload(plan.payload_bits)
    bits = np.hstack([payload, crc(payload, plan.crc_bits)])
    received, expected = ours.transmit(bits, use), native.transmit(bits, use)
    np.testing.assert_array_equal(received.llr.view(np.uint32), expected.llr.view(np.uint32))
    np.testing.assert_array_equal(received.raw_errors, expected.raw_errors)


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


def test_small_ldpc_blocks_share_a_cta(device: Device) -> None:
    block = block_of("ldpc:rate=1/3", 48, "qpsk", "app")
    assert_equal_to_native(block, use_of(block, -1.0, 41, PILOTS), device)


@pytest.mark.parametrize(
    ("code", "bits", "snr_db"),
    [
        ("ldpc:rate=2/3,rv=2,buffer=480", 300, 4.0),
        ("ldpc:rate=1/11,crc=16", 32, -7.5),  # below 1/5 bits are sent again
    ],
)
def test_what_5g_sends_of_a_code(device: Device, code: str, bits: int, snr_db: float) -> None:
    block = block_of(code, bits, "qpsk")
    assert not matching_of(block).is_plain
    assert_equal_to_native(block, use_of(block, snr_db, 9), device)


def test_a_middle_code_at_its_threshold(device: Device) -> None:
    block = block_of("ldpc:rate=1/2", 1128, "8psk")
    assert block.segmentation.sizes[:2] == (1152, 2304)
    assert_equal_to_native(block, use_of(block, 4.45, 6), device)


def test_the_largest_code(device: Device) -> None:
    block = block_of("ldpc:rate=1/2,iterations=12", 8424, "bpsk")
    assert block.segmentation.sizes[:2] == (8448, 16896)
    assert_equal_to_native(block, use_of(block, -1.2, 2), device)


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
    np.testing.assert_array_equal(found.bit_errors, NativeEngine(block, 1).count(use).bit_errors)
    assert capsys.readouterr().err.splitlines() == [
        "linksim: the processor has no memory for 16 blocks; going on with half",
        "linksim: the processor has no memory for 8 blocks; going on with half",
    ]


def test_no_frames_have_no_errors(host: Host) -> None:
    block = block_of("none", 64, "bpsk")
    use = replace(use_of(block, 3.0, 1), frames=[])
    assert GpuEngine(block, host).count(use).bit_errors.shape == (0,)
    assert GpuEngine(block, host).transmit(np.empty((0, 64), np.uint8), use).llr.shape == (0, 64)


@pytest.mark.parametrize("code", ["polar", "turbo", "conv"])
def test_a_code_without_kernels_is_refused_by_name(code: str) -> None:
    with pytest.raises(Refused, match=f"no kernels for {code} yet; use native"):
        load_engine("gpu", block_of(code, 100, "qpsk"))
