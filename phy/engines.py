"""The choice of an engine."""

from __future__ import annotations

import importlib.metadata
from functools import lru_cache

from linksim.phy.checks import instance_of, whole_number
from linksim.phy.engine import ENGINES, BlockFormat, Engine
from linksim.phy.refused import Refused
from linksim.phy.segmentation import base_graph


def load_engine(name: str, block: BlockFormat, threads: int = 0) -> Engine:
    """Return the engine called ``name`` for blocks of one format.

    Args:
        name: ``native``, ``hybrid``, ``sionna``, or ``auto``: native where it can, else Sionna; on
            a machine with a CUDA GPU and Sionna 2, Sionna. A code of a user's own runs in native.
        block: the format.
        threads: cores to use; 0 for all that this process may use.

    Raises:
        TypeError: if the block is no format, or threads are no number.
        Refused: for an unknown engine, one that cannot do this format or lacks what it needs, or an
            LDPC code that cannot be decoded at any SNR.
    """
    if name not in ENGINES:
        raise Refused("engine", f"unknown; one of {', '.join(ENGINES)}", name)
    instance_of(BlockFormat, block, "block", "BlockFormat(…)")
    return _load_engine(name, block, whole_number(threads, "threads"))


@lru_cache(maxsize=8)
def _load_engine(name: str, block: BlockFormat, threads: int) -> Engine:
    # Imported when needed: each engine brings a framework, and seconds of start-up.
    if block.code.own is not None:
        return _around_own_code(name, block, threads)
    if block.code.name == "ldpc":
        _refuse_what_never_comes_back(block)
    if name == "auto":
        name = "native" if _native_serves(block) and not _sionna_has_gpu() else "sionna"
    if name == "native":
        from linksim.phy.native.engine import NativeEngine

        return NativeEngine(block, threads)
    if not (generation := _sionna_generation()):
        raise RuntimeError(f"{name}: needs Sionna; pip install 'semantic-linksim[sionna]'")
    if generation == 1:
        from linksim.phy.sionna.tensorflow_engine import HybridTensorFlow, SionnaTensorFlow

        return (HybridTensorFlow if name == "hybrid" else SionnaTensorFlow)(block, threads)
    from linksim.phy.sionna.torch_engine import HybridTorch, SionnaTorch

    return (HybridTorch if name == "hybrid" else SionnaTorch)(block, threads)


def _around_own_code(name: str, block: BlockFormat, threads: int) -> Engine:
    from linksim.phy.native.own_code_engine import OwnCodeEngine

    if name not in ("auto", "native"):
        problem = f"runs linksim's own codes; for {block.code.name} use native"
        raise Refused("engine", problem, name)
    return OwnCodeEngine(block, threads)


def _refuse_what_never_comes_back(block: BlockFormat) -> None:
    from linksim.phy.native.ldpc_code import comes_back, lifted_code

    code, plan = block.code, block.segmentation
    graph = base_graph(code, plan.information_bits)
    lifted = lifted_code(plan.information_bits, plan.coded_bits, graph)
    if not comes_back(lifted):
        problem = (
            f"5G leaves out the first {lifted.punctured} of a block's {plan.information_bits} "
            f"information bits, and {plan.coded_bits} coded bits do not bring them back at any "
            "SNR; give a lower rate or longer messages"
        )
        raise Refused("code", problem, code)


def _native_serves(block: BlockFormat) -> bool:
    from linksim.phy.native.mapping import DEMAPPED

    return block.code.decoder != "bp" and block.modulation.bits_per_symbol in DEMAPPED


def _sionna_generation() -> int:
    """Return 1 (on TensorFlow) or 2 (on PyTorch); 0 where Sionna is not installed."""
    try:
        return int(importlib.metadata.version("sionna-no-rt").partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0


def _sionna_has_gpu() -> bool:
    if _sionna_generation() < 2:
        return False
    import torch

    return torch.cuda.is_available()
