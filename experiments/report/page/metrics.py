"""Which metrics a page shows, in which groups, and what it says about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.sweeps import CURVES


@dataclass(frozen=True)
class Metric:
    """How a curve is shown.

    Attributes:
        about: what it is, in one line.
        log: whether its axis is logarithmic, as that of error rates.
        range: of a linear axis: its foot, and its top if that is fixed; None fits the curves.
    """

    about: str
    log: bool = False
    range: tuple[float, float | None] | None = None


_SHARE = (0.0, 1.0)

GROUPS: dict[str, dict[str, Metric]] = {
    "What the user gets": {
        "answer_match": Metric("The model answers as it does about the original.", range=_SHARE),
        "accuracy": Metric("The model answers as the truth has it.", range=_SHARE),
        "relevance": Metric(
            "1 − cosine of the model's states, original against received. Lower is better.",
            range=(0.0, None),
        ),
    },
    "Errors on the link": {
        "raw_ber": Metric("Bit errors before decoding.", log=True),
        "ber": Metric("Bit errors of the message, after decoding.", log=True),
        "bler": Metric("Code blocks with an error.", log=True),
        "index_error_rate": Metric("Wrong codeword indices, or bytes.", log=True),
        "packet_loss": Metric("Packets whose CRC failed.", log=True),
        "units_lost": Metric("Units of a stream that are not whole and right.", log=True),
    },
    "Fidelity": {
        "psnr": Metric(
            "Peak signal to noise of pictures that are not lossless, averaged. Higher is better."
        ),
        "psnr_of_mse": Metric(
            "Peak signal to the squared error averaged over all pictures. Higher is better."
        ),
        "lossless": Metric("Pictures received as they are, to the bit.", range=_SHARE),
        "ssim": Metric("Structural similarity to the original. Higher is better.", range=_SHARE),
    },
}
"""Metrics by group, in the page's order."""

COSTS = {"bpp": "bits per pixel", "symbols": "channel symbols each"}
"""What a picture costs, which no SNR changes: a figure in place of a curve."""

_TITLES = {"raw_ber": "BER before decoding", "ber": "BER", "bler": "BLER"}


def title_of(name: str, ssim: str = "SSIM") -> str:
    """Return a metric's name as a heading; ``ssim`` is the similarity that was measured.

    >>> title_of("answer_match")
    'Answer match'
    """
    title = ssim if name == "ssim" else _TITLES.get(name, CURVES.get(name, name))
    return title[:1].upper() + title[1:]


def metric_of(name: str) -> Metric:
    """Return how one of `linksim.experiments.results.sweeps.CURVES` is shown."""
    known = {one: metric for group in groups().values() for one, metric in group.items()}
    return known.get(name, Metric(""))


def groups() -> dict[str, dict[str, Metric]]:
    """Return all metrics that sweeps have, those that no group names under ``Other``."""
    named = {name for group in GROUPS.values() for name in group} | set(COSTS)
    other = {name: Metric(CURVES[name]) for name in CURVES if name not in named}
    return {**GROUPS, "Other": other}


def ssim_of(results: Mapping[str, Drawable]) -> str:
    """Return which similarity sweeps have measured; that of small pictures where none has any."""
    named = (found.attributes.get("ssim") for found in results.values())
    return str(next((name for name in named if name), "SSIM"))
