"""``auto`` where there is a GPU; the processor stands in for one."""

from dataclasses import replace

import numpy as np

from linksim.phy import CodeSpec, Modulation
from linksim.phy.channel import ChannelSpec, ChannelUse
from linksim.phy.cuda.automatic import Automatic
from linksim.phy.cuda.host import Host
from linksim.phy.cuda.toolkit import Unavailable
from linksim.phy.engine import BlockFormat, BlockReception
from linksim.phy.native.engine import NativeEngine
from linksim.phy.segmentation import segment

CODE, QPSK = CodeSpec.parse("none"), Modulation.named("qpsk")
BLOCK = BlockFormat(CODE, QPSK, "maxlog", segment(CODE, 64, 2))
USE = ChannelUse(ChannelSpec(), 3, 2.0, np.arange(4), 1, 32)
BITS = np.random.default_rng(1).integers(0, 2, (4, 64), dtype=np.uint8)


class CountingNative(NativeEngine):
    """The native engine, which counts its calls."""

    calls = 0

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        self.calls += 1
        return super().transmit(bits, use)


def test_calls_that_fill_the_device_go_to_it_and_count_alike(host: Host) -> None:
    native = CountingNative(BLOCK, 1)
    auto = Automatic(BLOCK, native, host)  # which four blocks fill
    auto.transmit(BITS[:3], replace(USE, frames=np.arange(3)))
    assert native.calls == 1
    found = auto.transmit(BITS, USE)
    assert native.calls == 1
    wanted = native.transmit(BITS, USE)
    np.testing.assert_array_equal(found.llr, wanted.llr)
    np.testing.assert_array_equal(found.raw_errors, wanted.raw_errors)


class Elsewhere(Host):
    """A device that PyTorch calls by another name than the host."""

    torch_name = "meta"


def test_bytes_go_to_the_device_for_calls_that_go_there(host: Host) -> None:
    auto = Automatic(BLOCK, NativeEngine(BLOCK, 1), Elsewhere())
    assert auto.device_for(replace(USE, frames=np.arange(3))) == "cpu"
    assert auto.device_for(USE) == "meta"


class WithoutCompiler(Host):
    """A device for which nothing can be compiled."""

    def build(self, source):  # type: ignore[no-untyped-def]
        raise Unavailable("needs NVRTC")


def test_native_takes_all_where_kernels_cannot_be_compiled(host: Host) -> None:
    native = CountingNative(BLOCK, 1)
    Automatic(BLOCK, native, WithoutCompiler()).transmit(BITS, USE)
    assert native.calls == 1
