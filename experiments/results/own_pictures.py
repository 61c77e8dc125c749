"""Pictures that linksim writes say that it did, so that it never writes over anybody else's."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import write_atomically

SOFTWARE = "linksim"
"""What a PNG says under ``Software``, the standard's keyword for what made a picture."""

_LARGE = 3 * 2**21  # numbers of a picture, which zlib's usual level takes seconds for
_QUICK, _USUAL = 1, 6  # levels of zlib's


def save_picture(pixels: np.ndarray, *paths: Path) -> None:
    """Write a picture, uint8 ``[H, W, 3]``, as PNG, into one file or several."""
    about, buffer = PngInfo(), io.BytesIO()
    about.add_text("Software", SOFTWARE)
    level = _QUICK if pixels.size > _LARGE else _USUAL
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=about, compress_level=level)
    for path in paths:
        write_atomically(path, buffer.getvalue())


def check_replaceable(files: Iterable[Path], option: str) -> None:
    """Check, before work begins, that files to be written are not there, or linksim's own.

    Raises:
        Fault: naming the option, if one is anybody else's.
    """
    for file in files:
        if file.exists() and not _is_ours(file):
            raise Fault(
                f"{option}: {file} is there already and not linksim's; move it, or give another "
                "folder"
            )


def _is_ours(file: Path) -> bool:
    try:
        with Image.open(file, formats=("PNG",)) as opened:
            return bool(opened.info.get("Software") == SOFTWARE)
    except (OSError, ValueError, SyntaxError):
        return False
