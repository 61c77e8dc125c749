"""What kernels run on: a GPU, or the processor in its place."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from linksim.phy.cuda.source import Source

if TYPE_CHECKING:
    from linksim.phy.tensors import Tensor

Argument = Any
"""Of a kernel: a `ctypes` number or structure, a `DeviceArray`, or None for a null pointer."""


class DeviceArray(Protocol):
    """Memory of a device; `linksim.phy.tensors.as_tensor` takes what a `Device` allocates.

    Attributes:
        pointer: where it begins, on the device.
    """

    @property
    def pointer(self) -> int: ...


class Kernel(Protocol):
    """A compiled kernel."""

    def __call__(
        self, grid: tuple[int, int], threads: int, shared_bytes: int, *arguments: Argument
    ) -> None:
        """Start it; see `Device.build`."""


class Device(Protocol):
    """Compiles kernels and runs them, one after the other.

    Attributes:
        name: of the device, for people.
        most_shared: bytes of shared memory that a CTA may have.
        resident: CTAs of a decoder that fill the device.
        torch_name: of the device, as PyTorch calls it.
    """

    name: str
    most_shared: int
    resident: int
    torch_name: str

    def build(self, source: Source) -> dict[str, Kernel]:
        """Return the kernels of a source, compiled now or before."""

    def free_bytes(self) -> int:
        """Return the memory that there is."""

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> DeviceArray:
        """Return memory with anything in it.

        Raises:
            MemoryError: if there is none left.
        """

    def zeros(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> DeviceArray:
        """Return memory full of zeros; raises as `empty`."""

    def upload(self, array: np.ndarray) -> DeviceArray:
        """Return an array's copy on the device; raises as `empty`."""

    def download(self, array: Any) -> np.ndarray:
        """Return an array's copy on the host, once what was started before is done."""


class TensorMemory:
    """A tensor's memory, for kernels of the device that it is on."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor.contiguous()

    @property
    def pointer(self) -> int:
        return self._tensor.data_ptr()


def packed_arguments(
    arguments: Sequence[Argument],
) -> tuple[ctypes.Array[ctypes.c_void_p], list[Any]]:
    """Return addresses of arguments, as launches take them, and what must live until then."""
    values = [_as_ctypes(argument) for argument in arguments]
    addresses = [ctypes.cast(ctypes.pointer(value), ctypes.c_void_p) for value in values]
    return (ctypes.c_void_p * len(values))(*(a.value for a in addresses)), values


def address(array: DeviceArray | None) -> int | None:
    """Return where an array begins; None for none."""
    return None if array is None else array.pointer


def _as_ctypes(argument: Argument) -> Any:
    if argument is None or hasattr(argument, "pointer"):
        return ctypes.c_void_p(address(argument))
    return argument
