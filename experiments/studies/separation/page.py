"""The study's page: photographs as each method shows them at an SNR, zoomed to a detail; curves."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from linksim.experiments.configuration import ASKED_METRICS
from linksim.experiments.report.page.content import curve_content
from linksim.experiments.report.page.page import render_content
from linksim.experiments.report.page.pictures import Album
from linksim.experiments.results.estimates import mean
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.studies.separation.bench import Tell
from linksim.experiments.studies.separation.results import Method, Separation
from linksim.experiments.sweeps.measurement import as_bytes
from linksim.experiments.sweeps.similarity import psnr
from linksim.experiments.text_out import page_text
from linksim.source.sizes import Size

Images = Callable[[Method, int], Sequence[torch.Tensor]]
"""Returns a picture, by its number, as a method shows it at each SNR, ``[1, 3, H, W]``."""

MOST_SHOWN = 3
"""So many pictures are shown."""

_DETAIL = 192  # pixels a side
_METRICS = {
    "psnr": ("PSNR (dB)", "Over the three colours together, averaged over pictures.", None),
    "ms_ssim": ("MS-SSIM", "Of RGB, 1 for equal pictures.", (0.0, 1.0)),
    **{
        name: (METRICS[name].title, METRICS[name].about, METRICS[name].range)
        for name in ASKED_METRICS
    },
    "bpp": ("Bits per pixel", "Of the file that a message carries.", None),
}


def render(
    found: Separation,
    originals: Sequence[torch.Tensor],
    images: Mapping[str, Images],
    tell: Tell,
) -> str:
    """Return the page as HTML.

    Args:
        found: what the study found.
        originals: its first pictures, which are shown, each ``[1, 3, H, W]``.
        images: for each codec what shows its pictures.
        tell: told of progress.
    """
    methods = _shown(found)
    album, cards = Album(), []
    for place, original in enumerate(originals):
        row, column = detail(as_bytes(original)[0])
        cut = np.s_[row : row + _DETAIL, column : column + _DETAIL]
        card: dict[str, Any] = {
            "question": page_text(found.names[place]),
            "name": f"{original.shape[-1]}×{original.shape[-2]}, a detail",
            "wanted": None,
            "truth": "",
            "original": album.number(as_bytes(original)[0][cut]),
            "seen": [],
        }
        for number, method in enumerate(methods):
            if _is_pictured(found, method):
                seen = images[method.codec](method, place)
                card["seen"].append(
                    {
                        "sweep": number,
                        "received": [album.number(as_bytes(one)[0][cut]) for one in seen],
                        "answers": None,
                        "notes": _notes(method, place, original, seen),
                    }
                )
        cards.append(card)
        tell("page", place + 1, len(originals))
    content = _content(found, methods) | {"cards": cards, "pictures": album.addresses}
    return render_content(content, f"Separate coding of {len(found.names)} pictures")


def detail(picture: np.ndarray) -> Size:
    """Return row and column of the square with most edges, where coding shows first.

    Args:
        picture: uint8 ``[H, W, 3]``.
    """
    grey = picture.mean(axis=2)
    edges = np.abs(np.diff(grey, axis=0, append=grey[-1:])) ** 0.5
    edges += np.abs(np.diff(grey, axis=1, append=grey[:, -1:])) ** 0.5
    sums = np.pad(edges.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    high, wide = (min(_DETAIL, side) for side in grey.shape)
    inside = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    row, column = np.unravel_index(inside.argmax(), inside.shape)
    return int(row), int(column)


def _shown(found: Separation) -> list[Method]:
    """Return the methods by which the page begins, then the fixed schemes of the envelope."""
    kinds = ("envelope", "informed", "symbols", "constellation", "capacity")
    chosen = {f"{m.codec}, {one}" for m in found.of_kind("envelope") for one in m.chosen}
    fixed = [method for method in found.of_kind("scheme") if method.label in chosen]
    return [method for kind in kinds for method in found.of_kind(kind)] + fixed


def _is_pictured(found: Separation, method: Method) -> bool:
    """Say whether pictures are shown: of fixed schemes, of that chosen at the middle SNR."""
    if method.kind == "scheme":
        (envelope,) = found.of_kind("envelope", method.codec)
        return method.label == f"{method.codec}, {envelope.chosen[len(found.snr_db) // 2]}"
    return method.kind not in ("informed", "constellation")


def _notes(
    method: Method, place: int, original: torch.Tensor, seen: Sequence[torch.Tensor]
) -> list[str]:
    """Return what is said of a picture at each SNR: PSNR, bytes, scheme."""
    notes = []
    for point, shown in enumerate(seen):
        said = [f"{min(float(psnr(original, shown)), 100.0):.1f} dB"]
        size = int(method.bits[point, place]) // 8
        said += [f"{size:,} bytes".replace(",", "\u202f")] if size else []
        said += [method.chosen[point]] if method.chosen else []
        notes.append(page_text(", ".join(said)))
    return notes


def _content(found: Separation, methods: Sequence[Method]) -> dict[str, Any]:
    order = [float(snr_db) for snr_db in found.snr_db]
    curves = [_curves(found, method) for method in methods]
    known = [name for name in _METRICS if any(name in each for each in curves)]
    options = json.loads(found.attributes["configuration"])
    versions = json.loads(found.attributes["versions"])
    fixed = [number for number, method in enumerate(methods) if method.kind == "scheme"]
    return {
        "snr": order,
        "start": len(order) // 2,
        "lead": f"{len(found.names)} pictures at {page_text(options['cbr'])} channel uses for each "
        "of their numbers, as a codec and channel codes bring them, and as ideal codes would.",
        "sweeps": [
            {"label": page_text(m.label), "snr": order, "curves": each}
            for m, each in zip(methods, curves, strict=True)
        ],
        "hidden": [number for number in fixed if not _is_pictured(found, methods[number])],
        "groups": [{"title": "Pictures", "metrics": [_metric(name) for name in known]}],
        "side": _DETAIL,
        "command": page_text(found.attributes["command"]),
        "options": [(page_text(name), page_text(value)) for name, value in options.items()],
        "versions": [(page_text(name), page_text(value)) for name, value in versions.items()],
    }


def _metric(name: str) -> dict[str, Any]:
    title, about, bounds = _METRICS[name]
    return {"name": name, "title": title, "about": about, "log": False, "range": bounds}


def _curves(found: Separation, method: Method) -> dict[str, Any]:
    estimates = {name: method.estimates(name) for name in method.quality}
    if method.bits.any():
        pixels = found.sizes.prod(axis=1)
        estimates["bpp"] = [mean(row / pixels) for row in method.bits]
    return {
        name: curve_content(row)
        for name, row in estimates.items()
        if any(math.isfinite(e.value) for e in row)
    }
