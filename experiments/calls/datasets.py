"""Measurements as xarray's Datasets: dimensions with names, intervals beside the values.

Every curve is three variables of the dimensions (sweep, snr), or (curve, snr) for links: ``ber``,
``ber_low`` and ``ber_high``, the ends of the 95 % interval. ``snr`` is Es/N0 in dB, or Eb/N0 where
that is what the measurements share; the coordinates ``snr_db`` and ``ebno_db`` have both. What
was not measured is NaN, or 0 for counts, or an empty text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from linksim.experiments.extras import library
from linksim.experiments.links.curves import LinkCurve
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.results.sweeps import COSTS, SweepResults

if TYPE_CHECKING:
    import xarray as xr

_ABOUT = ("codec", "code", "modulation", "channel")
_TEXTS = {"text": "question", "name": "picture_name", "family": "family", "truth": "truth"}
_COUNTS = ("messages", "blocks", "block_errors", "bit_errors", "raw_errors")
_INTERVAL = "end of the 95 % interval of"

Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]


def links_dataset(links: Mapping[str, LinkCurve]) -> xr.Dataset:
    """Return curves of links with the dimensions ``curve`` and ``snr``.

    Raises:
        ImportError: if xarray is not installed.
    """
    found = list(links.values())
    _, points = _axis(found)
    variables = _curves("curve", found)
    for name in _COUNTS:
        counted = [np.array([tally[name] for tally in one.found.tallies]) for one in found]
        variables[name] = ("curve", "snr"), _spread(counted, points), {}
    return _dataset("curve", links, variables)


def sweeps_dataset(sweeps: Mapping[str, SweepResults]) -> xr.Dataset:
    """Return sweeps with the dimensions ``sweep``, ``snr`` and ``picture``.

    Figures of single pictures are called as in the results file, after ``picture_``.

    Raises:
        ImportError: if xarray is not installed.
    """
    variables = _curves("sweep", list(sweeps.values()))
    return _dataset("sweep", sweeps, variables | dict(_pictures(list(sweeps.values()))))


def _dataset(dimension: str, found: Mapping[str, Drawable], variables: Variables) -> xr.Dataset:
    every = list(found.values())
    axis, (values, places) = _axis(every)
    at = (dimension, "snr")
    coordinates: Variables = {
        dimension: ((dimension,), np.array(list(found), dtype=np.str_), {}),
        "snr": (("snr",), values, {"long_name": axis, "units": "dB"}),
        "snr_db": (at, _spread([one.snr_db for one in every], (values, places)), {"units": "dB"}),
        "ebno_db": (at, _spread([one.ebno_db for one in every], (values, places)), {"units": "dB"}),
    }
    options = [one.configuration for one in every]
    for name in _ABOUT:
        if all(name in about for about in options):
            texts = np.array([str(about[name]) for about in options], dtype=np.str_)
            coordinates[name] = ((dimension,), texts, {})
    shared = ("linksim_version", "command", "versions")
    attributes = {
        name: "\n".join(dict.fromkeys(str(one.attributes.get(name, "")) for one in every))
        for name in shared
    }
    made: xr.Dataset = library("xarray").Dataset(variables, coordinates, attributes)
    return made


def _curves(dimension: str, found: Sequence[Drawable]) -> Variables:
    """Return the curves that any of what was measured has."""
    _, points = _axis(found)
    variables: Variables = {}
    for name, metric in METRICS.items():
        curves = [one.curve(name) for one in found]
        for part, called in (("value", ""), ("low", "lower"), ("high", "upper")):
            values = [np.array([getattr(e, part) for e in curve]) for curve in curves]
            about = f"{called} {_INTERVAL} {metric.title}" if called else metric.title
            variable = name if part == "value" else f"{name}_{part}"
            variables[variable] = (dimension, "snr"), _spread(values, points), {"long_name": about}
        if np.isnan(variables[name][1]).all():
            for part in ("", "_low", "_high"):
                del variables[name + part]
    return variables


def _pictures(found: Sequence[SweepResults]) -> Iterator[tuple[str, Any]]:
    """Yield what is known of single pictures."""
    _, points = _axis(found)
    most = max(len(one.questions["wanted"]) for one in found)
    yield "counted", (("sweep", "snr"), _spread([one.counted for one in found], points), {})
    for name in dict.fromkeys(name for one in found for name in one.pictures):
        values = [_measured(one, name, most) for one in found]
        yield f"picture_{name}", (("sweep", "snr", "picture"), _spread(values, points), {})
    for name in COSTS:
        costs = np.stack([_padded(one.costs[name], most) for one in found])
        yield f"picture_{name}", (("sweep", "picture"), costs, {})
    for name, called in {**_TEXTS, "wanted": "wanted"}.items():
        texts = np.stack([_padded(one.questions[name].astype(np.str_), most) for one in found])
        yield called, (("sweep", "picture"), texts, {})


def _measured(one: SweepResults, name: str, most: int) -> np.ndarray:
    """Return a figure of a sweep's pictures ``[P, most]``, emptied where nothing was measured."""
    points = len(one.snr_db)
    if name not in one.pictures:
        return np.zeros((points, most))
    values = np.array(one.pictures[name])
    if values.dtype.kind in "OSU":
        values = values.astype(np.str_)
    values[np.arange(values.shape[1]) >= one.counted[:, None]] = _empty(values.dtype)
    return _padded(values, most)


def _padded(values: np.ndarray, most: int) -> np.ndarray:
    missing = [(0, 0)] * (values.ndim - 1) + [(0, most - values.shape[-1])]
    return np.pad(values, missing, constant_values=_empty(values.dtype))


def _empty(kind: np.dtype[Any]) -> Any:
    return {"f": np.nan, "U": ""}.get(kind.kind, 0)


Points = tuple[np.ndarray, list[np.ndarray]]
"""The values of an axis, and of each measurement the place of its points among them."""


def _axis(found: Sequence[Drawable]) -> tuple[str, Points]:
    """Return the axis that measurements share, by name; Es/N0 where they share either."""
    choices = []
    for name, values in (
        ("Es/N0", [one.snr_db for one in found]),
        ("Eb/N0", [one.ebno_db for one in found]),
    ):
        rounded = [np.round(each, 3) for each in values]
        union = np.unique(np.concatenate(rounded))
        choices.append((name, (union, [np.searchsorted(union, each) for each in rounded])))
    es, eb = choices
    is_known = not np.isnan(eb[1][0]).any()
    return eb if is_known and len(eb[1][0]) < len(es[1][0]) else es


def _spread(values: Sequence[np.ndarray], points: Points) -> np.ndarray:
    """Return arrays ``[P, …]`` of single measurements as one ``[sweep, snr, …]``."""
    axis, places = points
    kind = np.result_type(*values)
    shape = (len(values), len(axis), *values[0].shape[1:])
    spread = np.full(shape, _empty(kind), dtype=kind)
    for row, (own, at) in enumerate(zip(values, places, strict=True)):
        spread[row, at] = own
    return spread
