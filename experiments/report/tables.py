"""Results as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.metrics import (
    FIDELITY,
    LINK,
    MACHINES,
    METRICS,
    SSIM,
    USER,
    in_group,
)
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import folded, printable


def sweep_table(results: SweepResults) -> str:
    """Return a sweep as tables, a row for each SNR, intervals in brackets.

    A codec that sends no bits leaves out the errors on the link; one of streams has a table of
    what becomes of them.
    """
    of_streams = {name for name, metric in METRICS.items() if metric.streams}
    link = [name for name in in_group(LINK) if name not in of_streams]
    streams = [name for name in METRICS if name in of_streams]
    parts = [(LINK, link)] if results.attributes["bits_per_picture"] else []
    parts += [("Streams", streams)] if results.of_streams else []
    parts += [(MACHINES, list(in_group(MACHINES)))] if results.machine_tasks else []
    parts += [(USER, [*in_group(USER), *in_group(FIDELITY)])]
    return "\n\n".join(f"{title}\n{_table(results, names)}" for title, names in parts)


def sweeps_table(results: Mapping[str, SweepResults]) -> str:
    """Return sweeps as tables with their costs; several of them under their labels."""
    if len(results) == 1:
        return "\n".join(_with_costs(sweep) for sweep in results.values())
    return "\n\n".join(
        f"{printable(label)}\n\n{_with_costs(sweep)}" for label, sweep in results.items()
    )


def _what_was_sent(results: SweepResults) -> str:
    """Return a line on what of pictures was sent."""
    side, size = results.shown["original"].shape[1], results.configuration.get("size")
    if size == "original":
        return "pictures were sent as large as they are, cut to what the codec takes\n"
    if size:
        return f"pictures were sent at the size {size}: their middle, resized\n"
    return f"pictures were sent as {side}×{side}: their middle square, resized\n"


def _with_costs(results: SweepResults) -> str:
    about, sent = results.attributes, _what_was_sent(results)
    varied = results.of_streams or results.configuration.get("size") == "original"
    per = "per picture on average" if varied else "per picture"
    knows = about.get("sender_knows")
    return (
        f"{sweep_table(results)}\n{sent if results.configuration['data'] != 'scenes' else ''}"
        f"{cost_line(about['bits_per_picture'], about['symbols_per_picture'])} {per}; "
        f"95 % intervals over {picture_count(results)} pictures"
        f"{f'; the sender knows the {printable(str(knows))}' if knows else ''}"
    )


def picture_count(results: SweepResults) -> str:
    """Return how many pictures were measured, ``40``, or at the SNRs ``16 to 40``."""
    fewest, most = int(results.counted.min()), int(results.counted.max())
    return str(most) if fewest == most else f"{fewest} to {most}"


def cost_line(bits: float, symbols: float) -> str:
    """Return what a picture costs: its bits, if it is sent as such, and its channel symbols.

    >>> cost_line(512.5, 400)
    '512.5 bits, 400 channel symbols'
    """
    sent = f"{format_count(symbols)} channel symbols"
    return f"{format_count(bits)} bits, {sent}" if bits else sent


def format_count(count: float) -> str:
    """Return a count, or a mean of counts to a tenth.

    >>> format_count(4096.0)
    '4096'
    """
    return f"{count:.1f}".removesuffix(".0")


def _table(results: SweepResults, names: Sequence[str]) -> str:
    curves = {name: results.curve(name) for name in names}
    known = {name: c for name, c in curves.items() if not all(math.isnan(e.value) for e in c)}
    axes = [
        [f"{snr:g}", "–" if math.isnan(ebno) else f"{ebno:.2f}"]
        for snr, ebno in zip(results.snr_db, results.ebno_db, strict=True)
    ]
    rows = [
        [*axis, *(format_estimate(curve[i]) for curve in known.values())]
        for i, axis in enumerate(axes)
    ]
    heads = {name: METRICS[name].column for name in known}
    if SSIM in known:
        heads[SSIM] = str(results.attributes["ssim"])
    return folded([["Es/N0 dB", "Eb/N0 dB", *heads.values()], *rows], keys=2)


def format_estimate(estimate: Estimate) -> str:
    """Return an estimate as ``value [low, high]``, with three digits that matter."""
    return f"{_short(estimate.value)} [{_short(estimate.low)}, {_short(estimate.high)}]"


def format_psnr(psnr: float) -> str:
    """Return a picture's PSNR in words.

    >>> format_psnr(23.456), format_psnr(math.inf)
    ('PSNR 23.5 dB', 'lossless')
    """
    return "lossless" if psnr == math.inf else f"PSNR {psnr:.1f} dB"


def _short(value: float) -> str:
    if math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.1e}" if 0 < abs(value) < 0.001 else f"{value:.3g}"
