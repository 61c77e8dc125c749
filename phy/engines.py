"""The choice of an engine."""

from __future__ import annotations

import importlib.metadata
from functools import lru_cache

from linksim.phy.checks import instance_of, whole_number
from linksim.phy.engine import ENGINES, BlockFormat, Engine
from linksim.phy.refused import Refused


def load_engine(
    name: str, block: BlockFormat, threads: int = 0, own_channel: bool = False
) -> Engine:
    """Return the engine called ``name`` for blocks of one format.

    Args:
        name: ``native``, ``gpu``, ``hybrid``, ``sionna``, or ``auto``: native where it can, else
            Sionna; where there is a GPU that the code has kernels for, it takes native's place in
            calls with enough blocks to fill it. A code or a channel of a user's own runs in native.
        block: the format.
        threads: cores to use; 0 for all that this process may use.
        own_channel: whether the channel is a user's own.

    Raises:
        TypeError: if the block is no format, or threads are no number.
        Refused: for an unknown engine, one that cannot do this format or lacks what it needs, or an
            LDPC code that cannot be decoded at any SNR.
    """
    if name not in ENGINES:
        raise Refused("engine", f"unknown; one of {', '.join(ENGINES)}", name)
    instance_of(BlockFormat, block, "block", "BlockFormat(…)")
    return _load_engine(name, block, whole_number(threads, "threads"), own_channel)


@lru_cache(maxsize=8)
def _load_engine(name: str, block: BlockFormat, threads: int, own_channel: bool) -> Engine:
    # Imported when needed: each engine brings a framework, and seconds of start-up.
    code, information = block.code, block.segmentation.information_bits
    code.family.check(code, block.segmentation.sizes)
    automatic = name == "auto"
    if automatic:
        name = "native" if own_channel else _best(block)
    if problem := code.family.lacks(name, code, information):
        raise Refused("engine", problem, name)
    if name == "native":
        native = _native(block, threads, own_channel)
        return native if own_channel or not automatic else _with_gpu(block, native)
    if own_channel:
        raise Refused("engine", "has linksim's own channels; for yours use native", name)
    if name == "gpu":
        from linksim.phy.cuda.engine import GpuEngine

        return GpuEngine(block)
    if not (generation := _sionna_generation()):
        raise Refused("engine", "needs Sionna; pip install 'semantic-linksim[sionna]'", name)
    if generation == 1:
        from linksim.phy.sionna.tensorflow_engine import HybridTensorFlow, SionnaTensorFlow

        return (HybridTensorFlow if name == "hybrid" else SionnaTensorFlow)(block, threads)
    from linksim.phy.sionna.torch_engine import HybridTorch, SionnaTorch

    return (HybridTorch if name == "hybrid" else SionnaTorch)(block, threads)


def _native(block: BlockFormat, threads: int, own_channel: bool) -> Engine:
    from linksim.phy.native.engine import NativeEngine
    from linksim.phy.native.own_channel_engine import OwnChannelEngine
    from linksim.phy.native.own_code_engine import OwnCodeEngine

    if block.code.own is not None:
        return OwnCodeEngine(block, threads, own_channel)
    return (OwnChannelEngine if own_channel else NativeEngine)(block, threads)


def _with_gpu(block: BlockFormat, native: Engine) -> Engine:
    """Return what works on a GPU too, where there is one that serves the format; else native."""
    from linksim.phy.cuda.engine import refuse_what_is_not_served
    from linksim.phy.cuda.gpu import first_gpu
    from linksim.phy.cuda.toolkit import Unavailable

    try:
        refuse_what_is_not_served(block)
        device = first_gpu()
    except (Refused, Unavailable):
        return native
    from linksim.phy.cuda.automatic import Automatic

    return Automatic(block, native, device)


def _best(block: BlockFormat) -> str:
    """Return the engine that ``auto`` is, GPUs aside."""
    from linksim.phy.native.mapping import DEMAPPED

    code, demapped = block.code, block.modulation.bits_per_symbol in DEMAPPED
    information = block.segmentation.information_bits
    if code.family.lacks("sionna", code, information):
        return "native"
    serves = demapped and not code.family.lacks("native", code, information)
    return "native" if serves else "sionna"


def _sionna_generation() -> int:
    """Return 1 (on TensorFlow) or 2 (on PyTorch); 0 where Sionna is not installed."""
    try:
        return int(importlib.metadata.version("sionna-no-rt").partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0
