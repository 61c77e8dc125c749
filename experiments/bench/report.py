"""Measurements as a table in Markdown."""

from __future__ import annotations

import importlib.metadata
import platform
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from linksim.experiments.bench.chains import CODED_BITS, INFORMATION_BITS, SNRS_DB
from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import write_atomically

_BEGIN, _END = "<!-- bench: begin -->", "<!-- bench: end -->"
_ISAS = (
    ("avx512bw", "AVX-512", 64),
    ("avx2", "AVX2", 32),
    ("neon", "NEON", 16),
    ("sse4.2", "SSE4.2", 16),
)
"""Processors' features, what their vectors are called, and the bytes of one."""


def report(one: dict[str, Any], everything: dict[str, Any]) -> str:
    """Return the report.

    Args:
        one, everything: what `linksim.experiments.bench.measure.measure` returns for one core and
            for all.
    """
    return "\n\n".join(
        [
            f"LDPC ({INFORMATION_BITS}, {CODED_BITS}), 8-PSK, AWGN, max-log, 20 iterations, "
            f"on {processor()}; CPU time of one pinned core unless said otherwise.",
            _chains(one["chains"]),
            _stages(one),
            _cores(everything),
            _packing(one["packing"]),
        ]
    )


def processor() -> str:
    """Return the processor's name and the widest vectors that kernels use on it."""
    return f"{_model()} ({_vectors()[0]})"


def vector_bytes() -> int:
    """Return the bytes of a vector register of this processor."""
    return _vectors()[1]


def _vectors() -> tuple[str, int]:
    import llvmlite.binding

    features = llvmlite.binding.get_host_cpu_features()
    found = ((name, size) for flag, name, size in _ISAS if features.get(flag))
    return next(found, ("scalar code", 8))


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _engine_name(engine: str) -> str:
    sionna = f"Sionna {importlib.metadata.version('sionna-no-rt')}"
    sionna += ", TensorFlow XLA" if sionna.startswith("Sionna 1") else ", PyTorch"
    return {
        "native": "native",
        "hybrid": f"hybrid: {sionna}, native decoder",
        "sionna": f"{sionna}, min-sum",
    }[engine]


def _chains(chains: list[dict[str, Any]]) -> str:
    """Whole chains: a row for each engine, Mb/s and the ratio to Sionna at each SNR."""
    header = ["whole chain"]
    for point, snr_db in SNRS_DB.items():
        header += [f"Mb/s at {point} (Es/N0 {snr_db} dB)", "× Sionna"]
    rows = []
    for engine in ("native", "hybrid", "sionna"):
        row = [_engine_name(engine)]
        for point in SNRS_DB:
            (speed,) = (c for c in chains if (c["point"], c["engine"]) == (point, engine))
            row += [f"{speed['mbps']:.3g}", f"{speed['ratio']:.1f}"]
        rows.append(row)
    return markdown_table(header, rows)


def _stages(one: dict[str, Any]) -> str:
    """The native chain's stages at high SNR, and decoders alone."""
    header = ["stage of the native chain, at high SNR", "µs per block", "Mb/s"]
    rows = [
        [name, f"{time:.2f}", f"{INFORMATION_BITS / time:.0f}"]
        for name, time in one["stages"].items()
    ]
    speed = {c["engine"]: c["mbps"] for c in one["chains"] if c["point"] == "high SNR"}
    block = {engine: INFORMATION_BITS / mbps for engine, mbps in speed.items()}
    front_end = block["hybrid"] - one["stages"]["decode and count"]
    sionna = block["sionna"] - front_end
    ratio = sionna / one["stages"]["decode and count"]
    rows.append(
        [
            f"Sionna's decoder (its chain less its front end), {ratio:.0f} × native",
            f"{sionna:.0f}",
            f"{INFORMATION_BITS / sionna:.2f}",
        ]
    )
    return markdown_table(header, rows)


def _cores(everything: dict[str, Any]) -> str:
    """The native chain on one core and on all."""
    cores = everything["cores"]
    header = ["native chain, wall time", "1 thread, Mb/s", f"{cores} threads", "ratio"]
    rows = []
    for point in SNRS_DB:
        many, one = (c for c in everything["chains"] if c["point"] == point)
        rows.append([point, f"{one['mbps']:.3g}", f"{many['mbps']:.3g}", f"{many['ratio']:.2f}"])
    return markdown_table(header, rows)


def _packing(speeds: list[dict[str, Any]]) -> str:
    """Bit packing: a row for each direction, over the widths 1 to 16."""
    header = ["bit packing, widths 1 to 16", "GB/s", "× numpy's best way", "least", "at 8 bits"]
    rows = []
    for direction in dict.fromkeys(speed["direction"] for speed in speeds):
        of = [speed for speed in speeds if speed["direction"] == direction]
        least = min((s for s in of if s["width"] != 8), key=lambda s: s["ratio"])
        (bytes_alone,) = (s for s in of if s["width"] == 8)
        rows.append(
            [
                direction,
                f"{statistics.median(s['linksim'] for s in of):.2g}",
                f"{statistics.median(s['ratio'] for s in of):.1f}",
                f"{least['ratio']:.1f} (width {least['width']})",
                f"{bytes_alone['ratio']:.1f}",
            ]
        )
    return markdown_table(header, rows)


def packing_table(speeds: list[dict[str, Any]]) -> str:
    """Return bit packing in full: GB/s (numpy's best) and ratio for each width and direction."""
    directions = list(dict.fromkeys(speed["direction"] for speed in speeds))
    rows = []
    for width in dict.fromkeys(speed["width"] for speed in speeds):
        row = [str(width)]
        for direction in directions:
            (each,) = (s for s in speeds if (s["width"], s["direction"]) == (width, direction))
            row.append(f"{each['linksim']:.2g} ({each['numpy']:.2g}), {each['ratio']:.1f} ×")
        rows.append(row)
    return markdown_table(["bits; GB/s (numpy's best), ratio", *directions], rows)


def markdown_table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table in Markdown, all columns but the first one aligned to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_between_marks(page: Path, text: str) -> None:
    """Put a report into a page, between the two marks that say where.

    Raises:
        Fault: if the page has no marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        missing = f"has no lines {_BEGIN} and {_END} to put the table between"
        raise Fault(f"--table {page}: {missing}")
    write_atomically(page, f"{before}{_BEGIN}\n{text}\n{_END}{after}".encode())
