"""What has curves against SNR: a sweep, or a code with a modulation on a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from linksim.experiments.results.estimates import Estimate


class Drawable(Protocol):
    """What tables, figures and pages need of a measurement."""

    @property
    def attributes(self) -> dict[str, Any]:
        """What its file says of it: ``command``, ``linksim_version``, ``engine`` …"""

    @property
    def configuration(self) -> dict[str, Any]:
        """The options that it was made with."""

    @property
    def versions(self) -> dict[str, Any]:
        """The versions of what computed it, by package."""

    @property
    def snr_db(self) -> np.ndarray:
        """Es/N0 of each point, float64 ``[P]``."""

    @property
    def ebno_db(self) -> np.ndarray:
        """Eb/N0 of each point, float64 ``[P]``; NaN without bits."""

    def axis_db(self, ebno: bool) -> np.ndarray:
        """Return Eb/N0 per information bit, or Es/N0, of each point."""

    def curve(self, name: str) -> list[Estimate]:
        """Return the estimate of a curve at each SNR; NaN where there is nothing of the kind."""


def ssim_of(results: Mapping[str, Drawable]) -> str:
    """Return which similarity sweeps have measured; that of small pictures where none has any."""
    named = (found.attributes.get("ssim") for found in results.values())
    return str(next((name for name in named if name), "SSIM"))
