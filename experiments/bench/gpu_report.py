"""Speeds of a GPU as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from linksim.experiments.bench.gpu import Speed
from linksim.experiments.bench.gpu_bound import Bound
from linksim.experiments.bench.gpu_sweep import SweepTime
from linksim.experiments.bench.report import markdown_table
from linksim.experiments.configuration import SweepConfiguration, parse_snr

Measured = Mapping[tuple[int, str], Sequence[Speed]]


def gpu_report(device: str, measured: Measured, bounds: Mapping[int, Bound]) -> str:
    """Return the report.

    Args:
        device: name of the GPU.
        measured: speeds by information bits and name of the SNR.
        bounds: of the decoders, by information bits.
    """
    head = f"LDPC of rate 1/2, 8-PSK, AWGN, max-log, 20 iterations, on {device}; wall time, Gb/s."
    return "\n\n".join([head, *_parts(measured, bounds)])


def sweep_times_report(configuration: SweepConfiguration, times: Sequence[SweepTime]) -> str:
    """Return what `linksim.experiments.bench.gpu_sweep.sweep_times` measured, as text."""
    points = len(parse_snr(configuration.snr))
    head = (
        f"A sweep of {configuration.codec}, {configuration.images} pictures at {points} SNRs, from "
        "pictures to results file; models loaded before, wall time:"
    )
    rows = [
        [time.device, time.engine, f"{time.wall_s:.1f}", f"{times[0].wall_s / time.wall_s:.2f}"]
        for time in times
    ]
    header = ["networks on", "link by", "seconds", f"times as fast as {times[0].device}"]
    return f"{head}\n\n{markdown_table(header, rows)}"


def _parts(measured: Measured, bounds: Mapping[int, Bound]) -> Iterator[str]:
    for (information_bits, point), speeds in measured.items():
        yield f"{information_bits} information bits, {point}:"
        yield _table(speeds)
        yield from _against_bound(speeds, bounds.get(information_bits))


def _table(speeds: Sequence[Speed]) -> str:
    batches = sorted({blocks for speed in speeds for blocks in speed.gbps})
    header = [
        "Gb/s of information bits",
        "BLER",
        *(f"{blocks} blocks a call" for blocks in batches),
    ]
    rows = []
    for speed in speeds:
        bler = "–" if speed.bler is None else f"{speed.bler:.2g}"
        figures = [f"{speed.gbps[b]:.3g}" if b in speed.gbps else "–" for b in batches]
        rows.append([speed.what, bler, *figures])
    return markdown_table(header, rows)


def _against_bound(speeds: Sequence[Speed], bound: Bound | None) -> Iterator[str]:
    """Say what share of what its instructions allow a decoder reaches."""
    for speed in speeds:
        if bound is not None and speed.iterations is not None and speed.gbps:
            most = bound.gbps / speed.iterations
            share = max(speed.gbps.values()) / most
            yield (
                f"{speed.what}: {speed.iterations:.2f} iterations on average; its instructions "
                f"allow {most:.3g} Gb/s at most, of which it reaches {share:.0%}."
            )
