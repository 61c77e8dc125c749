"""NVIDIA's runtime compiler: CUDA C++ to a GPU's code, also where there is no GPU."""

from __future__ import annotations

from typing import Any, NamedTuple

from linksim.phy.cuda.source import FOLDER, Source


class Unavailable(Exception):
    """What a GPU engine lacks on this machine; its text ends with the remedy."""


class Compiled(NamedTuple):
    """What came of a source.

    Attributes:
        cubin: a GPU's code.
        log: the compiler's words: registers, stack and spills of every kernel.
    """

    cubin: bytes
    log: str


def compile_source(source: Source, architecture: str) -> Compiled:
    """Compile a source for an architecture, such as ``sm_90``.

    Raises:
        Unavailable: if the compiler or CUDA's headers are not installed.
        RuntimeError: if the compiler refuses the source.
    """
    nvrtc = _nvrtc()
    program = _done(nvrtc, nvrtc.nvrtcCreateProgram(source.text.encode(), b"", 0, [], []))
    options = [*_options(architecture)]
    (status,) = nvrtc.nvrtcCompileProgram(program, len(options), options)
    log = b" " * _done(nvrtc, nvrtc.nvrtcGetProgramLogSize(program))
    nvrtc.nvrtcGetProgramLog(program, log)
    if int(status):
        raise RuntimeError(f"NVRTC refuses {', '.join(source.files)}:\n{log.decode()}")
    cubin = b" " * _done(nvrtc, nvrtc.nvrtcGetCUBINSize(program))
    nvrtc.nvrtcGetCUBIN(program, cubin)
    nvrtc.nvrtcDestroyProgram(program)
    return Compiled(cubin, log.decode())


def toolkit_version() -> str:
    """Return the compiler's version; raises as `compile_source`."""
    nvrtc = _nvrtc()
    return ".".join(map(str, _done(nvrtc, nvrtc.nvrtcVersion())))


def _options(architecture: str) -> list[bytes]:
    # Nothing is fused unless the source says so.
    flags = (
        f"--gpu-architecture={architecture}",
        "--std=c++17",
        "--fmad=false",
        "--ptxas-options=-v",
    )
    folders = f"-I{FOLDER}", f"-I{_headers()}"
    return [option.encode() for option in (*flags, *folders)]


def _nvrtc() -> Any:
    try:
        from cuda.bindings import nvrtc

        nvrtc.nvrtcVersion()
    except (ImportError, RuntimeError) as error:
        raise Unavailable("needs NVRTC; pip install 'semantic-linksim[gpu]'") from error
    return nvrtc


def _headers() -> str:
    from cuda import pathfinder

    if not (folder := pathfinder.find_nvidia_header_directory("cudart")):
        raise Unavailable("needs CUDA's headers; pip install 'semantic-linksim[gpu]'")
    return str(folder)


def _done(nvrtc: Any, answer: tuple[Any, ...]) -> Any:
    """Return what a call answers with.

    Raises:
        RuntimeError: if it failed.
    """
    status, *values = answer
    if int(status):
        raise RuntimeError(f"NVRTC: {nvrtc.nvrtcGetErrorString(status)[1].decode()}")
    return values[0] if len(values) == 1 else tuple(values)
