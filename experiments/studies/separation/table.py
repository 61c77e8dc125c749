"""A study's table: at each SNR the scheme that was chosen, and what it and ideal codes show."""

from __future__ import annotations

from linksim.experiments.configuration import ASKED_METRICS, PSNR_Y
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.studies.separation.results import Separation
from linksim.experiments.text_out import align

_COLUMNS = {
    "envelope": "envelope",
    "informed": "informed",
    "threshold": "no steps",
    "constellation": "constellation",
    "capacity": "capacity",
}
_HEADS = {"ms_ssim": "MS-SSIM", **{name: METRICS[name].column for name in ASKED_METRICS}}
_DIGITS = {PSNR_Y: 2}  # behind the point, where they are not four


def table_of(found: Separation) -> str:
    """Return the table of PSNR in dB and, of the envelope, of what else is known, by codec."""
    return "\n\n".join(_of_codec(found, codec) for codec in found.codecs) or _of_symbols(found)


def _of_codec(found: Separation, codec: str) -> str:
    (envelope,) = found.of_kind("envelope", codec)
    kinds = [kind for kind in _COLUMNS if found.of_kind(kind, codec)]
    head = ["Es/N0 dB", "scheme", *(f"{_COLUMNS[kind]} dB" for kind in kinds)]
    symbols = found.of_kind("symbols")
    more = {name: envelope.means(name) for name in _HEADS if found.knows(name)}
    heads = [*head, *(_HEADS[name] for name in more), *(f"{m.label} dB" for m in symbols)]
    rows = [heads]
    columns = [found.of_kind(kind, codec)[0].means("psnr") for kind in kinds]
    for place, snr_db in enumerate(found.snr_db):
        row = [f"{snr_db:g}", envelope.chosen[place], *(f"{c[place]:.2f}" for c in columns)]
        row += [f"{values[place]:.{_DIGITS.get(name, 4)}f}" for name, values in more.items()]
        rows.append([*row, *(f"{m.means('psnr')[place]:.2f}" for m in symbols)])
    return f"{codec}: PSNR of {len(found.names)} pictures, averaged\n{align(rows)}"


def _of_symbols(found: Separation) -> str:
    methods = found.of_kind("symbols")
    rows = [["Es/N0 dB", *(f"{method.label} dB" for method in methods)]]
    for place, snr_db in enumerate(found.snr_db):
        rows.append([f"{snr_db:g}", *(f"{m.means('psnr')[place]:.2f}" for m in methods)])
    return align(rows)
