"""What a page of results shows, as plain numbers and texts for its script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from linksim.experiments.report.page.pictures import MOST_SHOWN, Album
from linksim.experiments.report.tables import (
    format_count,
    format_estimate,
    format_psnr,
    picture_count,
)
from linksim.experiments.results.drawable import Drawable, ssim_of
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.fidelity import PSNR
from linksim.experiments.results.metrics import (
    COST,
    FIDELITY,
    LINK,
    MACHINES,
    SSIM,
    USER,
    Metric,
    in_group,
    title_of,
)
from linksim.experiments.results.sweep_files import configuration_of
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import page_text

Content = dict[str, Any]

_GROUPS = (USER, MACHINES, LINK, FIDELITY)
"""Groups of metrics in the page's order."""


def content(sweeps: Mapping[str, Drawable]) -> Content:
    """Return everything that a page shows of some sweeps and links, as JSON has it."""
    album = Album()
    cards = _cards(list(sweeps.values()), album)
    snr = sorted({float(x) for results in sweeps.values() for x in results.snr_db})
    options = [_options(results) for results in sweeps.values()]
    common = {k: v for k, v in options[0].items() if all(o.get(k) == v for o in options)}
    return {
        "snr": snr,
        "start": _start(snr, sweeps),
        "lead": _lead(sweeps),
        "sweeps": [
            _sweep(label, results, {k: v for k, v in own.items() if k not in common})
            for (label, results), own in zip(sweeps.items(), options, strict=True)
        ],
        "groups": _groups(sweeps),
        "cards": cards,
        "pictures": album.addresses,
        "side": max((max(one.shown["original"].shape[1:3]) for one in _swept(sweeps)), default=0),
        "options": list(common.items()),
        "versions": _versions(sweeps),
    }


def _swept(found: Mapping[str, Drawable]) -> list[SweepResults]:
    """Return those that sent pictures."""
    return [one for one in found.values() if isinstance(one, SweepResults)]


def _start(snr: list[float], sweeps: Mapping[str, Drawable]) -> int:
    """Return which of the SNRs to begin at: where any sweep's pictures are about to change most."""
    steepest = (0.0, snr[len(snr) // 2])
    for results in sweeps.values():
        order = np.argsort(results.snr_db)
        quality = np.array([estimate.value for estimate in results.curve(SSIM)])[order]
        steps = zip(
            np.nan_to_num(np.abs(np.diff(quality))), results.snr_db[order][:-1], strict=True
        )
        steepest = max([steepest, *((float(step), float(at)) for step, at in steps)])
    return snr.index(steepest[1])


def _sweep(label: str, results: Drawable, own: dict[str, str]) -> Content:
    order = np.argsort(results.snr_db)
    curves = {name: results.curve(name) for group in _GROUPS for name in in_group(group)}
    return {
        "label": page_text(label),
        "snr": [float(results.snr_db[point]) for point in order],
        "curves": {
            name: curve_content([found[point] for point in order])
            for name, found in curves.items()
            if any(math.isfinite(estimate.value) for estimate in found)
        },
        "command": page_text(results.attributes.get("command", "")),
        "options": list(own.items()),
        "costs": _costs(results) if isinstance(results, SweepResults) else _sizes(results),
        "costs_of": "Pictures" if isinstance(results, SweepResults) else "Messages",
    }


def curve_content(estimates: Sequence[Estimate]) -> Content:
    """Return a curve's values with the ends of their intervals; None where they are unknown."""
    return {
        part: [_number(getattr(estimate, part)) for estimate in estimates]
        for part in ("value", "low", "high")
    }


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _groups(sweeps: Mapping[str, Drawable]) -> list[Content]:
    """Return the metrics that any sweep knows, by group."""
    ssim = page_text(ssim_of(sweeps))
    shown = []
    for title in _GROUPS:
        known = [
            {"name": name, "title": title_of(name, ssim), **_looks(metric)}
            for name, metric in in_group(title).items()
            if any(math.isfinite(e.value) for r in sweeps.values() for e in r.curve(name))
        ]
        shown += [{"title": title, "metrics": known}] if known else []
    return shown


def _looks(metric: Metric) -> Content:
    return {"about": metric.about, "log": metric.log, "range": metric.range}


def _cards(sweeps: list[Drawable], album: Album) -> list[Content]:
    """Return a card for each picture with its question; sweeps that sent the same share it."""
    cards: dict[tuple[Any, ...], Content] = {}
    for number, results in enumerate(sweeps):
        if not isinstance(results, SweepResults):
            continue
        for row, original in enumerate(results.shown["original"][:MOST_SHOWN]):
            about: dict[str, str | None] = {
                name: page_text(results.questions[name][row])
                for name in ("text", "wanted", "truth", "name")
            }
            key = (*about.values(), album.number(original))
            about |= {} if results.judged else {"wanted": None}
            card: Content = {
                "question": about.pop("text"),
                **about,
                "original": key[-1],
                "seen": [],
            }
            cards.setdefault(key, card)["seen"].append(_seen(number, results, row, album))
    return list(cards.values())


def _seen(sweep: int, results: SweepResults, row: int, album: Album) -> Content:
    """Return what became of a picture at each SNR, in ascending order."""
    order, answers = np.argsort(results.snr_db), results.pictures["answers"]
    return {
        "sweep": sweep,
        "received": [album.number(results.shown["received"][point][row]) for point in order],
        "answers": [page_text(answers[point][row]) for point in order] if results.judged else None,
        "notes": [_note(results, int(point), row) for point in order],
    }


def _note(results: SweepResults, point: int, row: int) -> str:
    """Return what is measured of one picture, like ``23.1 dB, 4 wrong bits``."""
    said = [format_psnr(float(results.pictures[PSNR][point][row]))]
    if results.costs["bits"].any() and "bit_errors" in results.pictures:
        wrong = int(results.pictures["bit_errors"][point][row])
        said.append(f"{wrong} wrong bit{'' if wrong == 1 else 's'}")
    return ", ".join(said)


def _options(results: Drawable) -> dict[str, str]:
    """Return the options of a sweep, and the engine that ``auto`` chose, as text."""
    chosen = {"engine": results.attributes.get("engine")}
    return {
        name: page_text(chosen.get(name) or value)
        for name, value in configuration_of(results).items()
    }


def _costs(results: SweepResults) -> list[tuple[str, str]]:
    found = [("number", picture_count(results))]
    bits = float(results.costs["bits"].mean())
    found += [("bits each", format_count(bits))] if bits else []
    for name, metric in in_group(COST).items():
        estimate = results.curve(name)[0]
        if math.isnan(estimate.value):
            continue
        varies = estimate.high > estimate.low
        found.append(
            (metric.title, format_estimate(estimate) if varies else f"{estimate.value:.4g}")
        )
    return found


def _sizes(results: Drawable) -> list[tuple[str, str]]:
    """Return what a message of a link is, in numbers."""
    named = {"message_bits": "bits", "blocks_per_message": "code blocks"}
    named["symbols_per_message"] = "channel symbols"
    about = results.configuration
    return [(title, page_text(about[name])) for name, title in named.items() if name in about]


def _versions(sweeps: Mapping[str, Drawable]) -> list[tuple[str, str]]:
    """Return the versions that computed the sweeps; where they differ, all of them."""
    found: dict[str, dict[str, None]] = {}
    for results in sweeps.values():
        linksim = {"linksim": results.attributes.get("linksim_version", "")}
        for name, value in {**linksim, **results.versions}.items():
            found.setdefault(page_text(name), {})[page_text(value)] = None
    return [(name, ", ".join(values)) for name, values in found.items()]


def _lead(sweeps: Mapping[str, Drawable]) -> str:
    """Return in a sentence what was sent over which link, as far as all sweeps share it."""
    options = [configuration_of(results) for results in sweeps.values()]
    words = [
        " or ".join(dict.fromkeys(page_text(o[name]) for o in options if name in o))
        for name in ("code", "modulation", "channel")
    ]
    counts = " or ".join(sorted({picture_count(one) for one in _swept(sweeps)}))
    sent = [f"{counts} pictures, each with a question, at every SNR"] if counts else []
    sent += ["random bits"] if len(_swept(sweeps)) < len(sweeps) else []
    text = f"{' and '.join(sent)}, over {', '.join(words)}."
    return text[:1].upper() + text[1:]
