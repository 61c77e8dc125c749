"""The processor as a device, and tensors that tell when they are taken from it to the host."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from linksim.link import digests
from linksim.phy import packing
from linksim.phy.cuda import engine
from linksim.phy.cuda.host import Host, HostArray
from linksim.phy.cuda.tensor_kernels import TensorKernels
from linksim.phy.engines import _load_engine

CARRIED = ("cpu", "numpy", "tolist", "item", "__array__", "__bool__", "__int__", "__dlpack__")
"""What takes a tensor to the host."""


class Staying(torch.Tensor):
    """A tensor that tells of each visit to the host."""

    visits: list[int]
    """The elements that each visit took."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if getattr(func, "__name__", "") in CARRIED:
            cls.visits.append(args[0].numel())
            with torch._C.DisableTorchFunctionSubclass():
                return func(args[0].as_subclass(torch.Tensor), *args[1:], **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs or {})


class StayingKernels(TensorKernels):
    """Kernels whose tensors stay on the device."""

    def recut(self, *arguments):  # type: ignore[no-untyped-def]
        return super().recut(*arguments).as_subclass(Staying)

    def digests(self, *parts):  # type: ignore[no-untyped-def]
        return super().digests(*parts).as_subclass(Staying)


class Device(Host):
    """The processor as a device whose arrays are brought back in no other way than as tensors."""

    def download(self, array: Any) -> np.ndarray:
        raise AssertionError("an array is taken to the host")


@contextmanager
def processor_as_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the processor stand in for a GPU, whose kernels leave `Staying` tensors."""
    _load_engine.cache_clear()
    found = Device()
    kernels = StayingKernels(found)
    monkeypatch.setattr(engine, "first_gpu", lambda: found)
    for module in (packing, digests):
        monkeypatch.setattr(module, "kernels_for", lambda _: kernels)
    library, taken = torch.utils.dlpack, torch.utils.dlpack.from_dlpack
    made: dict[bool, type[torch.Tensor]] = {True: Staying, False: torch.Tensor}
    monkeypatch.setattr(
        library,
        "from_dlpack",
        lambda array: taken(array).as_subclass(made[isinstance(array, HostArray)]),
    )
    Staying.visits = []
    yield
    _load_engine.cache_clear()
