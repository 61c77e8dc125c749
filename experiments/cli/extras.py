"""The packages that an install without extras leaves out, and the extra that brings each."""

from __future__ import annotations

from importlib.util import find_spec

EXTRAS = {
    "semantic": (
        *("diffusers", "huggingface_hub", "open_clip", "piq", "safetensors"),
        *("tokenizers", "torch", "torchvision", "transformers"),
    ),
    "discover": ("bjontegaard", "constriction", "pycocotools"),
    "heif": ("pillow_heif",),
    "jpegxl": ("imagecodecs",),
    "cluster": ("dask", "distributed"),
    "data": ("pandas", "xarray"),
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
    for extra, modules in EXTRAS.items():
        if name in modules:
            install = f"pip install 'semantic-linksim[{extra}]'"
            return f"this needs {name}, which is not installed; {install}"
    return ""


def need(module: str) -> None:
    """Make sure that a module is installed, where another process is to load it.

    Raises:
        ModuleNotFoundError: if it is not.
    """
    if find_spec(module) is None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)
