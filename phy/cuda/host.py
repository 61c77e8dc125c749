"""The processor in a GPU's place: the same kernels, compiled by g++ under ``host.h``.

It is how kernels are proven where there is no GPU: slow, and the same number for number.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from linksim.phy.cuda.device import Argument, Kernel, packed_arguments
from linksim.phy.cuda.kept import compiled_once
from linksim.phy.cuda.source import FOLDER, Source

# Nothing is fused unless the source says so.
FLAGS = ("-O1", "-std=c++20", "-march=native", "-ffp-contract=off", "-DON_HOST", f"-I{FOLDER}")


def compiler() -> str | None:
    """Return the path of g++; None where there is none."""
    return shutil.which("g++")


class HostArray:
    """An array that kernels on the processor read and write.

    Attributes:
        values: the array.
    """

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    @property
    def pointer(self) -> int:
        return self.values.ctypes.data

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.values.__dlpack_device__()


class HostKernel:
    """A kernel in a shared library."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        self._launch = library[f"launch_{name}"]
        self._launch.restype = None

    def __call__(
        self, grid: tuple[int, int], threads: int, shared_bytes: int, *arguments: Argument
    ) -> None:
        addresses, _alive = packed_arguments(arguments)
        self._launch(*grid, threads, ctypes.c_size_t(shared_bytes), addresses)


class Host:
    """A `linksim.phy.cuda.device.Device` that is the processor.

    Args:
        most_shared: shared memory of a CTA, bytes; that of an H100 by default.

    Raises:
        RuntimeError: if there is no g++.
    """

    name, resident, torch_name = "the processor", 2, "cpu"

    def __init__(self, most_shared: int = 227 << 10) -> None:
        if compiler() is None:
            raise RuntimeError("kernels for the processor need g++")
        self.most_shared = most_shared
        self._folder = TemporaryDirectory(prefix="linksim-host-")
        self._built: dict[str, dict[str, Kernel]] = {}

    def build(self, source: Source) -> dict[str, Kernel]:
        if source.digest not in self._built:
            target = Path(self._folder.name) / f"{source.digest[:16]}.so"
            target.write_bytes(_library(source))
            library = ctypes.CDLL(str(target))
            self._built[source.digest] = {k: HostKernel(library, k) for k in source.kernels}
        return self._built[source.digest]

    def free_bytes(self) -> int:
        return 1 << 28

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> HostArray:
        return HostArray(np.empty(shape, dtype))

    def zeros(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> HostArray:
        return HostArray(np.zeros(shape, dtype))

    def upload(self, array: np.ndarray) -> HostArray:
        return HostArray(np.array(array, order="C"))

    def download(self, array: HostArray) -> np.ndarray:
        return array.values.copy()


def _library(source: Source) -> bytes:
    """Return a shared library of a source's kernels, from disk if it was compiled before."""

    def compile_now() -> bytes:
        with TemporaryDirectory(prefix="linksim-host-") as folder:
            target = Path(folder) / "kernels.so"
            compile_host(host_text(source), target, ("-shared", "-fPIC"))
            return target.read_bytes()

    return compiled_once((source.digest, FLAGS, _processor()), "so", compile_now)


@cache
def _processor() -> str:
    """Return what g++ knows of itself and of this processor."""
    command = ["g++", "-march=native", "-dM", "-E", "-x", "c++", os.devnull]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def host_text(source: Source) -> str:
    """Return a source with a function ``launch_KERNEL`` for each of its kernels."""
    return source.text + "".join(
        f'extern "C" void launch_{kernel}(unsigned x, unsigned y, unsigned threads, '
        f"unsigned long bytes, void** arguments) "
        f"{{ host::launch({kernel}, x, y, threads, bytes, arguments); }}\n"
        for kernel in source.kernels
    )


def compile_host(text: str, target: Path, flags: Sequence[str] = ()) -> None:
    """Compile a C++ text with g++.

    Raises:
        RuntimeError: if g++ refuses it.
    """
    written = target.with_suffix(".cpp")
    written.write_text(text, encoding="utf-8")
    command = ["g++", *FLAGS, *flags, str(written), "-o", str(target), "-pthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"g++ refuses {written.name}:\n{done.stderr[-4000:]}")
