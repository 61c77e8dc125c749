"""An NVIDIA GPU, by CUDA's driver: in the process's own context, which PyTorch uses too.

Nothing in here has run on a GPU yet: the machines that linksim is made on have none.
"""

from __future__ import annotations

import ctypes
import math
import sys
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from linksim.phy.cuda.cubins import cubin
from linksim.phy.cuda.device import Argument, Kernel, packed_arguments
from linksim.phy.cuda.layout import MOST_CTAS
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.toolkit import Unavailable

_STATIC_SHARED = 48 << 10  # beyond this a kernel must ask
_RESERVED_SHARED = 6 << 10  # static arrays, and what CUDA keeps of a CTA's
_INSTALL = "pip install 'semantic-linksim[gpu]'"


class GpuArray:
    """Memory of a GPU, given back when nothing refers to it."""

    def __init__(self, driver: Any, shape: tuple[int, ...], dtype: npt.DTypeLike, stream: Any):
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.size = max(1, math.prod(shape) * self.dtype.itemsize)
        self._driver, self._stream = driver, stream
        status, pointer = driver.cuMemAllocAsync(self.size, stream)
        if status == driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY:
            raise MemoryError("the GPU")
        _check(driver, status)
        self.pointer = int(pointer)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        place = self.pointer, False  # which may be written
        return {"shape": self.shape, "typestr": self.dtype.str, "data": place, "version": 3}

    def __del__(self) -> None:
        if hasattr(self, "pointer"):
            self._driver.cuMemFreeAsync(self.pointer, self._stream)


class GpuKernel:
    """A kernel of a loaded module."""

    def __init__(self, gpu: Gpu, driver: Any, function: Any) -> None:
        self._gpu, self._driver, self._function = gpu, driver, function
        attribute = driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
        if gpu.most_shared > _STATIC_SHARED:
            _check(driver, *driver.cuFuncSetAttribute(function, attribute, gpu.most_shared))

    def __call__(
        self, grid: tuple[int, int], threads: int, shared_bytes: int, *arguments: Argument
    ) -> None:
        addresses, _alive = packed_arguments(arguments)
        launch = self._driver.cuLaunchKernel
        sizes = *grid, 1, threads, 1, 1, shared_bytes
        where = ctypes.addressof(addresses)
        _check(self._driver, *launch(self._function, *sizes, self._gpu.stream, where, 0))


class Gpu:
    """A `linksim.phy.cuda.device.Device` that is a GPU.

    Args:
        number: which, as CUDA counts them.

    Attributes:
        architecture: such as ``sm_90``.
        multiprocessors: how many.
        clock_hz: their highest clock.

    Raises:
        Unavailable: if there is none, or no driver for it.
    """

    def __init__(self, number: int = 0) -> None:
        driver = self._driver = _driver()
        if number >= _value(driver, driver.cuDeviceGetCount()):
            raise Unavailable("finds no NVIDIA GPU on this machine; use native")
        device = _value(driver, driver.cuDeviceGet(number))
        self._context = _value(driver, driver.cuDevicePrimaryCtxRetain(device))
        _check(driver, *driver.cuCtxSetCurrent(self._context))
        names = driver.CUdevice_attribute
        kind = "CU_DEVICE_ATTRIBUTE_"

        def limit(name: str) -> int:
            asked = getattr(names, kind + name)
            return int(_value(driver, driver.cuDeviceGetAttribute(asked, device)))

        major, minor = (limit(f"COMPUTE_CAPABILITY_{part}") for part in ("MAJOR", "MINOR"))
        self.architecture = f"sm_{major}{minor}"
        self.name = _value(driver, driver.cuDeviceGetName(128, device)).split(b"\0")[0].decode()
        self.most_shared = limit("MAX_SHARED_MEMORY_PER_BLOCK_OPTIN") - _RESERVED_SHARED
        self.multiprocessors = limit("MULTIPROCESSOR_COUNT")
        self.clock_hz = 1e3 * limit("CLOCK_RATE")
        self.resident = MOST_CTAS * self.multiprocessors
        self.torch_name = f"cuda:{number}"
        self._built: dict[str, dict[str, Kernel]] = {}

    def build(self, source: Source) -> dict[str, Kernel]:
        if source.digest not in self._built:
            driver, code = self._driver, cubin(source, self.architecture)
            _check(driver, *driver.cuCtxSetCurrent(self._context))
            module = _value(driver, driver.cuModuleLoadData(code))
            self._built[source.digest] = {
                name: self._kernel(
                    _value(driver, driver.cuModuleGetFunction(module, name.encode()))
                )
                for name in source.kernels
            }
        return self._built[source.digest]

    def _kernel(self, function: Any) -> GpuKernel:
        return GpuKernel(self, self._driver, function)

    @property
    def stream(self) -> Any:
        """The caller's stream: PyTorch's current one of this GPU, else CUDA's own."""
        torch: Any = sys.modules.get("torch")
        works = torch is not None and torch.cuda.is_available()
        number = torch.cuda.current_stream(self.torch_name).cuda_stream if works else 0
        return self._driver.CUstream(number)

    def free_bytes(self) -> int:
        return int(_value(self._driver, self._driver.cuMemGetInfo())[0])

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> GpuArray:
        _check(self._driver, *self._driver.cuCtxSetCurrent(self._context))
        return GpuArray(self._driver, shape, dtype, self.stream)

    def zeros(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> GpuArray:
        array, driver = self.empty(shape, dtype), self._driver
        _check(driver, *driver.cuMemsetD8Async(array.pointer, 0, array.size, self.stream))
        return array

    def upload(self, array: np.ndarray) -> GpuArray:
        source, driver = np.ascontiguousarray(array), self._driver
        target = self.empty(source.shape, source.dtype)
        where = target.pointer, source.ctypes.data, source.nbytes
        if source.nbytes:
            _check(driver, *driver.cuMemcpyHtoDAsync(*where, self.stream))
            _check(driver, *driver.cuStreamSynchronize(self.stream))  # the source may go now
        return target

    def download(self, array: GpuArray) -> np.ndarray:
        found, driver = np.empty(array.shape, array.dtype), self._driver
        if found.nbytes:
            where = found.ctypes.data, array.pointer, found.nbytes
            _check(driver, *driver.cuMemcpyDtoHAsync(*where, self.stream))
            _check(driver, *driver.cuStreamSynchronize(self.stream))
        return found


@cache
def first_gpu() -> Gpu:
    """Return the first GPU; raises as `Gpu`."""
    return Gpu()


@cache
def _driver() -> Any:
    try:
        from cuda.bindings import driver
    except ImportError as error:
        raise Unavailable(f"needs CUDA's bindings; {_INSTALL}") from error
    try:
        (status,) = driver.cuInit(0)
    except RuntimeError as error:  # there is no library of the driver's
        raise Unavailable("finds no NVIDIA driver on this machine; use native") from error
    if status != driver.CUresult.CUDA_SUCCESS:
        raise Unavailable(f"finds no working NVIDIA GPU ({status.name}); use native")
    newest = 1000 * (driver.CUDA_VERSION // 1000)
    if (found := _value(driver, driver.cuDriverGetVersion())) < newest:
        problem = f"has a driver of CUDA {found // 1000}.{found % 1000 // 10}, and needs CUDA"
        raise Unavailable(f"{problem} {newest // 1000}'s; update the driver, or use native")
    return driver


def _value(driver: Any, answer: tuple[Any, ...]) -> Any:
    status, *values = answer
    _check(driver, status)
    return values[0] if len(values) == 1 else tuple(values)


def _check(driver: Any, status: Any) -> None:
    if status != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"CUDA: {status.name}")
