"""Curves of links as sweeps are: by label, with what their file says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.faults import Fault
from linksim.experiments.links.adaptation import shown_curves
from linksim.experiments.links.results import (
    Curve,
    LinkResults,
    is_link_file,
    load_link_results,
    rates_of,
)
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.sweep_files import MOST_SWEEPS, labels_of
from linksim.experiments.results.sweeps import SweepResults, load_results

_UNKNOWN = Estimate(np.nan, np.nan, np.nan)
_PARTS = ("code", "modulation")
_SHARED = ("linksim_version", "command", "versions")


@dataclass(frozen=True)
class LinkCurve:
    """A code with a modulation on a link.

    Attributes:
        attributes: what its file says of all curves, and the engine.
        found: what was counted.
    """

    attributes: dict[str, Any]
    found: Curve

    @property
    def configuration(self) -> dict[str, Any]:
        """What the curve is of: code, modulation, channel, sizes of a message."""
        return {name: _plain(value) for name, value in self.found.about.items()}

    @property
    def versions(self) -> dict[str, Any]:
        """The versions of what computed it, by package."""
        found = json.loads(self.attributes.get("versions", "{}"))
        return found if isinstance(found, dict) else {}

    @property
    def snr_db(self) -> np.ndarray:
        """Es/N0 of each point, float64 ``[P]``, ascending."""
        return self.found.snr_db

    @property
    def ebno_db(self) -> np.ndarray:
        """Eb/N0 per information bit of each point, float64 ``[P]``."""
        return self.found.ebno_db

    def axis_db(self, ebno: bool) -> np.ndarray:
        """Return Eb/N0 per information bit, or Es/N0, of each point."""
        return self.ebno_db if ebno else self.snr_db

    def curve(self, name: str) -> list[Estimate]:
        """Return a rate (``bler``, ``ber``, ``raw_ber``, …) at each SNR; NaN for other metrics."""
        known = name in rates_of(self.found.about)
        return self.found.rate(name) if known else [_UNKNOWN] * len(self.snr_db)

    def __repr__(self) -> str:
        about = self.configuration
        low, high = self.snr_db[[0, -1]]
        return (
            f"<curve of {about['code']}, {about['modulation']}, {about['channel']}: "
            f"{len(self.snr_db)} SNRs from {low:g} to {high:g} dB>"
        )


def curves_of(results: LinkResults) -> dict[str, LinkCurve]:
    """Return a simulation's curves by label: what they differ in, or the code's name."""
    shared = {name: results.attributes.get(name, "") for name in _SHARED}
    curves = shown_curves(results)
    abouts = [curve.about for curve in curves]
    varied = {name for name in _PARTS if len({str(about[name]) for about in abouts}) > 1}
    if len({str(about["code"]) for about in abouts}) == len(abouts):
        varied.discard("modulation")  # such codes tell all curves apart
    differing = [name for name in _PARTS if name in varied] or ["code"]
    return {
        ", ".join(str(curve.about[name]) for name in differing): LinkCurve(
            {**shared, "engine": curve.about.get("engine")}, curve
        )
        for curve in curves
    }


def load_drawables(files: list[Path] | tuple[Path, ...]) -> dict[str, Drawable]:
    """Read all sweeps and all curves of links from some files, by labels that differ.

    Raises:
        Fault: if a file cannot be read, or there are more than `MOST_SWEEPS`.
    """
    found: list[tuple[Path, str, Drawable]] = []
    for file in dict.fromkeys(files):
        stored: Mapping[str, Drawable]
        stored = curves_of(load_link_results(file)) if is_link_file(file) else load_results(file)
        found += [(file, label, one) for label, one in stored.items()]
    if len(found) > MOST_SWEEPS:
        raise Fault(f"{len(found)} curves: at most {MOST_SWEEPS} go together; give fewer files")
    return dict(zip(labels_of(found), (one for _, _, one in found), strict=True))


def of_one_kind(
    found: Mapping[str, Drawable],
) -> tuple[dict[str, SweepResults], dict[str, LinkCurve]]:
    """Return the sweeps and the curves of links among what was read."""
    sweeps = {label: one for label, one in found.items() if isinstance(one, SweepResults)}
    links = {label: one for label, one in found.items() if isinstance(one, LinkCurve)}
    return sweeps, links


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
